//! Step 3: what this machine can do, and which model fits.

use contract::Fault;
use contract::identity::{ModelAdvice, ModelChoice, RecommendModel};
use contract::model::{PullState, PullView};
use contract::system::{ResourcesView, ShowResources};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::page::Page;
use super::wizard;
use crate::app::{App, app};
use crate::parts::{FaultCard, Icon, Skeleton, choose_model, download, icon, pull};
use crate::state::{Amounts, Screen};

/// The figures of this machine, and the models.
#[component]
pub(super) fn Machine() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let resources = RwSignal::new(None::<ResourcesView>);
    spawn_local(async move {
        // Without the figures the rest of the screen says enough.
        let read = app.client.ask(ShowResources {}).await.ok();
        resources.try_set(read);
    });
    let advice = RwSignal::new(None::<Result<ModelAdvice, Fault>>);
    let measure = move || {
        advice.set(None);
        spawn_local(async move {
            let answer = app.ask(RecommendModel {}).await;
            advice.try_set(Some(answer.map_err(|fault| app.heed(fault))));
        });
    };
    measure();
    let wanted = RwSignal::new(None::<String>);
    take_what_came(app, wanted);
    let chosen = Memo::new(move |_| chosen_title(app, &advice.get()));
    let submit = move |()| {
        if chosen.get_untracked().is_none()
            && let Some(here) = usable(app)
        {
            choose_model(app, here);
        }
        wizard.go(Screen::Privacy);
    };
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.machine_title)
            next=Signal::derive(move || {
                let words = app.words().setup;
                let has_one = chosen.get().is_some() || usable(app).is_some();
                if has_one { words.next } else { words.next_without_model }
            })
            submit
        >
            {move || resources.get().map(|resources| figures(app, &resources))}
            {move || match advice.get() {
                None => {
                    view! {
                        <p role="status" data-testid="measuring">{app.words().setup.measuring}</p>
                        <Skeleton />
                    }
                        .into_any()
                }
                Some(Err(fault)) => {
                    let again = Callback::new(move |()| measure());
                    view! { <FaultCard fault again /> }.into_any()
                }
                Some(Ok(advice)) => choices(app, advice, wanted),
            }}
            {move || {
                chosen
                    .get()
                    .map(|title| {
                        view! {
                            <p class="fit" role="status" data-testid="chosen-model">
                                {icon(Icon::Check)}
                                {(app.words().setup.model_answers)(&title)}
                            </p>
                        }
                    })
            }}
        </Page>
    }
}

/// The title of the model that answers, where one is here.
fn chosen_title(app: App, advice: &Option<Result<ModelAdvice, Fault>>) -> Option<String> {
    let name = app.models.with(|models| {
        let models = models.as_ref()?;
        let chosen = models.chosen.clone()?;
        let is_here = models.installed.iter().any(|model| model.name == chosen);
        is_here.then_some(chosen)
    })?;
    let choices = advice.iter().flatten().flat_map(|advice| &advice.choices);
    let known = choices.into_iter().find(|choice| choice.name == name);
    Some(known.map_or(name, |choice| choice.title.clone()))
}

/// A model that is here and could answer.
fn usable(app: App) -> Option<String> {
    app.models.with(|models| {
        let mut installed = models.iter().flat_map(|models| &models.installed);
        let found = installed.find(|model| model.header.is_ok())?;
        Some(found.name.clone())
    })
}

/// A model that was asked for here answers as soon as it has come.
fn take_what_came(app: App, wanted: RwSignal<Option<String>>) {
    Effect::new(move |_| {
        let Some(source) = wanted.get() else { return };
        let came = app.models.with(|models| {
            let pulls = models.iter().flat_map(|models| &models.pulls);
            pulls.rev().find_map(|pull| match &pull.state {
                PullState::Done { model } if pull.source == source => Some(model.clone()),
                _ => None,
            })
        });
        if let Some(model) = came {
            wanted.set(None);
            choose_model(app, model);
        }
    });
}

fn figures(app: App, resources: &ResourcesView) -> AnyView {
    let words = app.words();
    let amounts = Amounts(words);
    let processor = format!(
        "{}, {}",
        resources.cpu,
        (words.cores)(u64::from(resources.cores))
    );
    let memory = (words.disk_words)(
        &amounts.bytes(resources.memory_available),
        &amounts.bytes(resources.memory_total),
    );
    let graphics = (!resources.gpus.is_empty()).then(|| resources.gpus.join(", "));
    let rows = [
        Some((words.memory, memory)),
        Some((words.processor, processor)),
        graphics.map(|names| (words.graphics, names)),
    ];
    let rows = rows.into_iter().flatten().map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    view! { <dl class="facts" data-testid="machine-facts">{rows.collect_view()}</dl> }.into_any()
}

