//! Settings: one schema, from which the annotated defaults, the checks and the Settings tab are made.
//!
//! A value comes from the first of: the command line, an environment variable (`HAI_NET_API_PORT`, or
//! the older name `API_PORT`), a line of `.env`, the store, the default. Only what differs from the
//! default is stored.

mod schema;
mod values;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use schema::{KNOWN_LATER, Kind, SettingKey, Spec};
pub use values::{Origin, SettingError, Values};

/// Lists all settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListSettings {}

/// All settings, in the order of the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingsView {
    /// The settings.
    pub settings: Vec<SettingView>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingView {
    /// Its name, such as `api.port`.
    pub key: String,
    /// What it does.
    pub about: String,
    /// Its value.
    pub value: Value,
    /// Its value where nobody changed it.
    pub default: Value,
    /// Which values it takes.
    pub kind: KindView,
    /// Where the value comes from.
    pub origin: Origin,
    /// Whether a change takes effect at the next start only.
    pub needs_restart: bool,
}

/// Which values a setting takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum KindView {
    /// Yes or no.
    Switch,
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// A number with decimals.
    Decimal {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
    },
    /// One of these words.
    Choice {
        /// The words.
        options: Vec<String>,
    },
    /// A text.
    Text {
        /// The most characters.
        chars_max: usize,
    },
}

/// Changes a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeSetting {
    /// Its name.
    pub key: String,
    /// Its new value; `None` goes back to the default.
    pub value: Option<Value>,
}
