//! The desk: owns what changes while the hub runs, and takes one closed kind of input.
//!
//! It never waits for anything but its next input. Work that takes time runs elsewhere and reports
//! back here; so there is one order of happenings, and every watcher is told in that order.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use base::{ConversationId, MessageId, PullId, Timestamp, TokenId};
use contract::Notice;
use contract::conversation::{MessageState, UsageView};
use contract::log::LogLine;
use contract::model::{EngineView, PullState, PullView};
use contract::setting::{Origin, SettingKey, Values};
use domain::admission::{SecretHash, SessionBook, TicketBook};
use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Inputs that wait before whoever brings the next one has to wait too.
pub(crate) const INPUTS_WAITING_MAX: usize = 1_024;

/// How seldom the last use of a token is written down. A person wants to know the day, not the
/// millisecond, and a client may send a hundred requests a second.
const TOKEN_USE_WRITTEN_EVERY: Duration = Duration::from_secs(60);

/// Ended downloads that are remembered for the list.
const ENDED_PULLS_MAX: usize = 20;

/// Everything that the desk can be told or asked.
pub(crate) enum Input {
    /// Something that concerns nobody but the watchers.
    Tell(Notice),
    /// An answer is on disk, empty, and is being written.
    AnswerBegan {
        conversation: ConversationId,
        answer: MessageId,
        stop: CancellationToken,
    },
    /// An answer has more text.
    AnswerGrew { answer: MessageId, text: String },
    /// An answer is on disk as it will stay.
    AnswerEnded {
        answer: MessageId,
        state: MessageState,
        usage: Option<UsageView>,
    },
    /// Stop one answer; whether it was being written.
    StopAnswer {
        answer: MessageId,
        reply: oneshot::Sender<bool>,
    },
    /// Stop all answers of a conversation that is about to be deleted.
    StopAnswersIn { conversation: ConversationId },
    /// The texts of the answers that are being written.
    ReadLive {
        reply: oneshot::Sender<BTreeMap<MessageId, String>>,
    },
    /// A download begins; `Some` is the one of the same source that is running already.
    PullBegan {
        pull: PullView,
        stop: CancellationToken,
        reply: oneshot::Sender<Option<PullView>>,
    },
    /// A download went on or ended.
    PullChanged { pull: PullView },
    /// Cancel a download; whether it was running.
    CancelPull {
        pull: PullId,
        reply: oneshot::Sender<bool>,
    },
    /// The downloads, the newest first.
    ListPulls {
        reply: oneshot::Sender<Vec<PullView>>,
    },
    /// A setting was stored, or taken back to its default.
    SettingStored {
        key: SettingKey,
        value: Option<Value>,
        reply: oneshot::Sender<()>,
    },
    /// A sign-in link was made; the reply is its end.
    TicketIssued {
        ticket: SecretHash,
        now: Timestamp,
        reply: oneshot::Sender<Timestamp>,
    },
    /// A sign-in link was opened; whether it was good.
    TicketRedeemed {
        ticket: SecretHash,
        now: Timestamp,
        reply: oneshot::Sender<bool>,
    },
    /// A browser came in with a session that counts, or got one while the vault was locked.
    SessionSeen {
        session: SecretHash,
        expires: Timestamp,
        is_stored: bool,
    },
    /// Whether a session was seen before and still counts; asked while the vault is locked.
    SessionKnown {
        session: SecretHash,
        now: Timestamp,
        reply: oneshot::Sender<bool>,
    },
    /// The store was replaced, by a restored one or after erasing: it knows no session.
    StoreReplaced,
    /// The vault was opened, with these settings in it; the reply are sessions to store.
    VaultOpened {
        values: Values,
        reply: oneshot::Sender<Vec<(SecretHash, Timestamp)>>,
    },
    /// The vault is being locked: answers stop, and only these settings hold.
    VaultLocked {
        values: Values,
        reply: oneshot::Sender<()>,
    },
    /// A token was used; whether to write that down.
    TokenUsed {
        token: TokenId,
        now: Timestamp,
        reply: oneshot::Sender<bool>,
    },
    /// The engine does something else now.
    EngineChanged { engine: EngineView },
    /// Lines of the log are on disk.
    LogsWritten { lines: Vec<LogLine> },
}

