//! The one way to the hub. Asks and notices are the same in the window, in the browser and in
//! tests; only how they travel differs.

mod backoff;
#[cfg(test)]
mod fixture;
mod http;
mod tauri;
mod watch;

use contract::{Ask, Code, Fault};
use serde_json::{Value, json};

#[cfg(test)]
pub(crate) use fixture::Fixture;
pub(crate) use watch::{Retry, Told, sleep, watch};

/// How asks travel.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Client {
    /// In the window: through the program that shows this page.
    Tauri,
    /// In a browser: over HTTP to where the page came from.
    Http,
    /// In tests: answers that were written down before.
    #[cfg(test)]
    Fixture(&'static fixture::Fixture),
}

impl Client {
    /// The way that there is where this page runs.
    pub(crate) fn here() -> Self {
        if tauri::is_here() {
            Self::Tauri
        } else {
            Self::Http
        }
    }

    /// Whether this page is shown by the window of the program.
    pub(crate) fn is_window(self) -> bool {
        matches!(self, Self::Tauri)
    }

    /// Asks the hub.
    ///
    /// What travels is written as [`contract::AnyAsk`] writes it, without going through that type: with it
    /// every part of the page would bring along how all asks are written.
    pub(crate) async fn ask<A: Ask>(self, ask: A) -> Result<A::View, Fault> {
        let with = serde_json::to_value(ask).map_err(misread)?;
        let answer = self.carry(json!({ "ask": A::NAME, "with": with })).await?;
        serde_json::from_value(answer).map_err(misread)
    }

    async fn carry(self, ask: Value) -> Result<Value, Fault> {
        match self {
            Self::Tauri => tauri::ask(&ask).await,
            Self::Http => http::ask(&ask).await,
            #[cfg(test)]
            Self::Fixture(fixture) => fixture.answer(ask),
        }
    }
}

/// Reads what came back: a view, or the fault that the door wrapped.
fn read_answer(good: bool, body: &str) -> Result<Value, Fault> {
    let read = serde_json::from_str::<Value>(body);
    match (good, read) {
        (true, Ok(view)) => Ok(view),
        (false, Ok(mut answer)) => Err(serde_json::from_value(answer["fault"].take())
            .or_else(|_| serde_json::from_value(answer))
            .unwrap_or_else(misread)),
        (_, Err(error)) => Err(misread(error)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn misread(error: serde_json::Error) -> Fault {
    unreadable(&error.to_string())
}

fn unreadable(details: &str) -> Fault {
    Fault::broken(Code::Internal, "The answer could not be read.", details)
}

fn no_hub(details: impl Into<String>) -> Fault {
    Fault {
        details: Some(details.into()),
        ..Fault::refused(Code::NoHub, "HAI-Net does not answer.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::system::{ShowStatus, StopHub};
    use futures::executor::block_on;

    #[test]
    fn an_ask_gets_its_view_and_travels_under_its_name() {
        let fixture = fixture::Fixture::leak(vec![("UnloadModel", Ok(serde_json::json!({})))]);
        let done = block_on(Client::Fixture(fixture).ask(contract::model::UnloadModel {}));
        assert_eq!(done, Ok(contract::Done {}));
        assert_eq!(fixture.asked(), ["UnloadModel"]);
    }

    #[test]
    fn a_fault_comes_back_as_the_hub_wrote_it() {
        let fault = Fault::refused(Code::Busy, "Four answers are being written.");
        let fixture = fixture::Fixture::leak(vec![("StopHub", Err(fault.clone()))]);
        assert_eq!(
            block_on(Client::Fixture(fixture).ask(StopHub {})),
            Err(fault)
        );
    }

    #[test]
    fn a_view_of_another_version_is_a_fault_and_no_panic() {
        let fixture = fixture::Fixture::leak(vec![("ShowStatus", Ok(serde_json::json!({"a": 1})))]);
        let fault = block_on(Client::Fixture(fixture).ask(ShowStatus {})).expect_err("no status");
        assert_eq!(fault.code, Code::Internal);
        assert!(
            fault.details.is_some(),
            "there must be something to copy into a report"
        );
    }

    #[test]
    fn a_wrapped_fault_is_unwrapped_and_a_page_of_a_proxy_is_a_fault() {
        let fault = Fault::refused(Code::NotAllowed, "Not signed in.");
        let body = serde_json::json!({ "fault": fault }).to_string();
        assert_eq!(read_answer(false, &body), Err(fault));
        let strange = read_answer(false, "<html>Bad gateway</html>").expect_err("no fault in it");
        assert_eq!(strange.code, Code::Internal);
    }
}
