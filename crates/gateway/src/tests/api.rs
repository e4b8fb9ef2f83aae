//! The OpenAI-compatible API, with a model that says what it is told.

use std::sync::atomic::Ordering;
use std::time::Duration;

use llm::Prompt;
use serde_json::{Value, json};

use contract::model::EngineView;
use contract::token::Scope;

use super::support::{ENGINE_PLACES, House, TOKEN, request, say};

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn whole_answer_has_the_shape_that_clients_read() {
    let house = House::open().await;
    let body = say(
        "say hello you",
        &json!({"model": "gpt-4", "n": 2, "seed": 1}),
    );
    let reply = house.post(CHAT, &body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let answer = reply.json();
    assert!(
        answer["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("chatcmpl-")),
        "{answer}"
    );
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "gpt-4", "the name that was asked for");
    assert!(answer["system_fingerprint"].is_string());
    assert_eq!(answer["choices"].as_array().map(Vec::len), Some(2));
    let choice = &answer["choices"][1];
    assert_eq!(choice["message"]["content"], "hello you");
    assert_eq!(choice["message"]["role"], "assistant");
    assert_eq!(choice["finish_reason"], "stop");
    let usage = json!({
        "prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 2},
    });
    assert_eq!(
        answer["usage"], usage,
        "two choices of one prompt read it once"
    );
    let ran = json!({"served_by": "this device", "backend": "embedded", "route": "local"});
    assert_eq!(answer["hai_net"], ran);
}

#[tokio::test]
async fn every_base_path_leads_to_the_same_answer() {
    let house = House::open().await;
    for base in ["/v1", "/v1/openai-compat", "/v1/openai-compat/v1"] {
        let reply = house
            .post(
                &format!("{base}/chat/completions"),
                &say("say hi", &json!({})),
            )
            .await;
        assert_eq!(
            reply.json()["choices"][0]["message"]["content"],
            "hi",
            "{base}"
        );
        let lines = format!("x-api-key: {TOKEN}\r\n");
        let models = house
            .send("GET", &format!("{base}/models"), &lines, "")
            .await
            .json();
        assert_eq!(models["data"][1]["id"], "gpt-4", "{base}");
        assert_eq!(models["data"][1]["created"], 1_700_000_000);
    }
}

#[tokio::test]
async fn stream_is_role_pieces_finish_usage_and_done_in_this_order() {
    let house = House::open().await;
    let options = json!({"stream": true, "stream_options": {"include_usage": true}});
    let reply = house.post(CHAT, &say("say one two", &options)).await;
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    let events = reply.events();
    let (done, chunks) = events.split_last().expect("events");
    assert_eq!(*done, "[DONE]");
    let chunks: Vec<Value> = chunks
        .iter()
        .map(|chunk| serde_json::from_str(chunk).expect("JSON"))
        .collect();
    assert_eq!(chunks.len(), 5, "{chunks:?}");
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(chunks[1]["choices"][0]["delta"], json!({"content": "one "}));
    assert_eq!(chunks[2]["choices"][0]["delta"], json!({"content": "two"}));
    assert_eq!(chunks[3]["choices"][0]["finish_reason"], "stop");
    assert_eq!(chunks[3]["usage"], Value::Null);
    assert_eq!(chunks[4]["choices"], json!([]));
    assert_eq!(chunks[4]["usage"]["total_tokens"], 7);
    assert!(
        chunks.iter().all(|chunk| chunk["id"] == chunks[0]["id"]),
        "one id for all"
    );
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk["object"] == "chat.completion.chunk")
    );
    let plain = house
        .post(CHAT, &say("say one", &json!({"stream": true})))
        .await;
    assert!(
        !plain.body.contains("\"usage\""),
        "nobody asked for it: {}",
        plain.body
    );
}