struct Live {
    conversation: ConversationId,
    text: String,
    stop: CancellationToken,
}

/// Owner of what changes while the hub runs.
pub(crate) struct Desk {
    inputs: mpsc::Receiver<Input>,
    notices: broadcast::Sender<Arc<Notice>>,
    values: watch::Sender<Values>,
    engine: watch::Sender<EngineView>,
    live: HashMap<MessageId, Live>,
    pulls: BTreeMap<PullId, (PullView, CancellationToken)>,
    tickets: TicketBook,
    tokens_used: HashMap<TokenId, Timestamp>,
    sessions: SessionBook,
}

impl Desk {
    pub(crate) fn new(
        inputs: mpsc::Receiver<Input>,
        notices: broadcast::Sender<Arc<Notice>>,
        values: watch::Sender<Values>,
        engine: watch::Sender<EngineView>,
    ) -> Self {
        Self {
            inputs,
            notices,
            values,
            engine,
            live: HashMap::new(),
            pulls: BTreeMap::new(),
            tickets: TicketBook::default(),
            tokens_used: HashMap::new(),
            sessions: SessionBook::default(),
        }
    }

    /// Serves until nobody is left who could bring an input.
    pub(crate) async fn run(mut self) {
        while let Some(input) = self.inputs.recv().await {
            self.handle_input(input);
        }
    }

    // A reply that nobody waits for any longer, and a notice that nobody watches, are no faults.
    fn handle_input(&mut self, input: Input) {
        match input {
            Input::Tell(notice) => self.tell(notice),
            Input::AnswerBegan {
                conversation,
                answer,
                stop,
            } => self.begin_answer(conversation, answer, stop),
            Input::AnswerGrew { answer, text } => self.grow(answer, text),
            Input::AnswerEnded {
                answer,
                state,
                usage,
            } => self.end_answer(answer, state, usage),
            Input::StopAnswer { answer, reply } => _ = reply.send(self.stop_answer(answer)),
            Input::StopAnswersIn { conversation } => self
                .live
                .values()
                .filter(|live| live.conversation == conversation)
                .for_each(|live| live.stop.cancel()),
            Input::ReadLive { reply } => _ = reply.send(self.live_texts()),
            Input::PullBegan { pull, stop, reply } => _ = reply.send(self.begin_pull(pull, stop)),
            Input::PullChanged { pull } => self.change_pull(pull),
            Input::CancelPull { pull, reply } => _ = reply.send(self.cancel_pull(pull)),
            Input::ListPulls { reply } => _ = reply.send(self.pulls_newest_first()),
            Input::SettingStored { key, value, reply } => {
                self.change_setting(key, value);
                _ = reply.send(());
            }
            Input::TicketIssued { ticket, now, reply } => {
                _ = reply.send(self.tickets.issue(ticket, now));
            }
            Input::TicketRedeemed { ticket, now, reply } => {
                _ = reply.send(self.tickets.redeem(&ticket, now));
            }
            Input::SessionSeen {
                session,
                expires,
                is_stored,
            } => self.sessions.note(session, expires, is_stored),
            Input::SessionKnown {
                session,
                now,
                reply,
            } => _ = reply.send(self.sessions.knows(&session, now)),
            Input::StoreReplaced => self.sessions.store_replaced(),
            Input::VaultOpened { values, reply } => {
                self.values.send_replace(values);
                _ = reply.send(self.sessions.take_unstored());
            }
            Input::VaultLocked { values, reply } => {
                self.live.values().for_each(|live| live.stop.cancel());
                self.tokens_used.clear();
                self.values.send_replace(values);
                _ = reply.send(());
            }
            Input::TokenUsed { token, now, reply } => {
                _ = reply.send(self.is_use_worth_writing(token, now));
            }
            Input::EngineChanged { engine } => {
                self.engine.send_replace(engine.clone());
                self.tell(Notice::EngineChanged { engine });
            }
            Input::LogsWritten { lines } => self.tell(Notice::LogsWritten { lines }),
        }
    }

