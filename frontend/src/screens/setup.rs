//! The first start: five steps, one question a screen, always a way back, and nothing lost by closing.
//!
//! Which screen comes follows from the step that the hub keeps and from the state of the identity; what
//! is typed lives here, and is overwritten when it was used or the first start ends.

mod first_answer;
mod identity;
mod language;
mod machine;
mod page;
mod privacy;
mod restore;

use contract::{Fault, Secret};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::first_answer::FirstAnswer;
use self::identity::{Choose, Name, NewIdentity, Owned, Quiz, Words};
use self::language::LanguageChoice;
use self::machine::Machine;
use self::privacy::Privacy;
use self::restore::{RestoreFile, RestoreFrom, RestorePassphrase, RestoreWords};
use crate::app::{App, app};
use crate::page as browser;
use crate::parts::{Banner, DetailsDraft, Icon, OpenerDraft, PassphraseDraft, icon};
use crate::state::{STEPS, Screen, Standing};

/// What the screens of the first start share. Copied freely: it holds only handles.
#[derive(Clone, Copy)]
struct Wizard {
    app: App,
    screen: RwSignal<Screen>,
    name: RwSignal<String>,
    details: DetailsDraft,
    passphrase: PassphraseDraft,
    keychain: RwSignal<bool>,
    /// The file of a backup.
    path: RwSignal<String>,
    opener: OpenerDraft,
    /// Recovery words that the person brings.
    words: RwSignal<Secret>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<Fault>>,
}

impl Wizard {
    /// Whether the keychain is to open the vault. Where there is none, nothing was asked.
    fn wants_keychain(self) -> bool {
        self.keychain.get_untracked() && !self.app.identity.with_untracked(page::has_no_keychain)
    }

    fn new(app: App) -> Self {
        let standing = app.standing_now().unwrap_or(Standing::Unowned);
        let step = app.stored_step().unwrap_or(1);
        Self {
            app,
            screen: RwSignal::new(Screen::start(step, standing)),
            name: RwSignal::new(String::new()),
            details: DetailsDraft::new(),
            passphrase: PassphraseDraft::new(),
            keychain: RwSignal::new(true),
            path: RwSignal::new(String::new()),
            opener: OpenerDraft::new(),
            words: RwSignal::new(Secret::default()),
            busy: RwSignal::new(false),
            refusal: RwSignal::new(None),
        }
    }

    /// Shows a screen, and remembers its step.
    fn go(self, screen: Screen) {
        let before = self.screen.get_untracked().step();
        self.refusal.set(None);
        self.screen.set(screen);
        if screen.step() != before {
            spawn_local(self.app.keep_step(screen.step()));
        }
    }

    /// Shows the screen that a step begins with.
    fn go_to_step(self, step: u8) {
        let standing = self.app.standing_now().unwrap_or(Standing::Unowned);
        self.go(Screen::start(step, standing));
    }

    /// Overwrites everything secret that was typed.
    fn clear_secrets(self) {
        self.details.clear();
        self.passphrase.clear();
        self.opener.clear();
        self.words.set(Secret::default());
    }

    /// Words that an attacker would try first.
    fn personal(self) -> Vec<Secret> {
        let mut personal = self.details.words();
        personal.push(Secret::from(self.name.get_untracked()));
        personal
    }
}

/// What the screens of the first start share, inside of a component.
fn wizard() -> Wizard {
    use_context::<Wizard>().expect("the first start provides it before it draws a screen")
}

/// The first start.
#[component]
pub(crate) fn Setup() -> impl IntoView {
    let app = app();
    let wizard = Wizard::new(app);
    provide_context(wizard);
    // Another window, a terminal or this page itself changed whose hub it is.
    Effect::new(move |_| {
        let Some(standing) = app.standing() else {
            return;
        };
        let here = wizard.screen.get_untracked();
        if !here.fits(standing) && !wizard.busy.get() {
            let step = here.step().max(app.stored_step().unwrap_or(1).min(STEPS));
            wizard.screen.set(Screen::start(step, standing));
        }
    });
    Effect::new(move |_| {
        wizard.screen.track();
        browser::after_drawing(|| browser::begin_at(".outside", "#setup-title"));
    });
    let screen = Memo::new(move |_| wizard.screen.get());
    view! {
        <div class="outside">
            <Banner />
            <main class="setup" data-testid="setup" data-screen=move || screen.get().name()>
                <Progress />
                {move || content(screen.get())}
            </main>
        </div>
    }
}

fn content(screen: Screen) -> AnyView {
    match screen {
        Screen::Language => view! { <LanguageChoice /> }.into_any(),
        Screen::Choose => view! { <Choose /> }.into_any(),
        Screen::Name => view! { <Name /> }.into_any(),
        Screen::Passphrase => view! { <NewIdentity /> }.into_any(),
        Screen::Words => view! { <Words /> }.into_any(),
        Screen::Quiz => view! { <Quiz /> }.into_any(),
        Screen::RestoreFrom => view! { <RestoreFrom /> }.into_any(),
        Screen::RestoreFile => view! { <RestoreFile /> }.into_any(),
        Screen::RestoreWords => view! { <RestoreWords /> }.into_any(),
        Screen::RestorePassphrase => view! { <RestorePassphrase /> }.into_any(),
        Screen::Owned => view! { <Owned /> }.into_any(),
        Screen::Machine => view! { <Machine /> }.into_any(),
        Screen::Privacy => view! { <Privacy /> }.into_any(),
        Screen::FirstAnswer => view! { <FirstAnswer /> }.into_any(),
    }
}

/// Where the person is, and the way back.
#[component]
fn Progress() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let step = Memo::new(move |_| wizard.screen.get().step());
    let back = move || wizard.screen.get().back();
    let name = move |step: u8| {
        let words = app.words().setup;
        match step {
            1 => words.step_language,
            2 => words.step_identity,
            3 => words.step_machine,
            4 => words.step_privacy,
            _ => words.step_first_answer,
        }
    };
    let text = move || (app.words().setup.step_of)(&step.get().to_string(), &STEPS.to_string());
    let marks = (1..=STEPS).map(|place| {
        let state = move || match place.cmp(&step.get()) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "here",
            std::cmp::Ordering::Greater => "later",
        };
        view! {
            <li
                data-state=state
                aria-current=move || (place == step.get()).then_some("step")
            >
                <span>{move || name(place)}</span>
            </li>
        }
    });
    view! {
        <header class="setup-head">
            <div class="setup-line">
                {move || match back() {
                    None => view! { <span class="brand">"HAI-Net"</span> }.into_any(),
                    Some(screen) => {
                        view! {
                            <button
                                type="button"
                                class="quiet"
                                data-testid="setup-back"
                                disabled=move || wizard.busy.get()
                                on:click=move |_| wizard.go(screen)
                            >
                                {icon(Icon::Left)}
                                {move || app.words().setup.back}
                            </button>
                        }
                            .into_any()
                    }
                }}
                <p id="setup-step" class="muted small" data-testid="setup-step">
                    {text} ": " {move || name(step.get())}
                </p>
            </div>
            <ol class="setup-steps" aria-label=move || app.words().setup.steps>
                {marks.collect_view()}
            </ol>
        </header>
    }
}
