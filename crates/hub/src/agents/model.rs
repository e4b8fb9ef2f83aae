//! The admin as a model: whoever asks it gets an answer, and work where the words ask for work.

use std::sync::Arc;

use async_trait::async_trait;
use base::{AgentId, ConversationId, MessageId};
use contract::setting::SettingKey;
use domain::agent::call::Labels;
use domain::agent::capability::Rights;
use domain::agent::level::Level;
use domain::agent::tree::{Input, Spawn};
use domain::agent::turn::{self, Message, Role, Wanted};
use domain::intent::{self, Foreign, Intent};
use llm::{
    About, Answering, ChatTurn, Embeddings, Generation, Happening, Model, ModelError, Prompt,
};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::brief::{self, Brief};
use super::desk::{Agents, Start};
use super::journal::Root;
use super::tools;
use crate::convert;
use crate::house::Hub;

/// The most that is told of what is known about the person, in memories: the model reads each anew.
const MEMORIES_TOLD: u32 = 5;

/// The admin of one conversation, on a model of this hub.
pub(crate) struct Admin {
    pub(crate) hub: Hub,
    pub(crate) conversation: ConversationId,
    /// The message that asks.
    pub(crate) question: MessageId,
    /// The message that is being written.
    pub(crate) answer: MessageId,
    /// Whether a program asks over the API, whose words are no orders of the person.
    pub(crate) is_asked_by_program: bool,
    pub(crate) model: Arc<dyn Model>,
}

#[async_trait]
impl Model for Admin {
    fn about(&self) -> About<'_> {
        self.model.about()
    }

    /// Answers by itself where the words of the person ask for nothing else; else an agent is created.
    async fn generate(&self, mut what: Generation) -> Result<Answering, ModelError> {
        let Prompt::Chat(turns) = &mut what.prompt else {
            return self.model.generate(what).await;
        };
        let Some(asked) = turns.last().filter(|turn| turn.role == "user") else {
            return self.model.generate(what).await;
        };
        let asked = asked.text.clone();
        let intent = intent::read(&asked);
        // A model that may not have it is not told; whoever chose it would be asked each time otherwise.
        let mut told = match self.model.takes_private() {
            true => self.tell_what_is_known(turns, &asked).await,
            false => Labels::new(),
        };
        let (foreign, must_call) = self.tools_of_servers(&asked, &intent).await;
        if intent.is_plain() && foreign.is_empty() {
            if !told.is_empty() {
                what.holds_private = true;
                mark_private(&self.hub, self.answer).await?;
            }
            return self.model.generate(what).await;
        }
        if what.holds_private {
            told.insert(tools::STORE.to_owned());
        }
        let intent = Intent {
            must_call: intent.must_call || must_call,
            ..intent
        };
        let turns = std::mem::take(turns);
        self.work(turns, asked, intent, foreign, told).await
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError> {
        self.model.embed(texts).await
    }

    async fn tokenize(&self, text: String) -> Result<Vec<i32>, ModelError> {
        self.model.tokenize(text).await
    }
}

impl Admin {
    /// Adds to the instructions what is known about the person and fits what is asked. Gives where what was
    /// added came from.
    async fn tell_what_is_known(&self, turns: &mut Vec<ChatTurn>, asked: &str) -> Labels {
        let words = intent::telling_words(asked).join(" ");
        if words.is_empty() {
            return Labels::new();
        }
        let known = super::perform::known(&self.hub, &words, MEMORIES_TOLD).await;
        if known.is_empty() {
            return Labels::new();
        }
        let told = format!("What you know about the person:\n- {}", known.join("\n- "));
        match turns.first_mut().filter(|turn| turn.role == "system") {
            Some(system) => {
                system.text.push_str("\n\n");
                system.text.push_str(&told);
            }
            None => turns.insert(
                0,
                ChatTurn {
                    role: "system".to_owned(),
                    text: told,
                },
            ),
        }
        Labels::from([tools::MEMORY.to_owned()])
    }

    /// The tools of configured servers that the words name, and whether one of them must be called.
    async fn tools_of_servers(&self, asked: &str, intent: &Intent) -> (Vec<turn::Tool>, bool) {
        // What is begun without the model needs no more.
        if intent.offered.is_empty() && !intent.opening.is_empty() {
            return (Vec::new(), false);
        }
        let known = self.hub.known_tools().await.unwrap_or_else(|fault| {
            tracing::warn!("the tools of servers cannot be read: {fault}");
            Vec::new()
        });
        let foreign: Vec<Foreign<'_>> = known
            .iter()
            .map(|tool| Foreign {
                server: &tool.server,
                name: tool.own_name(),
                about: tool.about(),
            })
            .collect();
        let named = intent::named(asked, &foreign);
        let offered = named.offered.iter().map(|at| known[*at].tool());
        (offered.collect(), named.must_call)
    }

