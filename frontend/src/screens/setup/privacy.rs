//! Step 4: what stays here. There is nothing to switch on.

use leptos::prelude::*;

use super::page::Page;
use super::wizard;
use crate::app::app;
use crate::parts::{Icon, icon};
use crate::state::Screen;
use crate::words::Words;

/// Short cards that say what happens to what a person writes.
#[component]
pub(super) fn Privacy() -> impl IntoView {
    let app = app();
    let wizard = wizard();
    let card =
        move |symbol: Icon, title: fn(&Words) -> &'static str, text: fn(&Words) -> &'static str| {
            view! {
                <li class="card">
                    <div class="card-words">
                        <h2 class="card-title">{icon(symbol)} {move || title(app.words())}</h2>
                        <p class="small">{move || text(app.words())}</p>
                    </div>
                </li>
            }
        };
    view! {
        <Page
            title=Signal::derive(move || app.words().setup.privacy_title)
            next=Signal::derive(move || app.words().setup.next)
            submit=move |()| wizard.go(Screen::FirstAnswer)
        >
            <p class="muted">{move || app.words().setup.privacy_text}</p>
            <ul class="cards" data-testid="privacy-cards">
                {card(Icon::Laptop, |it| it.setup.stays_title, |it| it.setup.stays_text)}
                {card(Icon::Shield, |it| it.setup.guardian_title, |it| it.setup.guardian_text)}
                {card(Icon::Share, |it| it.setup.sharing_title, |it| it.setup.sharing_text)}
                {card(Icon::EyeOff, |it| it.setup.telemetry_title, |it| it.setup.telemetry_text)}
            </ul>
        </Page>
    }
}
