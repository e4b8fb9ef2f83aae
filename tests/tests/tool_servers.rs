//! Tools of MCP servers: a real hub, a real server of the official SDK, and a record of all that reaches it.

use std::path::{Path, PathBuf};

use acceptance::home::Home;
use acceptance::hub::Hub;
use acceptance::{places, process, python, wait};
use contract::agent::{ListAgents, ShowAgent, StepKind};
use contract::approval::{
    AnswerApproval, ApprovalView, Decision, ListApprovals, Permission, SetToolPermission,
};
use contract::audit::{ReadAudit, VerifyAudit};
use contract::feed::{FeedKind, ReadFeed};
use contract::log::ReadLogs;
use contract::memory::KeepMemory;
use serde_json::Value;

/// The official SDK, of both generations.
const SDKS: [(&str, &str); 2] = [
    ("mcp-server", "mcp==2.3.0"),
    ("mcp-server-1", "mcp==1.30.0"),
];

/// What the AI knows and no server may learn.
const CANARY: &str = "the quokka sleeps in Korsnes";

/// What the server gets to do its work, and nobody else may see.
const KEY: &str = "wombat-4711-lantern";

/// A hub with the server `sums`, added as a person does it.
struct Scene {
    hub: Hub,
    record: PathBuf,
}

impl Scene {
    fn with(cache: &str, package: &str) -> Self {
        Self::telling(cache, package, CANARY)
    }

    /// The same, with this as the only thing that can be said to the server's tool `send`.
    fn telling(cache: &str, package: &str, text: &str) -> Self {
        let home = Home::new().with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "32");
        let hub = home.serve();
        let record = home.folder().join("received");
        let script = places::repository().join("tests/gateway/mcp_server.py");
        let python = python::with_packages(cache, &[package]);
        // What comes in is written down on its way, whatever the server does with it.
        let line = format!(
            "tee {} | {} {} '{text}'",
            record.display(),
            python.display(),
            script.display()
        );
        let with_key = home.with("SUMS_KEY", KEY);
        let added = with_key.hai_net(&[
            "tools",
            "add-server",
            "sums",
            "--env",
            "SUMS_KEY",
            "--json",
            "--",
            "sh",
            "-c",
            &line,
        ]);
        let added = added.ended(0).json();
        assert_eq!(added["state"], "connected", "{added}");
        Self { hub, record }
    }

    fn received(&self) -> String {
        std::fs::read_to_string(&self.record).unwrap_or_default()
    }

    /// How often a tool was called.
    fn calls(&self) -> usize {
        self.received().matches("tools/call").count()
    }

    fn waiting(&self) -> ApprovalView {
        wait::until("a call that waits", wait::ANSWER, || {
            let list = self.hub.ask(ListApprovals {}).expect("a list");
            list.waiting.into_iter().next()
        })
    }

    fn decide(&self, asked: &ApprovalView, decision: Decision) {
        let ask = AnswerApproval {
            call: asked.call,
            masked: asked
                .masked
                .clone()
                .filter(|_| decision == Decision::OnceHidden),
            decision,
        };
        let _ = self.hub.ask(ask).expect("it waits");
    }

    /// What the call of the newest work brought.
    fn returned(&self) -> String {
        let agents = self.hub.ask(ListAgents::default()).expect("a list").agents;
        let agent = agents.iter().max_by_key(|one| one.created).expect("one").id;
        let steps = self
            .hub
            .ask(ShowAgent { agent })
            .expect("it is there")
            .steps;
        let ends = [StepKind::Returned, StepKind::Refused];
        let ended = steps.into_iter().find(|step| ends.contains(&step.kind));
        ended.expect("the call ended").text
    }
}

