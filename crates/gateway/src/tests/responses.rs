//! Responses that are kept, with a model that says what it is told.

use llm::Prompt;
use serde_json::{Value, json};

use super::support::{House, Reply, TOKEN};

const PATH: &str = "/v1/responses";

fn events(reply: &Reply) -> Vec<Value> {
    reply
        .body
        .split("\n\n")
        .filter_map(|event| {
            let (name, data) = event.strip_prefix("event: ")?.split_once("\ndata: ")?;
            let data: Value = serde_json::from_str(data).expect("JSON");
            assert_eq!(data["type"], name, "each event bears its type twice");
            Some(data)
        })
        .collect()
}

async fn at(house: &House, method: &str, path: &str) -> Reply {
    let lines = format!("authorization: Bearer {TOKEN}\r\n");
    house.send(method, path, &lines, "").await
}

fn turns(house: &House) -> Vec<(String, String)> {
    let seen = house.hall.model.seen.lock().expect("no panic");
    let Some(Prompt::Chat(turns)) = seen.last().map(|one| &one.prompt) else {
        panic!("a conversation was sent")
    };
    let pair = |turn: &llm::ChatTurn| (turn.role.clone(), turn.text.clone());
    turns.iter().map(pair).collect()
}

#[tokio::test]
async fn response_is_kept_and_a_later_one_goes_on_from_it() {
    let house = House::open().await;
    let body = json!({"model": "tiny", "input": "say one two", "instructions": "be brief",
                      "metadata": {"a": "b"}});
    let first = house.post(PATH, &body).await.json();
    assert_eq!(
        (&first["object"], &first["status"]),
        (&json!("response"), &json!("completed"))
    );
    assert_eq!(
        first["output"][0]["content"][0]["text"], "one two",
        "{first}"
    );
    assert_eq!(first["usage"]["total_tokens"], 7);
    assert_eq!(
        (&first["metadata"]["a"], &first["store"]),
        (&json!("b"), &json!(true))
    );
    let id = first["id"].as_str().expect("an id");
    let shown = at(&house, "GET", &format!("{PATH}/{id}")).await;
    assert_eq!(shown.json(), first, "it is shown as it was given");

    let item = json!([{"role": "user", "content": [{"type": "input_text", "text": "say more"}]}]);
    let body = json!({"model": "tiny", "input": item, "previous_response_id": id});
    let second = house.post(PATH, &body).await.json();
    assert_eq!(second["previous_response_id"], id, "{second}");
    let said = [
        ("user", "say one two"),
        ("assistant", "one two"),
        ("user", "say more"),
    ];
    let said = said.map(|(role, text)| (role.to_owned(), text.to_owned()));
    assert_eq!(turns(&house), said, "instructions do not come along");

    let deleted = at(&house, "DELETE", &format!("{PATH}/{id}")).await.json();
    assert_eq!(
        deleted,
        json!({"id": id, "object": "response", "deleted": true})
    );
    assert_eq!(at(&house, "GET", &format!("{PATH}/{id}")).await.status, 404);
    let next = second["id"].as_str().expect("an id");
    let body = json!({"model": "tiny", "input": "say x", "previous_response_id": next});
    let broken = house.post(PATH, &body).await;
    assert_eq!(
        broken.json()["error"]["code"],
        "previous_response_not_found",
        "{broken:?}"
    );
}

#[tokio::test]
async fn what_is_not_to_be_kept_is_not() {
    let house = House::open().await;
    let body = json!({"model": "tiny", "input": "say hi", "store": false});
    let id = house.post(PATH, &body).await.json()["id"].clone();
    let id = id.as_str().expect("an id");
    assert!(house.hall.kept.lock().expect("no panic").is_empty());
    assert_eq!(at(&house, "GET", &format!("{PATH}/{id}")).await.status, 404);
}

