//! Models: what is installed, what is recommended, what is being downloaded.

use std::collections::HashMap;

use contract::model::{
    EngineView, InstalledModel, ModelHeader, ModelsView, PullState, RecommendedModel,
};
use leptos::prelude::*;

use super::row::SettingRows;
use super::servers::Servers;
use crate::app::{App, Overlay, Section, app};
use crate::parts::{FaultCard, Icon, Skeleton, choose_model, download, icon, pull};
use crate::state::Amounts;

/// The section.
#[component]
pub(super) fn Models() -> impl IntoView {
    let app = app();
    view! {
        <h3>{move || app.words().engine}</h3>
        {move || engine(app)}
        {move || match app.models.get() {
            None => view! { <Skeleton /> }.into_any(),
            Some(models) => lists(app, models),
        }}
        <PullForm />
        <Servers />
        <SettingRows section=Section::Models />
    }
}

fn engine(app: App) -> AnyView {
    let words = app.words();
    let amounts = Amounts(words);
    match app.engine.get() {
        EngineView::Asleep => view! { <p>{words.engine_asleep}</p> }.into_any(),
        EngineView::Starting => view! { <p>{words.engine_starting}</p> }.into_any(),
        EngineView::Loading { model, share } => {
            let text = (words.engine_loading)(&model, &amounts.percent(share));
            view! {
                <p>{text.clone()}</p>
                <progress max="1" value=share.to_string() aria-label=text></progress>
            }
            .into_any()
        }
        EngineView::Ready {
            model,
            device,
            context,
            ..
        } => {
            let text = (words.engine_ready)(&model, &device);
            let holds = (words.engine_context)(&context.0.to_string());
            view! {
                <p>{text} " " {holds}</p>
                <button type="button" on:click=move |_| app.unload()>
                    {words.engine_unload}
                </button>
            }
            .into_any()
        }
        EngineView::Failed { fault } => view! { <FaultCard fault /> }.into_any(),
    }
}

fn lists(app: App, models: ModelsView) -> AnyView {
    let words = app.words();
    let chosen = models.chosen.clone();
    let is_bare = models.installed.is_empty();
    let titles: HashMap<String, String> = models
        .catalogue
        .iter()
        .map(|it| (it.name.clone(), it.title.clone()))
        .collect();
    let installed = models.installed.into_iter().map(|model| {
        let known = titles.get(&model.name).cloned();
        installed(app, model, known, chosen.as_deref())
    });
    let running: Vec<String> = models
        .pulls
        .iter()
        .filter(|pull| matches!(pull.state, PullState::Running { .. }))
        .map(|pull| pull.source.clone())
        .collect();
    let mut pulls = models.pulls;
    pulls.reverse();
    let has_pulls = !pulls.is_empty();
    let pulls = pulls
        .into_iter()
        .map(|pull| download(app, pull))
        .collect_view();
    let recommended = models.catalogue.into_iter().map(|model| {
        let is_running = running.contains(&model.name);
        recommended(app, model, is_running)
    });
    view! {
        <h3>{words.installed_models}</h3>
        {is_bare.then(|| view! { <p class="muted">{words.installed_none}</p> })}
        <ul class="cards">{installed.collect_view()}</ul>
        {has_pulls
            .then(|| {
                view! {
                    <h3>{words.downloads}</h3>
                    <ul class="cards">{pulls}</ul>
                }
            })}
        <h3>{words.recommended_models}</h3>
        <p class="muted small">{words.recommended_about}</p>
        <ul class="cards">{recommended.collect_view()}</ul>
    }
    .into_any()
}