fn choices(app: App, advice: ModelAdvice, wanted: RwSignal<Option<String>>) -> AnyView {
    let words = app.words();
    let amounts = Amounts(words);
    let measured = match &advice.measured {
        Some(measured) => {
            let speed = amounts.decimal(f64::from(measured.tokens_per_second));
            let mut choices = advice.choices.iter();
            let known = choices.find(|choice| choice.name == measured.model);
            let title = known.map_or(&measured.model, |choice| &choice.title);
            (words.setup.measured)(title, &speed)
        }
        None => words.setup.not_measured.to_owned(),
    };
    let none_fits = !advice.choices.iter().any(|choice| choice.recommended);
    let cards = advice
        .choices
        .into_iter()
        .map(|choice| card(app, choice, wanted));
    view! {
        <p class="muted small">{measured} " " {words.setup.models_about}</p>
        {none_fits.then(|| view! { <p class="small">{words.setup.none_fits}</p> })}
        <ul class="cards" data-testid="model-choices">
            {cards.collect_view()}
        </ul>
    }
    .into_any()
}

fn card(app: App, choice: ModelChoice, wanted: RwSignal<Option<String>>) -> AnyView {
    let words = app.words();
    let amounts = Amounts(words);
    let mut facts = vec![
        amounts.bytes(choice.file_bytes),
        (words.model_memory)(&amounts.bytes(choice.memory_needed)),
    ];
    if let Some(speed) = choice.tokens_per_second_about {
        facts.push((words.setup.speed_about)(&rounded(amounts, speed)));
    }
    let fit = if choice.fits {
        view! { <span class="fit">{icon(Icon::Good)} {words.model_fits}</span> }.into_any()
    } else {
        view! { <span class="fit not">{icon(Icon::Warning)} {words.setup.does_not_fit_now}</span> }
            .into_any()
    };
    let recommended = choice.recommended.then(|| {
        view! { <span class="badge">{icon(Icon::Check)} {words.setup.recommended}</span> }
    });
    let name = StoredValue::new(choice.name.clone());
    let is_known = choice.installed;
    let title = choice.title.clone();
    view! {
        <li
            class="card"
            class:best=choice.recommended
            data-testid="model-choice"
            data-name=choice.name
            data-recommended=choice.recommended.to_string()
            data-fits=choice.fits.to_string()
        >
            <div class="card-words">
                <p class="card-title">{choice.title} {recommended}</p>
                <p class="small">{choice.good_for}</p>
                <p class="muted small">{facts.join(" · ")}</p>
                <p class="small">{fit}</p>
            </div>
            {move || verb(app, &name.get_value(), &title, is_known, wanted)}
        </li>
    }
    .into_any()
}

/// No decimals where they would pretend to be known.
fn rounded(amounts: Amounts, speed: f32) -> String {
    let speed = f64::from(speed);
    if speed >= 10.0 {
        format!("{speed:.0}")
    } else {
        amounts.decimal(speed)
    }
}

/// What can be done with a model now: taken, downloaded, or stopped on its way.
fn verb(
    app: App,
    name: &str,
    title: &str,
    was_here: bool,
    wanted: RwSignal<Option<String>>,
) -> AnyView {
    let words = app.words();
    let (is_here, is_chosen, coming) = app.models.with(|models| {
        let Some(models) = models else {
            return (was_here, false, None);
        };
        let is_here = models.installed.iter().any(|model| model.name == name);
        let is_chosen = is_here && models.chosen.as_deref() == Some(name);
        (is_here, is_chosen, last_pull(&models.pulls, name))
    });
    if is_chosen {
        let badge = view! { <span class="badge">{icon(Icon::Check)} {words.setup.in_use}</span> };
        return badge.into_any();
    }
    if is_here {
        let to_choose = name.to_owned();
        return view! {
            <button
                type="button"
                data-testid="model-use"
                aria-label=(words.model_choose_named)(title)
                on:click=move |_| choose_model(app, to_choose.clone())
            >
                {words.model_choose}
            </button>
        }
        .into_any();
    }
    if let Some(coming) = coming {
        return view! { <ul class="coming">{download(app, coming)}</ul> }.into_any();
    }
    let source = name.to_owned();
    view! {
        <button
            type="button"
            data-testid="model-get"
            aria-label=(words.model_get_named)(title)
            on:click=move |_| {
                wanted.set(Some(source.clone()));
                pull(app, source.clone());
            }
        >
            {icon(Icon::Download)}
            {words.model_get}
        </button>
    }
    .into_any()
}

/// The last download of a model that has not ended well.
fn last_pull(pulls: &[PullView], name: &str) -> Option<PullView> {
    let last = pulls.iter().rev().find(|pull| pull.source == name)?;
    (!matches!(last.state, PullState::Done { .. })).then(|| last.clone())
}
