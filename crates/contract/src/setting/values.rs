//! Values of settings: read from text or JSON, checked against the schema, looked up by type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Kind, KindView, SettingKey, SettingView, Spec};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Origin {
    /// Nobody changed it.
    Default,
    /// The person changed it.
    Stored,
    /// An environment variable or a line of `.env` fixes it.
    Environment {
        /// Its name.
        variable: String,
    },
    /// An option of the command line fixes it.
    CommandLine,
}

/// A value that a setting cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no such setting.
    #[error("there is no setting `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The value does not fit.
    #[error("`{name}` takes {takes}, not `{given}`")]
    Misfit {
        /// The name.
        name: &'static str,
        /// Which values it takes.
        takes: String,
        /// The value.
        given: String,
    },
    /// The value belongs to a version that is still to come.
    #[error("`{name} = {given}` is not possible in this version yet")]
    Later {
        /// The name.
        name: &'static str,
        /// The value.
        given: String,
    },
}

impl Spec {
    /// Reads a value from text, as an environment variable or the command line gives it.
    ///
    /// # Errors
    /// The text is no value of this setting.
    pub fn parse(&self, text: &str) -> Result<Value, SettingError> {
        let text = text.trim();
        let value = match self.kind {
            Kind::Switch => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => json!(true),
                "false" | "no" | "off" | "0" => json!(false),
                _ => return Err(self.misfit(text)),
            },
            Kind::Integer(..) => json!(text.parse::<i64>().map_err(|_| self.misfit(text))?),
            Kind::Decimal(..) => json!(text.parse::<f64>().map_err(|_| self.misfit(text))?),
            Kind::Choice { .. } | Kind::Text(_) => json!(text),
        };
        self.check(&value)
    }

    /// Checks a value and brings it into its one spelling.
    ///
    /// # Errors
    /// It is no value of this setting.
    pub fn check(&self, value: &Value) -> Result<Value, SettingError> {
        let misfit = || self.misfit(&value.to_string());
        match self.kind {
            Kind::Switch => value.as_bool().map(|on| json!(on)).ok_or_else(misfit),
            Kind::Integer(min, max) => value
                .as_i64()
                .filter(|number| (min..=max).contains(number))
                .map(|number| json!(number))
                .ok_or_else(misfit),
            Kind::Decimal(min, max) => value
                .as_f64()
                .filter(|number| number.is_finite() && (min..=max).contains(number))
                .map(|number| json!(number))
                .ok_or_else(misfit),
            Kind::Text(chars_max) => value
                .as_str()
                .filter(|text| text.chars().count() <= chars_max && !text.contains('\0'))
                .map(|text| json!(text))
                .ok_or_else(misfit),
            Kind::Choice {
                options,
                aliases,
                later,
            } => {
                let word = value
                    .as_str()
                    .ok_or_else(misfit)?
                    .trim()
                    .to_ascii_lowercase();
                let word = aliases
                    .iter()
                    .find(|(spelling, _)| *spelling == word)
                    .map_or(word.as_str(), |(_, option)| *option);
                if options.contains(&word) {
                    Ok(json!(word))
                } else if later.contains(&word) {
                    Err(SettingError::Later {
                        name: self.name,
                        given: word.to_owned(),
                    })
                } else {
                    Err(misfit())
                }
            }
        }
    }

    fn misfit(&self, given: &str) -> SettingError {
        // A pasted file must not fill the screen.
        let given = given.trim_matches('"').chars().take(60).collect();
        SettingError::Misfit {
            name: self.name,
            takes: self.kind.takes(),
            given,
        }
    }
}

impl Kind {
    /// Which values it takes, in words.
    #[must_use]
    pub fn takes(self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Integer(min, max) => format!("a whole number from {min} to {max}"),
            Self::Decimal(min, max) => format!("a number from {min} to {max}"),
            Self::Text(chars_max) => format!("a text of at most {chars_max} characters"),
            Self::Choice { options, .. } => format!("one of {}", options.join(", ")),
        }
    }

    fn view(self) -> KindView {
        match self {
            Self::Switch => KindView::Switch,
            Self::Integer(min, max) => KindView::Integer { min, max },
            Self::Decimal(min, max) => KindView::Decimal { min, max },
            Self::Text(chars_max) => KindView::Text { chars_max },
            Self::Choice { options, .. } => KindView::Choice {
                options: options.iter().map(|word| (*word).to_owned()).collect(),
            },
        }
    }
}

