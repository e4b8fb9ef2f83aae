//! What follows from what happened in the tree.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use base::{AgentId, ByteCount, ConversationId, Milliseconds, TokenCount};
use contract::Notice;
use domain::agent::budget::{Account, Budget, Cost};
use domain::agent::call::{Call, CallEnd, Labels};
use domain::agent::capability::{Capability, Rights};
use domain::agent::delegation::{DELEGATE, Delegation};
use domain::agent::level::Level;
use domain::agent::state::State;
use domain::agent::tree::{Effect, Event, Happening as Told, Input, Outcome, Refusal, Spawn};
use domain::agent::turn;
use futures::future::join_all;
use llm::{FinishReason, Happening, ModelError, Usage};

use super::super::actor::{AgentActor, Message, Post};
use super::super::journal::Line;
use super::super::{brief, perform, told, wording};
use super::{Desk, Draft, Run, STOPPING_PATIENCE, Start, Waiting, Work, append};
use crate::convert;
use crate::desk::Input as DeskInput;

impl Desk {
    /// Plants the admin of new work.
    pub(super) fn begin(&mut self, work: Work) -> Result<(), Refusal> {
        let now = self.hub.now();
        let (agent, conversation) = (work.root.agent, work.root.conversation);
        self.sheet
            .tree
            .handle_input(Input::Spawn(work.spawn), now)?;
        let line = Line::Root(work.root.clone());
        let draft = self.draft.entry(conversation).or_default();
        draft.lines.push((now, line));
        let run = Run {
            root: work.root,
            model: work.model,
            outlet: work.outlet,
            usage: Arc::default(),
        };
        self.sheet.roots.insert(agent, agent);
        self.sheet.runs.insert(agent, run);
        self.starts.insert(agent, work.start);
        Ok(())
    }

    /// Writes down what happened in a turn, and what it cost.
    pub(super) fn record(&mut self, agent: AgentId, event: turn::Event) {
        let (at, mut tokens) = (event.at, TokenCount(0));
        if let turn::Input::Said { tokens: spent, .. } = &event.input {
            tokens = *spent;
            self.sheet.tallies.entry(agent).or_default().steps += 1;
        }
        if let Some(conversation) = self.sheet.root_of(agent).map(|root| root.conversation) {
            let line = Line::Turn { agent, event };
            let draft = self.draft.entry(conversation).or_default();
            draft.lines.push((at, line));
        }
        if tokens > TokenCount(0) {
            let cost = Cost {
                tokens,
                ..Cost::default()
            };
            let input = Input::Spend { agent, cost };
            if let Err(refusal) = self.sheet.tree.handle_input(input, at) {
                tracing::debug!("tokens of an agent that has ended: {refusal}");
            }
        }
    }

    /// Notes what is to be written down, and returns what follows from it.
    pub(super) fn drain(&mut self) -> Vec<Effect> {
        let mut follows = Vec::new();
        while let Some(effect) = self.sheet.tree.poll_effect() {
            match effect {
                Effect::Record(event) => self.note(event),
                other => follows.push(other),
            }
        }
        follows
    }

    fn note(&mut self, event: Event) {
        let Some(agent) = told::agent_of(&event.what, &self.sheet.tree) else {
            return;
        };
        if let Told::Approved { call, .. } = &event.what {
            self.approved.insert(*call);
        }
        if let Told::Spawned(spawn) = &event.what
            && let Some(root) = spawn
                .parent
                .and_then(|parent| self.sheet.roots.get(&parent).copied())
        {
            self.sheet.roots.insert(agent, root);
        }
        if matches!(event.what, Told::Asked { .. } | Told::Allowed { .. }) {
            self.sheet.tallies.entry(agent).or_default().calls += 1;
        }
        self.waits_changed |= matches!(
            event.what,
            Told::Asked { .. }
                | Told::Approved { .. }
                | Told::Declined { .. }
                | Told::Finished { .. }
        );
        self.changed.insert(agent);
        let Some(conversation) = self.sheet.root_of(agent).map(|root| root.conversation) else {
            return;
        };
        let draft = self.draft.entry(conversation).or_default();
        draft
            .audit
            .extend(told::audit(&event, agent, &self.sheet.tree));
        draft.feed.extend(told::feed(
            &event,
            agent,
            Some(conversation),
            &self.sheet.tree,
        ));
        draft.lines.push((event.at, Line::Tree(event)));
    }

