//! Why a request got no answer, and how that is told: as the OpenAI API's error object, as a fault
//! for the browser UI, or as a page for a person.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use contract::{Code, Fault};
use llm::{EngineFault, ModelError};
use serde_json::{Value, json};

use crate::guard::Area;
use crate::pages;

/// Seconds after which a client may try again while the engine is busy.
const BUSY_RETRY_S: u32 = 1;

/// Seconds after which a client may try again while the engine or the hub starts again.
const RESTART_RETRY_S: u32 = 2;

/// Seconds after which a client may ask again while the vault is locked: a person has to unlock it.
const UNLOCK_RETRY_S: u32 = 30;

/// The field that is named when the engine cannot follow the asked shape of an answer.
const FORMAT_PARAM: &str = "response_format";

/// Why a request got no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
    advice: Option<String>,
    retry_after_s: Option<u32>,
    /// What the UI is told in place of this, where the hub gave it.
    fault: Option<Box<Fault>>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code: None,
            param: None,
            message: message.into(),
            advice: None,
            retry_after_s: None,
            fault: None,
        }
    }

    /// A request whose content is wrong at this place.
    pub(crate) fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.into()),
            ..Self::new(StatusCode::BAD_REQUEST, message)
        }
    }

    /// A request for what this version cannot do.
    pub(crate) fn unsupported(param: impl Into<String>, what: &str) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self::invalid(param, format!("{what} not supported in HAI-Net {version}"))
            .code("unsupported")
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The same problem. A format that cannot be followed is that of the tools, where some were given.
    pub(crate) fn told_of_tools(mut self, with_tools: bool) -> Self {
        if with_tools && self.param.as_deref() == Some(FORMAT_PARAM) {
            self.param = Some("tools".to_owned());
        }
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    pub(crate) fn token_missing() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "no API token was given; send `Authorization: Bearer hai_sk_…` \
             (make one with `hai-net token create --label NAME`)",
        )
        .code("missing_api_key")
    }

    pub(crate) fn token_wrong() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "this API token is wrong, has ended or was revoked; \
             make one with `hai-net token create --label NAME`",
        )
        .code("invalid_api_key")
    }

    pub(crate) fn not_signed_in() -> Self {
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, "This browser is not signed in.")
            .code("signed_out");
        problem.advice = Some(Code::NotAllowed.cure().to_owned());
        problem
    }

    /// Too many requests at once.
    pub(crate) fn crowded(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, message)
            .code("busy")
            .retry_after(BUSY_RETRY_S)
    }

    /// The error object of the OpenAI API.
    pub(crate) fn object(&self) -> Value {
        json!({"error": {
            "message": self.message,
            "type": kind(self.status),
            "param": self.param,
            "code": self.code,
        }})
    }

    /// The error object of the Anthropic API.
    pub(crate) fn anthropic_object(&self) -> Value {
        let kind = match self.status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 => "overloaded_error",
            500..=599 => "api_error",
            _ => "invalid_request_error",
        };
        json!({"type": "error", "error": {"type": kind, "message": self.message}})
    }

    /// What happened, in words.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What the browser UI is told.
    fn to_fault(&self) -> Fault {
        if let Some(fault) = &self.fault {
            return (**fault).clone();
        }
        let code = match self.status.as_u16() {
            401 | 403 => Code::NotAllowed,
            404 => Code::NotFound,
            429 => Code::Busy,
            500..=599 => Code::Internal,
            _ => Code::InvalidAsk,
        };
        let fault = Fault::refused(code, self.message.clone());
        match &self.advice {
            Some(advice) => fault.advising(advice.clone()),
            None => fault,
        }
    }

    /// The response in the manner of an area; `page` where a person looks at it.
    pub(crate) fn respond(&self, area: Area, page: bool) -> Response {
        let mut response = match area {
            Area::Ui => json_response(self.status, &json!({ "fault": self.to_fault() })),
            Area::Open if page => {
                let advice = self.advice.as_deref().unwrap_or_default();
                pages::plain(
                    self.status,
                    "HAI-Net did not open this",
                    &self.message,
                    advice,
                )
            }
            Area::Anthropic => json_response(self.status, &self.anthropic_object()),
            Area::Ollama => json_response(self.status, &json!({ "error": self.message })),
            Area::Open | Area::Api | Area::Metrics => json_response(self.status, &self.object()),
        };
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED && area != Area::Ui {
            let value = HeaderValue::from_static("Bearer realm=\"HAI-Net\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.respond(Area::Api, false)
    }
}

/// A JSON response.
pub(crate) fn json_response(status: StatusCode, value: &Value) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(CONTENT_TYPE, json)], value.to_string()).into_response()
}

/// The `type` of the error object, as the OpenAI API names them.
fn kind(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        503 => "service_unavailable_error",
        500..=599 => "server_error",
        _ => "invalid_request_error",
    }
}

