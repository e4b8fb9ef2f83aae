//! The UI of HAI-Net: one page, the same in the window and in the browser.
//!
//! `state` is plain data and decides nothing a hub should decide; `client` carries asks and notices;
//! `app` joins the two; `screens` and `parts` draw. Colours, sizes and times stand in
//! `assets/tokens.css` and nowhere else; sentences stand in `words` and nowhere else. This crate
//! never stores what a person writes and never renders HTML that it did not make itself.

mod app;
mod client;
mod clock;
mod markdown;
mod page;
mod parts;
mod route;
mod screens;
mod sentences;
mod state;
#[cfg(test)]
mod styles;
mod words;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

/// Draws the page. Called once, by the program.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
        // The style sheet shows the sentence in `index.html` that asks to reload.
        if let Some(root) = page::document().and_then(|document| document.document_element()) {
            let _ = root.set_attribute("data-broken", "");
        }
    }));
    let Some(place) = page::document().and_then(|document| document.get_element_by_id("app"))
    else {
        return;
    };
    place.set_text_content(None);
    mount_to(place.unchecked_into(), screens::Frame).forget();
}
