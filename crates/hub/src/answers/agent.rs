//! Answers about agents.

use contract::agent::{
    AGENTS_LISTED_MAX, AgentDetail, AgentList, CancelAgent, ListAgents, PauseAgent, ResumeAgent,
    ShowAgent, TakeOverAgent,
};
use contract::{Code, Done, Fault};
use domain::agent::tree::Input;

use super::Answer;
use crate::agents;
use crate::convert;
use crate::house::Hub;

/// How many agents a list holds when no limit is named.
const AGENTS_LISTED_USUAL: u32 = 100;

/// The most characters of an answer that a person gives in an agent's place.
const TAKEN_OVER_CHARS_MAX: usize = 20_000;

impl Answer<ListAgents> for Hub {
    async fn answer_to(&self, ask: ListAgents) -> Result<AgentList, Fault> {
        let limit = ask
            .limit
            .unwrap_or(AGENTS_LISTED_USUAL)
            .min(AGENTS_LISTED_MAX);
        let agents = self
            .house
            .agents
            .look(move |sheet| sheet.list(ask.conversation, limit as usize))
            .await?;
        Ok(AgentList { agents })
    }
}

impl Answer<ShowAgent> for Hub {
    async fn answer_to(&self, ask: ShowAgent) -> Result<AgentDetail, Fault> {
        let id = ask.agent;
        let found = self
            .house
            .agents
            .look(move |sheet| Some((sheet.view(id)?, sheet.conversation_of(id)?)))
            .await?;
        let (agent, conversation) = found.ok_or_else(no_agent)?;
        let steps = agents::steps(&self.house.store, conversation, id)
            .await
            .map_err(|error| convert::internal(&*error))?;
        Ok(AgentDetail { agent, steps })
    }
}

impl Answer<PauseAgent> for Hub {
    async fn answer_to(&self, ask: PauseAgent) -> Result<Done, Fault> {
        tell(self, Input::Pause(ask.agent)).await
    }
}

impl Answer<ResumeAgent> for Hub {
    async fn answer_to(&self, ask: ResumeAgent) -> Result<Done, Fault> {
        tell(self, Input::Resume(ask.agent)).await
    }
}

impl Answer<CancelAgent> for Hub {
    async fn answer_to(&self, ask: CancelAgent) -> Result<Done, Fault> {
        tell(self, Input::Cancel(ask.agent)).await
    }
}

impl Answer<TakeOverAgent> for Hub {
    async fn answer_to(&self, ask: TakeOverAgent) -> Result<Done, Fault> {
        let (agent, text) = (ask.agent, ask.text);
        if text.trim().is_empty() || text.chars().count() > TAKEN_OVER_CHARS_MAX {
            let message = format!("An answer has 1 to {TAKEN_OVER_CHARS_MAX} characters.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        tell(self, Input::TakeOver(agent)).await?;
        tell(self, Input::AnswerInstead { agent, text }).await
    }
}

async fn tell(hub: &Hub, input: Input) -> Result<Done, Fault> {
    hub.house.agents.tell(input).await?;
    Ok(Done {})
}

fn no_agent() -> Fault {
    Fault::refused(Code::NotFound, "There is no such agent any more.")
}