#[tokio::test]
async fn probabilities_are_written_as_the_openai_api_does_also_that_of_never() {
    let house = House::open().await;
    let options = json!({"logprobs": true, "top_logprobs": 2});
    let answer = house.post(CHAT, &say("say ä", &options)).await.json();
    let token = &answer["choices"][0]["logprobs"]["content"][0];
    assert_eq!(token["token"], "ä");
    assert_eq!(token["bytes"], json!([195, 164]));
    assert_eq!(token["logprob"], -0.5);
    assert_eq!(token["top_logprobs"][1]["logprob"], -9999.0);
    let body = json!({"prompt": ["say a b", "say c"], "logprobs": 1});
    let answer = house.post("/v1/completions", &body).await.json();
    assert_eq!(answer["object"], "text_completion");
    assert_eq!(answer["choices"][0]["text"], "a b");
    assert_eq!(answer["choices"][1]["text"], "c");
    assert_eq!(
        answer["choices"][0]["logprobs"]["text_offset"],
        json!([0, 2])
    );
    assert_eq!(
        answer["usage"]["prompt_tokens"], 10,
        "two prompts were read"
    );
}

#[tokio::test]
async fn text_completion_repeats_the_prompt_when_asked_and_streams() {
    let house = House::open().await;
    let body = json!({"prompt": "say a b", "echo": true, "stream": true});
    let reply = house.post("/v1/completions", &body).await;
    let text: String = reply
        .events()
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok())
        .filter_map(|chunk| chunk["choices"][0]["text"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(text, "say a ba b");
}

#[tokio::test]
async fn error_before_the_answer_has_a_status_and_one_within_it_an_event() {
    let house = House::open().await;
    for stream in [false, true] {
        for (order, status, code) in [
            ("busy", 429, "busy"),
            ("broken worker", 503, "engine_stopped"),
            ("too long", 400, "context_length_exceeded"),
        ] {
            let reply = house
                .post(CHAT, &say(order, &json!({"stream": stream})))
                .await;
            assert_eq!(reply.status, status, "{order}: {reply:?}");
            assert_eq!(reply.json()["error"]["code"], code);
            let transient = status != 400;
            assert_eq!(reply.header("retry-after").is_some(), transient, "{order}");
        }
    }
    let whole = house.post(CHAT, &say("break", &json!({}))).await;
    assert_eq!(whole.status, 503, "half an answer is no answer");
    let reply = house
        .post(CHAT, &say("break", &json!({"stream": true})))
        .await;
    assert_eq!(reply.status, 200);
    let events = reply.events();
    let last: Value = serde_json::from_str(events.last().expect("events")).expect("JSON");
    assert_eq!(last["error"]["code"], "engine_stopped", "{events:?}");
    assert!(!reply.body.contains("[DONE]"), "it did not end well");
}

#[tokio::test]
async fn slow_beginning_is_bridged_with_comments() {
    let house = House::open().await;
    let loading = EngineView::Loading {
        model: "tiny".into(),
        share: 0.5,
    };
    *house.hall.engine.lock().expect("no panic") = Some(loading);
    let reply = house
        .post(CHAT, &say("load", &json!({"stream": true})))
        .await;
    assert_eq!(reply.status, 200);
    assert!(
        reply
            .body
            .starts_with(": the model tiny is being loaded: 50 % are in memory\n\n"),
        "{}",
        reply.body
    );
    assert_eq!(reply.events().last(), Some(&"[DONE]"), "{}", reply.body);
    let whole = house.post(CHAT, &say("load", &json!({}))).await;
    assert_eq!(whole.status, 200, "a request without a stream waits");
}

#[tokio::test]
async fn client_that_goes_away_stops_its_answer_streamed_or_not() {
    let house = House::open().await;
    for (order, stream) in [
        ("forever", true),
        ("forever", false),
        ("silence", true),
        ("silence", false),
    ] {
        let mut line = house.line().await;
        let lines = format!("authorization: Bearer {TOKEN}\r\n");
        let body = say(order, &json!({"stream": stream, "n": 3})).to_string();
        line.send(&request(house.address(), "POST", CHAT, &lines, &body))
            .await;
        house.writes(3).await;
        if stream {
            line.head().await.expect("the response has begun");
        }
        drop(line);
        house.writes(0).await;
    }
    let reply = house.post(CHAT, &say("say hi", &json!({}))).await;
    assert_eq!(reply.status, 200, "the places are free again");
}

#[tokio::test]
async fn line_of_a_token_is_bounded_and_each_api_says_when_to_come_back() {
    let house = House::open().await;
    let mut lines = Vec::new();
    let head = format!("authorization: Bearer {TOKEN}\r\n");
    let body = say("forever", &json!({"stream": true})).to_string();
    let all = ENGINE_PLACES - 1 + hub::WAITING_PER_PROGRAM_MAX;
    for _ in 0..all {
        let mut line = house.line().await;
        line.send(&request(house.address(), "POST", CHAT, &head, &body))
            .await;
        lines.push(line);
    }
    while house.hall.turns.0.programs_len() < all {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    house.writes(ENGINE_PLACES - 1).await;
    let one = say("say hi", &json!({"max_tokens": 4, "stream": false}));
    let reply = house.post(CHAT, &one).await;
    assert_eq!(reply.status, 429, "one place is kept for the person");
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(reply.json()["error"]["type"], "rate_limit_error");
    let reply = house.post("/v1/messages", &one).await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("1"))
    );
    assert_eq!(reply.json()["error"]["type"], "rate_limit_error");
    assert_eq!(reply.json()["type"], "error");
    let reply = house.post("/api/chat", &one).await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("1"))
    );
    assert!(reply.json()["error"].is_string(), "{reply:?}");
    drop(lines);
    house.writes(0).await;
    assert_eq!(house.post(CHAT, &one).await.status, 200);
}

