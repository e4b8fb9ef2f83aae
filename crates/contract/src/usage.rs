//! How much the models have worked: for whom, on which day, and what that may have cost. Figures only.

use base::TokenId;
use serde::{Deserialize, Serialize};

/// The most days that are read at once: a year and a day.
pub const USAGE_DAYS_MAX: u32 = 366;

/// Reads figures of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUsage {
    /// How many days, today included; 1 to [`USAGE_DAYS_MAX`].
    pub days: u32,
    /// What each row is for; all three when empty.
    #[serde(default)]
    pub by: Vec<UsageBy>,
}

/// What figures are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageBy {
    /// A row for each day.
    Day,
    /// A row for each model.
    Model,
    /// A row for each caller.
    Caller,
}

/// For whom a model worked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum UsageCaller {
    /// The person and their agents.
    Own,
    /// Programs on this machine, where none needs a token.
    Open,
    /// A program with a token.
    Token {
        /// Which.
        id: TokenId,
        /// What it is for; `None` when the token is gone.
        label: Option<String>,
    },
}

/// Figures of use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsageReport {
    /// The first day, such as `2026-11-29`. Days are those of UTC.
    pub from: String,
    /// The last day: today.
    pub to: String,
    /// The rows, the newest day first, then the largest.
    pub rows: Vec<UsageRow>,
    /// All rows together.
    pub total: UsageSums,
    /// With what energy and money were estimated.
    pub basis: UsageBasis,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsageRow {
    /// The day, where rows are told apart by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The model, where rows are told apart by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// For whom, where rows are told apart by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<UsageCaller>,
    /// The figures.
    #[serde(flatten)]
    pub sums: UsageSums,
}

/// The figures of a row. What is not known is absent, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct UsageSums {
    /// Requests.
    pub requests: u64,
    /// Tokens that were read.
    pub prompt_tokens: u64,
    /// Tokens that were written.
    pub completion_tokens: u64,
    /// Time for which models worked, in milliseconds. Answers that were written together share it.
    pub busy_ms: u64,
    /// Of that, on this device: only there anything is known about energy.
    pub busy_here_ms: u64,
    /// Tier A: energy that the processor's own meter counted meanwhile, in watt hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_wh: Option<f64>,
    /// Tier B: the watts that the person stated, for the time that was not measured, in watt hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_wh: Option<f64>,
    /// What that energy cost, at the person's own price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// What the tokens that were made on this device would have cost elsewhere, at the price that the
    /// person stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avoided: Option<f64>,
}

/// With what energy and money were estimated. Zero: not stated, and nothing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct UsageBasis {
    /// Watts that the person stated.
    pub watts: f64,
    /// The person's price of a kilowatt hour.
    pub price_per_kwh: f64,
    /// The price of a million tokens elsewhere, as the person stated it.
    pub avoided_per_million: f64,
}
