//! `hai-net settings`: what can be set, and what is.

use contract::setting::{
    ChangeSetting, KindView, ListSettings, Origin, SettingKey, SettingView, SettingsView,
};
use contract::{Code, Fault};
use serde_json::Value;

use crate::args::Scene;
use crate::failure::{Failure, sentence};
use crate::link::with_any;
use crate::screen::{short, tame, text_of};

/// Characters of a value in the list; `get` shows all of it.
const VALUE_SHOWN: usize = 48;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: SettingsVerb,
}

#[derive(Debug, clap::Subcommand)]
enum SettingsVerb {
    /// List all settings
    List,
    /// Show the value of a setting, and what it does
    Get {
        /// Its name, such as `api.port`
        key: String,
    },
    /// Change a setting
    Set {
        /// Its name
        key: String,
        /// Its new value
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Go back to the default
    Unset {
        /// Its name
        key: String,
    },
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        SettingsVerb::List => list(scene).await,
        SettingsVerb::Get { key } => get(&key, scene).await,
        SettingsVerb::Set { key, value } => {
            let spec = known(&key)?.spec();
            let value = spec.parse(&value).map_err(|error| {
                Failure::Fault(
                    Fault::refused(Code::InvalidSetting, sentence(&error.to_string()))
                        .advising(format!("Look at `hai-net settings get {key}`.")),
                )
            })?;
            change(key, Some(value), scene).await
        }
        SettingsVerb::Unset { key } => {
            known(&key)?;
            change(key, None, scene).await
        }
    }
}

fn known(key: &str) -> Result<SettingKey, Failure> {
    SettingKey::named(key).ok_or_else(|| {
        let message = format!("There is no setting `{key}`.");
        Failure::not_found(message, "Look at the names with `hai-net settings list`.")
    })
}

async fn list(scene: &Scene) -> Result<(), Failure> {
    let view = with_any(scene, async |link| link.ask(ListSettings {}).await).await?;
    scene.screen.show(&view, || words(&view, scene))
}

fn words(view: &SettingsView, scene: &Scene) -> String {
    let mut table = scene.screen.table(&["SETTING", "VALUE", "FROM"]);
    for setting in &view.settings {
        table.add_row([
            setting.key.clone(),
            short(&plain(&setting.value), VALUE_SHOWN),
            origin(&setting.origin),
        ]);
    }
    text_of(&table)
}

async fn get(key: &str, scene: &Scene) -> Result<(), Failure> {
    known(key)?;
    let view = with_any(scene, async |link| link.ask(ListSettings {}).await).await?;
    let Some(setting) = view.settings.into_iter().find(|setting| setting.key == key) else {
        let message = format!("The running HAI-Net has no setting `{key}`.");
        return Err(Failure::not_found(
            message,
            "Restart it: it may be of another version.",
        ));
    };
    // Only the value goes to standard output: `PORT=$(hai-net settings get api.port)`.
    scene
        .screen
        .show(&setting, || tame(&plain(&setting.value)).into_owned())?;
    scene.screen.remark(&format!(
        "{} Takes {}.",
        setting.about,
        takes(&setting.kind)
    ));
    let default = plain(&setting.default);
    scene.screen.remark(&format!(
        "From: {}; default: {default}",
        origin(&setting.origin)
    ));
    Ok(())
}

async fn change(key: String, value: Option<Value>, scene: &Scene) -> Result<(), Failure> {
    let ask = ChangeSetting { key, value };
    let (setting, is_own) = with_any(scene, async |link| {
        Ok((link.ask(ask).await?, link.is_own()))
    })
    .await?;
    scene.screen.show(&setting, || changed(&setting))?;
    if setting.needs_restart && !is_own {
        scene
            .screen
            .remark("It takes effect at the next start: hai-net restart");
    }
    Ok(())
}

fn changed(setting: &SettingView) -> String {
    format!("{} = {}", setting.key, tame(&plain(&setting.value)))
}

/// A value as it would be entered.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::Stored => "set".to_owned(),
        Origin::Environment { variable } => format!("environment ({variable})"),
        Origin::CommandLine => "command line".to_owned(),
    }
}

fn takes(kind: &KindView) -> String {
    match kind {
        KindView::Switch => "true or false".to_owned(),
        KindView::Integer { min, max } => format!("a whole number from {min} to {max}"),
        KindView::Decimal { min, max } => format!("a number from {min} to {max}"),
        KindView::Choice { options } => format!("one of {}", options.join(", ")),
        KindView::Text { chars_max } => format!("a text of at most {chars_max} characters"),
    }
}
