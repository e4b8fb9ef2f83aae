//! `hai-net mcp`, as the official client library finds it.

use std::process::{Command, Stdio};

use acceptance::home::Home;
use acceptance::hub::Hub;
use acceptance::{exit, places, python, wait};
use contract::approval::{AnswerApproval, Decision, ListApprovals, Permission, SetToolPermission};
use contract::audit::ReadAudit;
use contract::memory::KeepMemory;
use serde_json::Value;

/// The official SDK, of both generations.
const SDKS: [(&str, &str); 2] = [
    ("mcp-server", "mcp==2.3.0"),
    ("mcp-server-1", "mcp==1.30.0"),
];

/// What the AI knows.
const KNOWN: &str = "The quokka sleeps in Korsnes; write to ada@example.org.";

fn client(hub: &Hub, sdk: (&str, &str), what: &str) -> Command {
    let python = python::with_packages(sdk.0, &[sdk.1]);
    let mut command = hub.home.command(python);
    command
        .arg(places::repository().join("tests/gateway/mcp_client.py"))
        .arg(what)
        .arg(places::program("hai-net"))
        .arg("--data-dir")
        .arg(hub.home.data())
        .arg("mcp")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn said(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let log = String::from_utf8_lossy(&output.stderr);
        panic!("no JSON ({error}): {log}")
    })
}

#[test]
fn official_client_lists_the_tools_and_calls_them() {
    let hub = Home::new()
        .with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "16")
        .serve();
    for sdk in SDKS {
        let output = client(&hub, sdk, "all").output().expect("python starts");
        let all = said(&output);
        assert_eq!(
            all["tools"],
            serde_json::json!(["chat", "memory_search", "status"])
        );
        let status = all["status"]["text"].as_str().expect("a text");
        assert!(status.contains("smollm2-135m-instruct"), "{status}");
        let folder = hub.home.folder().display().to_string();
        assert!(!status.contains(&folder), "no folder is told: {status}");
        assert_eq!(all["chat"]["failed"], false, "{all}");
        assert!(!all["chat"]["text"].as_str().expect("a text").is_empty());
        assert_eq!(all["empty"]["failed"], true, "{all}");
        assert_eq!(all["nothing"]["text"], "Nothing is known about this.");
    }
}

#[test]
fn memory_leaves_only_once_the_person_said_yes_to_exactly_these_words() {
    let hub = Home::new().serve();
    let keep = KeepMemory {
        memory: None,
        text: KNOWN.to_owned(),
    };
    let _ = hub.ask(keep).expect("it is kept");
    let always = SetToolPermission {
        tool: "share_memory".to_owned(),
        permission: Permission::Always,
    };
    let _ = hub.ask(always).expect("it is a tool");
    for (decision, leaves) in [(Decision::Decline, false), (Decision::Once, true)] {
        let child = client(&hub, SDKS[0], "quokka").spawn().expect("it starts");
        let asked = wait::until("a question to the person", wait::ANSWER, || {
            let list = hub.ask(ListApprovals {}).expect("a list");
            list.waiting.into_iter().next()
        });
        assert_eq!(asked.tool, "share_memory");
        assert!(asked.leaves && asked.arguments.contains(KNOWN), "{asked:?}");
        let answer = AnswerApproval {
            call: asked.call,
            decision,
            masked: None,
        };
        let _ = hub.ask(answer).expect("it waits");
        let output = child.wait_with_output().expect("it ends");
        let said = said(&output);
        assert_eq!(said["failed"], !leaves, "{said}");
        let text = said["text"].as_str().expect("a text");
        assert_eq!(text.contains(KNOWN), leaves, "{text}");
        assert!(leaves || !text.contains("Korsnes"), "{text}");
    }
    let egress = ReadAudit {
        kind: Some("egress".to_owned()),
        search: Some("memory for a program".to_owned()),
        ..ReadAudit::default()
    };
    let left = hub.ask(egress).expect("it is read").entries;
    assert_eq!(left.len(), 1, "only what was let out is on record as gone");
}

#[test]
fn without_a_hub_it_says_so_and_starts_none() {
    let home = Home::new();
    let refused = home.hai_net(&["mcp", "--json"]).ended(exit::NO_HUB);
    assert_eq!(refused.fault_code(), "no_hub");
    assert!(home.socket().is_none(), "none was started");
}
