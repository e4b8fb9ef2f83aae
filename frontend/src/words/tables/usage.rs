//! What models used.

use super::super::{Plain, With1, With2};

words! {
    /// What models used.
    UsageWords;

    /// The section.
    section: Plain,
    about: Plain,
    none: Plain,
    days: Plain,
    days_named: With1,
    chart_title: Plain,
    chart_unit: Plain,
    read: Plain,
    written: Plain,
    by_model: Plain,
    by_caller: Plain,
    by_day: Plain,
    name: Plain,
    requests: Plain,
    time: Plain,
    energy: Plain,
    cost: Plain,
    avoided: Plain,
    total: Plain,
    own: Plain,
    open: Plain,
    gone: Plain,
    measured: With1,
    stated: With1,

    /// Where the figures come from.
    method: Plain,
    method_time: Plain,
    method_measured: Plain,
    method_stated: With1,
    method_cost: With1,
    method_avoided: With1,
    not_stated: Plain,
    span: With2,

    /// What a token may have.
    may_all: Plain,
    may: With1,
    rate: With1,
    quota: With1,
}
