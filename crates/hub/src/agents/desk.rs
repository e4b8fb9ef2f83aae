//! The desk of the agents: one owner of the tree, who writes down what happens before anything follows.
//!
//! Orders that wait together are taken together, written in one go and acknowledged then; so many agents
//! wait for the disk no longer than one. The desk itself never asks a model and performs no call: both run
//! on tasks of their own and come back as orders.

mod effects;
mod look;
mod recovery;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::{AgentId, CallId, ConversationId};
use contract::{Code, Fault};
use crew::Address;
use domain::agent::{tree, turn};
use llm::{Happening, Model, Usage};
use store::{AuditEntry, FeedEntry, JournalAppend, TreeId};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::actor::{AgentActor, Post};
use super::journal::{Line, Root};
use crate::convert;
use crate::house::Hub;

/// Orders that wait before whoever brings the next one has to wait too.
const ORDERS_WAITING_MAX: usize = 1_024;

/// Orders that are written down together.
///
/// As many as the store writes in one transaction; more would make the first of them wait.
const ORDERS_TOGETHER_MAX: usize = 128;

/// Pieces of an answer that wait for their reader.
const PIECES_WAITING_MAX: usize = 256;

/// How long agents get to let go when they are stopped: a token, and what a tool does at the moment.
const STOPPING_PATIENCE: Duration = Duration::from_secs(3);

/// How long the desk sleeps when no call waits for the person.
const NOTHING_WAITS: Duration = Duration::from_secs(3_600);

/// The way to the desk. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Agents {
    orders: mpsc::Sender<Order>,
}

/// What the desk is told.
pub(super) enum Order {
    /// The person gave work.
    Begin {
        work: Box<Work>,
        reply: oneshot::Sender<Result<(), Fault>>,
    },
    /// Something is to happen in the tree.
    Tell {
        input: tree::Input,
        reply: Option<oneshot::Sender<Result<(), Fault>>>,
    },
    /// Something happened in the turn of an agent; the reply comes when it is on disk.
    Record {
        agent: AgentId,
        event: Box<turn::Event>,
        reply: oneshot::Sender<()>,
    },
    /// Somebody wants to look at what is there.
    Look(Box<dyn FnOnce(&Sheet) + Send>),
    /// The store was opened: go on with what was left.
    Opened,
    /// The store is being closed: nothing may go on.
    Closing { reply: oneshot::Sender<()> },
}

/// Work that begins.
pub(super) struct Work {
    pub(super) root: Root,
    pub(super) spawn: tree::Spawn,
    pub(super) start: Start,
    pub(super) model: Arc<dyn Model>,
    pub(super) outlet: mpsc::Sender<Happening>,
}

/// How the turn of an agent begins.
#[derive(Clone)]
pub(super) struct Start {
    pub(super) task: turn::Task,
    /// Calls that are made before the model is asked.
    pub(super) opening: Vec<turn::Wanted>,
}

/// What the person's work is about, and who hears of it.
pub(super) struct Run {
    pub(super) root: Root,
    pub(super) model: Arc<dyn Model>,
    pub(super) outlet: mpsc::Sender<Happening>,
    pub(super) usage: Arc<Mutex<Usage>>,
}

/// What the desk knows of an agent beside the tree.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// Answers of the model.
    pub(crate) steps: u32,
    /// Calls of tools.
    pub(crate) calls: u32,
}

/// All that the desk owns, for others to look at.
#[derive(Default)]
pub(crate) struct Sheet {
    pub(crate) tree: tree::Tree,
    pub(super) runs: BTreeMap<AgentId, Run>,
    /// The person's work that each agent belongs to.
    pub(super) roots: HashMap<AgentId, AgentId>,
    pub(super) tallies: HashMap<AgentId, Tally>,
    /// What the agents that are at work work with.
    pub(super) posts: HashMap<AgentId, Arc<Post>>,
    /// The conversation and answer of work that ended not long ago.
    pub(super) ended: HashMap<AgentId, Root>,
}

