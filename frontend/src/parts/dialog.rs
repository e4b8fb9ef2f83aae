//! A dialog over the page. The browser's own element keeps the focus inside, makes the rest of the
//! page unreachable, closes on Escape and gives the focus back.

use leptos::html;
use leptos::prelude::*;

use super::{Icon, IconButton};
use crate::app::app;

/// A dialog that is open as long as it is drawn.
#[component]
pub(crate) fn Dialog(
    /// Its title.
    #[prop(into)]
    title: Signal<String>,
    /// What closes it: Escape, the cross, a press beside it.
    close: impl Fn() + Copy + 'static,
    /// How it looks.
    #[prop(optional)]
    class: &'static str,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let app = app();
    let place = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = place.get()
            && !dialog.open()
        {
            // Only fails for an element that is not in the page, and this one was just put there.
            let _ = dialog.show_modal();
        }
    });
    view! {
        <dialog
            node_ref=place
            class=format!("dialog {class}")
            aria-labelledby="dialog-title"
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                close();
            }
            on:click=move |event| {
                // The backdrop belongs to the element itself, all else to its children.
                if event.target() == event.current_target() {
                    close();
                }
            }
        >
            <div class="dialog-body">
                <header class="dialog-head">
                    <h2 id="dialog-title">{move || title.get()}</h2>
                    <IconButton
                        which=Icon::Close
                        name=Signal::derive(move || app.words().close.to_owned())
                        press=close
                    />
                </header>
                {children()}
            </div>
        </dialog>
    }
}
