//! Settings from outside: environment variables and `.env` files.
//!
//! `.env` is read in the data folder and in the folder where the hub is started; what is set in the
//! process comes first. Names of our own (`HAI_NET_…`) must have a value that fits, or the hub does
//! not start. The older names (`API_PORT`, `LOG_LEVEL`, …) are so common that they may be meant for
//! another program: one that does not fit is passed over with a warning.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use contract::setting::{KNOWN_LATER, Origin, SettingError, SettingKey, Values};

/// The file in which variables can be kept.
const FILE: &str = ".env";

/// A value from outside that does not fit.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {variable} cannot be used")]
pub(crate) struct EnvironmentError {
    variable: String,
    source: SettingError,
}

/// Variables by name.
pub(crate) type Variables = BTreeMap<String, String>;

/// Variables of the process and of `.env` files.
pub(crate) fn variables(data_folder: &Path) -> Variables {
    let mut found = Variables::new();
    for file in [data_folder.join(FILE), PathBuf::from(FILE)] {
        found.extend(
            dotenvy::from_path_iter(file)
                .into_iter()
                .flatten()
                .flatten(),
        );
    }
    found.extend(
        std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }),
    );
    found
}

/// The data folder that the environment names: `HAI_NET_DATA_DIR`, or the older `STORAGE_PATH`, also
/// from a `.env` file in the folder where the program is started. `None` means the user's own.
#[must_use]
pub fn data_folder(named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(|| {
        let variables = variables(Path::new(""));
        ["HAI_NET_DATA_DIR", "STORAGE_PATH"]
            .into_iter()
            .find_map(|name| variables.get(name).filter(|path| !path.is_empty()))
            .map(PathBuf::from)
    })
}

/// Puts what the environment sets into `values`; returns what a person should know.
///
/// # Errors
/// A variable of our own has a value that does not fit.
pub(crate) fn apply(
    variables: &Variables,
    values: &mut Values,
) -> Result<Vec<String>, EnvironmentError> {
    let mut warnings = Vec::new();
    for key in SettingKey::all() {
        let spec = key.spec();
        let set = spec.environment().find_map(|name| {
            variables
                .get(&name)
                .filter(|text| !text.is_empty())
                .map(|text| (name, text))
        });
        let Some((variable, text)) = set else {
            continue;
        };
        match spec.parse(text) {
            Ok(value) => values.set(key, value, Origin::Environment { variable }),
            Err(source) if variable.starts_with("HAI_NET_") && !is_later(&source) => {
                return Err(EnvironmentError { variable, source });
            }
            Err(error) => warnings.push(format!("{variable} is passed over: {error}")),
        }
    }
    for name in KNOWN_LATER {
        if variables.contains_key(&format!("HAI_NET_{name}")) {
            warnings.push(format!("HAI_NET_{name} has no effect in this version yet"));
        }
    }
    Ok(warnings)
}

fn is_later(error: &SettingError) -> bool {
    matches!(error, SettingError::Later { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(pairs: &[(&str, &str)]) -> (Values, Result<Vec<String>, EnvironmentError>) {
        let variables = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        let mut values = Values::default();
        let told = apply(&variables, &mut values);
        (values, told)
    }

    #[test]
    fn name_of_our_own_comes_before_the_older_one() {
        let (values, told) = applied(&[("API_PORT", "9000"), ("HAI_NET_API_PORT", "9001")]);
        assert!(told.expect("both fit").is_empty());
        assert_eq!(values.integer(SettingKey::ApiPort), 9001);
    }

    #[test]
    fn older_name_sets_the_same_setting() {
        let (values, _) = applied(&[("NODE_ROLE", "slave"), ("DATA_RETENTION_DAYS", "7")]);
        assert_eq!(values.text(SettingKey::NodeRole), "helper");
        assert_eq!(values.integer(SettingKey::LogRetentionDays), 7);
    }

    #[test]
    fn misfit_of_our_own_name_stops_the_start_and_of_an_older_name_warns() {
        assert!(applied(&[("HAI_NET_API_PORT", "many")]).1.is_err());
        let (values, told) = applied(&[("API_PORT", "many")]);
        assert_eq!(told.expect("may be another program's").len(), 1);
        assert_eq!(
            values.integer(SettingKey::ApiPort),
            8080,
            "the default holds"
        );
    }

    #[test]
    fn back_end_that_is_still_to_come_is_told_and_the_default_is_used() {
        let (values, told) = applied(&[("LLM_BACKEND", "ollama")]);
        assert!(told.expect("known")[0].contains("not possible in this version yet"));
        assert_eq!(values.text(SettingKey::LlmBackend), "embedded");
    }
}