struct Desk {
    hub: Hub,
    orders: mpsc::Receiver<Order>,
    agents: Agents,
    sheet: Sheet,
    crew: crew::Crew,
    actors: HashMap<AgentId, Address<AgentActor>>,
    performing: HashMap<CallId, CancellationToken>,
    starts: HashMap<AgentId, Start>,
    /// What is to be written down, by conversation: with it, it is deleted.
    draft: BTreeMap<ConversationId, Draft>,
    /// Agents whose looks changed since watchers were told.
    changed: BTreeSet<AgentId>,
    /// Whether the calls that wait for the person changed.
    waits_changed: bool,
    replies: Vec<Waiting>,
    /// Calls that the person said yes to and that were not performed yet.
    approved: BTreeSet<CallId>,
    /// Turns that are read from disk and go on.
    turns: BTreeMap<AgentId, Vec<turn::Event>>,
    /// Whether the disk knows more than the sheet: something could not be written.
    is_stale: bool,
}

/// What is to be written down of the work for one conversation.
#[derive(Default)]
struct Draft {
    lines: Vec<(base::Timestamp, Line)>,
    audit: Vec<AuditEntry>,
    feed: Vec<FeedEntry>,
}

/// Who waits until it is on disk.
enum Waiting {
    Told(oneshot::Sender<Result<(), Fault>>),
    Recorded(oneshot::Sender<()>),
}

impl Agents {
    /// Opens the desk. Nothing happens before [`Self::opened`].
    pub(crate) fn new() -> (Self, AgentsInbox) {
        let (orders, inbox) = mpsc::channel(ORDERS_WAITING_MAX);
        (Self { orders }, AgentsInbox(inbox))
    }

    /// Has the person's work begin; the answer comes out of the receiver.
    pub(super) async fn begin(
        &self,
        root: Root,
        spawn: tree::Spawn,
        start: Start,
        model: Arc<dyn Model>,
    ) -> Result<mpsc::Receiver<Happening>, Fault> {
        let (outlet, pieces) = mpsc::channel(PIECES_WAITING_MAX);
        let work = Box::new(Work {
            root,
            spawn,
            start,
            model,
            outlet,
        });
        self.consult(|reply| Order::Begin { work, reply }).await??;
        Ok(pieces)
    }

    /// Has something happen in the tree; on disk when this returns.
    pub(crate) async fn tell(&self, input: tree::Input) -> Result<(), Fault> {
        self.consult(|reply| Order::Tell {
            input,
            reply: Some(reply),
        })
        .await?
    }

    /// As [`Self::tell`], for those who do not wait.
    pub(super) async fn bring(&self, input: tree::Input) {
        let order = Order::Tell { input, reply: None };
        // A desk that is gone means that the process is ending.
        let _ = self.orders.send(order).await;
    }

    /// Writes down what happened in a turn; on disk when this returns `true`.
    pub(super) async fn record(&self, agent: AgentId, event: turn::Event) -> bool {
        let event = Box::new(event);
        self.consult(|reply| Order::Record {
            agent,
            event,
            reply,
        })
        .await
        .is_ok()
    }

