//! The smaller routes: tokens, sorting, speech, and what the door says of itself.

use serde_json::{Value, json};

use super::support::{House, TOKEN};
use crate::capabilities::{BASE_PATHS, OLLAMA_ROUTES, ROUTES};

#[tokio::test]
async fn tokens_of_a_text_are_those_of_the_model() {
    let house = House::open().await;
    for field in ["content", "prompt"] {
        let body = json!({"model": "tiny", field: "hello"});
        let reply = house.post("/v1/tokenize", &body).await.json();
        assert_eq!(
            (&reply["tokens"], &reply["count"]),
            (&json!([1]), &json!(1))
        );
    }
    let reply = house.post("/v1/tokenize", &json!({"model": "tiny"})).await;
    assert_eq!(reply.json()["error"]["param"], "content");
}

#[tokio::test]
async fn sorted_documents_say_how_they_were_compared() {
    let house = House::open().await;
    let body = json!({"model": "tiny", "query": "q", "documents": ["a", {"text": "b"}, "c"],
                      "top_n": 2, "return_documents": true});
    let reply = house.post("/v1/rerank", &body).await.json();
    let results = reply["results"].as_array().expect("results");
    assert_eq!(results.len(), 2, "{reply}");
    assert_eq!(results[1]["document"]["text"], "b");
    let score = results[0]["relevance_score"].as_f64().expect("a number");
    assert!(
        (score - 1.0).abs() < 1e-6,
        "all vectors are the same here: {score}"
    );
    let method = reply["hai_net"]["method"].as_str().expect("a method");
    assert!(method.contains("not a cross-encoder"), "{method}");
}

#[tokio::test]
async fn speech_says_that_it_is_not_installed_whatever_is_sent() {
    let house = House::open().await;
    for path in ["transcriptions", "translations", "speech"] {
        let reply = house
            .post(&format!("/v1/audio/{path}"), &json!({"input": "x"}))
            .await;
        assert_eq!(reply.status, 501, "{reply:?}");
        assert_eq!(reply.json()["error"]["code"], "not_installed");
    }
}

#[tokio::test]
async fn every_route_that_the_door_tells_of_is_there_under_every_base_path() {
    let house = House::open().await;
    let told = house
        .send("GET", "/.well-known/hai-net.json", "", "")
        .await
        .json();
    assert_eq!(told["api"]["routes"], json!(ROUTES));
    assert_eq!(told["api"]["chat"]["tools"], true);
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    let based = BASE_PATHS
        .iter()
        .flat_map(|base| ROUTES.iter().map(move |route| (*base, *route)));
    let all = based.chain(OLLAMA_ROUTES.iter().map(|route| ("", *route)));
    for (base, route) in all {
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let path = format!("{base}{}", path.replace("{id}", "nothing"));
        let reply = house.send(method, &path, &token, "{}").await;
        let code = match reply.body.is_empty() {
            true => Value::Null,
            false => reply.json()["error"]["code"].clone(),
        };
        assert_ne!(code, "unknown_route", "{method} {path}: {reply:?}");
        assert_ne!(reply.status, 405, "{method} {path}: {reply:?}");
        let without = house.send(method, &path, "", "{}").await;
        assert_eq!(without.status, 401, "{method} {path} needs a token");
    }
}
