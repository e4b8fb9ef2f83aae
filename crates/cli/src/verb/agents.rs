//! `hai-net agents`: who does what, why and at what cost.

use base::AgentId;
use contract::agent::{
    AgentDetail, AgentLevel, AgentList, AgentState, AgentView, CancelAgent, ListAgents, PauseAgent,
    ResumeAgent, ShowAgent, StepKind, TakeOverAgent,
};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::{Link, with_any};
use crate::pick::{self, short_id};
use crate::screen::{short, tame, text_of};
use crate::when;

/// Characters of a task in the list.
const TASK_SHOWN: usize = 50;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: AgentVerb,
}

#[derive(Debug, clap::Subcommand)]
enum AgentVerb {
    /// List agents: those at work first
    List {
        /// Only those of this conversation: its id, the end of it, or `last`
        #[arg(long, value_name = "CONVERSATION")]
        conversation: Option<String>,
    },
    /// Show what an agent did, step by step
    Show {
        /// Its id, or the end of it
        agent: String,
    },
    /// Pause an agent and all below it
    Pause {
        /// Its id, or the end of it
        agent: String,
    },
    /// Let a paused agent go on
    Resume {
        /// Its id, or the end of it
        agent: String,
    },
    /// Cancel an agent and all below it
    Cancel {
        /// Its id, or the end of it
        agent: String,
    },
    /// End an agent with an answer of yours
    TakeOver {
        /// Its id, or the end of it
        agent: String,
        /// What the one who created it gets as its answer
        text: String,
    },
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        AgentVerb::List { conversation } => list(conversation.as_deref(), scene).await,
        AgentVerb::Show { agent } => show(&agent, scene).await,
        AgentVerb::Pause { agent } => {
            with_agent(&agent, scene, "Paused", async |link, agent| {
                link.ask(PauseAgent { agent }).await
            })
            .await
        }
        AgentVerb::Resume { agent } => {
            with_agent(&agent, scene, "Goes on:", async |link, agent| {
                link.ask(ResumeAgent { agent }).await
            })
            .await
        }
        AgentVerb::Cancel { agent } => {
            with_agent(&agent, scene, "Cancelled", async |link, agent| {
                link.ask(CancelAgent { agent }).await
            })
            .await
        }
        AgentVerb::TakeOver { agent, text } => {
            with_agent(&agent, scene, "Taken over:", async |link, agent| {
                link.ask(TakeOverAgent { agent, text }).await
            })
            .await
        }
    }
}

async fn with_agent(
    named: &str,
    scene: &Scene,
    done: &str,
    act: impl AsyncFnOnce(&Link, AgentId) -> Result<contract::Done, Failure>,
) -> Result<(), Failure> {
    let agent = with_any(scene, async |link| {
        let agent = pick::agent(link, named).await?;
        act(link, agent).await?;
        Ok(agent)
    })
    .await?;
    let view = serde_json::json!({ "agent": agent });
    scene
        .screen
        .show(&view, || format!("{done} {}.", short_id(&agent)))
}

async fn list(conversation: Option<&str>, scene: &Scene) -> Result<(), Failure> {
    let list = with_any(scene, async |link| {
        let conversation = match conversation {
            Some(named) => Some(pick::conversation(link, named).await?),
            None => None,
        };
        let ask = ListAgents {
            conversation,
            limit: None,
        };
        link.ask(ask).await
    })
    .await?;
    scene.screen.show(&list, || words(&list, scene))
}

fn words(list: &AgentList, scene: &Scene) -> String {
    if list.agents.is_empty() {
        return "No agent has worked yet. Ask for something: hai-net chat TEXT".to_owned();
    }
    let mut table = scene
        .screen
        .table(&["ID", "LEVEL", "STATE", "TOKENS", "CALLS", "TASK"]);
    for agent in &list.agents {
        table.add_row([
            short_id(&agent.id),
            level(agent.level).to_owned(),
            state(agent),
            format!("{}/{}", agent.budget.tokens_used, agent.budget.tokens),
            agent.calls.to_string(),
            short(&agent.task, TASK_SHOWN),
        ]);
    }
    text_of(&table)
}

fn level(level: AgentLevel) -> &'static str {
    match level {
        AgentLevel::Admin => "admin",
        AgentLevel::Manager => "manager",
        AgentLevel::Worker => "worker",
    }
}

fn state(agent: &AgentView) -> String {
    let state = match agent.state {
        AgentState::Created => "created",
        AgentState::Planning => "planning",
        AgentState::Working => "working",
        AgentState::WaitingForApproval => "waits for you",
        AgentState::Paused => "paused",
        AgentState::Done => "done",
        AgentState::Failed => "failed",
        AgentState::Cancelled => "cancelled",
    };
    state.to_owned()
}

async fn show(named: &str, scene: &Scene) -> Result<(), Failure> {
    let detail = with_any(scene, async |link| {
        let agent = pick::agent(link, named).await?;
        link.ask(ShowAgent { agent }).await
    })
    .await?;
    scene.screen.show(&detail, || detail_words(&detail))
}

fn detail_words(detail: &AgentDetail) -> String {
    let agent = &detail.agent;
    let mut text = format!("{}, {}", level(agent.level), state(agent));
    if !agent.reason.is_empty() {
        text += &format!(": {}", tame(&agent.reason));
    }
    for step in &detail.steps {
        let kind = match step.kind {
            StepKind::Task => "task",
            StepKind::Said => "said",
            StepKind::Called => "called",
            StepKind::Returned => "returned",
            StepKind::Refused => "refused",
            StepKind::Delegated => "delegated",
            StepKind::Ended => "ended",
        };
        // One step is one line.
        let told = tame(&step.text).replace('\n', " ⏎ ");
        text += &format!("\n{}  {kind:<9}  {told}", when::second(step.at));
    }
    text
}
