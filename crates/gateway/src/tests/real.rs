//! The gateway with the real hub, and with the real engine where it and the starter model are there.
//!
//! `HAI_NET_BIN_DIR` (the folder of `hai-net-llm`) and `HAI_NET_STARTER_MODEL` (a GGUF file) name
//! them; a test fails when one is named and not there. Without them the usual places are looked at,
//! and tests that need the engine say so and end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use contract::conversation::ListConversations;
use contract::system::MakeSignInLink;
use contract::token::{CreateToken, ListTokens, RevokeToken};
use hub::{Ending, Hub, Start};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Line, Reply, exchange, request};
use crate::serve::{ServeError, Serving, serve};

struct Home {
    hub: Hub,
    folder: TempDir,
}

impl Home {
    /// A hub on a folder of its own, with these lines as its `.env`.
    async fn open(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(".env"), settings).expect("writable");
        let hub = Hub::open(Start {
            data_folder: Some(folder.path().to_owned()),
            listen: Some(local()),
            worker: worker(),
            is_passing: false,
        });
        Self {
            hub: hub.await.expect("the hub opens"),
            folder,
        }
    }

    async fn serve(&self) -> Serving {
        serve(self.hub.clone(), local()).await.expect("a free port")
    }

    async fn token(&self) -> String {
        let ask = CreateToken {
            label: "test".into(),
            days: None,
            ..CreateToken::default()
        };
        self.hub.answer(ask).await.expect("a token").token
    }

    async fn close(self, serving: Serving) {
        self.hub.close();
        serving.ended().await;
        assert_eq!(self.hub.closed().await, Ending::Stop);
        drop(self.folder);
    }
}

fn local() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

fn worker() -> Option<PathBuf> {
    let name = format!("hai-net-llm{}", std::env::consts::EXE_SUFFIX);
    match std::env::var_os("HAI_NET_BIN_DIR") {
        Some(folder) => {
            let worker = PathBuf::from(folder).join(name);
            assert!(
                worker.is_file(),
                "HAI_NET_BIN_DIR is set and {} is missing",
                worker.display()
            );
            Some(worker)
        }
        None => {
            // This test runs from `target/debug/deps`.
            let program = std::env::current_exe().expect("a running program");
            let worker = program.parent()?.parent()?.join(name);
            worker.is_file().then_some(worker)
        }
    }
}

/// The name of a model to ask, when engine and model are there.
async fn engine(home: &Home) -> Option<String> {
    let named = std::env::var_os("HAI_NET_STARTER_MODEL").map(PathBuf::from);
    if let Some(model) = &named {
        assert!(
            model.is_file(),
            "HAI_NET_STARTER_MODEL is set and {} is missing",
            model.display()
        );
    }
    let offered = home.hub.offered_models().await.expect("a list");
    let model = offered.into_iter().find(|model| model.stands_for.is_none());
    match (model, worker()) {
        (Some(model), Some(_)) => Some(model.id),
        (model, worker) => {
            let provided = named.is_some() || std::env::var_os("HAI_NET_BIN_DIR").is_some();
            assert!(
                !provided,
                "the engine is provided, but model {model:?} or worker {worker:?}"
            );
            eprintln!("not tried: engine or starter model are not installed");
            None
        }
    }
}

async fn get(at: SocketAddr, path: &str, lines: &str) -> Reply {
    exchange(at, "GET", path, lines, "").await
}

