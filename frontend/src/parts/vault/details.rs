//! Personal details for the guardian. All are optional.

use contract::Secret;
use contract::identity::{DETAIL_CHARS_MAX, PersonalDetails};
use leptos::prelude::*;

use crate::app::app;

/// Personal details while they are typed. Copied freely: it holds only handles.
#[derive(Clone, Copy)]
pub(crate) struct DetailsDraft {
    full_name: RwSignal<Secret>,
    birth_date: RwSignal<Secret>,
    government_id: RwSignal<Secret>,
    email: RwSignal<Secret>,
}

impl DetailsDraft {
    /// Nothing is typed yet.
    pub(crate) fn new() -> Self {
        let empty = || RwSignal::new(Secret::default());
        Self {
            full_name: empty(),
            birth_date: empty(),
            government_id: empty(),
            email: empty(),
        }
    }

    /// What is known already.
    pub(crate) fn fill(self, details: PersonalDetails) {
        self.full_name.set(details.full_name.unwrap_or_default());
        self.birth_date.set(details.birth_date.unwrap_or_default());
        self.government_id
            .set(details.government_id.unwrap_or_default());
        self.email.set(details.email.unwrap_or_default());
    }

    /// What was typed; what is empty is not there.
    pub(crate) fn details(self) -> PersonalDetails {
        let typed = |field: RwSignal<Secret>| {
            let text = field.get_untracked();
            (!text.expose().trim().is_empty()).then_some(text)
        };
        PersonalDetails {
            full_name: typed(self.full_name),
            birth_date: typed(self.birth_date),
            government_id: typed(self.government_id),
            email: typed(self.email),
        }
    }

    /// The details one by one: words that an attacker would try first.
    pub(crate) fn words(self) -> Vec<Secret> {
        let all = self.details();
        let all = [all.full_name, all.birth_date, all.government_id, all.email];
        all.into_iter().flatten().collect()
    }

    /// Overwrites what was typed.
    pub(crate) fn clear(self) {
        self.fill(PersonalDetails::default());
    }
}

/// The four fields.
#[component]
pub(crate) fn DetailsFields(draft: DetailsDraft) -> impl IntoView {
    let app = app();
    let field = move |id: &'static str,
                      label: Signal<&'static str>,
                      autocomplete: &'static str,
                      value: RwSignal<Secret>| {
        view! {
            <label class="field" for=id>
                <span>{move || label.get()}</span>
                <input
                    type="text"
                    id=id
                    data-testid=id
                    autocomplete=autocomplete
                    spellcheck="false"
                    maxlength=DETAIL_CHARS_MAX.to_string()
                    prop:value=move || value.with(|text| text.expose().to_owned())
                    on:input=move |event| value.set(Secret::from(event_target_value(&event)))
                />
            </label>
        }
    };
    view! {
        <p class="muted small">{move || app.words().vault.details_why}</p>
        {field(
            "detail-full-name",
            Signal::derive(move || app.words().vault.detail_full_name),
            "off",
            draft.full_name,
        )}
        {field(
            "detail-birth-date",
            Signal::derive(move || app.words().vault.detail_birth_date),
            "off",
            draft.birth_date,
        )}
        {field(
            "detail-government-id",
            Signal::derive(move || app.words().vault.detail_government_id),
            "off",
            draft.government_id,
        )}
        {field(
            "detail-email",
            Signal::derive(move || app.words().vault.detail_email),
            "off",
            draft.email,
        )}
    }
}
