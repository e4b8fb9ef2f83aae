//! Keys that work everywhere on the page.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::app::{App, Overlay};
use crate::page;
use crate::route::Tab;
use crate::state::Gate;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Palette,
    Keys,
    Focus,
    New,
    Escape,
}

/// What a key does, given whether Ctrl or Cmd is held and whether a person is typing text.
fn does(key: &str, command: bool, shift: bool, typing: bool) -> Option<Does> {
    match (key, command) {
        ("k" | "K", true) if !shift => Some(Does::Palette),
        ("o" | "O", true) if shift => Some(Does::New),
        ("Escape", false) => Some(Does::Escape),
        ("/", false) if !typing => Some(Does::Focus),
        ("?", false) if !typing => Some(Does::Keys),
        _ => None,
    }
}

/// Listens from now on.
pub(crate) fn listen_to_keys(app: App) {
    window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        if event.is_composing() || event.default_prevented() || event.alt_key() {
            return;
        }
        let command = event.ctrl_key() || event.meta_key();
        let Some(does) = does(&event.key(), command, event.shift_key(), is_typing(&event)) else {
            return;
        };
        // Before the frame stands there, a key has nothing to act on.
        if app.gate.get_untracked() != Gate::Inside {
            return;
        }
        let is_open = app.overlay.with_untracked(Option::is_some);
        match does {
            Does::Escape => escape(app, is_open),
            Does::Palette => {
                event.prevent_default();
                app.overlay.set(Some(Overlay::Palette));
            }
            _ if is_open => {}
            Does::Keys => {
                event.prevent_default();
                app.overlay.set(Some(Overlay::Keys));
            }
            Does::New => {
                event.prevent_default();
                app.begin_conversation();
            }
            Does::Focus => {
                event.prevent_default();
                if !matches!(app.tab.get_untracked(), Tab::Visualize | Tab::Feed) {
                    app.go(Tab::Visualize);
                }
                // At once where it is there, so that what is typed next goes into it.
                if !page::focus("#composer") {
                    page::after_drawing(|| {
                        page::focus("#composer");
                    });
                }
            }
        }
    });
}

/// Closes what is open; else stops the answer. A dialog closes by itself.
fn escape(app: App, is_open: bool) {
    if is_open {
        return;
    }
    if app.list_open.get_untracked() {
        app.list_open.set(false);
    } else if app.editing.get_untracked().is_some() {
        app.editing.set(None);
    } else {
        app.stop_answer();
    }
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok());
    target.is_some_and(|element| {
        element.is_content_editable()
            || matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_a_person_types_are_not_taken_for_commands() {
        assert_eq!(
            does("/", false, false, true),
            None,
            "a slash belongs to the text"
        );
        assert_eq!(does("?", false, true, true), None);
        assert_eq!(does("/", false, false, false), Some(Does::Focus));
        assert_eq!(does("?", false, true, false), Some(Does::Keys));
    }

    #[test]
    fn commands_work_while_typing() {
        assert_eq!(does("k", true, false, true), Some(Does::Palette));
        assert_eq!(does("O", true, true, true), Some(Does::New));
        assert_eq!(does("Escape", false, false, true), Some(Does::Escape));
    }
}
