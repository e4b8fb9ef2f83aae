//! `/openapi.json`: the API as an OpenAPI document, and `/docs`: the same for people.
//!
//! The shapes are Rust types in [`openai`](mod@openai), [`anthropic`](mod@anthropic) and
//! [`ollama`](mod@ollama). The handlers read and write JSON by hand, since an error must name its field
//! and clients send fields that nobody knows; so a test has every route answer, and takes the answers
//! apart with these types.

mod anthropic;
mod ollama;
mod openai;
mod page;
#[expect(
    dead_code,
    reason = "its functions stand for routes: they are described and never called"
)]
mod routes;

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::pages;

/// The document as it is sent. It never changes while the program runs.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let document = document();
    document.to_json().unwrap_or_else(|error| {
        tracing::error!(%error, "the description of the API cannot be written");
        String::from("{}")
    })
});

fn document() -> utoipa::openapi::OpenApi {
    let mut document = routes::Routes::openapi();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    components.add_security_scheme(
        "x_api_key",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-api-key"))),
    );
    document
}

/// Sends the document.
pub(crate) async fn json() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, kind)], DOCUMENT.as_str()).into_response()
}

/// Shows the document to a person: plain HTML, without a script and without anything from elsewhere.
pub(crate) async fn docs() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| page::page(&document()));
    pages::html(PAGE.as_str())
}

/// Sends the style of that page.
pub(crate) async fn style() -> Response {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    ([(CONTENT_TYPE, kind)], page::STYLE).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;
    use crate::capabilities::{OLLAMA_ROUTES, ROUTES};
    use crate::tests::support::{House, TOKEN};

    #[test]
    fn document_describes_every_route_and_no_other() {
        let document = serde_json::to_value(document()).expect("plain data");
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for method in methods.as_object().expect("methods").keys() {
                described.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        let told = ROUTES.iter().map(|route| route.replacen(" /", " /v1/", 1));
        let told = told.chain(OLLAMA_ROUTES.iter().map(|route| (*route).to_owned()));
        assert_eq!(described, told.collect());
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        fn look(part: &Value, root: &Value) {
            match part {
                Value::Object(fields) => {
                    if let Some(path) = fields.get("$ref").and_then(Value::as_str) {
                        assert!(root.pointer(&path[1..]).is_some(), "{path}");
                    }
                    fields.values().for_each(|part| look(part, root));
                }
                Value::Array(parts) => parts.iter().for_each(|part| look(part, root)),
                _ => {}
            }
        }
        let document = serde_json::to_value(document()).expect("plain data");
        look(&document, &document);
    }

    /// Takes an answer apart with the type that the document describes.
    async fn fits<T: DeserializeOwned>(house: &House, path: &str, body: &Value) {
        let reply = match body {
            Value::Null => {
                let lines = format!("authorization: Bearer {TOKEN}\r\n");
                house.send("GET", path, &lines, "").await
            }
            body => house.post(path, body).await,
        };
        let read = serde_json::from_str::<T>(&reply.body);
        assert!(read.is_ok(), "{path}: {:?} in {reply:?}", read.err());
    }

    #[tokio::test]
    async fn answers_have_the_shapes_that_the_document_describes() {
        let house = House::open().await;
        let user = json!([{"role": "user", "content": "say hi"}]);
        let call = "say <tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>";
        let calls = json!([{"role": "user", "content": call}]);
        let tools = json!([{"type": "function", "function": {"name": "f"}}]);
        let body = |fields: Value| {
            let mut body = json!({"model": "tiny", "stream": false, "max_tokens": 9});
            let object = body.as_object_mut().expect("an object");
            object.extend(fields.as_object().expect("an object").clone());
            body
        };
        fits::<openai::ModelList>(&house, "/v1/models", &Value::Null).await;
        fits::<openai::ModelRow>(&house, "/v1/models/gpt-4", &Value::Null).await;
        fits::<openai::ErrorObject>(&house, "/v1/models/nobody", &Value::Null).await;
        let chat = "/v1/chat/completions";
        let request = body(json!({"messages": user}));
        fits::<openai::ChatCompletion>(&house, chat, &request).await;
        let request = body(json!({"messages": calls, "tools": tools}));
        fits::<openai::ChatCompletion>(&house, chat, &request).await;
        let request = body(json!({"prompt": "say hi"}));
        fits::<openai::Completion>(&house, "/v1/completions", &request).await;
        let request = body(json!({"input": "a"}));
        fits::<openai::EmbeddingList>(&house, "/v1/embeddings", &request).await;
        fits::<openai::ResponseObject>(&house, "/v1/responses", &request).await;
        let request = body(json!({"content": "a"}));
        fits::<openai::TokenList>(&house, "/v1/tokenize", &request).await;
        let request = body(json!({"input": "Write to ada@example.org"}));
        fits::<openai::Moderation>(&house, "/v1/moderations", &request).await;
        let request = body(json!({"query": "a", "documents": ["b"]}));
        fits::<openai::Ranking>(&house, "/v1/rerank", &request).await;
        let request = body(json!({"messages": user}));
        fits::<anthropic::Message>(&house, "/v1/messages", &request).await;
        fits::<anthropic::MessageTokens>(&house, "/v1/messages/count_tokens", &request).await;
        fits::<anthropic::MessageError>(&house, "/v1/messages", &json!({})).await;
        fits::<ollama::OllamaLine>(&house, "/api/chat", &request).await;
        let request = body(json!({"prompt": "say hi"}));
        fits::<ollama::OllamaLine>(&house, "/api/generate", &request).await;
        fits::<ollama::OllamaVector>(&house, "/api/embeddings", &request).await;
        let request = body(json!({"input": "a"}));
        fits::<ollama::OllamaVectors>(&house, "/api/embed", &request).await;
        fits::<ollama::OllamaModel>(&house, "/api/show", &request).await;
        fits::<ollama::OllamaModels>(&house, "/api/tags", &Value::Null).await;
        fits::<ollama::OllamaModels>(&house, "/api/ps", &Value::Null).await;
        fits::<ollama::OllamaVersion>(&house, "/api/version", &Value::Null).await;
        fits::<ollama::OllamaError>(&house, "/api/chat", &json!({})).await;
    }

    #[tokio::test]
    async fn page_needs_no_token_and_nothing_that_the_policy_forbids() {
        let house = House::open().await;
        let page = house.send("GET", "/docs", "", "").await;
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        for forbidden in [
            "<script", "<style", "style=", "http://", "https://", "onclick",
        ] {
            assert!(!page.body.contains(forbidden), "{forbidden} in the page");
        }
        for route in [
            "POST /v1/chat/completions",
            "POST /api/chat",
            "POST /v1/messages",
        ] {
            assert!(page.body.contains(route), "{route} is shown");
        }
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("style-src 'self'"), "{policy}");
        let style = house.send("GET", "/docs.css", "", "").await;
        assert_eq!(
            style.header("content-type"),
            Some("text/css; charset=utf-8")
        );
        let json = house.send("GET", "/openapi.json", "", "").await.json();
        assert!(
            json["openapi"]
                .as_str()
                .is_some_and(|version| version.starts_with("3."))
        );
    }
}
