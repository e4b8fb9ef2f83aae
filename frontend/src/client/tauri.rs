//! Asks in the window, through the two commands that the program offers there.

use std::cell::RefCell;

use contract::{AnyAsk, Fault};
use futures::channel::mpsc::UnboundedSender;
use js_sys::{Array, Function, JSON, Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::http::words_of;
use super::order::InOrder;
use super::watch::Arrival;
use super::{no_hub, unreadable};

/// What the window puts into its page for programs that are built in.
const INTERNALS: &str = "__TAURI_INTERNALS__";

/// Whether the window of the program shows this page.
pub(super) fn is_here() -> bool {
    internals().is_some()
}

fn internals() -> Option<JsValue> {
    let window: JsValue = web_sys::window()?.into();
    let found = Reflect::get(&window, &JsValue::from_str(INTERNALS)).ok()?;
    found.is_object().then_some(found)
}

fn function(name: &str) -> Result<(JsValue, Function), JsValue> {
    let internals = internals().ok_or_else(|| JsValue::from_str("not in the window"))?;
    let function = Reflect::get(&internals, &JsValue::from_str(name))?.dyn_into::<Function>()?;
    Ok((internals, function))
}

async fn invoke(command: &str, with: &str) -> Result<JsValue, JsValue> {
    let (internals, invoke) = function("invoke")?;
    let command = JsValue::from_str(command);
    let promise = invoke.call2(&internals, &command, &JSON::parse(with)?)?;
    JsFuture::from(promise.dyn_into::<Promise>()?).await
}

pub(super) async fn ask(ask: &AnyAsk) -> Result<Value, Fault> {
    let with = serde_json::json!({ "ask": ask }).to_string();
    match invoke("ask", &with).await {
        Ok(view) => read(&view).map_err(|error| unreadable(&error)),
        Err(error) => Err(read(&error)
            .ok()
            .and_then(|fault| serde_json::from_value(fault).ok())
            .unwrap_or_else(|| no_hub(words_of(&error)))),
    }
}

/// What a value of JavaScript is in our words.
fn read(value: &JsValue) -> Result<Value, String> {
    let text = JSON::stringify(value).map_err(|error| words_of(&error))?;
    let text = text.as_string().unwrap_or_else(|| "null".to_owned());
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Keeps the function that a channel calls.
pub(super) struct Channel {
    _on_message: Closure<dyn FnMut(JsValue)>,
}

/// Opens a channel on which notices come.
pub(super) fn watch(to: UnboundedSender<Arrival>) -> Result<Channel, JsValue> {
    let refused = to.clone();
    let order = RefCell::new(InOrder::default());
    let on_message = Closure::<dyn FnMut(JsValue)>::new(move |raw: JsValue| {
        let Ok(raw) = read(&raw) else { return };
        let Some(number) = raw["index"].as_u64().or_else(|| raw["id"].as_u64()) else {
            return;
        };
        let arrival = if raw["end"].as_bool() == Some(true) {
            Arrival::End
        } else {
            Arrival::Message(raw["message"].to_string())
        };
        for ready in order.borrow_mut().take(number, arrival) {
            // The watch was given up; the channel ends with it.
            let _ = to.unbounded_send(ready);
        }
    });
    let (internals, transform) = function("transformCallback")?;
    let arguments = Array::of1(on_message.as_ref());
    let number = transform.apply(&internals, &arguments)?;
    let number = number
        .as_f64()
        .ok_or_else(|| JsValue::from_str("a channel has no number"))?;
    let with = serde_json::json!({ "channel": format!("__CHANNEL__:{number}") }).to_string();
    // The command may answer at once or when the watch ends: notices come on the channel either way.
    spawn_local(async move {
        if invoke("watch", &with).await.is_err() {
            let _ = refused.unbounded_send(Arrival::End);
        }
    });
    Ok(Channel {
        _on_message: on_message,
    })
}