#[tokio::test]
async fn token_is_good_for_its_scopes_only_in_each_api() {
    let house = House::open().await;
    let chat = say("say hi", &json!({"max_tokens": 4, "stream": false}));
    let texts = json!({"model": "tiny", "input": "a"});
    let only = |scope| *house.hall.forbidden.lock().expect("no panic") = Some(scope);
    only(Scope::Chat);
    let refused = house.post(CHAT, &chat).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(refused.json()["error"]["type"], "permission_error");
    let refused = house.post("/v1/messages", &chat).await;
    assert_eq!(refused.json()["error"]["type"], "permission_error");
    let refused = house.post("/api/chat", &chat).await;
    assert_eq!(refused.status, 403);
    let said = refused.json()["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(said.contains("--scope chat"), "it says what to do: {said}");
    assert_eq!(house.post("/v1/embeddings", &texts).await.status, 200);
    only(Scope::Embeddings);
    assert_eq!(house.post(CHAT, &chat).await.status, 200);
    for path in ["/v1/embeddings", "/api/embed"] {
        assert_eq!(house.post(path, &texts).await.status, 403, "{path}");
    }
    only(Scope::Models);
    let lines = format!("authorization: Bearer {TOKEN}\r\n");
    for path in ["/v1/models", "/v1/models/tiny", "/api/tags", "/api/ps"] {
        let reply = house.send("GET", path, &lines, "").await;
        assert_eq!(reply.status, 403, "{path}");
    }
}

#[tokio::test]
async fn whole_answer_is_not_waited_for_while_a_large_model_is_loaded() {
    let house = House::open().await;
    let loading = EngineView::Loading {
        model: "tiny".into(),
        share: 0.42,
    };
    *house.hall.engine.lock().expect("no panic") = Some(loading);
    let one = say("silent start", &json!({"max_tokens": 4, "stream": false}));
    for path in [CHAT, "/v1/messages", "/api/chat"] {
        let reply = house.post(path, &one).await;
        assert_eq!(reply.status, 503, "{path}: {reply:?}");
        assert_eq!(reply.header("retry-after"), Some("5"), "{path}");
        assert!(reply.body.contains("42 %"), "how far it is: {reply:?}");
    }
}

#[tokio::test]
async fn wrong_requests_are_told_as_error_objects() {
    let house = House::open().await;
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    for (method, path, body, status, code) in [
        (
            "POST",
            CHAT,
            "{\"model\": nope}",
            400,
            json!("malformed_json"),
        ),
        ("POST", CHAT, "", 400, json!("malformed_json")),
        ("POST", CHAT, "\u{0}\u{1}", 400, json!("malformed_json")),
        ("POST", CHAT, "[]", 400, json!("malformed_json")),
        (
            "POST",
            CHAT,
            "{\"messages\": 5}",
            400,
            json!("invalid_value"),
        ),
        ("POST", CHAT, "{}", 400, json!("missing_required_parameter")),
        ("GET", CHAT, "", 405, json!("method_not_allowed")),
        ("POST", "/v1/models", "", 405, json!("method_not_allowed")),
        ("GET", "/v1/nothing", "", 404, json!("unknown_route")),
        (
            "GET",
            "/v1/models/nobody",
            "",
            404,
            json!("model_not_found"),
        ),
        (
            "POST",
            "/v1/images/generations",
            "{}",
            404,
            json!("unknown_route"),
        ),
    ] {
        let reply = house.send(method, path, &token, body).await;
        assert_eq!(reply.status, status, "{method} {path} {body}");
        let error = &reply.json()["error"];
        assert_eq!(error["code"], code, "{method} {path} {body}");
        assert_eq!(error["type"], "invalid_request_error");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    let body = say("say hi", &json!({"model": "gpt-99"}));
    let error = house.post(CHAT, &body).await;
    assert_eq!(error.status, 404);
    assert_eq!(error.json()["error"]["param"], "model");
}

#[tokio::test]
async fn model_with_a_slash_in_its_name_is_found() {
    let house = House::open().await;
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    for path in ["/v1/models/a/b", "/v1/models/a%2Fb"] {
        assert_eq!(
            house.send("GET", path, &token, "").await.json()["id"],
            "a/b",
            "{path}"
        );
    }
}

#[tokio::test]
async fn embeddings_come_as_numbers_or_base64() {
    let house = House::open().await;
    let body = json!({"input": ["a", "b"], "model": "tiny"});
    let reply = house.post("/v1/embeddings", &body).await.json();
    assert_eq!(reply["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(reply["data"][1]["index"], 1);
    assert!(
        reply["data"][0]["embedding"][1]
            .as_f64()
            .is_some_and(|x| (x - 0.8).abs() < 1e-6)
    );
    assert_eq!(reply["usage"]["prompt_tokens"], 3);
    let body = json!({"input": "a", "encoding_format": "base64", "dimensions": 2});
    let reply = house.post("/v1/embeddings", &body).await.json();
    assert_eq!(reply["data"][0]["embedding"], "mpkZP83MTD8=");
    let body = json!({"input": "a", "dimensions": 3});
    assert_eq!(house.post("/v1/embeddings", &body).await.status, 400);
}

#[tokio::test]
async fn conversation_reaches_the_model_turn_by_turn() {
    let house = House::open().await;
    let messages = json!([
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "say hi"}]},
    ]);
    house
        .post(CHAT, &json!({"messages": messages, "temperature": 0.0}))
        .await;
    let seen = house.hall.model.seen.lock().expect("no panic").clone();
    let Prompt::Chat(turns) = &seen[0].prompt else {
        panic!("a conversation was sent")
    };
    assert_eq!(turns[0].role, "system");
    assert_eq!(turns[1].text, "say hi");
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_name_no_one() {
    let house = House::open().await;
    house
        .post(CHAT, &say("say secret", &json!({"user": "anna"})))
        .await;
    house
        .send(
            "GET",
            "/v1/models/secret-model",
            &format!("x-api-key: {TOKEN}\r\n"),
            "",
        )
        .await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let lines = format!("authorization: Bearer {TOKEN}\r\n");
    let reply = house.send("GET", "/metrics", &lines, "").await;
    assert_eq!(
        reply.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let post = "hai_net_http_requests_total{route=\"/v1/chat/completions\",method=\"POST\",\
                status=\"200\"} 1";
    let one =
        "hai_net_http_requests_total{route=\"/v1/models/{*id}\",method=\"GET\",status=\"404\"} 1";
    for line in [
        post,
        one,
        "hai_net_answers_total{end=\"done\"} 7",
        "hai_net_api_completion_tokens_total 1",
    ] {
        assert!(
            reply.body.contains(line),
            "{line} must be in\n{}",
            reply.body
        );
    }
    for private in ["secret", "anna", TOKEN] {
        assert!(!reply.body.contains(private), "{private} must not be told");
    }
}

#[tokio::test]
async fn locked_vault_is_told_apart_from_a_wrong_token() {
    let house = House::open().await;
    house.hall.locked.store(true, Ordering::SeqCst);
    let reply = house.post(CHAT, &say("say hi", &json!({}))).await;
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(reply.json()["error"]["code"], "locked");
    assert!(reply.header("retry-after").is_some(), "it passes");
    assert!(house.hall.asked.lock().expect("no panic").is_empty());
}