    /// Looks at what is there.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Sheet) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.consult(|reply| {
            Order::Look(Box::new(move |sheet| {
                let _ = reply.send(look(sheet));
            }))
        })
        .await
    }

    /// The store is open: unfinished work goes on.
    pub(crate) async fn opened(&self) {
        let _ = self.orders.send(Order::Opened).await;
    }

    /// The store is about to be closed: all agents rest when this returns.
    pub(crate) async fn closing(&self) {
        let _ = self.consult(|reply| Order::Closing { reply }).await;
    }

    async fn consult<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<T>) -> Order,
    ) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let gone = || Fault::refused(Code::Closing, "The agents are at rest.");
        self.orders.send(order(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

/// Where the orders come in, until the desk is set up.
pub(crate) struct AgentsInbox(mpsc::Receiver<Order>);

impl AgentsInbox {
    /// Serves orders until the hub closes.
    pub(crate) async fn serve(self, hub: Hub) {
        let closing = hub.closing();
        let mut desk = Desk {
            agents: hub.house.agents.clone(),
            hub,
            orders: self.0,
            sheet: Sheet::default(),
            crew: crew::Crew::new(tokio::runtime::Handle::current()),
            actors: HashMap::new(),
            performing: HashMap::new(),
            starts: HashMap::new(),
            draft: BTreeMap::new(),
            changed: BTreeSet::new(),
            waits_changed: false,
            replies: Vec::new(),
            approved: BTreeSet::new(),
            turns: BTreeMap::new(),
            is_stale: false,
        };
        let mut orders = Vec::with_capacity(ORDERS_TOGETHER_MAX);
        loop {
            let sleep = desk.sleep();
            tokio::select! {
                () = closing.cancelled() => break,
                count = desk.orders.recv_many(&mut orders, ORDERS_TOGETHER_MAX) => {
                    if count == 0 {
                        break;
                    }
                }
                () = tokio::time::sleep(sleep) => {}
            }
            desk.take(&mut orders).await;
        }
        desk.rest().await;
    }
}

impl Desk {
    /// Until when nothing happens by itself.
    fn sleep(&self) -> Duration {
        let Some(until) = self.sheet.tree.poll_timeout() else {
            return NOTHING_WAITS;
        };
        let now = self.hub.now().as_millis();
        Duration::from_millis(until.as_millis().saturating_sub(now))
    }

    /// Takes orders in, writes down what comes of them, and does what follows, until nothing does.
    async fn take(&mut self, orders: &mut Vec<Order>) {
        self.sheet.tree.handle_timeout(self.hub.now());
        for order in orders.drain(..) {
            self.take_one(order).await;
        }
        loop {
            let follows = self.drain();
            if !self.write().await {
                return;
            }
            self.acknowledge();
            if follows.is_empty() {
                break;
            }
            for effect in follows {
                self.perform(effect).await;
            }
        }
        self.tell_watchers().await;
    }

    async fn take_one(&mut self, order: Order) {
        match order {
            Order::Begin { work, reply } => {
                if self.is_stale {
                    self.go_on().await;
                }
                match self.begin(*work) {
                    Ok(()) => self.replies.push(Waiting::Told(reply)),
                    Err(refusal) => _ = reply.send(Err(refused(&refusal))),
                }
            }
            Order::Tell { input, reply } => {
                let now = self.hub.now();
                match (self.sheet.tree.handle_input(input, now), reply) {
                    (Ok(()), Some(reply)) => self.replies.push(Waiting::Told(reply)),
                    (Ok(()), None) => {}
                    (Err(refusal), Some(reply)) => _ = reply.send(Err(refused(&refusal))),
                    // What an agent reports of work that was cancelled meanwhile.
                    (Err(refusal), None) => tracing::debug!("the tree refused: {refusal}"),
                }
            }
            Order::Record {
                agent,
                event,
                reply,
            } => {
                self.record(agent, *event);
                self.replies.push(Waiting::Recorded(reply));
            }
            Order::Look(look) => look(&self.sheet),
            Order::Opened => self.go_on().await,
            Order::Closing { reply } => {
                self.rest().await;
                let _ = reply.send(());
            }
        }
    }
}

/// A refusal of the tree, in words for a person.
pub(super) fn refused(refusal: &tree::Refusal) -> Fault {
    let code = match refusal {
        tree::Refusal::NoSuchAgent(_) | tree::Refusal::NoSuchCall(_) => Code::NotFound,
        _ => Code::InvalidAsk,
    };
    Fault::refused(code, convert::capital(&refusal.to_string()) + ".")
}

fn append(
    conversation: ConversationId,
    draft: Draft,
    finished: Option<base::Timestamp>,
) -> JournalAppend {
    JournalAppend {
        tree: TreeId::from(conversation),
        events: draft
            .lines
            .iter()
            .map(|(at, line)| line.event(*at))
            .collect(),
        finished,
        audit: draft.audit,
        feed: draft.feed,
    }
}
