//! Answers about settings.

use contract::setting::{
    ChangeSetting, ListSettings, Origin, SettingError, SettingKey, SettingView, SettingsView,
};
use contract::{Code, Fault};
use domain::alias::Aliases;
use serde_json::Value;
use store::AuditKind;

use super::Answer;
use crate::convert;
use crate::desk::Input;
use crate::house::Hub;

impl Answer<ListSettings> for Hub {
    async fn answer_to(&self, _ask: ListSettings) -> Result<SettingsView, Fault> {
        let values = self.values();
        Ok(SettingsView {
            settings: SettingKey::all().map(|key| values.view(key)).collect(),
        })
    }
}

impl Answer<ChangeSetting> for Hub {
    async fn answer_to(&self, ask: ChangeSetting) -> Result<SettingView, Fault> {
        let unknown = || SettingError::Unknown {
            name: ask.key.clone(),
        };
        let key = SettingKey::named(&ask.key)
            .ok_or_else(unknown)
            .map_err(|error| fault(&error))?;
        if let Origin::Environment { variable } = self.values().origin(key) {
            let message = format!("The environment variable {variable} fixes this setting.");
            return Err(Fault::refused(Code::SettingFixed, message));
        }
        let spec = key.spec();
        if let (SettingKey::LlmAliases, Some(Value::String(text))) = (key, &ask.value) {
            let read = Aliases::parse(text);
            read.map_err(|error| invalid(convert::capital(&error.to_string())))?;
        }
        let value = match ask.value {
            Some(value) => Some(spec.check(&value).map_err(|error| fault(&error))?),
            None => None,
        };
        // Only what differs from the default is stored, so that a better default reaches everyone.
        let value = value.filter(|value| *value != spec.default_value());
        let stored = self
            .house
            .store
            .set_setting(spec.name, value.clone(), self.now())
            .await;
        stored.map_err(|error| convert::store_fault(&error))?;
        self.consult(|reply| Input::SettingStored { key, value, reply })
            .await?;
        tracing::info!(setting = spec.name, "a setting was changed");
        self.note_on_record(AuditKind::Setting, spec.name).await;
        Ok(self.values().view(key))
    }
}

fn fault(error: &SettingError) -> Fault {
    invalid(error.to_string())
}

fn invalid(what: String) -> Fault {
    Fault::refused(Code::InvalidSetting, what + ".")
}
