//! Agents at work, the calls that wait for the person, and the feed.

use base::{AgentId, CallId, ConversationId, Timestamp};
use contract::agent::{AGENTS_LISTED_MAX, ListAgents};
use contract::approval::{AnswerApproval, Decision, ListApprovals};
use contract::feed::{ReadFeed, UndoFeedEntry};
use contract::{Ask, Code, Done, Fault};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::App;
use crate::state::{PAGE_ROWS, Wanted};

impl App {
    /// Reads the calls that wait. New ones are said.
    pub(crate) async fn read_approvals(self) {
        match self.ask(ListApprovals {}).await {
            Ok(list) => {
                let new = self.approvals.try_update(|book| book.refresh(list));
                let sentence = self.words_now().acts.approval_new;
                let language = self.language.get_untracked().tag();
                let said = new.iter().flatten();
                let said = said.map(|one| sentence(one.what_in(language)));
                let said = said.collect::<Vec<_>>().join(" ");
                if !said.is_empty() {
                    self.urgent.set(said);
                }
            }
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Answers a call that waits.
    pub(crate) async fn answer_approval(
        self,
        call: CallId,
        decision: Decision,
    ) -> Result<(), Fault> {
        let masked = self.approvals.with_untracked(|book| {
            let seen = book.find(call).and_then(|one| one.masked.clone());
            seen.filter(|_| decision == Decision::OnceHidden)
        });
        let answer = AnswerApproval {
            call,
            decision,
            masked,
        };
        let answer = self.ask(answer).await;
        let is_gone = matches!(&answer, Err(fault) if fault.code == Code::NotFound);
        if answer.is_ok() || is_gone {
            self.approvals.update(|book| book.remove(call));
        }
        answer.map(|_| ()).map_err(|fault| self.heed(fault))
    }

    /// Reads the agents of the conversation that is shown.
    pub(crate) async fn read_agents(self, conversation: ConversationId) {
        let ask = ListAgents {
            conversation: Some(conversation),
            limit: Some(AGENTS_LISTED_MAX),
        };
        match self.ask(ask).await {
            Ok(list) if self.chosen.get_untracked() == Some(conversation) => {
                self.crew.update(|crew| crew.refresh(list));
            }
            Ok(_) => {}
            Err(fault) => self.tell_unless_gone(fault),
        }
    }

    /// Does something to an agent, and says only what went wrong: the tree shows the rest.
    pub(crate) fn tend(self, ask: impl Ask<View = Done>) {
        spawn_local(async move {
            if let Err(fault) = self.ask(ask).await {
                self.tell_fault(&self.heed(fault));
            }
        });
    }

    /// Shows what an agent did.
    pub(crate) fn show_steps(self, agent: AgentId) {
        self.overlay.set(Some(super::Overlay::Steps(agent)));
    }

    /// Reads the feed from its newest entry.
    pub(crate) async fn read_entries(self) {
        let wanted = self.feed.with_untracked(|feed| feed.wanted().clone());
        let answer = self.ask(feed_ask(&wanted, None)).await;
        // An answer to what was wanted before is of no use.
        if self.feed.with_untracked(|feed| *feed.wanted() != wanted) {
            return;
        }
        match answer {
            Ok(page) => {
                self.feed_fault.set(None);
                self.feed
                    .update(|feed| feed.entries.replace(page.entries, page.more));
            }
            Err(fault) => self.feed_fault.set(Some(self.heed(fault))),
        }
    }

    /// Reads entries before the oldest one.
    pub(crate) async fn read_older_entries(self) {
        let (wanted, before) = self
            .feed
            .with_untracked(|feed| (feed.wanted().clone(), feed.entries.before()));
        let answer = self.ask(feed_ask(&wanted, before)).await;
        match answer {
            Ok(page) => self.feed.update(|feed| {
                let is_next = *feed.wanted() == wanted && feed.entries.before() == before;
                if is_next {
                    feed.entries.add_older(page.entries, page.more);
                }
            }),
            Err(fault) => self.tell_fault(&self.heed(fault)),
        }
    }

    /// Undoes what an entry of the feed tells of.
    pub(crate) async fn undo_entry(self, number: i64, now: Timestamp) -> Result<(), Fault> {
        let answer = self.ask(UndoFeedEntry { number }).await;
        answer.map_err(|fault| self.heed(fault))?;
        self.feed.update(|feed| feed.undone(number, now));
        Ok(())
    }
}

fn feed_ask(wanted: &Wanted, before: Option<i64>) -> ReadFeed {
    ReadFeed {
        kind: wanted.kind,
        search: wanted.words(),
        before,
        limit: Some(PAGE_ROWS),
    }
}
