//! One agent: its turn, its mailbox, and what it has under way.
//!
//! The turn decides; this asks the model and passes calls on. What happened is on disk before anything
//! follows from it, so an agent that fails is made again from what is written and goes on there.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use base::{AgentId, CallId, TokenCount};
use contract::setting::SettingKey;
use crew::{Actor, Address, Context};
use domain::agent::call::{Call, CallEnd, Labels, SideEffects};
use domain::agent::capability::Standing;
use domain::agent::level::Level;
use domain::agent::state::State;
use domain::agent::tree::{Failure, Input as TreeInput};
use domain::agent::turn::{self, Choice, Effect, Input, Question, Role, Turn, Wanted};
use llm::tools::{Bit, Reader, Tool, ToolChoice, Toolbox, said};
use llm::{ChatTurn, Generation, Happening, Model, Overflow, Prompt, Usage};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::desk::{Agents, Start};
use super::journal::Root;
use super::model::mark_private;
use super::tools;
use crate::house::Hub;
use crate::writing;

/// How warm the model picks its words while it works. Calls of tools want the likeliest; prose becomes dull
/// below this.
const TEMPERATURE: f32 = 0.4;

/// Tokens that an answer with calls may have at least: a call with a text of a page.
const CALL_TOKENS: u64 = 600;

/// What an agent works with. It stays when the agent is made again.
pub(super) struct Post {
    pub(super) agent: AgentId,
    pub(super) root: Root,
    pub(super) hub: Hub,
    pub(super) desk: Agents,
    pub(super) model: Arc<dyn Model>,
    /// Where the person reads along; for the admin only.
    pub(super) outlet: Option<mpsc::Sender<Happening>>,
    /// What the person's work cost so far.
    pub(super) usage: Arc<Mutex<Usage>>,
    /// What happened in the turn, as it is on disk.
    pub(super) past: Mutex<Vec<turn::Event>>,
    pub(super) address: OnceLock<Address<AgentActor>>,
}

impl Post {
    fn past(&self) -> MutexGuard<'_, Vec<turn::Event>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it was told to do; `None` before it has begun.
    pub(super) fn task(&self) -> Option<turn::Task> {
        self.past().iter().find_map(|event| match &event.input {
            Input::Begun(task) => Some((**task).clone()),
            _ => None,
        })
    }

    /// Where all that it has seen came from, for what it calls and for those that it gives work to.
    pub(super) fn seen(&self) -> Labels {
        let mut seen = Labels::new();
        for event in self.past().iter() {
            match &event.input {
                Input::Begun(task) => seen.extend(task.labels.iter().cloned()),
                Input::CallEnded { end, .. } => seen.extend(end.labels()),
                _ => {}
            }
        }
        seen
    }
}

/// What an agent is told.
pub(super) enum Message {
    /// Here is the work.
    Begin(Box<Start>),
    /// Go on where the turn was.
    GoOn,
    /// What the model said.
    Said {
        text: String,
        calls: Vec<Wanted>,
        tokens: TokenCount,
    },
    /// The model cannot be asked.
    ModelFailed(String),
    /// A call ended.
    CallEnded { call: CallId, end: CallEnd },
    /// The turn's time is over.
    TimeOver,
    /// The person halted it.
    Hold,
    /// The person lets it go on.
    Resume,
}

/// An agent.
pub(super) struct AgentActor {
    post: Arc<Post>,
    turn: Turn,
    is_held: bool,
    /// Told while it was held.
    kept: Vec<Message>,
    /// The calls that open the turn.
    opening: Vec<CallId>,
    /// Whether what they bring is the whole answer.
    speaks: bool,
    /// What the model is writing; dropping it ends that.
    asking: Option<DropGuard>,
    /// The text that the person read of the last answer of the model.
    shown: Arc<Mutex<String>>,
}

impl AgentActor {
    /// Makes the agent from what is on disk.
    pub(super) fn new(post: Arc<Post>) -> Self {
        let past = post.past().clone();
        let was_at_work = !past.is_empty();
        let turn = Turn::replay(past).unwrap_or_else(|refusal| {
            tracing::error!("what an agent did cannot be read again: {refusal}");
            Turn::default()
        });
        if was_at_work && let Some(address) = post.address.get() {
            // It is made again after a failure, and nobody else knows. A full mailbox wakes it as well.
            let _ = address.try_tell(Message::GoOn);
        }
        Self {
            post,
            turn,
            is_held: false,
            kept: Vec::new(),
            opening: Vec::new(),
            speaks: false,
            asking: None,
            shown: Arc::default(),
        }
    }

    /// Takes in what happened, and does what follows from it.
    async fn take(&mut self, input: Input, address: &Address<Self>) {
        let now = self.post.hub.now();
        if let Err(refusal) = self.turn.handle_input(input, now) {
            // What comes from a question that was put again meanwhile.
            tracing::debug!("an agent's turn refused: {refusal}");
            return;
        }
        self.follow(address, true).await;
    }

