//! A dialog over the page. The browser's own element keeps the focus inside, makes the rest of the
//! page unreachable and closes on Escape.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use super::{Icon, IconButton};
use crate::app::app;
use crate::page;

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
    give_focus_back();
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

/// When the dialog goes, the focus goes back to where it was, unless something else took it.
fn give_focus_back() {
    let focused = || page::document().and_then(|document| document.active_element());
    let before = StoredValue::new_local(focused());
    on_cleanup(move || {
        let Some(before) = before.try_get_value().flatten() else {
            return;
        };
        page::after_drawing(move || {
            let is_free = focused().is_none_or(|element| element.tag_name() == "BODY");
            if is_free && let Ok(before) = before.dyn_into::<web_sys::HtmlElement>() {
                // An element that went meanwhile cannot take it; the page then starts anew.
                let _ = before.focus();
            }
        });
    });
}
