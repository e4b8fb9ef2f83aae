//! The line that says when the hub cannot be reached.

use leptos::prelude::*;

use super::{Icon, icon};
use crate::app::{Link, app};

/// Says when the hub cannot be reached.
#[component]
pub(crate) fn Banner() -> impl IntoView {
    let app = app();
    move || {
        let words = app.words();
        let (text, can_try) = match app.link.get() {
            Link::Live | Link::SignedOut => return None,
            Link::Connecting => (words.connecting.to_owned(), false),
            Link::Closing => (words.closing.to_owned(), false),
            Link::Offline(seconds) => {
                let wait = (words.offline_waits)(u64::from(seconds));
                (format!("{} {wait}", words.offline), true)
            }
        };
        Some(view! {
            <div class="banner" role="status" data-testid="banner">
                {icon(Icon::Warning)}
                <p>{text}</p>
                {can_try
                    .then(|| {
                        view! {
                            <button type="button" class="quiet" on:click=move |_| app.retry_now()>
                                {words.reconnect_now}
                            </button>
                        }
                    })}
            </div>
        })
    }
}