    /// Does what follows. `asks`: whether the model is to be asked; not where its words are known already.
    async fn follow(&mut self, address: &Address<Self>, asks: bool) {
        while let Some(effect) = self.turn.poll_effect() {
            match effect {
                Effect::Record(event) => {
                    if !self.post.desk.record(self.post.agent, event.clone()).await {
                        return;
                    }
                    self.post.past().push(event);
                }
                Effect::AskModel(_) if !asks => {}
                Effect::AskModel(question) => match self.spoken() {
                    Some(text) => self.speak(text),
                    None => {
                        self.tell_state().await;
                        self.ask(question, address.clone());
                    }
                },
                Effect::Perform(calls) => {
                    for call in calls {
                        self.call(call).await;
                    }
                }
                Effect::Answer { text, labels, .. } => self.answer(text, labels).await,
                Effect::Fail { failure, labels } => self.fail(failure.to_string(), labels).await,
            }
        }
    }

    /// The answer, where the calls that open the turn have given it.
    fn spoken(&self) -> Option<String> {
        if !self.speaks || self.opening.is_empty() {
            return None;
        }
        tools::said(&self.post.past(), &self.opening)
    }

    /// Gives that as the answer, as if the model had said it.
    fn speak(&mut self, text: String) {
        let said = Input::Said {
            text,
            calls: Vec::new(),
            tokens: TokenCount(0),
        };
        let taken = self.turn.handle_input(said, self.post.hub.now());
        taken.expect("a turn that asks takes an answer");
    }

    /// Tells the tree whether it plans or works.
    async fn tell_state(&self) {
        let to = self.turn.state();
        if matches!(to, State::Planning | State::Working) {
            let agent = self.post.agent;
            self.post.desk.bring(TreeInput::Move { agent, to }).await;
        }
    }

    fn ask(&mut self, question: Question, address: Address<Self>) {
        let stop = CancellationToken::new();
        self.asking = Some(stop.clone().drop_guard());
        self.shown = Arc::default();
        let (post, shown) = (Arc::clone(&self.post), Arc::clone(&self.shown));
        self.post.hub.undertake(async move {
            let told = tokio::select! {
                told = converse(&post, question, &shown) => told,
                () = stop.cancelled() => return,
            };
            // An agent that has ended no longer listens.
            let _ = address.tell(told).await;
        });
    }

    async fn call(&self, call: Call) {
        let said = self.standing(&call).await;
        let (desk, agent, id) = (&self.post.desk, call.agent, call.id);
        if let Err(fault) = desk.tell(TreeInput::Call { call, said }).await {
            tracing::warn!(%agent, %id, "a call was not taken: {fault}");
            self.fail(fault.message, Labels::new()).await;
        }
    }

    /// What the person said about a tool. What leaves while the agent has seen something private is asked
    /// each time, whatever was said before: a yes to a tool is no yes to these bytes.
    async fn standing(&self, call: &Call) -> Vec<Standing> {
        let conversation = self.post.root.conversation;
        let said = tools::standing(&self.post.hub, &call.tool, conversation).await;
        if said.is_empty() && self.is_the_persons_own_order(call) {
            return vec![Standing::Once];
        }
        let leaves = tools::leaves(call);
        let is_private = self
            .turn
            .labels()
            .iter()
            .any(|label| tools::is_private(label));
        if leaves && is_private {
            let never = said.into_iter().filter(|one| *one == Standing::Never);
            return never.chain([Standing::Ask]).collect();
        }
        said
    }

    /// Whether the person's own words order this call, so that asking again would be odd.
    fn is_the_persons_own_order(&self, call: &Call) -> bool {
        call.side_effects == SideEffects::ExactlyOnce
            && self.opening.contains(&call.id)
            && !self.post.root.is_by_program
    }

    async fn answer(&self, text: String, labels: Labels) {
        if let Some(outlet) = &self.post.outlet {
            let is_private = self
                .post
                .seen()
                .iter()
                .chain(&labels)
                .any(|label| tools::is_private(label));
            if is_private
                && let Err(error) = mark_private(&self.post.hub, self.post.root.answer).await
            {
                self.fail(error.to_string(), labels).await;
                return;
            }
            let shown = self
                .shown
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if shown.trim() != text.trim() {
                show(outlet, &text).await;
            }
            let views = tools::views(&self.post.past());
            for view in views {
                show(outlet, &format!("\n\n{view}")).await;
            }
        }
        let agent = self.post.agent;
        let input = TreeInput::Answer {
            agent,
            text,
            labels,
        };
        self.post.desk.bring(input).await;
    }