/// The values that hold now. What nobody set has its default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values {
    set: BTreeMap<SettingKey, (Value, Origin)>,
}

impl Values {
    /// Sets a value that [`Spec::parse`] or [`Spec::check`] has returned.
    pub fn set(&mut self, key: SettingKey, value: Value, origin: Origin) {
        self.set.insert(key, (value, origin));
    }

    /// Goes back to the default.
    pub fn unset(&mut self, key: SettingKey) {
        self.set.remove(&key);
    }

    /// Where the value comes from.
    #[must_use]
    pub fn origin(&self, key: SettingKey) -> Origin {
        self.set
            .get(&key)
            .map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// The value.
    #[must_use]
    pub fn value(&self, key: SettingKey) -> Value {
        self.set
            .get(&key)
            .map_or_else(|| key.spec().default_value(), |(value, _)| value.clone())
    }

    /// The value of a switch.
    #[must_use]
    pub fn switch(&self, key: SettingKey) -> bool {
        self.value(key).as_bool().unwrap_or_default()
    }

    /// The value of a whole number, which no setting lets be negative.
    #[must_use]
    pub fn integer(&self, key: SettingKey) -> u64 {
        self.value(key).as_u64().unwrap_or_default()
    }

    /// The value of a number.
    #[must_use]
    pub fn decimal(&self, key: SettingKey) -> f64 {
        self.value(key).as_f64().unwrap_or_default()
    }

    /// The value of a text or a choice.
    #[must_use]
    pub fn text(&self, key: SettingKey) -> String {
        self.value(key).as_str().unwrap_or_default().to_owned()
    }

    /// One setting as it is shown.
    #[must_use]
    pub fn view(&self, key: SettingKey) -> SettingView {
        let spec = key.spec();
        SettingView {
            key: spec.name.to_owned(),
            about: spec.about.to_owned(),
            value: self.value(key),
            default: spec.default_value(),
            kind: spec.kind.view(),
            origin: self.origin(key),
            needs_restart: spec.needs_restart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_its_own_setting_takes() {
        for key in SettingKey::all() {
            let spec = key.spec();
            assert_eq!(spec.key, key, "the table stands in the order of the keys");
            assert_eq!(
                spec.parse(spec.default),
                Ok(spec.default_value()),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn names_of_the_earlier_environment_file_are_all_known() {
        let known: Vec<_> = SettingKey::all().flat_map(|key| key.spec().env).collect();
        for name in [
            "LISTEN_ADDRESS",
            "API_PORT",
            "LLM_BACKEND",
            "LLM_MODEL",
            "LOG_LEVEL",
        ] {
            assert!(
                known.iter().any(|known| **known == name),
                "{name} must set something"
            );
        }
        for name in super::super::KNOWN_LATER {
            assert!(!known.contains(&name), "{name} is in both lists");
        }
    }

    #[test]
    fn master_and_slave_are_spellings_of_primary_and_helper() {
        let spec = SettingKey::NodeRole.spec();
        assert_eq!(spec.parse("master"), Ok(json!("primary")));
        assert_eq!(spec.parse("SLAVE"), Ok(json!("helper")));
    }

    #[test]
    fn value_of_a_version_to_come_is_told_apart_from_a_wrong_one() {
        let spec = SettingKey::LlmBackend.spec();
        assert!(matches!(
            spec.parse("ollama"),
            Err(SettingError::Later { .. })
        ));
        assert!(matches!(
            spec.parse("abacus"),
            Err(SettingError::Misfit { .. })
        ));
    }

    #[test]
    fn number_outside_its_range_is_refused_with_the_range() {
        let error = SettingKey::ApiPort
            .spec()
            .parse("70000")
            .expect_err("no such port");
        assert_eq!(
            error.to_string(),
            "`api.port` takes a whole number from 1 to 65535, not `70000`"
        );
    }
}
