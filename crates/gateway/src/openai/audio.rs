//! The routes of speech, which say that speech is not installed.

use axum::http::StatusCode;

use crate::guard::ApiCaller;
use crate::problem::Problem;

/// Answers every request for speech.
///
/// The body is not read: it may be an hour of sound, and the answer does not depend on it.
pub(crate) async fn not_installed(_pass: ApiCaller) -> Problem {
    let message = "speech is not installed in this version of HAI-Net: nothing can be transcribed, \
                   translated or spoken";
    Problem::new(StatusCode::NOT_IMPLEMENTED, message).code("not_installed")
}