    async fn fail(&self, reason: String, labels: Labels) {
        let agent = self.post.agent;
        let failure = Failure::Turn { reason, labels };
        self.post
            .desk
            .bring(TreeInput::Fail { agent, failure })
            .await;
    }

    /// Ends the turn when its time is over.
    fn wake_at_the_end(&self, address: Address<Self>) {
        let Some(end) = self.turn.poll_timeout() else {
            return;
        };
        let left = end
            .as_millis()
            .saturating_sub(self.post.hub.now().as_millis());
        let closing = self.post.hub.closing();
        self.post.hub.undertake(async move {
            tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_millis(left)) => {
                    // An agent that has ended no longer listens.
                    let _ = address.tell(Message::TimeOver).await;
                }
                _ = address.ended() => {}
                () = closing.cancelled() => {}
            }
        });
    }

    async fn begin(&mut self, start: Start, address: &Address<Self>) {
        let now = self.post.hub.now();
        // Nothing but tools whose words are an answer, and nothing else to call.
        let speaks = start.task.tools.iter().all(|offered| {
            let is_open = start.opening.iter().any(|call| call.name == offered.name);
            is_open && tools::find(&offered.name).is_some_and(|tool| tool.speaks)
        });
        let begun = Input::Begun(Box::new(start.task));
        if let Err(refusal) = self.turn.handle_input(begun, now) {
            self.fail(refusal.to_string(), Labels::new()).await;
            return;
        }
        self.wake_at_the_end(address.clone());
        self.opening = start.opening.iter().map(|call| call.id).collect();
        self.speaks = speaks;
        if start.opening.is_empty() {
            self.follow(address, true).await;
            return;
        }
        // What is plain from the words of the task needs no model: it is as if it had said so.
        self.follow(address, false).await;
        self.tell_state().await;
        let said = Input::Said {
            text: String::new(),
            calls: start.opening,
            tokens: TokenCount(0),
        };
        self.take(said, address).await;
    }
}

impl Actor for AgentActor {
    type Message = Message;
    type Failure = Infallible;

    async fn handle(
        &mut self,
        message: Message,
        context: &mut Context<Self>,
    ) -> Result<(), Infallible> {
        let address = context.address();
        match message {
            Message::Hold => {
                self.is_held = true;
                self.asking = None;
            }
            Message::Resume => {
                self.is_held = false;
                let kept = std::mem::take(&mut self.kept);
                if kept.is_empty() {
                    self.take(Input::Recovered, &address).await;
                }
                for message in kept {
                    self.told(message, &address).await;
                }
            }
            other if self.is_held => self.kept.push(other),
            other => self.told(other, &address).await,
        }
        Ok(())
    }
}

impl AgentActor {
    async fn told(&mut self, message: Message, address: &Address<Self>) {
        match message {
            Message::Begin(start) => self.begin(*start, address).await,
            Message::GoOn => {
                self.take(Input::Recovered, address).await;
                self.wake_at_the_end(address.clone());
            }
            Message::Said {
                text,
                calls,
                tokens,
            } => {
                let said = Input::Said {
                    text,
                    calls,
                    tokens,
                };
                self.take(said, address).await;
            }
            Message::ModelFailed(reason) => {
                self.take(Input::ModelFailed { reason }, address).await;
            }
            Message::CallEnded { call, end } => {
                self.take(Input::CallEnded { call, end }, address).await;
            }
            Message::TimeOver => {
                self.turn.handle_timeout(self.post.hub.now());
                self.follow(address, true).await;
            }
            // Handled before.
            Message::Hold | Message::Resume => {}
        }
    }
}

/// Asks the model, lets the person read along, and gathers what it said.
async fn converse(post: &Post, question: Question, shown: &Mutex<String>) -> Message {
    let may_call = question.choice != Choice::Answer;
    let most = post.hub.values().integer(SettingKey::LlmAnswerTokensMax);
    // A call that is cut off is none.
    let most = if may_call {
        most.max(CALL_TOKENS)
    } else {
        most
    };
    let most = u64::min(most, question.tokens_max.0);
    let mut what = generation(&question, most);
    what.holds_private = post.seen().iter().any(|label| tools::is_private(label));
    // Only the admin's words become a message.
    if what.holds_private
        && post.outlet.is_some()
        && let Err(error) = mark_private(&post.hub, post.root.answer).await
    {
        return Message::ModelFailed(error.to_string());
    }
    let mut answering = match post.model.generate(what).await {
        Ok(answering) => answering,
        Err(error) => return Message::ModelFailed(error.to_string()),
    };
    let mut ear = Ear {
        reader: may_call.then(Reader::default),
        text: String::new(),
        calls: Vec::new(),
    };
    while let Some(happening) = answering.next().await {
        match happening {
            Happening::Started { .. } => {}
            Happening::Piece { text, .. } => {
                let heard = ear.hear(&text);
                if let Some(outlet) = post.outlet.as_ref().filter(|_| !heard.is_empty()) {
                    add_to(shown, &heard);
                    show(outlet, &heard).await;
                }
            }
            Happening::Finished { usage, .. } => {
                ear.end();
                add(post, &usage);
                let tokens = usage.prompt_tokens - usage.cached_tokens.min(usage.prompt_tokens)
                    + usage.completion_tokens;
                let mint = &post.hub.house.mint;
                let calls = ear.calls.into_iter().map(|(name, arguments)| Wanted {
                    id: mint.call(),
                    name,
                    arguments,
                });
                return Message::Said {
                    text: ear.text,
                    calls: calls.collect(),
                    tokens: TokenCount(tokens.into()),
                };
            }
            Happening::Failed(error) => return Message::ModelFailed(error.to_string()),
        }
    }
    Message::ModelFailed("the model ended without a word".to_owned())
}

