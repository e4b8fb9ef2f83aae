//! Pure decisions of the house: state in, effects out.
//!
//! The hub calls this crate and performs what it decides. No clock, no randomness, no input or
//! output: time is an argument. What is decided here so far: who may come in ([`admission`]) and have
//! how much ([`allowance`]), who is next ([`line`]), which model fits a machine ([`advice`]), under which
//! names a model is offered ([`alias`]) and which server stands in for which ([`standing_in`]), what a
//! message asks for ([`intent`]), how the first conversation goes ([`introduction`]), what agents may do and
//! do next ([`agent`]), and what a conversation is called ([`title`]). The principles behind it all are data
//! ([`constitution`]).

pub mod admission;
pub mod advice;
pub mod agent;
pub mod alias;
pub mod allowance;
pub mod constitution;
pub mod intent;
pub mod introduction;
pub mod language;
pub mod line;
pub mod standing_in;
pub mod title;
