//! The frames of the socket.

use contract::{AnyAsk, Fault, Notice};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The number of what concerns the whole connection.
pub(crate) const WHOLE_CONNECTION: u64 = 0;

/// What a client sends.
#[derive(Debug, Serialize)]
pub(crate) struct Request {
    /// Chosen by the client; the reply has the same.
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) wish: Wish,
}

/// What a client wants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wish {
    /// An answer.
    Ask(AnyAsk),
    /// To begin (`true`) or to end (`false`) a watch.
    Watch(bool),
}

/// A request as it arrives. What is in it is looked at later, so that a client of another version,
/// whose ask we do not know, gets an answer instead of a broken connection.
#[derive(Debug, Deserialize)]
pub(crate) struct RawRequest {
    pub(crate) id: u64,
    #[serde(default)]
    pub(crate) ask: Option<Value>,
    #[serde(default)]
    pub(crate) watch: Option<bool>,
}

/// What the hub sends.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) what: ReplyWhat,
}

/// The content of a reply.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReplyWhat {
    View(Value),
    Fault(Fault),
    Notice(Notice),
}

impl Reply {
    pub(crate) fn answer(id: u64, answer: Result<Value, Fault>) -> Self {
        let what = match answer {
            Ok(view) => ReplyWhat::View(view),
            Err(fault) => ReplyWhat::Fault(fault),
        };
        Self { id, what }
    }

    pub(crate) fn fault(id: u64, fault: Fault) -> Self {
        Self {
            id,
            what: ReplyWhat::Fault(fault),
        }
    }

    pub(crate) fn notice(id: u64, notice: Notice) -> Self {
        Self {
            id,
            what: ReplyWhat::Notice(notice),
        }
    }
}

#[cfg(test)]
mod tests {
    use contract::system::ShowStatus;

    use super::*;

    #[test]
    fn frames_read_as_the_documentation_shows_them() {
        let ask = Request {
            id: 1,
            wish: Wish::Ask(ShowStatus {}.into()),
        };
        assert_eq!(
            serde_json::to_string(&ask).expect("plain data"),
            r#"{"id":1,"ask":{"ask":"ShowStatus","with":{}}}"#
        );
        let watch = Request {
            id: 2,
            wish: Wish::Watch(true),
        };
        assert_eq!(
            serde_json::to_string(&watch).expect("plain data"),
            r#"{"id":2,"watch":true}"#
        );
        let reply = Reply::answer(1, Ok(serde_json::json!({})));
        assert_eq!(
            serde_json::to_string(&reply).expect("plain data"),
            r#"{"id":1,"view":{}}"#
        );
    }

    #[test]
    fn notice_survives_the_way_through_a_frame() {
        let reply = Reply::notice(7, Notice::ModelsChanged);
        let text = serde_json::to_string(&reply).expect("plain data");
        let back: Reply = serde_json::from_str(&text).expect("our own text");
        assert_eq!(back.id, 7);
        assert!(
            matches!(back.what, ReplyWhat::Notice(Notice::ModelsChanged)),
            "{text}"
        );
    }
}
