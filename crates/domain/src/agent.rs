//! Decisions about agents: who may create whom, with which means and rights, and what each does next.
//!
//! The hub runs two machines of this module. The [`tree`] of all agents decides who lives, what an agent
//! may spend and which calls of tools are performed; a [`turn`] is the loop of one agent: ask the model,
//! call tools, observe, answer. Both say what happened as events. The hub writes an event to disk before
//! it performs what follows from it, and replays the events after a crash.
//!
//! A call goes from one to the other: the turn wants it ([`turn::Effect::Perform`]), the tree lets it pass,
//! asks the person or refuses it ([`tree::Input::Call`]), and what became of it ([`tree::Effect::Settled`])
//! goes back to the turn ([`turn::Input::CallEnded`]).
//!
//! Nothing here talks to a model, runs a tool, reads a clock or makes an id.

pub mod budget;
pub mod call;
pub mod capability;
pub mod delegation;
pub mod level;
pub mod state;
pub mod tree;
pub mod turn;
