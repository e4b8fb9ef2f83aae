//! One setting: what it does, its value, its default, and who decides.

use contract::Fault;
use contract::setting::{KindView, Origin, SettingView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use crate::app::{App, SETUP_STEP, Section, app};
use crate::parts::{FaultCard, Icon, icon, with_code};
use crate::words::{Words, about_setting, title_of_setting};

/// Texts longer than this get a field of several lines.
const LINE_CHARS_MAX: usize = 300;

/// All settings of a section.
#[component]
pub(super) fn SettingRows(section: Section) -> impl IntoView {
    let app = app();
    let keys = Memo::new(move |_| {
        app.settings.with(|settings| {
            let all = settings.iter().flat_map(|settings| &settings.settings);
            let here =
                all.filter(|setting| Section::of(&setting.key) == section && is_shown(setting));
            here.map(|setting| setting.key.clone()).collect::<Vec<_>>()
        })
    });
    view! {
        <For each=move || keys.get() key=Clone::clone let:key>
            <SettingRow key />
        </For>
    }
}

/// Whether there is anything to choose; a setting with one possible value is only noise, and how far the
/// first start got is not a matter of taste.
fn is_shown(setting: &SettingView) -> bool {
    setting.key != SETUP_STEP
        && !matches!(&setting.kind, KindView::Choice { options } if options.len() < 2)
}

/// Names of the installed models that can answer, and the one that is set.
fn models_to_choose(app: App, now: &str) -> Vec<String> {
    let mut names = app.models.with(|models| {
        let installed = models.iter().flat_map(|models| &models.installed);
        let usable = installed.filter(|model| model.header.is_ok());
        usable.map(|model| model.name.clone()).collect::<Vec<_>>()
    });
    if !names.iter().any(|name| name == now) {
        names.insert(0, now.to_owned());
    }
    names
}

/// A value as it is shown to a person.
fn shown(key: &str, value: &Value, words: &Words) -> String {
    match (key, value) {
        (_, Value::Bool(true)) => words.on.to_owned(),
        (_, Value::Bool(false)) => words.off.to_owned(),
        ("ui.theme", Value::String(theme)) => match theme.as_str() {
            "light" => words.theme_light.to_owned(),
            "dark" => words.theme_dark.to_owned(),
            "contrast" => words.theme_contrast.to_owned(),
            _ => words.theme_system.to_owned(),
        },
        ("ui.language", Value::String(tag)) => match tag.as_str() {
            "en" => words.language_english.to_owned(),
            "de" => words.language_german.to_owned(),
            _ => words.language_system.to_owned(),
        },
        (_, Value::String(text)) if text.is_empty() => words.nothing.to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Number(number)) => number.to_string().replace('.', words.decimal_point),
        (_, other) => other.to_string(),
    }
}

/// What a person typed as a value of this kind; nothing where it is none.
fn typed(kind: &KindView, text: &str) -> Option<Value> {
    let text = text.trim();
    match kind {
        KindView::Switch => Some(Value::from(text == "true")),
        KindView::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
        KindView::Decimal { .. } => text.replace(',', ".").parse::<f64>().ok().map(Value::from),
        KindView::Choice { .. } | KindView::Text { .. } => Some(Value::from(text)),
    }
}

/// One setting.
#[component]
fn SettingRow(key: String) -> impl IntoView {
    let app = app();
    let key = StoredValue::new(key);
    let setting = Memo::new(move |_| key.with_value(|key| app.setting(key)));
    let refusal = RwSignal::new(None::<Fault>);
    let saved = RwSignal::new(false);
    let change = move |value: Option<Value>| {
        refusal.set(None);
        saved.set(false);
        let key = key.get_value();
        spawn_local(async move {
            match app.change(key, value).await {
                Ok(_) => saved.set(true),
                Err(fault) => {
                    refusal.set(Some(fault));
                    // Draws the field with the value that still holds.
                    app.settings.notify();
                }
            }
        });
    };
    move || {
        let setting = setting.get()?;
        let language = app.language.get();
        let id = format!("setting-{}", setting.key.replace('.', "-"));
        let title = title_of_setting(&setting.key, language);
        let about = about_setting(&setting.key, &setting.about, language);
        Some(view! {
            <div class="setting" data-key=setting.key.clone()>
                <div class="setting-words">
                    <label for=id.clone()>{title.clone()}</label>
                    <p class="muted small" id=format!("{id}-about")>{with_code(&about)}</p>
                    {notes(app, &setting)}
                </div>
                <div class="setting-field">
                    {field(app, &setting, id, change)}
                    {reset(app, &setting, &title, change)}
                    <span class="muted small" role="status">
                        {move || saved.get().then(|| app.words().setting_saved)}
                    </span>
                </div>
                {move || refusal.get().map(|fault| view! { <FaultCard fault /> })}
            </div>
        })
    }
}

/// Its default, who fixes it, when it counts.
fn notes(app: App, setting: &SettingView) -> AnyView {
    let words = app.words();
    let mut default = (words.setting_default)(&shown(&setting.key, &setting.default, words));
    match &setting.kind {
        KindView::Integer { min, max } => {
            let range = (words.setting_range)(&min.to_string(), &max.to_string());
            default = format!("{default} · {range}");
        }
        KindView::Decimal { min, max } => {
            let range = (words.setting_range)(&min.to_string(), &max.to_string());
            default = format!("{default} · {range}");
        }
        KindView::Switch | KindView::Choice { .. } | KindView::Text { .. } => {}
    }
    let is_long = default.chars().count() > LINE_CHARS_MAX;
    let fixed = match &setting.origin {
        Origin::Environment { variable } => Some((words.setting_fixed_by_variable)(variable)),
        Origin::CommandLine => Some(words.setting_fixed_by_option.to_owned()),
        Origin::Default | Origin::Stored => None,
    };
    view! {
        {(!is_long).then(|| view! { <p class="muted small">{default}</p> })}
        {fixed.map(|text| view! { <p class="small fixed">{icon(Icon::Info)} {text}</p> })}
        {setting
            .needs_restart
            .then(|| view! { <p class="muted small">{words.setting_needs_restart}</p> })}
    }
    .into_any()
}

