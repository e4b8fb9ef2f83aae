//! What the header check accepts and refuses, rule by rule and under random damage.

#![allow(clippy::unwrap_used, reason = "a step that fails fails the test")]

mod builder;
mod properties;
mod rules;
mod starter;
