//! The routes, and the way of a request through guard, route and the headers that every response gets.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use crate::door::Door;
use crate::guard::{Area, Guard};
use crate::metrics::NO_ROUTE;
use crate::problem::Problem;
use crate::{anthropic, capabilities, ollama, openai, openapi, pages, responses, ui};

/// The routes behind the guard.
#[derive(Clone)]
pub(crate) struct Rooms {
    door: Arc<Door>,
    guard: Arc<Guard>,
    routes: Router,
}

impl Rooms {
    pub(crate) fn new(door: Arc<Door>, guard: Guard) -> Self {
        let routes = routes(Arc::clone(&door));
        Self {
            door,
            guard: Arc::new(guard),
            routes,
        }
    }

    /// Answers one request.
    pub(crate) async fn enter(self, request: Request<Body>) -> Response {
        let began = Instant::now();
        let method = request.method().clone();
        let area = Area::of(request.uri().path());
        let page = pages::wants_page(request.headers());
        let (mut parts, body) = request.into_parts();
        let mut response = match self.guard.check(&mut parts).await {
            Ok(()) => {
                let request = Request::from_parts(parts, body);
                self.routes
                    .oneshot(request)
                    .await
                    .unwrap_or_else(|never| match never {})
            }
            Err(problem) => {
                tracing::debug!(status = %problem.status, "the guard refused a request");
                problem.respond(area, page)
            }
        };
        let route = response.extensions_mut().remove::<MatchedPath>();
        let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
        self.door
            .metrics
            .count(route, &method, response.status(), began.elapsed());
        pages::harden(response.headers_mut());
        response
    }
}

fn routes(door: Arc<Door>) -> Router {
    let api = openai::routes()
        .merge(anthropic::routes())
        .merge(responses::routes());
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi::json))
        .route("/docs", get(openapi::docs))
        .route("/docs.css", get(openapi::style))
        .route("/.well-known/hai-net.json", get(capabilities::tell))
        .route("/sign-in", get(ui::sign_in).head(ui::no_head))
        .route("/ui/ask", post(ui::ask))
        .route("/ui/watch", get(ui::watch).head(ui::no_head))
        .nest("/api", ollama::routes())
        .nest("/v1", api.clone())
        .nest("/v1/openai-compat", api.clone())
        .nest("/v1/openai-compat/v1", api)
        .fallback(ui::file)
        .method_not_allowed_fallback(ui::wrong_method)
        .layer(from_fn(note_route))
        .layer(CatchPanicLayer::custom(broke))
        .with_state(door)
}

/// Leaves the name of the route on the response, for the counters.
async fn note_route(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

fn broke(_panic: Box<dyn std::any::Any + Send>) -> Response {
    // The panic hook has logged where; its message stays there.
    let message = "HAI-Net has a fault here; please report it";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, message)
        .code("internal")
        .into_response()
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

async fn metrics(State(door): State<Arc<Door>>) -> Response {
    let text = door
        .metrics
        .text(&door.hall.figures(), door.hall.programs_waiting());
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], text).into_response()
}