#[tokio::test]
async fn stream_of_a_response_has_typed_events_in_their_order() {
    let house = House::open().await;
    let tool = json!({"type": "function", "name": "f"});
    let order = "say Hm. <tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}}</tool_call>";
    let body = json!({"model": "tiny", "input": order, "tools": [tool], "stream": true});
    let reply = house.post(PATH, &body).await;
    let events = events(&reply);
    let mut kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let last = &events.last().expect("events")["response"];
    assert_eq!(last["output"][1]["arguments"], "{\"a\": 1}");
    assert_eq!(last["output"][1]["type"], "function_call");
    let kept = house.hall.kept.lock().expect("no panic").clone();
    assert_eq!(&kept[0].body, last, "what was told as complete is kept");

    let id = last["id"].as_str().expect("an id");
    let call = last["output"][1]["call_id"].clone();
    let output = json!([{"type": "function_call_output", "call_id": call, "output": "say done"}]);
    let body = json!({"model": "tiny", "input": output, "previous_response_id": id});
    house.post(PATH, &body).await;
    let roles: Vec<String> = turns(&house).into_iter().map(|turn| turn.0).collect();
    assert_eq!(roles, ["user", "assistant", "tool"]);
}

#[tokio::test]
async fn response_that_breaks_is_told_as_failed_in_a_stream_and_with_a_status_without() {
    let house = House::open().await;
    let body = |stream: bool| json!({"model": "tiny", "input": "break", "stream": stream});
    assert_eq!(house.post(PATH, &body(false)).await.status, 503);
    let reply = house.post(PATH, &body(true)).await;
    let events = events(&reply);
    let last = events.last().expect("events");
    assert_eq!(last["type"], "response.failed");
    assert_eq!(last["response"]["status"], "failed");
    assert_eq!(
        house
            .post(PATH, &json!({"model": "tiny", "input": "busy"}))
            .await
            .status,
        429
    );
}

#[tokio::test]
async fn response_in_the_background_is_asked_for_and_cancelled() {
    let house = House::open().await;
    let body = |order: &str| json!({"model": "tiny", "input": order, "background": true});
    let begun = house.post(PATH, &body("forever")).await.json();
    assert_eq!(begun["status"], "in_progress", "{begun}");
    let path = format!("{PATH}/{}", begun["id"].as_str().expect("an id"));
    house.writes(1).await;
    assert_eq!(
        at(&house, "GET", &path).await.json()["status"],
        "in_progress"
    );
    let cancelled = at(&house, "POST", &format!("{path}/cancel")).await.json();
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    house.writes(0).await;
    assert_eq!(at(&house, "GET", &path).await.json()["status"], "cancelled");
    let goes_on = json!({"model": "tiny", "input": "x", "previous_response_id": begun["id"]});
    assert_eq!(
        house.post(PATH, &goes_on).await.status,
        400,
        "nothing goes on from it"
    );

    let begun = house.post(PATH, &body("say done")).await.json();
    let path = format!("{PATH}/{}", begun["id"].as_str().expect("an id"));
    let mut shown = Value::Null;
    for _ in 0..500 {
        shown = at(&house, "GET", &path).await.json();
        if shown["status"] != "in_progress" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown["output"][0]["content"][0]["text"], "done");
    let late = at(&house, "POST", &format!("{path}/cancel")).await.json();
    assert_eq!(late["status"], "completed", "what has ended stays");
}

#[tokio::test]
async fn response_of_a_hub_that_was_stopped_meanwhile_is_told_as_failed() {
    let house = House::open().await;
    let begun = house
        .post(
            PATH,
            &json!({"model": "tiny", "input": "forever", "background": true}),
        )
        .await
        .json();
    let kept = house.hall.kept.lock().expect("no panic").clone();
    let other = House::open().await;
    other.hall.kept.lock().expect("no panic").extend(kept);
    let path = format!("{PATH}/{}", begun["id"].as_str().expect("an id"));
    let shown = at(&other, "GET", &path).await.json();
    assert_eq!(
        (&shown["status"], &shown["error"]["code"]),
        (&json!("failed"), &json!("server_error"))
    );
}

#[tokio::test]
async fn response_of_another_program_is_not_found() {
    let house = House::with(false).await;
    let body = json!({"model": "tiny", "input": "say hi"});
    let id = house.post(PATH, &body).await.json()["id"].clone();
    let path = format!("{PATH}/{}", id.as_str().expect("an id"));
    for method in ["GET", "DELETE"] {
        assert_eq!(
            house.send(method, &path, "", "").await.status,
            404,
            "{method}"
        );
    }
    assert_eq!(
        at(&house, "GET", &path).await.status,
        200,
        "it is still there for its own"
    );
}