    /// Writes all that was noted; `false` if it could not be, and all agents rest.
    pub(super) async fn write(&mut self) -> bool {
        let drafts = mem::take(&mut self.draft);
        if drafts.is_empty() {
            return true;
        }
        let now = self.hub.now();
        let writes = drafts
            .into_iter()
            .map(|(conversation, draft)| self.write_one(conversation, draft, now));
        let mut entries = Vec::new();
        for written in join_all(writes).await {
            match written {
                Ok(more) => entries.extend(more),
                Err(error) => {
                    let fault = convert::store_fault(&error);
                    tracing::error!(
                        "the agents' work could not be saved: {}",
                        convert::chain(&error)
                    );
                    self.is_stale = true;
                    for waiting in mem::take(&mut self.replies) {
                        if let Waiting::Told(reply) = waiting {
                            let _ = reply.send(Err(fault.clone()));
                        }
                    }
                    self.rest().await;
                    return false;
                }
            }
        }
        if !entries.is_empty() {
            self.hub
                .bring(DeskInput::Tell(Notice::FeedGrew { entries }))
                .await;
        }
        true
    }

    async fn write_one(
        &self,
        conversation: ConversationId,
        draft: Draft,
        now: base::Timestamp,
    ) -> Result<Vec<contract::feed::FeedEntry>, store::StoreError> {
        let told = draft.feed.clone();
        let finished = self.sheet.is_over(conversation).then_some(now);
        let store = &self.hub.house.store;
        let written = store
            .append_events(append(conversation, draft, finished))
            .await?;
        Ok(told::entries(written.feed, told))
    }

    /// Tells all that wait that it is on disk.
    pub(super) fn acknowledge(&mut self) {
        // Whoever stopped waiting does not mind.
        for waiting in mem::take(&mut self.replies) {
            match waiting {
                Waiting::Told(reply) => _ = reply.send(Ok(())),
                Waiting::Recorded(reply) => _ = reply.send(()),
            }
        }
    }

    /// Does what follows.
    pub(super) async fn perform(&mut self, effect: Effect) {
        match effect {
            // Noted before.
            Effect::Record(_) => {}
            Effect::Start { agent, from } => self.start(agent, from).await,
            Effect::Hold(agent) => self.post(agent, Message::Hold).await,
            Effect::Resume(agent) => self.post(agent, Message::Resume).await,
            Effect::Stop(agent) => self.stop(agent),
            Effect::AskPerson(_) | Effect::Withdraw(_) => self.waits_changed = true,
            Effect::Perform(call) if call.tool == DELEGATE => self.delegate(&call),
            Effect::Perform(call) => self.perform_call(call),
            Effect::Settled { agent, call, end } => {
                self.post(agent, Message::CallEnded { call, end }).await;
            }
            Effect::TellInterrupted(call) => {
                tracing::warn!(tool = call.tool, "it is not known whether a call happened");
            }
            Effect::Report {
                to: None,
                from,
                outcome,
            } => self.finish(from, outcome).await,
            // The parent hears of it by its call.
            Effect::Report { to: Some(_), .. } => {}
        }
    }

    async fn post(&self, agent: AgentId, message: Message) {
        if let Some(actor) = self.actors.get(&agent) {
            // An actor that is gone was stopped, and its agent has ended.
            let _ = actor.tell(message).await;
        }
    }

