//! Which model answers: a choice beside the text box, and where an answer ran, in words.

use contract::model_server::{ListModelChoices, ModelChoice, ModelChoices, ServerPlace, UseModel};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, app};
use crate::words::Words;

/// Where something ran, in words. The hub tells `this device`, or a place and a server.
pub(crate) fn place_words(words: &Words, ran_on: &str) -> String {
    let servers = words.servers;
    match ran_on.split_once(": ") {
        None if ran_on == "this device" => words.ran_on_this_device.to_owned(),
        Some(("this device", server)) => (servers.ran_here)(server),
        Some(("own device", server)) => (servers.ran_own)(server),
        Some(("own network", server)) => (servers.ran_network)(server),
        Some(("external", server)) => (servers.ran_external)(server),
        None | Some(_) => (words.ran_on)(ran_on),
    }
}

/// The name of a place.
pub(crate) fn place_name(words: &Words, place: ServerPlace, own: bool) -> &'static str {
    match place {
        ServerPlace::ThisDevice => words.servers.place_here,
        ServerPlace::OwnNetwork if own => words.servers.place_own,
        ServerPlace::OwnNetwork => words.servers.place_network,
        ServerPlace::External => words.servers.place_external,
    }
}

/// The model that was chosen for what is shown; none follows the setting.
fn wanted(app: App) -> Option<String> {
    match app.chosen.get() {
        None => app.wanted.get(),
        Some(_) => app.thread.with(|thread| thread.view()?.model.clone()),
    }
}

/// The model that answers next.
fn next(choices: &ModelChoices, wanted: Option<&str>) -> Option<ModelChoice> {
    let name = wanted.or(choices.usual.as_deref())?;
    let is_it = |one: &&ModelChoice| one.name == name;
    choices.models.iter().find(is_it).cloned()
}

/// The choice, where there is one, and a plain sentence where the model is not on a device of the person.
#[component]
pub(crate) fn ModelSelect() -> impl IntoView {
    let app = app();
    let choices = RwSignal::new(None::<ModelChoices>);
    Effect::new(move |_| {
        // Told anew whenever models or servers change.
        app.models.track();
        if !app.is_open() {
            return;
        }
        spawn_local(async move {
            // Without a list there is no choice, and the usual model answers.
            choices.try_set(app.ask(ListModelChoices {}).await.ok());
        });
    });
    let is_external = Memo::new(move |_| {
        let wanted = wanted(app);
        choices.with(|choices| {
            let next = choices
                .as_ref()
                .and_then(|all| next(all, wanted.as_deref()));
            next.is_some_and(|model| model.place == ServerPlace::External)
        })
    });
    view! {
        {move || choices.get().and_then(|choices| select(app, choices))}
        {move || {
            is_external
                .get()
                .then(|| {
                    view! {
                        <p class="external-note small" data-testid="external-note" role="status">
                            {app.words().servers.on_external}
                        </p>
                    }
                })
        }}
    }
}

fn select(app: App, choices: ModelChoices) -> Option<AnyView> {
    let now = wanted(app);
    if choices.models.len() < 2 && now.is_none() {
        return None;
    }
    let words = app.words();
    let usual = choices.usual.clone().unwrap_or_default();
    let known = |name: &str| choices.models.iter().any(|one| one.name == name);
    // One that does not answer now stays chosen.
    let missing = now.clone().filter(|name| !known(name));
    let options = choices.models.iter().map(|model| {
        let name = model.name.clone();
        let is_here = model.runs_on == "this device";
        let shown = match is_here {
            true => name.clone(),
            false => (words.servers.choice)(&name, place_name(words, model.place, false)),
        };
        (name, shown)
    });
    let options: Vec<(String, String)> = options
        .chain(missing.map(|name| (name.clone(), name)))
        .collect();
    let selected = now.unwrap_or_default();
    let options = options
        .into_iter()
        .map(|(name, shown)| {
            let is_it = name == selected;
            view! { <option value=name selected=is_it>{shown}</option> }
        })
        .collect_view();
    let choose = move |event| {
        let name = event_target_value(&event);
        choose(app, (!name.is_empty()).then_some(name));
    };
    Some(
        view! {
            <label class="model-choice small">
                <span class="hidden">{words.servers.choose}</span>
                <select data-testid="model-choice" title=words.servers.choose on:change=choose>
                    <option value="" selected=selected.is_empty()>
                        {(words.servers.usual)(&usual)}
                    </option>
                    {options}
                </select>
            </label>
        }
        .into_any(),
    )
}

fn choose(app: App, model: Option<String>) {
    let Some(conversation) = app.chosen.get_untracked() else {
        app.wanted.set(model);
        return;
    };
    spawn_local(async move {
        let ask = UseModel {
            conversation,
            model,
        };
        if let Err(fault) = app.ask(ask).await {
            app.tell_fault(&app.heed(fault));
        }
        app.reread(crate::state::Reread::Conversation(conversation));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn where_an_answer_ran_is_told_in_plain_words() {
        let words = Language::English.words();
        for (ran_on, told) in [
            ("this device", "Stayed on this device"),
            ("this device: ollama", "Stayed on this device (ollama)"),
            ("own device: laptop", "Ran on your device laptop"),
            ("own network: shed", "Ran on shed in your network"),
            ("external: far", "Ran elsewhere: far"),
            ("a helper", "Ran on a helper"),
        ] {
            assert_eq!(place_words(words, ran_on), told);
        }
    }

    #[test]
    fn model_of_the_conversation_comes_before_the_usual_one() {
        let model = |name: &str, place| ModelChoice {
            name: name.into(),
            runs_on: "this device".into(),
            place,
        };
        let choices = ModelChoices {
            models: vec![
                model("tiny", ServerPlace::ThisDevice),
                model("far/big", ServerPlace::External),
            ],
            usual: Some("tiny".into()),
        };
        let place = |wanted| next(&choices, wanted).map(|model| model.place);
        assert_eq!(place(None), Some(ServerPlace::ThisDevice));
        assert_eq!(place(Some("far/big")), Some(ServerPlace::External));
        assert_eq!(place(Some("gone")), None);
    }
}