/// One installed model; `known` is the title that the catalogue gives it.
fn installed(
    app: App,
    model: InstalledModel,
    known: Option<String>,
    chosen: Option<&str>,
) -> AnyView {
    let words = app.words();
    let amounts = Amounts(words);
    let is_chosen = chosen == Some(model.name.as_str());
    let size = amounts.bytes(model.file_bytes);
    let mut facts = vec![size.clone()];
    let (title, fault) = match model.header {
        Ok(header) => {
            facts.extend(facts_of(app, &header));
            (header.title, None)
        }
        Err(fault) => (None, Some(fault)),
    };
    let check = if model.verified {
        words.model_verified
    } else {
        words.model_not_verified
    };
    facts.push(check.to_owned());
    let usable = fault.is_none();
    let (to_choose, to_remove) = (model.name.clone(), model.name.clone());
    view! {
        <li class="card" data-testid="installed-model" data-name=model.name.clone()>
            <div class="card-words">
                <p class="card-title">
                    {known.or(title).unwrap_or_else(|| model.name.clone())}
                    {is_chosen
                        .then(|| view! { <span class="badge">{icon(Icon::Check)} {words.model_chosen}</span> })}
                </p>
                <p class="muted small">{model.name.clone()} " · " {facts.join(" · ")}</p>
                {fault
                    .map(|fault| {
                        view! { <FaultCard fault title=words.model_unusable.to_owned() /> }
                    })}
            </div>
            <div class="row">
                {(usable && !is_chosen)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                aria-label=(words.model_choose_named)(&model.name)
                                on:click=move |_| choose_model(app, to_choose.clone())
                            >
                                {words.model_choose}
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="quiet"
                    aria-label=(words.model_remove_named)(&model.name)
                    on:click=move |_| {
                        app.overlay.set(Some(Overlay::RemoveModel(to_remove.clone(), size.clone())));
                    }
                >
                    {icon(Icon::Trash)}
                    {words.model_remove}
                </button>
            </div>
        </li>
    }
    .into_any()
}

/// What the header of a model says, in words.
fn facts_of(app: App, header: &ModelHeader) -> Vec<String> {
    let words = app.words();
    let amounts = Amounts(words);
    let mut facts = vec![
        header.quantisation.clone(),
        (words.model_parameters)(&amounts.weights(header.parameters)),
        (words.model_memory)(&amounts.bytes(header.memory_about)),
        (words.model_context)(&header.context.0.to_string()),
    ];
    facts.extend(header.licence.as_deref().map(words.model_licence));
    facts
}

fn recommended(app: App, model: RecommendedModel, is_running: bool) -> AnyView {
    let words = app.words();
    let amounts = Amounts(words);
    let facts = [
        amounts.bytes(model.file_bytes),
        model.quantisation,
        (words.model_memory)(&amounts.bytes(model.memory_needed)),
        (words.model_licence)(&model.licence),
    ];
    let fit = if model.fits {
        view! { <span class="fit">{icon(Icon::Good)} {words.model_fits}</span> }.into_any()
    } else {
        view! { <span class="fit not">{icon(Icon::Warning)} {words.model_does_not_fit}</span> }
            .into_any()
    };
    let name = model.name.clone();
    view! {
        <li class="card" data-testid="recommended-model" data-name=model.name.clone()>
            <div class="card-words">
                <p class="card-title">{model.title}</p>
                <p class="small">{model.good_for}</p>
                <p class="muted small">{facts.join(" · ")}</p>
                <p class="small">{fit}</p>
            </div>
            {if model.installed {
                view! { <span class="badge">{icon(Icon::Check)} {words.model_installed}</span> }
                    .into_any()
            } else {
                view! {
                    <button
                        type="button"
                        disabled=is_running
                        aria-label=(words.model_get_named)(&model.name)
                        on:click=move |_| pull(app, name.clone())
                    >
                        {icon(Icon::Download)}
                        {words.model_get}
                    </button>
                }
                    .into_any()
            }}
        </li>
    }
    .into_any()
}

/// A model from elsewhere.
#[component]
fn PullForm() -> impl IntoView {
    let app = app();
    let source = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = source.get_untracked().trim().to_owned();
        if !wanted.is_empty() {
            source.set(String::new());
            pull(app, wanted);
        }
    };
    view! {
        <h3>{move || app.words().pull_title}</h3>
        <p class="muted small">{move || app.words().pull_about}</p>
        <form class="pull-form" on:submit=submit>
            <label class="field grow">
                <span>{move || app.words().pull_label}</span>
                <input
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=move || app.words().pull_hint
                    prop:value=move || source.get()
                    on:input=move |event| source.set(event_target_value(&event))
                />
            </label>
            <button type="submit" disabled=move || source.get().trim().is_empty()>
                {icon(Icon::Download)}
                {move || app.words().pull_start}
            </button>
        </form>
    }
}