    fn begin_answer(
        &mut self,
        conversation: ConversationId,
        answer: MessageId,
        stop: CancellationToken,
    ) {
        let live = Live {
            conversation,
            text: String::new(),
            stop,
        };
        self.live.insert(answer, live);
        self.tell(Notice::ConversationChanged { conversation });
    }

    fn end_answer(&mut self, answer: MessageId, state: MessageState, usage: Option<UsageView>) {
        if let Some(Live { conversation, .. }) = self.live.remove(&answer) {
            self.tell(Notice::AnswerEnded {
                conversation,
                answer,
                state,
                usage,
            });
        }
    }

    fn stop_answer(&self, answer: MessageId) -> bool {
        let live = self.live.get(&answer);
        if let Some(live) = live {
            live.stop.cancel();
        }
        live.is_some()
    }

    fn live_texts(&self) -> BTreeMap<MessageId, String> {
        self.live
            .iter()
            .map(|(id, live)| (*id, live.text.clone()))
            .collect()
    }

    fn cancel_pull(&self, pull: PullId) -> bool {
        let running = self.pulls.get(&pull).filter(|(view, _)| is_running(view));
        if let Some((_, stop)) = running {
            stop.cancel();
        }
        running.is_some()
    }

    fn pulls_newest_first(&self) -> Vec<PullView> {
        self.pulls
            .values()
            .rev()
            .map(|(view, _)| view.clone())
            .collect()
    }

    fn change_setting(&mut self, key: SettingKey, value: Option<Value>) {
        self.values.send_modify(|values| match value {
            Some(value) => values.set(key, value, Origin::Stored),
            None => values.unset(key),
        });
        self.tell(Notice::SettingsChanged {
            key: key.spec().name.to_owned(),
        });
    }

    fn tell(&self, notice: Notice) {
        let _ = self.notices.send(Arc::new(notice));
    }

    fn grow(&mut self, answer: MessageId, text: String) {
        let Some(live) = self.live.get_mut(&answer) else {
            return;
        };
        let from = live.text.len() as u64;
        live.text.push_str(&text);
        let conversation = live.conversation;
        self.tell(Notice::AnswerGrew {
            conversation,
            answer,
            from,
            text,
        });
    }

    fn begin_pull(&mut self, pull: PullView, stop: CancellationToken) -> Option<PullView> {
        let same = |view: &&PullView| is_running(view) && view.source == pull.source;
        if let Some(running) = self.pulls.values().map(|(view, _)| view).find(same) {
            return Some(running.clone());
        }
        let ended = self.pulls.values().filter(|(view, _)| !is_running(view));
        if ended.clone().count() >= ENDED_PULLS_MAX
            && let Some(oldest) = ended.map(|(view, _)| view.id).next()
        {
            self.pulls.remove(&oldest);
        }
        self.tell(Notice::PullChanged { pull: pull.clone() });
        self.pulls.insert(pull.id, (pull, stop));
        None
    }

    fn change_pull(&mut self, pull: PullView) {
        let Some((view, _)) = self.pulls.get_mut(&pull.id) else {
            return;
        };
        *view = pull.clone();
        let is_installed = matches!(pull.state, PullState::Done { .. });
        self.tell(Notice::PullChanged { pull });
        if is_installed {
            self.tell(Notice::ModelsChanged);
        }
    }

    fn is_use_worth_writing(&mut self, token: TokenId, now: Timestamp) -> bool {
        let written = self.tokens_used.get(&token);
        let is_due = written.is_none_or(|then| *then < now.minus(TOKEN_USE_WRITTEN_EVERY));
        if is_due {
            self.tokens_used.insert(token, now);
        }
        is_due
    }
}

fn is_running(pull: &PullView) -> bool {
    matches!(pull.state, PullState::Running { .. })
}