    /// Creates the agent that does what the words ask for. `told`: where what stands in its instructions and
    /// in what was said before came from, beside the program and the person.
    pub(super) async fn work(
        &self,
        mut turns: Vec<ChatTurn>,
        asked: String,
        intent: Intent,
        foreign: Vec<turn::Tool>,
        told: Labels,
    ) -> Result<Answering, ModelError> {
        let agent = self.hub.house.mint.agent();
        turns.pop();
        let instructions = match turns.first() {
            Some(first) if first.role == "system" => turns.remove(0).text,
            Some(_) | None => String::new(),
        };
        let opening: Vec<Wanted> = intent
            .opening
            .iter()
            .map(|call| self.opening(call.tool, &call.about))
            .collect();
        let names = intent.offered.iter().copied();
        let names = names.chain(intent.opening.iter().map(|call| call.tool));
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        let mut offered = tools::offered(names);
        offered.extend(foreign);
        let brief = Brief {
            agent,
            instructions,
            earlier: turns.into_iter().map(message).collect(),
            text: asked.clone(),
            tools: offered,
            told,
            must_call: intent.must_call && intent.opening.is_empty(),
            context_tokens: self.context_tokens(),
        };
        let task = brief.task();
        let spawn = Spawn {
            agent,
            parent: None,
            level: Level::Admin,
            task: asked,
            budget: brief::budget(),
            rights: Rights::of(task.tools.iter().map(|tool| tool.capability.clone())),
            call: None,
        };
        let root = Root {
            agent,
            conversation: self.conversation,
            question: self.question,
            answer: self.answer,
            model: self.model.name().to_owned(),
            is_by_program: self.is_asked_by_program,
        };
        let agents = &self.hub.house.agents;
        let pieces = agents
            .begin(
                root,
                spawn,
                Start { task, opening },
                Arc::clone(&self.model),
            )
            .await
            .map_err(|fault| ModelError::Agent {
                reason: fault.message,
            })?;
        Ok(until_dropped(agents.clone(), agent, pieces))
    }

    /// A call that is made before the model is asked.
    fn opening(&self, tool: &str, about: &str) -> Wanted {
        let schema = tools::find(tool).map_or("", |tool| tool.schema);
        // The one field that it takes, if it takes any.
        let arguments = match ["query", "text"]
            .into_iter()
            .find(|field| schema.contains(&format!("\"{field}\":")))
        {
            Some(field) => serde_json::json!({ field: about }),
            None => serde_json::json!({}),
        };
        Wanted {
            id: self.hub.house.mint.call(),
            name: tool.to_owned(),
            arguments: arguments.to_string(),
        }
    }

    fn context_tokens(&self) -> u32 {
        let chosen = self.hub.values().integer(SettingKey::LlmContextTokens);
        match u32::try_from(chosen).unwrap_or(u32::MAX) {
            // As long as the model was trained for; the embedded engine tells that only when it is loaded.
            0 => CONTEXT_TOKENS_USUAL,
            tokens => tokens,
        }
    }
}

/// Notes that an answer is made of what is private, before any of it is there.
pub(super) async fn mark_private(hub: &Hub, answer: MessageId) -> Result<(), ModelError> {
    let marked = hub.house.store.mark_answer_private(answer).await;
    marked.map_err(|error| ModelError::Agent {
        reason: convert::store_fault(&error).message,
    })
}

/// What a small model holds at least.
const CONTEXT_TOKENS_USUAL: u32 = 2_048;

fn message(turn: ChatTurn) -> Message {
    Message {
        role: match turn.role.as_str() {
            "system" => Role::System,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            _ => Role::User,
        },
        text: turn.text,
        calls: Vec::new(),
        answers: None,
    }
}

/// The answer of an agent, which is cancelled when nobody waits for it any longer.
fn until_dropped(
    agents: Agents,
    agent: AgentId,
    mut pieces: mpsc::Receiver<Happening>,
) -> Answering {
    let (out, happenings) = mpsc::channel(1);
    let dropped = CancellationToken::new();
    let guard = dropped.clone().drop_guard();
    tokio::spawn(async move {
        loop {
            let piece = tokio::select! {
                biased;
                () = dropped.cancelled() => None,
                piece = pieces.recv() => match piece {
                    Some(piece) => Some(piece),
                    None => return,
                },
            };
            match piece {
                Some(piece) => {
                    let is_last =
                        matches!(piece, Happening::Finished { .. } | Happening::Failed(_));
                    if out.send(piece).await.is_ok() && !is_last {
                        continue;
                    }
                    if is_last {
                        return;
                    }
                    break;
                }
                None => break,
            }
        }
        agents.bring(Input::Cancel(agent)).await;
    });
    Answering::new(happenings, guard)
}

/// The admin of work that goes on after the hub was closed: asking it gives what is still to come.
pub(super) struct Rejoined {
    model: Arc<dyn Model>,
    agents: Agents,
    agent: AgentId,
    pieces: Mutex<Option<mpsc::Receiver<Happening>>>,
}

impl Rejoined {
    pub(super) fn new(
        model: Arc<dyn Model>,
        agents: Agents,
        agent: AgentId,
        pieces: mpsc::Receiver<Happening>,
    ) -> Self {
        Self {
            model,
            agents,
            agent,
            pieces: Mutex::new(Some(pieces)),
        }
    }
}

#[async_trait]
impl Model for Rejoined {
    fn about(&self) -> About<'_> {
        self.model.about()
    }

    async fn generate(&self, what: Generation) -> Result<Answering, ModelError> {
        match self.pieces.lock().await.take() {
            Some(pieces) => Ok(until_dropped(self.agents.clone(), self.agent, pieces)),
            None => self.model.generate(what).await,
        }
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError> {
        self.model.embed(texts).await
    }

    async fn tokenize(&self, text: String) -> Result<Vec<i32>, ModelError> {
        self.model.tokenize(text).await
    }
}
