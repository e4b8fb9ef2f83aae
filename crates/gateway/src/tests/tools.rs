//! Calls of tools, through the OpenAI API and the Anthropic API, with a model that says what it is told.

use llm::{Constraint, Prompt};
use serde_json::{Value, json};

use super::support::{House, Reply, TOKEN, say};

const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";

/// What makes the model of the tests call two tools.
const CALLS: &str = "say I look. <tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \
                     \"Ulm\"}}\n</tool_call><tool_call>{\"name\": \"time\", \"arguments\": \
                     {}}</tool_call>";

fn tools() -> Value {
    let city = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    json!([
        {"type": "function", "function": {"name": "weather", "parameters": city}},
        {"type": "function", "function": {"name": "time"}},
    ])
}

fn anthropic(order: &str, more: &Value) -> Value {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let mut body = json!({
        "model": "tiny", "max_tokens": 50,
        "messages": [{"role": "user", "content": order}],
        "tools": [{"name": "weather", "input_schema": schema},
                  {"name": "time", "input_schema": {"type": "object"}}],
    });
    let fields = more.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(fields);
    body
}

/// The events of a stream in which each has a name: names and data.
fn named_events(reply: &Reply) -> Vec<(String, Value)> {
    reply
        .body
        .split("\n\n")
        .filter_map(|event| {
            let (name, data) = event.strip_prefix("event: ")?.split_once("\ndata: ")?;
            Some((name.to_owned(), serde_json::from_str(data).expect("JSON")))
        })
        .collect()
}