#[test]
fn tool_of_a_server_asks_first_runs_once_it_may_and_is_on_record() {
    for (cache, package) in SDKS {
        let scene = Scene::with(cache, package);
        let sent = scene.hub.say("Please use sums.add for 2 and 3.");
        let sent = sent.expect("it is said");
        let asked = scene.waiting();
        assert_eq!(asked.tool, "sums.add");
        assert!(asked.leaves, "what a server does with it nobody knows");
        let arguments: Value = serde_json::from_str(&asked.arguments).expect("JSON");
        assert_eq!(arguments, serde_json::json!({"a": 2, "b": 3}));
        assert_eq!(scene.calls(), 0, "nothing left before the yes");
        scene.decide(&asked, Decision::Once);
        let _ = scene.hub.ended(sent);
        assert_eq!(scene.calls(), 1);
        assert_eq!(scene.returned(), "5");

        // "Once" is over: it asks again, and a no keeps it from happening.
        let sent = scene.hub.say("Please use sums.add for 2 and 3.");
        let sent = sent.expect("it is said");
        let asked = scene.waiting();
        scene.decide(&asked, Decision::Decline);
        let _ = scene.hub.ended(sent);
        assert_eq!(scene.calls(), 1, "it was declined");

        // "Never" asks no more, and nothing happens.
        let never = SetToolPermission {
            tool: "sums.add".to_owned(),
            permission: Permission::Never,
        };
        let _ = scene.hub.ask(never).expect("it is a tool");
        let sent = scene.hub.say("Please use sums.add for 2 and 3.");
        let _ = scene.hub.ended(sent.expect("it is said"));
        assert_eq!(scene.calls(), 1, "it is refused");

        let feed = scene.hub.ask(ReadFeed {
            kind: Some(FeedKind::Change),
            ..ReadFeed::default()
        });
        let entries = feed.expect("the feed").entries;
        let told: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(told, ["Called the tool add of the server sums."]);
        let egress = ReadAudit {
            kind: Some("egress".to_owned()),
            search: Some("tool server: sums".to_owned()),
            ..ReadAudit::default()
        };
        let mut left = scene.hub.ask(egress).expect("it is read").entries;
        // The connection itself is on record too.
        left.retain(|entry| entry.subject == "tool server: sums");
        assert_eq!(left.len(), 1, "{left:?}");
        let check = scene.hub.ask(VerifyAudit {}).expect("it is checked");
        assert_eq!(check.wrong, None);
    }
}

#[test]
fn what_the_ai_knows_reaches_no_server_before_the_person_said_yes_to_these_words() {
    let (cache, package) = SDKS[0];
    let scene = Scene::with(cache, package);
    let keep = KeepMemory {
        memory: None,
        text: CANARY.to_owned(),
    };
    let _ = scene.hub.ask(keep).expect("it is kept");
    // The worst that a person may have said.
    let always = SetToolPermission {
        tool: "sums.send".to_owned(),
        permission: Permission::Always,
    };
    let _ = scene.hub.ask(always).expect("it is a tool");
    let question = "Use sums.send to tell where the quokka sleeps in Korsnes.";
    let sent = scene.hub.say(question).expect("it is said");
    let asked = scene.waiting();
    assert!(asked.arguments.contains(CANARY), "{asked:?}");
    scene.decide(&asked, Decision::Decline);
    let _ = scene.hub.ended(sent);
    assert_eq!(scene.calls(), 0);
    assert!(!scene.received().contains("Korsnes"), "nothing of it left");

    let sent = scene.hub.say(question).expect("it is said");
    let asked = scene.waiting();
    scene.decide(&asked, Decision::Once);
    let _ = scene.hub.ended(sent);
    assert_eq!(scene.calls(), 1);
    assert!(
        scene.received().contains(CANARY),
        "what was said yes to leaves as it was shown"
    );
}

#[test]
fn what_the_person_had_hidden_does_not_reach_the_server_and_the_rest_does() {
    const ADDRESS: &str = "ada@korsnes-light.net";
    let (cache, package) = SDKS[0];
    let text = format!("the quokka sleeps in Korsnes, ask {ADDRESS}");
    let scene = Scene::telling(cache, package, &text);
    let keep = KeepMemory { memory: None, text };
    let _ = scene.hub.ask(keep).expect("it is kept");
    let question = "Use sums.send to tell where the quokka sleeps in Korsnes.";
    let sent = scene.hub.say(question).expect("it is said");
    let asked = scene.waiting();
    assert!(asked.arguments.contains(ADDRESS), "{asked:?}");
    let shown = asked.masked.clone().expect("there is something to hide");
    let unseen = AnswerApproval {
        call: asked.call,
        decision: Decision::OnceHidden,
        masked: Some(shown.replace("Korsnes", "Bergen")),
    };
    let refused = scene.hub.ask(unseen);
    assert!(refused.is_err(), "nobody saw that: {refused:?}");
    assert_eq!(scene.calls(), 0);
    scene.decide(&asked, Decision::OnceHidden);
    let _ = scene.hub.ended(sent);
    assert_eq!(scene.calls(), 1);
    let received = scene.received();
    assert!(
        received.contains("Korsnes") && !received.contains(ADDRESS),
        "{received}"
    );
    let found = scene.hub.ask(ReadAudit {
        search: Some("approved with private parts hidden".to_owned()),
        ..ReadAudit::default()
    });
    let found = found.expect("it is read").entries;
    assert!(
        matches!(found.as_slice(), [one] if one.digest.is_some()),
        "{found:?}"
    );
}

