//! Listens to the hub for as long as the page lives: connects, and connects again.

use contract::system::ShowStatus;
use contract::{Code, Notice};
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{Either, select};
use serde_json::Value;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{EventSource, MessageEvent};

use super::backoff::Backoff;
use super::{Client, http, tauri};

/// What a watcher is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// The hub tells something.
    Notice(Notice),
    /// The hub does not answer; the next try is in so many seconds.
    Offline {
        /// Seconds to the next try.
        seconds: u32,
    },
    /// The hub does not let this page in.
    SignedOut,
}

/// What comes on a way to the hub.
#[derive(Debug)]
pub(super) enum Arrival {
    /// A notice as text.
    Message(String),
    /// Nothing more comes.
    End,
}

/// Presses for a try at once.
#[derive(Clone)]
pub(crate) struct Retry(UnboundedSender<()>);

impl Retry {
    /// Tries now.
    pub(crate) fn now(&self) {
        // The watch lives as long as the page; nothing is lost when the page goes.
        let _ = self.0.unbounded_send(());
    }
}

/// Listens from now on.
pub(crate) fn watch(client: Client, tell: impl Fn(Told) + 'static) -> Retry {
    let (press, pressed) = unbounded();
    spawn_local(listen(client, tell, pressed));
    Retry(press)
}

async fn listen(client: Client, tell: impl Fn(Told), mut pressed: UnboundedReceiver<()>) {
    let mut backoff = Backoff::default();
    loop {
        if attend(client, &tell).await {
            backoff.reset();
        }
        let refused = client.ask(ShowStatus {}).await.err();
        if refused.is_some_and(|fault| fault.code == Code::NotAllowed) {
            tell(Told::SignedOut);
            pressed.next().await;
            continue;
        }
        let mut left_ms = backoff.next_ms();
        while left_ms > 0 {
            tell(Told::Offline {
                seconds: left_ms.div_ceil(1_000),
            });
            let step = left_ms.min(1_000);
            left_ms -= step;
            let press = pressed.next();
            if let Either::Right(_) = select(Box::pin(sleep(step)), press).await {
                break;
            }
        }
    }
}

/// Connects once and listens to the end. Whether anything came.
async fn attend(client: Client, tell: &impl Fn(Told)) -> bool {
    let (to, mut arrivals) = unbounded();
    let Ok(_open) = Open::new(client, to) else {
        return false;
    };
    let mut heard = false;
    while let Some(Arrival::Message(text)) = arrivals.next().await {
        // By way of a value, as answers are read: each way is code of its own for each type.
        let read = serde_json::from_str::<Value>(&text).and_then(serde_json::from_value::<Notice>);
        // A notice that a newer hub knows and this page does not: nothing here shows it.
        let Ok(notice) = read else {
            continue;
        };
        heard = true;
        let is_last = notice == Notice::HubClosing;
        tell(Told::Notice(notice));
        if is_last {
            break;
        }
    }
    heard
}

/// A way that is open; closes when dropped.
enum Open {
    Http(
        EventSource,
        #[expect(dead_code, reason = "called by the browser")] [Listener; 2],
    ),
    Tauri,
    #[cfg(test)]
    Nothing,
}

type Listener = Closure<dyn FnMut(JsValue)>;

impl Open {
    fn new(client: Client, to: UnboundedSender<Arrival>) -> Result<Self, JsValue> {
        match client {
            Client::Http => Self::http(&to),
            Client::Tauri => {
                tauri::watch(to);
                Ok(Self::Tauri)
            }
            #[cfg(test)]
            Client::Fixture(_) => Ok(Self::Nothing),
        }
    }

    fn http(to: &UnboundedSender<Arrival>) -> Result<Self, JsValue> {
        let source = EventSource::new(http::WATCH_PATH)?;
        let messages = to.clone();
        let on_message = Listener::new(move |event: JsValue| {
            let text = event
                .dyn_into::<MessageEvent>()
                .ok()
                .and_then(|it| it.data().as_string());
            if let Some(text) = text {
                let _ = messages.unbounded_send(Arrival::Message(text));
            }
        });
        let ends = to.clone();
        let on_error = Listener::new(move |_| {
            let _ = ends.unbounded_send(Arrival::End);
        });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self::Http(source, [on_message, on_error]))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        match self {
            Self::Http(source, _) => {
                source.set_onmessage(None);
                source.set_onerror(None);
                source.close();
            }
            Self::Tauri => {}
            #[cfg(test)]
            Self::Nothing => {}
        }
    }
}

/// Waits.
pub(crate) async fn sleep(millis: u32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let millis = i32::try_from(millis).unwrap_or(i32::MAX);
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
        }
    });
    // A timer never refuses.
    let _ = JsFuture::from(promise).await;
}