fn add(post: &Post, usage: &Usage) {
    let mut sum = post.usage.lock().unwrap_or_else(PoisonError::into_inner);
    sum.prompt_tokens += usage.prompt_tokens;
    sum.cached_tokens += usage.cached_tokens;
    sum.completion_tokens += usage.completion_tokens;
    sum.prefill_us += usage.prefill_us;
    sum.decode_us += usage.decode_us;
}

/// Hears words and calls in what a model writes.
struct Ear {
    reader: Option<Reader>,
    text: String,
    calls: Vec<(String, String)>,
}

impl Ear {
    /// Takes a piece; returns the words in it.
    fn hear(&mut self, piece: &str) -> String {
        let bits = match &mut self.reader {
            None => vec![Bit::Text(piece.to_owned())],
            Some(reader) => reader.push(piece),
        };
        self.sort(bits)
    }

    fn end(&mut self) {
        if let Some(reader) = &mut self.reader {
            let (bits, _) = reader.end();
            self.sort(bits);
        }
    }

    fn sort(&mut self, bits: Vec<Bit>) -> String {
        let mut words = String::new();
        for bit in bits {
            match bit {
                Bit::Text(text) => words.push_str(&text),
                Bit::CallBegins(name) => self.calls.push((name, String::new())),
                Bit::Arguments(more) => {
                    if let Some((_, arguments)) = self.calls.last_mut() {
                        arguments.push_str(&more);
                    }
                }
                Bit::CallEnds => {}
            }
        }
        self.text.push_str(&words);
        words
    }
}

fn add_to(shown: &Mutex<String>, text: &str) {
    let mut all = shown.lock().unwrap_or_else(PoisonError::into_inner);
    all.push_str(text);
}

/// Lets the person read a text. Whoever reads no longer has stopped the work.
async fn show(outlet: &mpsc::Sender<Happening>, text: &str) {
    let piece = Happening::Piece {
        text: text.to_owned(),
        logprobs: Vec::new(),
    };
    let _ = outlet.send(piece).await;
}

/// What the model is asked to write.
fn generation(question: &Question, tokens_max: u64) -> Generation {
    let turns = question.messages.iter().map(|message| {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        };
        let calls: Vec<llm::tools::Call> = message
            .calls
            .iter()
            .map(|call| llm::tools::Call {
                id: call.id.to_string(),
                name: call.name.clone(),
                arguments: call.arguments.clone(),
            })
            .collect();
        ChatTurn {
            role: role.to_owned(),
            text: said(&message.text, &calls),
        }
    });
    let mut generation = Generation {
        prompt: Prompt::Chat(turns.collect()),
        sampling: writing::sampling(TEMPERATURE),
        constraint: None,
        tokens_max: u32::try_from(tokens_max).ok(),
        stop: Vec::new(),
        logprobs: None,
        overflow: Overflow::Stop,
        holds_private: false,
        is_whole: false,
    };
    let toolbox = Toolbox {
        tools: question.tools.iter().map(tool).collect(),
        choice: match question.choice {
            Choice::Answer => ToolChoice::Never,
            Choice::Either => ToolChoice::Auto,
            Choice::Call => ToolChoice::Required,
        },
        several: true,
    };
    toolbox.put_into(&mut generation);
    generation
}

fn tool(tool: &turn::Tool) -> Tool {
    Tool {
        name: tool.name.clone(),
        description: tool.description.clone(),
        parameters: serde_json::from_str(&tool.schema)
            .unwrap_or_else(|_| serde_json::json!({"type": "object"})),
    }
}

/// What an agent of this level is called in a sentence.
pub(super) fn called(level: Level) -> &'static str {
    match level {
        Level::Admin => "your AI",
        Level::Manager => "a manager",
        Level::Worker => "a worker",
    }
}