fn is_fixed(setting: &SettingView) -> bool {
    matches!(
        setting.origin,
        Origin::Environment { .. } | Origin::CommandLine
    )
}

fn reset(
    app: App,
    setting: &SettingView,
    title: &str,
    change: impl Fn(Option<Value>) + Copy + 'static,
) -> Option<AnyView> {
    if setting.origin != Origin::Stored {
        return None;
    }
    let words = app.words();
    Some(
        view! {
            <button
                type="button"
                class="quiet"
                aria-label=(words.setting_reset_named)(title)
                on:click=move |_| change(None)
            >
                {icon(Icon::Reset)}
                {words.setting_reset}
            </button>
        }
        .into_any(),
    )
}

/// The field in which the value is changed.
fn field(
    app: App,
    setting: &SettingView,
    id: String,
    change: impl Fn(Option<Value>) + Copy + 'static,
) -> AnyView {
    let fixed = is_fixed(setting);
    let about = format!("{id}-about");
    let kind = setting.kind.clone();
    let text = match &setting.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let take = {
        let (kind, before) = (kind.clone(), text.clone());
        move |now: String| {
            if now != before
                && let Some(value) = typed(&kind, &now)
            {
                change(Some(value));
            }
        }
    };
    match kind {
        KindView::Switch => switch(&setting.value, id, about, fixed, change),
        KindView::Choice { options } => choice(app, setting, options, id, about, fixed, take),
        KindView::Text { .. } if setting.key == "llm.model" => {
            let options = models_to_choose(app, &text);
            choice(app, setting, options, id, about, fixed, take)
        }
        KindView::Text { chars_max } if chars_max > LINE_CHARS_MAX => view! {
            <textarea
                id=id
                rows="4"
                aria-describedby=about
                maxlength=chars_max.to_string()
                disabled=fixed
                prop:value=text
                on:change=move |event| take(event_target_value(&event))
            ></textarea>
        }
        .into_any(),
        KindView::Integer { .. } | KindView::Decimal { .. } | KindView::Text { .. } => {
            let mode = match kind {
                KindView::Integer { .. } => "numeric",
                KindView::Decimal { .. } => "decimal",
                _ => "text",
            };
            view! {
                <input
                    type="text"
                    inputmode=mode
                    class:number=mode != "text"
                    id=id
                    aria-describedby=about
                    disabled=fixed
                    prop:value=text
                    on:change=move |event| take(event_target_value(&event))
                />
            }
            .into_any()
        }
    }
}

fn switch(
    value: &Value,
    id: String,
    about: String,
    fixed: bool,
    change: impl Fn(Option<Value>) + 'static,
) -> AnyView {
    let is_on = value.as_bool().unwrap_or_default();
    view! {
        <button
            type="button"
            role="switch"
            class="switch"
            id=id
            aria-describedby=about
            aria-checked=is_on.to_string()
            disabled=fixed
            on:click=move |_| change(Some(Value::from(!is_on)))
        >
            <span class="knob"></span>
        </button>
    }
    .into_any()
}

fn choice(
    app: App,
    setting: &SettingView,
    options: Vec<String>,
    id: String,
    about: String,
    fixed: bool,
    take: impl Fn(String) + 'static,
) -> AnyView {
    let words = app.words();
    let value = setting.value.as_str().unwrap_or_default().to_owned();
    let hook = (setting.key == "ui.theme").then_some("theme-select");
    let options = options.into_iter().map(|option| {
        let name = shown(&setting.key, &Value::from(option.clone()), words);
        let is_chosen = option == value;
        view! { <option value=option selected=is_chosen>{name}</option> }
    });
    view! {
        <select
            id=id
            data-testid=hook
            aria-describedby=about
            disabled=fixed
            on:change=move |event| take(event_target_value(&event))
        >
            {options.collect_view()}
        </select>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use serde_json::json;

    #[test]
    fn what_is_typed_becomes_a_value_of_its_kind_or_nothing() {
        let number = KindView::Integer { min: 1, max: 9 };
        assert_eq!(typed(&number, " 7 "), Some(json!(7)));
        assert_eq!(typed(&number, "seven"), None);
        let decimal = KindView::Decimal { min: 0.0, max: 2.0 };
        assert_eq!(
            typed(&decimal, "0,3"),
            Some(json!(0.3)),
            "a comma is a decimal point too"
        );
        let text = KindView::Text { chars_max: 9 };
        assert_eq!(typed(&text, "a b"), Some(json!("a b")));
    }

    #[test]
    fn values_are_shown_in_words() {
        let words = Language::English.words();
        assert_eq!(shown("api.require_token", &json!(true), words), "on");
        assert_eq!(
            shown("ui.theme", &json!("contrast"), words),
            "High contrast"
        );
        assert_eq!(shown("llm.instructions", &json!(""), words), "nothing");
        assert_eq!(
            shown("llm.temperature", &json!(0.3), Language::German.words()),
            "0,3"
        );
    }
}
