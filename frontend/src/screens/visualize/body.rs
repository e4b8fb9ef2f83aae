//! The words of a message.

use base::MessageId;
use contract::conversation::{MessageState, Role};
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::app::app;
use crate::markdown::{Drawn, Painter, code_to_copy};
use crate::parts::draw_shown;

/// The text of an answer, painted block by block while it grows.
#[component]
pub(super) fn Answer(id: MessageId) -> impl IntoView {
    let app = app();
    let place = NodeRef::<html::Div>::new();
    let painter = StoredValue::new_local(None::<Painter>);
    // Views that it proposes live as long as the answer is shown, not until it grows once more.
    let owner = Owner::current().unwrap_or_default();
    Effect::new(move |_| {
        app.grown.track();
        let words = app.words();
        let Some(place) = place.get() else { return };
        app.thread.with(|thread| {
            let Some(message) = thread.message(id) else {
                return;
            };
            painter.update_value(|painter| {
                let painter = painter.get_or_insert_with(|| {
                    let owner = owner.clone();
                    let draw = move |place, shown| -> Drawn {
                        Box::new(owner.with(|| mount_to(place, move || draw_shown(shown))))
                    };
                    Painter::new(place.into(), words, Box::new(draw))
                });
                painter.show(&message.text, message.state != MessageState::Writing);
            });
        });
    });
    let copy_code = move |event: MouseEvent| {
        let pressed = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        if let Some(code) = pressed.as_ref().and_then(code_to_copy) {
            app.copy(code);
        }
    };
    view! { <div class="prose" node_ref=place on:click=copy_code></div> }
}

/// The text of a person, as it was typed.
#[component]
pub(super) fn Question(id: MessageId) -> impl IntoView {
    let app = app();
    let text = Memo::new(move |_| {
        app.thread
            .with(|thread| thread.message(id).map(|message| message.text.clone()))
    });
    view! { <p class="typed">{move || text.get()}</p> }
}

/// The name of a state for tests and styles.
pub(super) fn state_name(state: &MessageState) -> &'static str {
    match state {
        MessageState::Writing => "writing",
        MessageState::Done => "done",
        MessageState::CutOff => "cut_off",
        MessageState::Stopped => "stopped",
        MessageState::Failed { .. } => "failed",
    }
}

/// The name of a role for tests and styles.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}
