//! What agents are told about themselves and their work.

use std::num::NonZeroU32;

use base::{AgentId, ByteCount, Milliseconds, TokenCount};
use domain::agent::budget::Budget;
use domain::agent::call::Labels;
use domain::agent::delegation::Delegation;
use domain::agent::level::Level;
use domain::agent::turn::{self, Message, Opening, Room, Task};
use domain::constitution::PRINCIPLES;

use super::tools;

/// Tokens that the person's work may cost: some dozens of steps of a small model, and an hour at most.
const TOKENS: TokenCount = TokenCount(64_000);

/// How long the person's work may take. Whoever wants more asks again.
const WALL: Milliseconds = Milliseconds(60 * 60 * 1_000);

/// Memory that agents and their tools may hold for the person's work: some documents.
const MEMORY: ByteCount = ByteCount(256 * 1024 * 1024);

/// Generations below the admin: managers and workers.
const DEPTH: u32 = 2;

/// Agents below the admin at a time. A laptop's model answers four at once; more only wait.
const CHILDREN: u32 = 16;

/// Bytes that a token stands for, rounded down, in the languages of the UI.
const BYTES_PER_TOKEN: NonZeroU32 = NonZeroU32::new(3).expect("three is not none");

/// What an admin may use.
pub(super) fn budget() -> Budget {
    Budget {
        cpu: WALL,
        memory: MEMORY,
        tokens: TOKENS,
        wall: WALL,
        depth: DEPTH,
        children: CHILDREN,
    }
}

/// What the person's admin is to do.
pub(super) struct Brief {
    pub(super) agent: AgentId,
    /// What the person set as instructions.
    pub(super) instructions: String,
    pub(super) earlier: Vec<Message>,
    pub(super) text: String,
    /// Where what stands in the instructions and in the earlier messages came from, beside the program and
    /// the person.
    pub(super) told: Labels,
    pub(super) tools: Vec<turn::Tool>,
    pub(super) must_call: bool,
    pub(super) context_tokens: u32,
}

impl Brief {
    /// As a turn takes it.
    pub(super) fn task(self) -> Task {
        let mut labels = self.told;
        labels.extend([tools::PUBLIC, tools::MESSAGE].map(str::to_owned));
        Task {
            agent: self.agent,
            instructions: format!("{}\n\n{}", self.instructions, principles())
                .trim()
                .to_owned(),
            earlier: self.earlier,
            text: self.text,
            labels,
            opening: match (self.must_call, self.tools.is_empty()) {
                (true, false) => Opening::Call,
                (_, _) => Opening::Free,
            },
            tools: self.tools,
            tokens: TOKENS,
            wall: WALL,
            room: room(self.context_tokens),
        }
    }
}

/// The principles in one breath: a small model reads each word of it anew.
fn principles() -> String {
    let titles: Vec<&str> = PRINCIPLES.iter().map(|principle| principle.title).collect();
    format!("You act by these principles: {}.", titles.join(", "))
}

fn room(context_tokens: u32) -> Room {
    Room {
        tokens: TokenCount(context_tokens.into()),
        bytes_per_token: BYTES_PER_TOKEN,
    }
}

/// What an agent is to do that another one gives work to.
pub(super) fn of_child(
    agent: AgentId,
    work: &Delegation,
    tools: Vec<turn::Tool>,
    budget: Budget,
    parent: &Task,
    seen: Labels,
) -> Task {
    let instructions = match work.to {
        Level::Manager => {
            "You are a manager. Divide the task, give each part to a worker with `delegate`, and put \
             the answers together."
        }
        Level::Worker | Level::Admin => {
            "You are a worker. Do the task and answer with its result only."
        }
    };
    Task {
        agent,
        instructions: format!("{instructions}\n\n{}", principles()),
        earlier: Vec::new(),
        text: work.task.clone(),
        // The words are the parent's, who made them of all that it saw.
        labels: seen,
        opening: match work.to {
            Level::Manager => Opening::Plan,
            Level::Worker | Level::Admin => Opening::Free,
        },
        tools,
        tokens: budget.tokens,
        wall: budget.wall,
        room: parent.room,
    }
}
