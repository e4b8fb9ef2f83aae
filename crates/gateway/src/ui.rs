//! What the browser UI talks to: signing in, asks and notices.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use contract::{AnyAsk, Code, Fault, Reach};
use futures::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::body;
use crate::door::Door;
use crate::guard::credentials::SESSION_COOKIE;
use crate::guard::{Area, SignedIn};
use crate::pages;
use crate::problem::{Problem, json_response};

/// The most browser pages that watch at the same time: more than anyone has tabs open, and few enough
/// that they leave most connections to others.
pub(crate) const WATCHERS_MAX: usize = 64;

/// How often a watch sends a comment when nothing happens, so that a dead connection is noticed.
const WATCH_HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a browser stays signed in: a month, as people expect of a page on their own computer.
const SESSION_SECS: u32 = 30 * 24 * 60 * 60;

/// Places for watchers.
pub(crate) fn watch_places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(WATCHERS_MAX))
}

/// `POST /ui/ask`.
pub(crate) async fn ask(
    State(door): State<Arc<Door>>,
    _pass: SignedIn,
    request: Request,
) -> Response {
    match answered(&door, request).await {
        Ok(view) => json_response(StatusCode::OK, &view),
        Err(problem) => problem.respond(Area::Ui, false),
    }
}

async fn answered(door: &Door, request: Request) -> Result<serde_json::Value, Problem> {
    let headers = request.headers();
    // A form of another page can send neither of these two without asking us first.
    if headers.get("x-hai-net").is_none_or(|value| value != "1") {
        let why = "the header `X-HAI-Net: 1` is missing";
        return Err(Problem::new(StatusCode::FORBIDDEN, why).code("header_missing"));
    }
    if !is_json(headers) {
        let why = "the body must be `application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why).code("not_json"));
    }
    let bytes = body::read_up_to(request.into_body(), body::ASK_BYTES_MAX).await?;
    let ask: AnyAsk = body::parse(&bytes).map_err(|error| {
        // The position only: the rest of serde's message can repeat what a person wrote.
        let (line, column) = (error.line(), error.column());
        let message = format!("This is no ask that the hub knows (line {line}, column {column}).");
        Problem::from(Fault::refused(Code::InvalidAsk, message))
    })?;
    match ask.reach() {
        Reach::Owner => Ok(door.hall.ask(ask).await?),
        Reach::Terminal => {
            let message = format!("{} cannot be asked from a browser.", ask.name());
            let fault = Fault::refused(Code::NotAllowed, message);
            Err(fault
                .advising("Use the window or the program hai-net.")
                .into())
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// `GET /ui/watch`.
pub(crate) async fn watch(State(door): State<Arc<Door>>, _pass: SignedIn) -> Response {
    let Ok(place) = Arc::clone(&door.watchers).try_acquire_owned() else {
        let why = format!("More than {WATCHERS_MAX} pages are open.");
        return Problem::crowded(why).respond(Area::Ui, false);
    };
    let watching = Watching {
        notices: door.hall.watch(),
        _place: place,
    };
    let events = futures::stream::unfold(watching, |mut watching| async {
        let notice = watching.notices.next().await?;
        let event = Event::default().json_data(&notice).unwrap_or_else(|error| {
            tracing::error!(%error, "a notice could not be written");
            Event::default().comment("a notice could not be written")
        });
        Some((Ok::<_, Infallible>(event), watching))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(WATCH_HEARTBEAT))
        .into_response()
}

struct Watching {
    notices: futures::stream::BoxStream<'static, contract::Notice>,
    _place: OwnedSemaphorePermit,
}

#[derive(serde::Deserialize)]
pub(crate) struct SignIn {
    ticket: Option<String>,
}

/// `GET /sign-in?ticket=…`: sets the session cookie and goes on to the UI.
///
/// The cookie is `SameSite=Strict`, which a browser withholds on a redirect after a click on another
/// site. The guard refuses such a click (`Sec-Fetch-Site: cross-site`) before the ticket is used, so
/// here the person typed, pasted or opened the link from outside, and the redirect carries the cookie.
/// A redirect also keeps the ticket out of the history.
pub(crate) async fn sign_in(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    query: Result<Query<SignIn>, axum::extract::rejection::QueryRejection>,
) -> Response {
    // A browser that loads a page ahead of a click must not use the ticket up.
    let ahead = headers
        .get("sec-purpose")
        .or_else(|| headers.get("purpose"));
    if ahead.is_some_and(|value| value.as_bytes().starts_with(b"prefetch")) {
        return Problem::new(StatusCode::FORBIDDEN, "not loaded ahead").respond(Area::Open, false);
    }
    let ticket = query
        .ok()
        .and_then(|Query(query)| query.ticket)
        .unwrap_or_default();
    let session = if ticket.is_empty() {
        None
    } else {
        door.hall.redeem(&ticket).await
    };
    let cookie = session.and_then(|session| {
        let line = format!(
            "{SESSION_COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/; Max-Age={SESSION_SECS}"
        );
        HeaderValue::from_str(&line).ok()
    });
    match cookie {
        Some(cookie) => {
            let home = HeaderValue::from_static("/");
            (
                StatusCode::SEE_OTHER,
                [(SET_COOKIE, cookie), (LOCATION, home)],
            )
                .into_response()
        }
        None => pages::plain(
            StatusCode::FORBIDDEN,
            "This sign-in link does not work any more",
            "Each link signs one browser in, once, and only for a short time.",
            "Get a fresh link: run hai-net open in a terminal on this machine.",
        ),
    }
}

/// Everything that has no route: the UI's files, its places, or an error.
pub(crate) async fn file(uri: Uri, headers: HeaderMap, request: axum::http::Method) -> Response {
    let path = uri.path();
    let page = pages::wants_page(&headers);
    let reads = matches!(request.as_str(), "GET" | "HEAD");
    if Area::of(path) == Area::Open && reads {
        if let Some(file) = pages::ui_file(path, page) {
            return pages::show(file, &headers);
        }
        if path == "/" {
            return pages::not_built();
        }
    }
    let problem = Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address");
    problem.code("unknown_route").respond(Area::of(path), page)
}

/// The answer to a method that a route does not take.
pub(crate) async fn wrong_method(uri: Uri, headers: HeaderMap) -> Response {
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address takes another method",
    );
    problem
        .code("method_not_allowed")
        .respond(Area::of(uri.path()), pages::wants_page(&headers))
}

/// A response without a body, for `HEAD` of what only `GET` may do.
pub(crate) async fn no_head() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, Body::empty()).into_response()
}