#[test]
fn keys_of_a_server_are_shown_nowhere_and_come_back_in_no_answer() {
    let (cache, package) = SDKS[0];
    let scene = Scene::with(cache, package);
    let sent = scene
        .hub
        .say("Please call sums.leak now.")
        .expect("it is said");
    let asked = scene.waiting();
    scene.decide(&asked, Decision::Once);
    let answer = scene.hub.ended(sent);
    let returned = scene.returned();
    assert!(returned.contains("my key is …"), "{returned}");
    assert!(
        !answer.text.contains("hai-view"),
        "a stranger makes no view: {}",
        answer.text
    );
    let home = &scene.hub.home;
    let views = [
        home.ask_json(&["tools", "servers"]),
        home.ask_json(&["tools", "check-server", "sums"]),
        home.ask_json(&["audit", "list"]),
    ];
    for view in views {
        assert!(!view.to_string().contains(KEY), "{view}");
    }
    let logs = scene.hub.ask(ReadLogs::default()).expect("the log");
    assert!(!format!("{logs:?}").contains(KEY));
}

#[test]
fn server_ends_with_the_hub_and_when_it_is_removed() {
    let (cache, package) = SDKS[0];
    let scene = Scene::with(cache, package);
    let marks = |hub: &Hub| children(hub.pid(), &scene.record);
    assert!(!marks(&scene.hub).is_empty(), "it runs");
    let home = scene.hub.home.clone();
    let _ = home.hai_net(&["tools", "remove-server", "sums"]).ended(0);
    wait::until("its end", wait::START, || {
        marks(&scene.hub).is_empty().then_some(())
    });
    let list = home.ask_json(&["tools", "servers"]);
    assert_eq!(list["servers"], serde_json::json!([]));
    let gone = home.hai_net(&["tools", "check-server", "sums", "--json"]);
    assert_eq!(
        gone.ended(acceptance::exit::NOT_FOUND).fault_code(),
        "not_found"
    );

    let scene = Scene::with(cache, package);
    let (pid, record) = (scene.hub.pid(), scene.record.clone());
    let running = children(pid, &record);
    assert!(!running.is_empty(), "it runs");
    let _ = scene.hub.home.hai_net(&["stop"]).ended(0);
    wait::until("its end", wait::START, || {
        running.iter().all(|pid| !process::runs(*pid)).then_some(())
    });
}

/// The processes of the hub whose command line names the record.
fn children(hub: u32, record: &Path) -> Vec<u32> {
    let record = record.display().to_string();
    let mut pids = process::descendants(hub);
    pids.retain(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&record)
    });
    pids
}

#[test]
fn server_that_cannot_be_started_is_kept_and_says_why() {
    let home = Home::new();
    let hub = home.serve();
    let added = hub.home.hai_net(&[
        "tools",
        "add-server",
        "broken",
        "--json",
        "--",
        "/no/such/program",
    ]);
    let added = added.ended(0).json();
    assert_eq!(added["state"], "failed", "{added}");
    assert_eq!(added["fault"]["code"], "tool_server");
    for arguments in [
        ["add-server", "Bad.Name", "--", "true"],
        ["add-server", "broken", "--", "true"],
    ] {
        let mut all = vec!["tools", "--json"];
        all.extend(arguments);
        let refused = hub.home.hai_net(&all);
        assert_eq!(refused.fault_code(), "invalid_ask");
    }
    for address in [
        "http://192.168.1.1/mcp",
        "http://169.254.169.254/",
        "ftp://example.org/",
    ] {
        let refused = hub.home.hai_net(&[
            "tools",
            "add-server",
            "site",
            "--url",
            address,
            "--this-device",
            "--json",
        ]);
        assert_eq!(refused.fault_code(), "invalid_ask", "{address}");
    }
}