/// The one place where codes become HTTP: the status, and when to try again.
fn http_of(code: Code) -> (StatusCode, Option<u32>) {
    match code {
        Code::InvalidAsk
        | Code::ContextLengthExceeded
        | Code::InvalidSetting
        | Code::WeakPassphrase
        | Code::Backup => (StatusCode::BAD_REQUEST, None),
        Code::NotFound | Code::UnknownModel | Code::NoModel => (StatusCode::NOT_FOUND, None),
        Code::NotAllowed | Code::WrongKey | Code::ExternalOff | Code::KeptIn => {
            (StatusCode::FORBIDDEN, None)
        }
        Code::ModelInUse | Code::SettingFixed | Code::NoIdentity | Code::IdentityExists => {
            (StatusCode::CONFLICT, None)
        }
        Code::Busy | Code::TryLater => (StatusCode::TOO_MANY_REQUESTS, Some(BUSY_RETRY_S)),
        Code::Locked => (StatusCode::SERVICE_UNAVAILABLE, Some(UNLOCK_RETRY_S)),
        Code::ModelLoad | Code::EngineStopped | Code::Interrupted | Code::Closing | Code::NoHub => {
            (StatusCode::SERVICE_UNAVAILABLE, Some(RESTART_RETRY_S))
        }
        Code::Download
        | Code::DownloadDiffers
        | Code::ServerDown
        | Code::ServerRefused
        | Code::ToolServer => (StatusCode::BAD_GATEWAY, None),
        Code::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, None),
        Code::ModelFile
        | Code::AgentFailed
        | Code::EngineMissing
        | Code::Store
        | Code::VaultFile
        | Code::Keychain
        | Code::Internal => (StatusCode::INTERNAL_SERVER_ERROR, None),
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let (status, usual) = http_of(fault.code);
        let told = fault.retry_after_s.and_then(|wait| wait.try_into().ok());
        let retry_after_s = told.or(usual);
        Self {
            status,
            code: Some(fault.code.name()),
            param: (fault.code == Code::UnknownModel).then(|| "model".to_owned()),
            message: format!("{} {}", ended(&fault.message), fault.advice),
            advice: None,
            retry_after_s,
            fault: Some(Box::new(fault)),
        }
    }
}

impl From<llm::tools::ToolboxError> for Problem {
    fn from(error: llm::tools::ToolboxError) -> Self {
        Self::invalid(error.at, error.message).code("invalid_value")
    }
}

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        let (code, param) = match &error {
            ModelError::File { .. } => (Code::ModelFile, None),
            ModelError::Load { .. } => (Code::ModelLoad, None),
            ModelError::WorkerDied => (Code::EngineStopped, None),
            ModelError::WorkerMissing { .. } => (Code::EngineMissing, None),
            ModelError::Agent { .. } => (Code::AgentFailed, None),
            ModelError::ServerUnreachable { .. } | ModelError::ServerBrokeOff { .. } => {
                (Code::ServerDown, None)
            }
            ModelError::ServerRefused { .. } => (Code::ServerRefused, None),
            ModelError::ServerBusy { .. } => (Code::Busy, None),
            ModelError::KeptIn { .. } => (Code::KeptIn, None),
            ModelError::Closing => (Code::Closing, None),
            ModelError::Engine(fault) => match fault {
                EngineFault::NoModel => (Code::EngineStopped, None),
                EngineFault::ContextLengthExceeded { .. } => {
                    (Code::ContextLengthExceeded, Some("messages"))
                }
                EngineFault::BadConstraint { .. } => (Code::InvalidAsk, Some(FORMAT_PARAM)),
                EngineFault::BadRequest { .. } => (Code::InvalidAsk, None),
                EngineFault::Busy => (Code::Busy, None),
                EngineFault::Failed { .. } => (Code::Internal, None),
            },
        };
        let (status, usual) = http_of(code);
        let told = match &error {
            ModelError::ServerBusy { retry_after_s, .. } => {
                retry_after_s.and_then(|wait| wait.try_into().ok())
            }
            _ => None,
        };
        let retry_after_s = told.or(usual);
        let message = match (&error, code) {
            // In the words by which libraries that look at nothing else know what is wrong.
            (ModelError::Engine(EngineFault::ContextLengthExceeded { asked, limit }), _) => {
                format!(
                    "This model's maximum context length is {limit} tokens, and the conversation has \
                 {asked}. {}",
                    code.cure()
                )
            }
            // The request itself tells what to do; the advice of the code is for a text box.
            (_, Code::InvalidAsk) => error.to_string(),
            _ => format!("{} {}", ended(&error.to_string()), code.cure()),
        };
        Self {
            code: Some(code.name()),
            param: param.map(str::to_owned),
            retry_after_s,
            ..Self::new(status, message)
        }
    }
}

/// The sentence with a full stop.
fn ended(sentence: &str) -> String {
    match sentence.chars().last() {
        Some('.' | '!' | '?') => sentence.to_owned(),
        Some(_) | None => format!("{sentence}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_becomes_an_error_status_and_transient_ones_say_when_to_come_back() {
        for code in Code::all() {
            let (status, retry) = http_of(*code);
            assert!(
                status.is_client_error() || status.is_server_error(),
                "{code}: {status}"
            );
            let transient = matches!(status.as_u16(), 429 | 503);
            assert_eq!(retry.is_some(), transient, "{code} with {status}");
        }
    }

    #[test]
    fn conversation_that_is_too_long_names_the_code_that_clients_look_for() {
        let fault = EngineFault::ContextLengthExceeded {
            asked: 5000,
            limit: 4096,
        };
        let problem = Problem::from(ModelError::Engine(fault));
        assert_eq!(problem.status, StatusCode::BAD_REQUEST);
        let error = &problem.object()["error"];
        assert_eq!(error["code"], "context_length_exceeded");
        assert_eq!(error["param"], "messages");
        assert_eq!(error["type"], "invalid_request_error");
    }

    #[test]
    fn fault_of_the_hub_reaches_the_browser_unchanged() {
        let fault = Fault::refused(Code::SettingFixed, "`api.port` is fixed.").advising("Do this.");
        let problem = Problem::from(fault.clone());
        assert_eq!(problem.to_fault(), fault);
        assert_eq!(problem.status, StatusCode::CONFLICT);
    }
}
