//! Asks over HTTP, to where the page came from.

use contract::Fault;
use serde_json::Value;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

use super::{no_hub, read_answer};

/// Says that the page itself asks: no form and no link of another page can set a header.
const OWN_HEADER: (&str, &str) = ("X-HAI-Net", "1");

/// Where asks go.
const ASK_PATH: &str = "/ui/ask";

/// Where notices come from.
pub(super) const WATCH_PATH: &str = "/ui/watch";

pub(super) async fn ask(ask: &Value) -> Result<Value, Fault> {
    let response = post(&ask.to_string())
        .await
        .map_err(|error| no_hub(words_of(&error)))?;
    let text = response.text().map_err(|error| no_hub(words_of(&error)))?;
    let text = JsFuture::from(text)
        .await
        .map_err(|error| no_hub(words_of(&error)))?;
    read_answer(response.ok(), &text.as_string().unwrap_or_default())
}

async fn post(body: &str) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or_else(|| JsValue::from_str("no window"))?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let headers = web_sys::Headers::new()?;
    headers.set("Content-Type", "application/json")?;
    headers.set(OWN_HEADER.0, OWN_HEADER.1)?;
    init.set_headers(&headers);
    let answer = JsFuture::from(window.fetch_with_str_and_init(ASK_PATH, &init)).await?;
    answer.dyn_into()
}

/// What a JavaScript error says.
pub(super) fn words_of(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message")).ok();
    let message = message.and_then(|message| message.as_string());
    message
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
