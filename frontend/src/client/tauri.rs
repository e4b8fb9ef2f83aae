//! Asks in the window, through the two commands that the program offers there.

use contract::Fault;
use futures::channel::mpsc::UnboundedSender;
use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::http::words_of;
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

async fn invoke(command: &str, with: &JsValue) -> Result<JsValue, JsValue> {
    let internals = internals().ok_or_else(|| JsValue::from_str("not in the window"))?;
    let invoke = Reflect::get(&internals, &JsValue::from_str("invoke"))?.dyn_into::<Function>()?;
    let promise = invoke.call2(&internals, &JsValue::from_str(command), with)?;
    JsFuture::from(promise.dyn_into::<Promise>()?).await
}

pub(super) async fn ask(ask: &Value) -> Result<Value, Fault> {
    let with = json!({ "ask": ask }).to_string();
    let with = JSON::parse(&with).map_err(|error| unreadable(&words_of(&error)))?;
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

/// Brings notices: asks for what has happened, and again as soon as something came.
pub(super) fn watch(to: UnboundedSender<Arrival>) {
    spawn_local(async move {
        let mut number = JsValue::NULL;
        while !to.is_closed() {
            let Ok(come) = next(&number).await else { break };
            number = come.get(0);
            for notice in Array::from(&come.get(1)) {
                let text = JSON::stringify(&notice).ok().and_then(|it| it.as_string());
                let arrival = text.map_or(Arrival::End, Arrival::Message);
                if to.unbounded_send(arrival).is_err() {
                    return;
                }
            }
        }
        // Nobody hears it where the watch was given up.
        let _ = to.unbounded_send(Arrival::End);
    });
}

/// The number of a watch, and the notices that have come.
async fn next(number: &JsValue) -> Result<Array, JsValue> {
    let with = Object::new();
    Reflect::set(&with, &JsValue::from_str("number"), number)?;
    Ok(Array::from(&invoke("watch", &with).await?))
}
