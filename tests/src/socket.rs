//! The control socket, spoken to by hand: frames of JSON, one ask at a time.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use contract::{Ask, Fault, Notice};
use serde_json::{Value, json};

/// How long the hub may take for one ask.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a hub.
#[derive(Debug)]
pub struct Line {
    stream: UnixStream,
    next_id: u64,
}

/// Why there is no view.
#[derive(Debug)]
pub enum NoView {
    /// The hub said why.
    Fault(Fault),
    /// The connection broke.
    Lost(String),
}

impl NoView {
    /// What the hub said.
    ///
    /// # Panics
    /// It said nothing.
    #[must_use]
    pub fn fault(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Lost(why) => panic!("the connection broke: {why}"),
        }
    }
}

impl Line {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub fn connect(socket: &Path) -> std::io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, next_id: 1 })
    }

    /// Asks and waits for the view.
    ///
    /// # Errors
    /// The hub refuses, or the connection breaks.
    pub fn ask<A: Ask>(&mut self, ask: A) -> Result<A::View, NoView> {
        let id = self.next_id;
        self.next_id += 1;
        let ask: contract::AnyAsk = ask.into();
        let request = json!({ "id": id, "ask": ask });
        let lost = |error: &dyn std::fmt::Display| NoView::Lost(error.to_string());
        wire::write_frame(&mut self.stream, &request).map_err(|error| lost(&error))?;
        loop {
            let reply: Option<Value> =
                wire::read_frame(&mut self.stream).map_err(|error| lost(&error))?;
            let reply = reply.ok_or_else(|| lost(&"the hub hung up"))?;
            if reply["id"] == json!(id) {
                return view::<A>(reply);
            }
        }
    }

    /// Begins to watch; only notices come from now on.
    ///
    /// # Panics
    /// The connection breaks.
    #[must_use]
    pub fn watch(mut self) -> Notices {
        wire::write_frame(&mut self.stream, &json!({ "id": 1, "watch": true }))
            .expect("the hub listens");
        Notices {
            stream: self.stream,
        }
    }
}

fn view<A: Ask>(mut reply: Value) -> Result<A::View, NoView> {
    if let Some(fault) = reply.get_mut("fault") {
        let fault = serde_json::from_value(fault.take()).expect("a fault of the contract");
        return Err(NoView::Fault(fault));
    }
    let view = serde_json::from_value(reply["view"].take());
    Ok(view.unwrap_or_else(|error| panic!("{} has another view: {error}", A::NAME)))
}

/// What the hub tells.
#[derive(Debug)]
pub struct Notices {
    stream: UnixStream,
}

impl Iterator for Notices {
    type Item = Notice;

    fn next(&mut self) -> Option<Notice> {
        let mut frame: Value = wire::read_frame(&mut self.stream).ok()??;
        serde_json::from_value(frame["notice"].take()).ok()
    }
}