    async fn start(&mut self, agent: AgentId, from: State) {
        let Some(root) = self.sheet.roots.get(&agent).copied() else {
            return;
        };
        let Some(run) = self.sheet.runs.get(&root) else {
            return;
        };
        let post = Arc::new(Post {
            agent,
            root: run.root.clone(),
            hub: self.hub.clone(),
            desk: self.agents.clone(),
            model: Arc::clone(&run.model),
            outlet: (agent == root).then(|| run.outlet.clone()),
            usage: Arc::clone(&run.usage),
            past: Mutex::new(self.turns.remove(&agent).unwrap_or_default()),
            address: std::sync::OnceLock::new(),
        });
        let made = Arc::clone(&post);
        let spawned = self.crew.spawn(move || AgentActor::new(Arc::clone(&made)));
        let Ok(address) = spawned else {
            let failure = domain::agent::tree::Failure::Turn {
                reason: "too many agents are at work".to_owned(),
                labels: Labels::new(),
            };
            let _ = self
                .sheet
                .tree
                .handle_input(Input::Fail { agent, failure }, self.hub.now());
            return;
        };
        let _ = post.address.set(address.clone());
        self.actors.insert(agent, address);
        self.sheet.posts.insert(agent, post);
        if from == State::Paused {
            self.post(agent, Message::Hold).await;
        }
        let first = match self.starts.remove(&agent) {
            Some(start) => Message::Begin(Box::new(start)),
            None => Message::GoOn,
        };
        self.post(agent, first).await;
    }

    /// Ends the turn of an agent. What it has under way is dropped with it.
    fn stop(&mut self, agent: AgentId) {
        self.starts.remove(&agent);
        self.sheet.posts.remove(&agent);
        if let Some(actor) = self.actors.remove(&agent) {
            // It waits for nothing but itself, so that the desk need not wait for it.
            tokio::spawn(async move {
                let _ = actor.stop(STOPPING_PATIENCE).await;
            });
        }
        let tree = &self.sheet.tree;
        self.performing
            .retain(|call, stop| match tree.call(*call).map(|call| call.agent) {
                Some(owner) if owner != agent => true,
                Some(_) | None => {
                    stop.cancel();
                    false
                }
            });
    }

    fn perform_call(&mut self, call: Call) {
        let run = self
            .sheet
            .roots
            .get(&call.agent)
            .and_then(|root| self.sheet.runs.get(root));
        let Some(run) = run else { return };
        let task = self
            .sheet
            .posts
            .get(&call.agent)
            .and_then(|post| post.task());
        let offered = task.and_then(|task| {
            let mut tools = task.tools.into_iter();
            tools.find(|tool| tool.name == call.tool)
        });
        let (id, desk) = (call.id, self.agents.clone());
        let errand = perform::Errand {
            hub: self.hub.clone(),
            root: run.root.clone(),
            seen: self.sheet.seen(call.agent),
            is_approved: self.approved.remove(&id),
            offered,
            call,
        };
        let stop = tokio_util::sync::CancellationToken::new();
        self.performing.insert(id, stop.clone());
        self.hub.undertake(async move {
            let end = tokio::select! {
                end = perform::run(errand) => end,
                () = stop.cancelled() => CallEnd::Cancelled,
            };
            desk.bring(Input::Ended { call: id, end }).await;
        });
    }

    /// Creates the agent that a call gives work to.
    fn delegate(&mut self, call: &Call) {
        let now = self.hub.now();
        if let Err(reason) = self.try_to_delegate(call) {
            let end = CallEnd::Failed {
                reason,
                labels: Labels::new(),
            };
            let input = Input::Ended { call: call.id, end };
            if let Err(refusal) = self.sheet.tree.handle_input(input, now) {
                tracing::debug!("work was given away by an agent that has ended: {refusal}");
            }
        }
    }

    fn try_to_delegate(&mut self, call: &Call) -> Result<(), String> {
        let work = Delegation::read(&call.arguments).map_err(|error| convert::chain(&error))?;
        let tree = &self.sheet.tree;
        let parent = tree.agent(call.agent).ok_or("the agent has ended")?;
        let post = self
            .sheet
            .posts
            .get(&call.agent)
            .ok_or("the agent has ended")?;
        let task = post.task().ok_or("the agent has not begun")?;
        let is_wanted = |name: &str| {
            work.tools
                .as_ref()
                .is_none_or(|names| names.iter().any(|wanted| wanted == name))
        };
        let tools: Vec<turn::Tool> = task
            .tools
            .iter()
            .filter(|tool| tool.capability != Capability::Delegate || work.to == Level::Manager)
            .filter(|tool| tool.capability == Capability::Delegate || is_wanted(&tool.name))
            .cloned()
            .collect();
        let agent = self.hub.house.mint.agent();
        let budget = share(&parent.account, work.to);
        let task = brief::of_child(agent, &work, tools, budget, &task, post.seen());
        let spawn = Spawn {
            agent,
            parent: Some(call.agent),
            level: work.to,
            task: work.task.clone(),
            budget,
            rights: Rights::of(task.tools.iter().map(|tool| tool.capability.clone())),
            call: Some(call.id),
        };
        let now = self.hub.now();
        let planted = self.sheet.tree.handle_input(Input::Spawn(spawn), now);
        planted.map_err(|refusal| refusal.to_string())?;
        let start = Start {
            task,
            opening: Vec::new(),
        };
        self.starts.insert(agent, start);
        Ok(())
    }