async fn post(at: SocketAddr, token: &str, path: &str, body: &Value) -> Reply {
    let lines = format!("authorization: Bearer {token}\r\n");
    exchange(at, "POST", path, &lines, &body.to_string()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_opens_the_api_until_it_is_revoked_and_the_ui_never() {
    let home = Home::open("").await;
    let serving = home.serve().await;
    let at = serving.address();
    assert_eq!(get(at, "/health", "").await.status, 200);
    assert_eq!(get(at, "/v1/models", "").await.status, 401);
    let token = home.token().await;
    let lines = format!("authorization: Bearer {token}\r\n");
    assert_eq!(get(at, "/v1/models", &lines).await.status, 200);
    assert_eq!(get(at, "/metrics", &lines).await.status, 200);
    assert_eq!(get(at, "/ui/watch", &lines).await.status, 401);
    let cookie = format!("cookie: hai_net_session={token}\r\n");
    assert_eq!(
        get(at, "/ui/watch", &cookie).await.status,
        401,
        "no token is a session"
    );
    let id = home.hub.answer(ListTokens {}).await.expect("a list").tokens[0].id;
    home.hub
        .answer(RevokeToken { token: id })
        .await
        .expect("revoked");
    let reply = get(at, "/v1/models", &lines).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.json()["error"]["code"], "invalid_api_key");
    home.close(serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn link_of_the_hub_signs_a_browser_in_for_asks_and_notices() {
    let home = Home::open("").await;
    let serving = home.serve().await;
    let at = serving.address();
    let link = home
        .hub
        .answer(MakeSignInLink {})
        .await
        .expect("a link")
        .url;
    let origin = format!("http://localhost:{}", at.port());
    let path = link.strip_prefix(&origin).expect("the link leads to us");
    let reply = get(at, path, "sec-fetch-site: none\r\n").await;
    assert_eq!(reply.status, 303, "{reply:?}");
    let set = reply.header("set-cookie").expect("a cookie");
    let pair = set.split(';').next().expect("a pair");
    let cookie = format!("cookie: {pair}\r\n");
    assert_eq!(get(at, path, "").await.status, 403, "a link works once");

    let mut watch = Line::to(at).await;
    watch
        .send(&request(at, "GET", "/ui/watch", &cookie, ""))
        .await;
    watch
        .until(b"\"notice\":\"watching\"")
        .await
        .expect("the first notice");
    let lines = format!("{cookie}x-hai-net: 1\r\ncontent-type: application/json\r\n");
    let ask = serde_json::to_string(&contract::AnyAsk::from(ListConversations::default()));
    let reply = exchange(at, "POST", "/ui/ask", &lines, &ask.expect("plain data")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.json()["conversations"].is_array(), "{reply:?}");
    let change = r#"{"ask":"ChangeSetting","with":{"key":"ui.theme","value":"dark"}}"#;
    let reply = exchange(at, "POST", "/ui/ask", &lines, change).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    watch
        .until(b"\"notice\":\"settings_changed\"")
        .await
        .expect("the change is told");
    let secret = pair.split('=').nth(1).expect("a value");
    let bearer = format!("authorization: Bearer {secret}\r\n");
    assert_eq!(
        get(at, "/v1/models", &bearer).await.status,
        401,
        "no session is a token"
    );

    home.hub.close();
    watch
        .until(b"\"notice\":\"hub_closing\"")
        .await
        .expect("the end is told");
    assert!(watch.closed().await);
    home.close(serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn port_in_use_and_an_address_that_is_not_ours_are_told_with_what_to_do() {
    let home = Home::open("").await;
    let serving = home.serve().await;
    let error = serve(home.hub.clone(), serving.address())
        .await
        .expect_err("it is in use");
    assert!(matches!(error, ServeError::PortInUse { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains(&serving.address().to_string()) && text.contains("api.port"),
        "{text}"
    );
    home.token().await;
    // TEST-NET-1: an address that no machine has.
    let foreign = "192.0.2.1:8080".parse().expect("an address");
    let error = serve(home.hub.clone(), foreign)
        .await
        .expect_err("it is not ours");
    assert!(
        matches!(error, ServeError::NotOurAddress { .. }),
        "{error:?}"
    );
    home.close(serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn off_loopback_the_gateway_opens_only_with_a_token() {
    let anywhere = "0.0.0.0:0".parse().expect("an address");
    let home = Home::open("").await;
    let error = serve(home.hub.clone(), anywhere)
        .await
        .expect_err("there is no token");
    assert!(
        error.to_string().contains("hai-net token create"),
        "{error}"
    );
    let token = home.token().await;
    let serving = serve(home.hub.clone(), anywhere)
        .await
        .expect("there is one now");
    let at = SocketAddr::from(([127, 0, 0, 1], serving.address().port()));
    assert_eq!(get(at, "/v1/models", "").await.status, 401);
    let lines = format!("authorization: Bearer {token}\r\n");
    assert_eq!(get(at, "/v1/models", &lines).await.status, 200);
    home.close(serving).await;

    let lax = Home::open("HAI_NET_API_REQUIRE_TOKEN=false\n").await;
    lax.token().await;
    let error = serve(lax.hub.clone(), anywhere)
        .await
        .expect_err("nothing would keep others out");
    assert!(matches!(error, ServeError::Unprotected { .. }), "{error:?}");
    let serving = lax.serve().await;
    assert_eq!(
        get(serving.address(), "/v1/models", "").await.status,
        200,
        "loopback may"
    );
    let wrong = "authorization: Bearer hai_sk_wrong\r\n";
    assert_eq!(
        get(serving.address(), "/v1/models", wrong).await.status,
        401
    );
    lax.close(serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_model_answers_whole_and_streamed_and_repeats_itself_by_seed() {
    let home = Home::open("").await;
    let Some(model) = engine(&home).await else {
        return;
    };
    let serving = home.serve().await;
    let (at, token) = (serving.address(), home.token().await);
    let ask = |more: Value| {
        let messages = json!([{"role": "user", "content": "Name three colours."}]);
        let mut body = json!({"model": model, "messages": messages, "max_tokens": 24, "seed": 7});
        let fields = more.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(fields);
        body
    };
    let path = "/v1/chat/completions";
    let first = post(at, &token, path, &ask(json!({}))).await;
    assert_eq!(first.status, 200, "{first:?}");
    let first = first.json();
    let again = post(at, &token, path, &ask(json!({}))).await.json();
    let content = &first["choices"][0]["message"]["content"];
    assert!(
        content.as_str().is_some_and(|text| !text.is_empty()),
        "{first}"
    );
    assert_eq!(
        content, &again["choices"][0]["message"]["content"],
        "one seed, one answer"
    );
    assert!(
        first["usage"]["completion_tokens"]
            .as_u64()
            .is_some_and(|n| (1..=24).contains(&n))
    );
    let options = json!({"stream": true, "stream_options": {"include_usage": true}});
    let stream = post(at, &token, path, &ask(options)).await;
    let events = stream.events();
    assert_eq!(events.last(), Some(&"[DONE]"));
    let text: String = events
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok())
        .filter_map(|chunk| Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect();
    assert_eq!(
        &json!(text),
        content,
        "streamed or whole, it is the same answer"
    );
    let logprobs = json!({"logprobs": true, "top_logprobs": 2, "max_tokens": 3});
    let answer = post(at, &token, path, &ask(logprobs)).await.json();
    let tokens = &answer["choices"][0]["logprobs"]["content"];
    assert_eq!(
        tokens[0]["top_logprobs"].as_array().map(Vec::len),
        Some(2),
        "{answer}"
    );
    let long = ask(json!({"messages": [{"role": "user", "content": "word ".repeat(20_000)}]}));
    let reply = post(at, &token, path, &long).await;
    assert_eq!(reply.status, 400, "{reply:?}");
    assert_eq!(reply.json()["error"]["code"], "context_length_exceeded");
    let body = json!({"model": model, "input": ["one", "two"]});
    let embeddings = post(at, &token, "/v1/embeddings", &body).await.json();
    let vector = embeddings["data"][1]["embedding"]
        .as_array()
        .expect("a vector");
    let length: f64 = vector.iter().filter_map(Value::as_f64).map(|x| x * x).sum();
    assert!(
        (length - 1.0).abs() < 1e-3,
        "vectors have length 1, not {length}"
    );
    home.close(serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_engine_is_free_at_once_when_clients_go_away() {
    let home = Home::open("").await;
    let Some(model) = engine(&home).await else {
        return;
    };
    let serving = home.serve().await;
    let (at, token) = (serving.address(), home.token().await);
    let messages = json!([{"role": "user", "content": "Count from one to ten thousand."}]);
    // Bans the token that would end the answer early, so that only going away ends it.
    let long = |stream: bool| {
        json!({"model": model, "messages": messages, "stream": stream, "n": 4,
               "max_tokens": 3000, "logit_bias": {"2": -100, "0": -100}})
    };
    let path = "/v1/chat/completions";
    let lines = format!("authorization: Bearer {token}\r\n");
    for stream in [true, false] {
        let mut line = Line::to(at).await;
        line.send(&request(
            at,
            "POST",
            path,
            &lines,
            &long(stream).to_string(),
        ))
        .await;
        if stream {
            line.until(b"\"content\":\"").await.expect("it begins");
        } else {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        drop(line);
        let began = Instant::now();
        let body = json!({"model": model, "messages": messages, "max_tokens": 1});
        let reply = post(at, &token, path, &body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let took = began.elapsed();
        assert!(
            took < Duration::from_secs(3),
            "the engine was still busy for {took:?}"
        );
    }
    home.close(serving).await;
}
