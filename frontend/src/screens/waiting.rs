//! What is shown until the page knows whose hub it is.

use leptos::prelude::*;

use crate::app::{Link, app};
use crate::parts::{Banner, FaultCard};

/// A quiet page that says what it waits for, and why where that lasts.
#[component]
pub(crate) fn Waiting() -> impl IntoView {
    let app = app();
    let again = Callback::new(move |()| app.read_again_from_the_start());
    view! {
        <div class="outside" data-testid="waiting-for-hub">
            <Banner />
            <main class="alone">
                <img src="icon.svg" alt="" width="56" height="56" />
                {move || match (app.unknown.get(), app.link.get()) {
                    (Some(fault), Link::Live) => view! { <FaultCard fault again /> }.into_any(),
                    _ => {
                        view! {
                            <p class="muted late" role="status">
                                {app.words().loading}
                            </p>
                        }
                            .into_any()
                    }
                }}
            </main>
        </div>
    }
}
