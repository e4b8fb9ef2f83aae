//! What models used, in English.

use super::super::tables::UsageWords;

/// What is said in English.
pub(super) static WORDS: UsageWords = UsageWords {
    section: "Usage",
    about: "How much the models have worked: for you and your agents, and for each program. Only figures \
            are kept, never what was asked or answered.",
    none: "No model has worked in these days.",
    days: "Days",
    days_named: |days| format!("{days} days"),
    chart_title: "Tokens a day",
    chart_unit: "tokens",
    read: "Read",
    written: "Written",
    by_model: "By model",
    by_caller: "By program",
    by_day: "By day",
    name: "Name",
    requests: "Requests",
    time: "Time",
    energy: "Energy, about",
    cost: "Cost, about",
    avoided: "Avoided, about",
    total: "All together",
    own: "You and your agents",
    open: "Programs without a token",
    gone: "A token that is gone",
    measured: |wh| format!("{wh} Wh measured (A)"),
    stated: |wh| format!("{wh} Wh from your watts (B)"),
    method: "Where these figures come from",
    method_time: "Time is the time for which models worked, loading included. Answers that were written \
                  together share it.",
    method_measured: "Energy (A) was counted by the processor's own meter (RAPL) during that time. It is \
                      the whole processor, with what other programs used meanwhile; graphics processor, \
                      memory and screen are not in it.",
    method_stated: |watts| {
        format!("Energy (B) is {watts} W, as you stated, times the time that was not measured.")
    },
    method_cost: |price| format!("Cost is energy times {price} for a kWh, as you stated."),
    method_avoided: |price| {
        format!(
            "Avoided is the tokens that were read and written on this device times {price} for a \
             million, the price that you stated. A small model is not the same as a large one."
        )
    },
    not_stated: "What you do not state below is not estimated, and not shown.",
    span: |from, to| format!("{from} to {to}; days begin at midnight UTC."),
    may_all: "may use everything",
    may: |scopes| format!("may use {scopes}"),
    rate: |rate| format!("at most {rate} requests a minute"),
    quota: |quota| format!("at most {quota} tokens a day"),
};
