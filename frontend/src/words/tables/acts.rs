//! What agents do: approvals, the tree of agents, the feed.

use contract::agent::{AgentLevel, AgentState, StepKind};
use contract::approval::Decision;
use contract::feed::FeedKind;

use super::super::{Plain, With1, With2, WithCount};

words! {
    /// What agents do: approvals, the tree of agents, the feed.
    ActWords;

    /// Approvals.
    approvals: Plain,
    approvals_waiting: WithCount,
    approvals_waiting_short: WithCount,
    approval_new: With1,
    approval_arguments: Plain,
    approval_unchanged: Plain,
    approval_with_private_hidden: Plain,
    approval_leaves: Plain,
    approval_stays: Plain,
    approval_private: With1,
    from_memory: Plain,
    from_file: Plain,
    from_store: Plain,
    from_identity: Plain,
    approval_left: With1,
    approval_over: Plain,
    allow_once: Plain,
    allow_once_hidden: Plain,
    allow_conversation: Plain,
    allow_always: Plain,
    decline: Plain,
    allow_never: Plain,
    approval_always_about: With1,
    said_once: Plain,
    said_once_hidden: Plain,
    said_conversation: With1,
    said_always: With1,
    said_declined: Plain,
    said_never: With1,
    said_by_another: Plain,
    to_permissions: Plain,

    /// What would leave for a model elsewhere.
    leaving: Plain,
    leaving_look: Plain,
    leaving_about: With1,
    leaving_once: Plain,
    leaving_private: Plain,
    leaving_found: With1,
    leaving_found_nothing: Plain,
    leaving_send: Plain,
    leaving_send_masked: Plain,
    leaving_nothing: Plain,
    leaving_sent: Plain,

    /// The tree of agents.
    crew: Plain,
    crew_at_work: WithCount,
    crew_done: WithCount,
    crew_show: Plain,
    crew_hide: Plain,
    crew_more: WithCount,
    level_admin: Plain,
    level_manager: Plain,
    level_worker: Plain,
    state_created: Plain,
    state_planning: Plain,
    state_working: Plain,
    state_waiting: Plain,
    state_paused: Plain,
    state_done: Plain,
    state_failed: Plain,
    state_cancelled: Plain,
    budget_tokens: With2,
    budget_time: With2,
    budget_tokens_name: Plain,
    budget_time_name: Plain,
    steps_and_calls: With2,
    steps: WithCount,
    calls: WithCount,
    chosen_agent: With1,
    pause: Plain,
    resume: Plain,
    cancel: Plain,
    take_over: Plain,
    take_over_title: Plain,
    take_over_about: Plain,
    take_over_label: Plain,
    take_over_done: Plain,
    show_steps: Plain,

    /// What an agent did.
    steps_title: Plain,
    steps_none: Plain,
    step_task: Plain,
    step_said: Plain,
    step_called: Plain,
    step_returned: Plain,
    step_refused: Plain,
    step_delegated: Plain,
    step_ended: Plain,

    /// The feed.
    feed_kind: Plain,
    feed_kind_all: Plain,
    kind_answer: Plain,
    kind_delegation: Plain,
    kind_look: Plain,
    kind_change: Plain,
    kind_memory: Plain,
    kind_approval: Plain,
    kind_reminder: Plain,
    kind_failure: Plain,
    feed_search: Plain,
    feed_nothing_matches: Plain,
    feed_new: WithCount,
    feed_cut: Plain,
    feed_newest: Plain,
    feed_private: Plain,
    feed_open: Plain,
    undo: Plain,
    undo_named: With1,
    undone: Plain,
    undone_at: With1,
    why: Plain,
    why_named: With1,
}

impl ActWords {
    /// What an agent may do to others.
    pub(crate) fn level(&self, level: AgentLevel) -> &'static str {
        match level {
            AgentLevel::Admin => self.level_admin,
            AgentLevel::Manager => self.level_manager,
            AgentLevel::Worker => self.level_worker,
        }
    }

    /// What an agent does.
    pub(crate) fn state(&self, state: AgentState) -> &'static str {
        match state {
            AgentState::Created => self.state_created,
            AgentState::Planning => self.state_planning,
            AgentState::Working => self.state_working,
            AgentState::WaitingForApproval => self.state_waiting,
            AgentState::Paused => self.state_paused,
            AgentState::Done => self.state_done,
            AgentState::Failed => self.state_failed,
            AgentState::Cancelled => self.state_cancelled,
        }
    }

    /// What kind of step.
    pub(crate) fn step(&self, kind: StepKind) -> &'static str {
        match kind {
            StepKind::Task => self.step_task,
            StepKind::Said => self.step_said,
            StepKind::Called => self.step_called,
            StepKind::Returned => self.step_returned,
            StepKind::Refused => self.step_refused,
            StepKind::Delegated => self.step_delegated,
            StepKind::Ended => self.step_ended,
        }
    }

    /// What kind of entry of the feed.
    pub(crate) fn kind(&self, kind: FeedKind) -> &'static str {
        match kind {
            FeedKind::Answer => self.kind_answer,
            FeedKind::Delegation => self.kind_delegation,
            FeedKind::Look => self.kind_look,
            FeedKind::Change => self.kind_change,
            FeedKind::Memory => self.kind_memory,
            FeedKind::Approval => self.kind_approval,
            FeedKind::Reminder => self.kind_reminder,
            FeedKind::Failure => self.kind_failure,
        }
    }

    /// What a button for an answer to an approval says.
    pub(crate) fn decision(&self, decision: Decision) -> &'static str {
        match decision {
            Decision::Once => self.allow_once,
            Decision::OnceHidden => self.allow_once_hidden,
            Decision::Conversation => self.allow_conversation,
            Decision::Always => self.allow_always,
            Decision::Decline => self.decline,
            Decision::Never => self.allow_never,
        }
    }

    /// What came of an answer to an approval.
    pub(crate) fn decided(&self, decision: Decision, tool: &str) -> String {
        match decision {
            Decision::Once => self.said_once.to_owned(),
            Decision::OnceHidden => self.said_once_hidden.to_owned(),
            Decision::Conversation => (self.said_conversation)(tool),
            Decision::Always => (self.said_always)(tool),
            Decision::Decline => self.said_declined.to_owned(),
            Decision::Never => (self.said_never)(tool),
        }
    }

    /// Where private parts come from; a source that is not known keeps its name.
    pub(crate) fn sources(&self, labels: &[String]) -> String {
        let named = labels.iter().map(|label| match label.as_str() {
            "memory" => self.from_memory,
            "file" => self.from_file,
            "private_store" => self.from_store,
            "identity" => self.from_identity,
            other => other,
        });
        named.collect::<Vec<_>>().join(", ")
    }
}