    /// The person's work came to its end.
    async fn finish(&mut self, agent: AgentId, outcome: Outcome) {
        let Some(run) = self.sheet.runs.remove(&agent) else {
            return;
        };
        let usage = *run.usage.lock().unwrap_or_else(PoisonError::into_inner);
        let last = match outcome {
            Outcome::Answered { .. } => finished(FinishReason::Stop, usage),
            Outcome::AnsweredByPerson { text } => {
                let piece = Happening::Piece {
                    text,
                    logprobs: Vec::new(),
                };
                // A reader that is gone has stopped the answer.
                let _ = run.outlet.send(piece).await;
                finished(FinishReason::Stop, usage)
            }
            Outcome::Cancelled(_) => finished(FinishReason::Cancelled, usage),
            Outcome::Failed(failure) => Happening::Failed(ModelError::Agent {
                reason: wording::failure(&failure),
            }),
        };
        let _ = run.outlet.send(last).await;
        self.sheet.ended.insert(agent, run.root);
        let tree = &self.sheet.tree;
        self.sheet.roots.retain(|id, _| tree.agent(*id).is_some());
        self.sheet.tallies.retain(|id, _| tree.agent(*id).is_some());
        self.sheet.ended.retain(|id, _| tree.agent(*id).is_some());
    }

    /// Tells watchers what looks different now.
    pub(super) async fn tell_watchers(&mut self) {
        for agent in mem::take(&mut self.changed) {
            if let Some(agent) = self.sheet.view(agent) {
                self.hub
                    .bring(DeskInput::Tell(Notice::AgentChanged { agent }))
                    .await;
            }
        }
        if mem::take(&mut self.waits_changed) {
            let waiting = u32::try_from(self.sheet.tree.questions().count()).unwrap_or(u32::MAX);
            self.hub
                .bring(DeskInput::Tell(Notice::ApprovalsChanged { waiting }))
                .await;
        }
    }

    /// Stops all agents where they are. What is on disk goes on another time.
    pub(super) async fn rest(&mut self) {
        let crew = mem::replace(
            &mut self.crew,
            crew::Crew::new(tokio::runtime::Handle::current()),
        );
        if let Err(overdue) = crew.stop(STOPPING_PATIENCE).await {
            tracing::warn!("agents are slow to stop: {overdue}");
        }
        self.actors.clear();
        for (_, stop) in self.performing.drain() {
            stop.cancel();
        }
        for (_, run) in mem::take(&mut self.sheet.runs) {
            let _ = run.outlet.try_send(Happening::Failed(ModelError::Closing));
        }
        self.sheet = super::Sheet::default();
        self.starts.clear();
        self.turns.clear();
        self.draft.clear();
        self.changed.clear();
        self.waits_changed = false;
        self.approved.clear();
        self.replies.clear();
    }
}

fn finished(reason: FinishReason, usage: Usage) -> Happening {
    Happening::Finished { reason, usage }
}

/// What a child gets of what its parent has left: half, so that the parent can still answer.
fn share(parent: &Account, to: Level) -> Budget {
    let left = parent.left();
    let is_manager = to == Level::Manager;
    Budget {
        cpu: Milliseconds(left.cpu.0 / 2),
        memory: ByteCount(left.memory.0 / 2),
        tokens: TokenCount(left.tokens.0 / 2),
        wall: Milliseconds(left.wall.0 / 2),
        depth: u32::from(is_manager && left.depth > 1),
        children: if is_manager { left.children / 2 } else { 0 },
    }
}