#[tokio::test]
async fn whole_answer_holds_text_and_calls_with_ids() {
    let house = House::open().await;
    let body = say(CALLS, &json!({"tools": tools()}));
    let answer = house.post(CHAT, &body).await.json();
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls", "{answer}");
    assert_eq!(choice["message"]["content"], "I look.");
    let calls = choice["message"]["tool_calls"].as_array().expect("calls");
    let function = json!({"name": "weather", "arguments": "{\"city\": \"Ulm\"}"});
    assert_eq!(calls[0]["function"], function);
    assert_eq!(calls[1]["function"]["arguments"], "{}");
    assert_ne!(calls[0]["id"], calls[1]["id"]);
    assert!(
        calls[0]["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("call_"))
    );
    let plain = house
        .post(CHAT, &say("say hi", &json!({"tools": tools()})))
        .await;
    let choice = &plain.json()["choices"][0];
    assert_eq!(choice["finish_reason"], "stop");
    assert_eq!(
        choice["message"],
        json!({"role": "assistant", "content": "hi", "refusal": null})
    );
}

#[tokio::test]
async fn streamed_calls_come_as_deltas_that_add_up() {
    let house = House::open().await;
    let body = say(CALLS, &json!({"tools": tools(), "stream": true, "n": 2}));
    let reply = house.post(CHAT, &body).await;
    let chunks: Vec<Value> = reply
        .events()
        .iter()
        .filter_map(|event| serde_json::from_str(event).ok())
        .collect();
    for index in 0..2 {
        let mut calls: Vec<(String, String, String)> = Vec::new();
        let mut text = String::new();
        let mut reason = Value::Null;
        for choice in chunks.iter().map(|chunk| &chunk["choices"][0]) {
            if choice["index"] != index {
                continue;
            }
            text.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
            if !choice["finish_reason"].is_null() {
                reason = choice["finish_reason"].clone();
            }
            let Some(delta) = choice["delta"]["tool_calls"].get(0) else {
                continue;
            };
            let function = &delta["function"];
            if let Some(id) = delta["id"].as_str() {
                assert_eq!(delta["index"], calls.len());
                let name = function["name"].as_str().expect("a name");
                calls.push((id.to_owned(), name.to_owned(), String::new()));
            }
            let call = calls.last_mut().expect("it was begun");
            call.2
                .push_str(function["arguments"].as_str().expect("a text"));
        }
        assert_eq!((text.as_str(), &reason), ("I look.", &json!("tool_calls")));
        let found: Vec<_> = calls.iter().map(|call| (&*call.1, &*call.2)).collect();
        assert_eq!(found, [("weather", "{\"city\": \"Ulm\"}"), ("time", "{}")]);
    }
    assert!(
        !reply.body.contains("<tool_call"),
        "marks are not shown: {}",
        reply.body
    );
}

#[tokio::test]
async fn choice_of_tools_reaches_the_engine_as_a_grammar() {
    let house = House::open().await;
    let named = json!({"type": "function", "function": {"name": "time"}});
    for (choice, several, text, holds) in [
        (json!("auto"), true, Some(true), "weather"),
        (json!("required"), false, Some(false), "weather"),
        (named, true, Some(false), "time"),
        (json!("none"), true, None, ""),
    ] {
        let more = json!({"tools": tools(), "tool_choice": choice, "parallel_tool_calls": several});
        house.post(CHAT, &say("say hi", &more)).await;
        let seen = house
            .hall
            .model
            .seen
            .lock()
            .expect("no panic")
            .pop()
            .expect("one");
        match (&seen.constraint, text) {
            (None, None) => {}
            (Some(Constraint::Calls(shape)), Some(text)) => {
                assert_eq!(
                    (shape.text, shape.calls_max > 1),
                    (text, several),
                    "{choice}"
                );
                assert!(shape.schema.contains(holds), "{}", shape.schema);
                assert_eq!(shape.schema.contains("weather"), holds == "weather");
            }
            (found, _) => panic!("{choice} gave {found:?}"),
        }
    }
    let shaped = json!({"tools": tools(), "response_format": {"type": "json_object"}});
    let refused = house.post(CHAT, &say("say hi", &shaped)).await;
    assert_eq!(
        refused.json()["error"]["code"],
        "unsupported",
        "{refused:?}"
    );
}

#[tokio::test]
async fn half_a_call_is_told_as_too_long() {
    let house = House::open().await;
    let order = "say <tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"U";
    let answer = house
        .post(CHAT, &say(order, &json!({"tools": tools()})))
        .await
        .json();
    assert_eq!(answer["choices"][0]["finish_reason"], "length", "{answer}");
}

#[tokio::test]
async fn messages_of_anthropic_are_answered_whole_with_their_blocks() {
    let house = House::open().await;
    let lines = format!("x-api-key: {TOKEN}\r\nanthropic-version: 2023-06-01\r\n");
    let body = anthropic(CALLS, &json!({})).to_string();
    let reply = house.send("POST", MESSAGES, &lines, &body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let answer = reply.json();
    assert_eq!(
        (&answer["type"], &answer["role"]),
        (&json!("message"), &json!("assistant"))
    );
    assert_eq!(
        answer["content"][0],
        json!({"type": "text", "text": "I look."})
    );
    assert_eq!(answer["content"][1]["type"], "tool_use");
    assert_eq!(answer["content"][1]["input"], json!({"city": "Ulm"}));
    assert!(
        answer["content"][2]["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("toolu_"))
    );
    assert_eq!(answer["stop_reason"], "tool_use");
    assert_eq!(
        answer["usage"]["input_tokens"], 3,
        "five, of which two were known"
    );
    assert_eq!(answer["usage"]["cache_read_input_tokens"], 2);
    let plain = house
        .post(MESSAGES, &anthropic("say hi", &json!({})))
        .await
        .json();
    assert_eq!(plain["stop_reason"], "end_turn");
    assert_eq!(plain["content"], json!([{"type": "text", "text": "hi"}]));
}

#[tokio::test]
async fn messages_of_anthropic_stream_as_named_events_in_their_order() {
    let house = House::open().await;
    let reply = house
        .post(MESSAGES, &anthropic(CALLS, &json!({"stream": true})))
        .await;
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    let events = named_events(&reply);
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    assert_eq!(
        names,
        [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    assert!(
        events.iter().all(|(name, data)| data["type"] == **name),
        "{events:?}"
    );
    let joined = |index: u32, kind: &str, field: &str| -> String {
        events
            .iter()
            .filter(|(_, data)| data["index"] == index && data["delta"]["type"] == kind)
            .filter_map(|(_, data)| data["delta"][field].as_str())
            .collect()
    };
    assert_eq!(joined(0, "text_delta", "text"), "I look.");
    assert_eq!(
        joined(1, "input_json_delta", "partial_json"),
        "{\"city\": \"Ulm\"}"
    );
    let end = &events[events.len() - 2].1;
    assert_eq!(end["delta"]["stop_reason"], "tool_use");
    let broken = house
        .post(MESSAGES, &anthropic("break", &json!({"stream": true})))
        .await;
    let events = named_events(&broken);
    assert_eq!(
        events.last().map(|(name, _)| name.as_str()),
        Some("error"),
        "{broken:?}"
    );
}

#[tokio::test]
async fn errors_of_the_anthropic_api_have_its_shape_from_the_guard_on() {
    let house = House::open().await;
    let token = format!("x-api-key: {TOKEN}\r\n");
    let good = anthropic("say hi", &json!({"model": "nobody"})).to_string();
    let busy = anthropic("busy", &json!({})).to_string();
    for (lines, body, status, kind) in [
        ("x-api-key: wrong\r\n", "{}", 401, "authentication_error"),
        (token.as_str(), "{}", 400, "invalid_request_error"),
        (token.as_str(), "nope", 400, "invalid_request_error"),
        (token.as_str(), good.as_str(), 404, "not_found_error"),
        (token.as_str(), busy.as_str(), 429, "rate_limit_error"),
    ] {
        let reply = house.send("POST", MESSAGES, lines, body).await;
        assert_eq!(reply.status, status, "{reply:?}");
        let told = reply.json();
        assert_eq!(
            (&told["type"], &told["error"]["type"]),
            (&json!("error"), &json!(kind))
        );
    }
    let reply = house.send("GET", MESSAGES, &token, "").await;
    assert_eq!(
        (reply.status, &reply.json()["type"]),
        (405, &json!("error"))
    );
}

#[tokio::test]
async fn tokens_of_a_conversation_are_counted_by_the_model() {
    let house = House::open().await;
    let body = json!({"model": "tiny", "messages": [{"role": "user", "content": "hi"}]});
    let reply = house.post("/v1/messages/count_tokens", &body).await;
    assert_eq!(
        reply.json(),
        json!({"input_tokens": 3}),
        "one of text, two of marks"
    );
    assert!(
        house.hall.model.seen.lock().expect("no panic").is_empty(),
        "nothing is written"
    );
}

#[tokio::test]
async fn history_with_calls_reaches_the_model_in_its_own_spelling() {
    let house = House::open().await;
    let call = json!({"id": "c1", "type": "function",
        "function": {"name": "weather", "arguments": "{\"city\":\"Ulm\"}"}});
    let messages = json!([
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "say dry"},
    ]);
    let body = json!({"model": "tiny", "messages": messages, "tools": tools()});
    let answer = house.post(CHAT, &body).await.json();
    assert_eq!(answer["choices"][0]["message"]["content"], "dry");
    let seen = house
        .hall
        .model
        .seen
        .lock()
        .expect("no panic")
        .pop()
        .expect("one");
    let Prompt::Chat(turns) = seen.prompt else {
        panic!("a conversation was sent")
    };
    let roles: Vec<&str> = turns.iter().map(|turn| turn.role.as_str()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool"]);
    assert!(turns[2].text.contains("<tool_call>"), "{}", turns[2].text);
}
