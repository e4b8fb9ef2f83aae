//! What the header check accepts and refuses, rule by rule and under random damage.

mod builder;
mod properties;
mod rules;
mod starter;
