//! You and security: who owns this hub, what opens it, and how to get it back.

mod backup;
mod devices;
mod opening;
mod person;

use leptos::prelude::*;

use self::backup::Backups;
use self::devices::Devices;
use self::opening::Opening;
use self::person::Person;
use super::show;
use crate::app::{Overlay, Section, app};
use crate::parts::{Icon, icon};

/// The section.
#[component]
pub(super) fn You() -> impl IntoView {
    let app = app();
    view! {
        <Person />
        <h3>{move || app.words().owner.devices}</h3>
        <Devices />
        <h3>{move || app.words().owner.opening}</h3>
        <Opening />
        <h3>{move || app.words().owner.backup}</h3>
        <Backups />
        <h3>{move || app.words().tokens}</h3>
        <p class="muted small">{move || app.words().owner.tokens_elsewhere}</p>
        <button
            type="button"
            data-testid="to-tokens"
            on:click=move |_| show(Section::Api)
        >
            {icon(Icon::Key)}
            {move || app.words().section_api}
        </button>
        <h3>{move || app.words().owner.key}</h3>
        <p class="muted small">{move || app.words().owner.key_about}</p>
        <button
            type="button"
            data-testid="rotate"
            on:click=move |_| app.overlay.set(Some(Overlay::RotateKey))
        >
            {icon(Icon::Again)}
            {move || app.words().owner.rotate}
        </button>
        <h3>{move || app.words().owner.erase_heading}</h3>
        <p class="muted small">{move || app.words().owner.erase_about}</p>
        <button
            type="button"
            class="danger"
            data-testid="erase"
            on:click=move |_| app.overlay.set(Some(Overlay::EraseEverything))
        >
            {icon(Icon::Trash)}
            {move || app.words().owner.erase}
        </button>
    }
}
