//! Ollama's API, with a model that says what it is told.

use llm::Constraint;
use serde_json::{Value, json};

use super::support::{House, Reply, TOKEN};

const CHAT: &str = "/api/chat";

fn chat(order: &str, more: &Value) -> Value {
    let mut body = json!({"model": "tiny", "messages": [{"role": "user", "content": order}]});
    let fields = more.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(fields);
    body
}

fn lines(reply: &Reply) -> Vec<Value> {
    let parsed = |line| serde_json::from_str(line).expect("each line is JSON");
    reply.body.lines().map(parsed).collect()
}

async fn get(house: &House, path: &str) -> Reply {
    let lines = format!("authorization: Bearer {TOKEN}\r\n");
    house.send("GET", path, &lines, "").await
}

#[tokio::test]
async fn answer_comes_line_by_line_and_ends_with_its_cost() {
    let house = House::open().await;
    let reply = house.post(CHAT, &chat("say one two", &json!({}))).await;
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    let lines = lines(&reply);
    let (last, pieces) = lines.split_last().expect("lines");
    let text: String = pieces
        .iter()
        .filter_map(|line| line["message"]["content"].as_str())
        .collect();
    assert_eq!(text, "one two");
    assert!(pieces.iter().all(|line| line["done"] == false));
    assert_eq!(
        (&last["done"], &last["done_reason"]),
        (&json!(true), &json!("stop"))
    );
    assert_eq!(
        (&last["prompt_eval_count"], &last["eval_count"]),
        (&json!(5), &json!(2))
    );

    let whole = house
        .post(CHAT, &chat("say hi", &json!({"stream": false})))
        .await
        .json();
    assert_eq!(
        whole["message"],
        json!({"role": "assistant", "content": "hi"})
    );
    let body = json!({"model": "tiny:latest", "prompt": "say hi", "stream": false});
    let whole = house.post("/api/generate", &body).await.json();
    assert_eq!(
        (&whole["response"], &whole["model"]),
        (&json!("hi"), &json!("tiny:latest"))
    );
}

#[tokio::test]
async fn calls_of_tools_come_whole_with_their_arguments_as_an_object() {
    let house = House::open().await;
    let tools = json!([{"type": "function", "function": {"name": "f", "parameters":
        {"type": "object", "properties": {"a": {"type": "integer"}}}}}]);
    let order = "say <tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}}</tool_call>";
    for stream in [true, false] {
        let more = json!({"tools": tools, "stream": stream});
        let reply = house.post(CHAT, &chat(order, &more)).await;
        let calls: Vec<Value> = lines(&reply)
            .iter()
            .filter_map(|line| line["message"]["tool_calls"].get(0).cloned())
            .collect();
        assert_eq!(
            calls,
            [json!({"function": {"name": "f", "arguments": {"a": 1}}})]
        );
    }
    let call = json!({"function": {"name": "f", "arguments": {"a": 1}}});
    let messages = json!([
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "say done", "tool_name": "f"},
    ]);
    let body = json!({"model": "tiny", "messages": messages, "tools": tools, "stream": false});
    assert_eq!(
        house.post(CHAT, &body).await.json()["message"]["content"],
        "done"
    );
}

#[tokio::test]
async fn format_reaches_the_engine_as_a_constraint() {
    let house = House::open().await;
    let schema = json!({"type": "object", "properties": {"b": {}, "a": {}}});
    for (format, constraint) in [
        (json!("json"), Some(Constraint::JsonObject)),
        (
            schema.clone(),
            Some(Constraint::JsonSchema(schema.to_string())),
        ),
        (json!(""), None),
    ] {
        house
            .post(CHAT, &chat("say hi", &json!({"format": format})))
            .await;
        let seen = house
            .hall
            .model
            .seen
            .lock()
            .expect("no panic")
            .pop()
            .expect("one");
        assert_eq!(seen.constraint, constraint);
    }
}

#[tokio::test]
async fn request_without_a_prompt_only_loads() {
    let house = House::open().await;
    for (path, body) in [
        (CHAT, json!({"model": "tiny"})),
        ("/api/generate", json!({"model": "tiny", "prompt": ""})),
    ] {
        let reply = house.post(path, &body).await.json();
        assert_eq!(
            (&reply["done"], &reply["done_reason"]),
            (&json!(true), &json!("load"))
        );
    }
    assert!(house.hall.model.seen.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn installed_models_are_told_without_where_they_lie() {
    let house = House::open().await;
    let tags = get(&house, "/api/tags").await;
    let models = tags.json()["models"].as_array().expect("a list").clone();
    assert_eq!(models.len(), 1, "a file that is no model is not offered");
    assert_eq!(
        (&models[0]["name"], &models[0]["size"]),
        (&json!("tiny"), &json!(98_000_000))
    );
    assert_eq!(models[0]["modified_at"], "2023-11-14T22:13:20Z");
    assert_eq!(models[0]["details"]["parameter_size"], "134.5M");
    let running = get(&house, "/api/ps").await;
    assert_eq!(running.json()["models"][0]["context_length"], 2048);
    let shown = house.post("/api/show", &json!({"model": "gpt-4"})).await;
    assert_eq!(
        shown.json()["model_info"]["llama.context_length"],
        2048,
        "{shown:?}"
    );
    for reply in [tags, running, shown] {
        assert!(!reply.body.contains("secret"), "{reply:?}");
    }
    assert!(get(&house, "/api/version").await.json()["version"].is_string());
}

#[tokio::test]
async fn embeddings_come_for_a_text_or_a_list() {
    let house = House::open().await;
    for (input, count) in [(json!("a"), 1), (json!(["a", "b"]), 2)] {
        let body = json!({"model": "tiny", "input": input});
        let reply = house.post("/api/embed", &body).await.json();
        assert_eq!(reply["embeddings"].as_array().map(Vec::len), Some(count));
        assert_eq!(reply["prompt_eval_count"], 3);
    }
    let body = json!({"model": "tiny", "prompt": "a"});
    let reply = house.post("/api/embeddings", &body).await.json();
    assert_eq!(reply["embedding"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn errors_of_ollama_are_one_text_from_the_guard_on() {
    let house = House::open().await;
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    let unknown = chat("x", &json!({"model": "nobody"})).to_string();
    let busy = chat("busy", &json!({})).to_string();
    for (line, body, status) in [
        ("", "{}", 401),
        (token.as_str(), "{}", 400),
        (token.as_str(), unknown.as_str(), 404),
        (token.as_str(), busy.as_str(), 429),
    ] {
        let reply = house.send("POST", CHAT, line, body).await;
        assert_eq!(reply.status, status, "{reply:?}");
        assert!(reply.json()["error"].is_string(), "{reply:?}");
    }
    let reply = house.post(CHAT, &chat("break", &json!({}))).await;
    let last = lines(&reply).pop().expect("lines");
    assert!(
        last["error"].is_string(),
        "it broke in its middle: {reply:?}"
    );
    assert_eq!(get(&house, "/api/nothing").await.status, 404);
}
