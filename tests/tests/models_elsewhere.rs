//! A model on somebody else's computer, over real https: what leaves, what is kept in, and what comes back.
//!
//! The hub and the server run in a network namespace of their own, in which an address of the internet is
//! that of its loopback. The certificate is signed by an authority that only this hub trusts.

use std::path::Path;
use std::process::Command;

use acceptance::home::Home;
use acceptance::hub::Hub;
use acceptance::{places, shell, skip, wait};
use contract::Code;
use contract::audit::ReadAudit;
use contract::conversation::{
    MessageSent, MessageState, MessageView, PreviewQuestion, RegenerateAnswer, SendMessage,
};
use contract::model_server::{AddModelServer, ListModelServers, ServerHealth, ServerKind};
use contract::setting::ChangeSetting;
use serde_json::Value;

/// An address that nobody here can reach in earnest.
const ADDRESS: &str = "93.184.216.34";

const PORT: &str = "8443";

/// The key that the server is shown.
const KEY: &str = "sk-of-a-test-0123456789";

/// Makes an authority, and a certificate for the server's address that it signs.
fn certify(folder: &Path) {
    let make = format!(
        "cd '{}' && exec 2>/dev/null \
         && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
                -keyout authority.key -out authority.pem -subj '/CN=Authority of a test' \
         && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
                -keyout server.key -out server.csr -subj '/CN=models' \
         && echo 'subjectAltName=IP:{ADDRESS}' > server.ext \
         && openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key \
                -CAcreateserial -days 2 -extfile server.ext -out server.pem",
        folder.display()
    );
    let mut command = Command::new("sh");
    assert!(
        shell::succeeds(command.args(["-c", &make])),
        "openssl makes certificates"
    );
}

/// The hub beside the server.
fn hub_and_server() -> Hub {
    let home = Home::new();
    certify(home.folder());
    let at = |name: &str| home.folder().join(name).display().to_string();
    let authority = at("authority.pem");
    let home = home.with("SSL_CERT_FILE", &authority);
    let script = places::repository().join("tests/gateway/model_server_elsewhere.py");
    let begin = format!(
        "ip link set lo up && ip address add {ADDRESS}/32 dev lo || exit 9
         python3 '{}' {ADDRESS} {PORT} '{}' '{}' '{}' &
         exec \"$0\" \"$@\"",
        script.display(),
        home.folder().join("server.pem").display(),
        home.folder().join("server.key").display(),
        home.folder().join("asked").display(),
    );
    let mut command = home.command("unshare");
    command
        .args(["-n", "sh", "-c", &begin])
        .arg(places::program("hai-net"))
        .arg("--data-dir")
        .arg(home.data())
        .args(["serve", "--listen", "127.0.0.1:0", "--json"]);
    Hub::started(home, &mut command)
}

/// What the server was asked until now.
fn asked(hub: &Hub) -> Vec<Value> {
    let log = std::fs::read_to_string(hub.home.folder().join("asked")).unwrap_or_default();
    let lines = log.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("lines of JSON")
}

/// What the guardian lets out by no means by itself.
const SECRET: &str =
    "Is hunter2-Xy77 a good one for anna.meier@example.org? My password: hunter2-Xy77";

/// The same as it comes back when it left masked: what was blocked is not put back.
const SECRET_MASKED: &str =
    "Is [PASSWORD] a good one for anna.meier@example.org? My password: [PASSWORD]";

fn said(hub: &Hub, text: &str) -> MessageSent {
    let ask = SendMessage {
        conversation: None,
        parent: None,
        text: text.to_owned(),
        model: Some("far/echo".to_owned()),
    };
    hub.ask(ask).expect("it is said")
}

fn answered(hub: &Hub, text: &str) -> MessageView {
    hub.ended(said(hub, text))
}

/// The guardian let nothing of the question out.
fn assert_kept_in(answer: &MessageView) {
    assert!(
        matches!(&answer.state, MessageState::Failed { fault } if fault.code == Code::KeptIn),
        "{answer:?}"
    );
}

/// A hub that knows the server and may ask it; `None` where there can be no namespace.
fn allowed() -> Option<Hub> {
    if !shell::succeeds(Command::new("unshare").args(["-n", "ip", "link", "set", "lo", "up"])) {
        skip(
            "a model elsewhere",
            "a network namespace needs root, unshare and ip",
        );
        return None;
    }
    let hub = hub_and_server();
    let added = hub
        .ask(AddModelServer {
            name: "far".to_owned(),
            kind: ServerKind::Openai,
            address: format!("https://{ADDRESS}:{PORT}/v1"),
            own_device: false,
            key: Some(KEY.into()),
        })
        .expect("it is added");
    assert_eq!(added.health, ServerHealth::Off, "nothing is allowed yet");
    let refused = hub.ask(SendMessage {
        conversation: None,
        parent: None,
        text: "Hello".to_owned(),
        model: Some("far/echo".to_owned()),
    });
    assert_eq!(refused.expect_err("it is off").code, Code::ExternalOff);
    assert!(asked(&hub).is_empty(), "nothing went out");

    hub.ask(ChangeSetting {
        key: "llm.external".to_owned(),
        value: Some(Value::Bool(true)),
    })
    .expect("it is allowed");
    wait::until("the server is seen", wait::START, || {
        let list = hub.ask(ListModelServers {}).expect("a list");
        matches!(&list.servers[0].health, ServerHealth::Up { models } if models == &["far/echo"])
            .then_some(())
    });
    Some(hub)
}

/// Asks once more, with the person's yes to what has this digest, or without any.
fn asked_again(hub: &Hub, kept: MessageSent, approved: Option<&str>) -> MessageView {
    let ask = RegenerateAnswer {
        conversation: kept.conversation,
        question: kept.question,
        model: None,
        approved: approved.map(str::to_owned),
    };
    hub.ended(hub.ask(ask).expect("it is asked"))
}

/// Says what stays here by itself.
fn kept(hub: &Hub, text: &str) -> MessageSent {
    let sent = said(hub, text);
    assert_kept_in(&hub.ended(sent));
    sent
}

#[test]
fn question_to_somebody_elses_model_leaves_masked_and_its_answer_comes_back_whole() {
    let Some(hub) = allowed() else { return };
    let question = "Is anna.meier@example.org the address of a person?";
    let answer = answered(&hub, question);
    assert_eq!(answer.state, MessageState::Done, "{answer:?}");
    assert_eq!(answer.text, question, "what was masked is put back");
    assert_eq!(answer.ran_on.as_deref(), Some("external: far"));
    let went = asked(&hub).pop().expect("it was asked");
    assert_eq!(went["authorization"], format!("Bearer {KEY}"));
    let body = went["body"].to_string();
    assert!(body.contains("[EMAIL_1]"), "{body}");
    assert!(!body.contains("anna.meier"), "{body}");

    kept(&hub, SECRET);
    let all: String = asked(&hub).iter().map(Value::to_string).collect();
    assert!(!all.contains("hunter2"), "{all}");

    let record = hub.ask(ReadAudit {
        kind: Some("egress".to_owned()),
        ..ReadAudit::default()
    });
    let entries = record.expect("it is read").entries;
    let asked = entries.iter().find(|one| one.subject == "model: question");
    let digest = asked.expect("it is on record").digest.as_deref();
    assert_eq!(digest.map(str::len), Some(64), "the hash of what went");
    let record = format!("{entries:?}");
    assert!(!record.contains("anna.meier"), "{record}");
}

#[test]
fn what_is_kept_in_leaves_once_as_the_person_saw_it_and_said_yes_to() {
    let Some(hub) = allowed() else { return };
    let kept = kept(&hub, SECRET);
    let before = asked(&hub).len();
    let look = PreviewQuestion {
        conversation: kept.conversation,
        question: kept.question,
        model: None,
    };
    let seen = hub.ask(look).expect("it is shown");
    assert_eq!(asked(&hub).len(), before, "looking sends nothing");
    assert_eq!(
        (seen.model.as_str(), seen.runs_on.as_str()),
        ("far/echo", "external: far")
    );
    assert!(seen.kinds.contains(&"password".to_owned()), "{seen:?}");
    let turn = seen.turns.last().expect("the question");
    assert_eq!(turn.text, SECRET);
    let hidden = turn.masked.as_deref().expect("a password was found");
    assert!(
        !hidden.contains("hunter2") && hidden.contains("[PASSWORD]"),
        "{hidden}"
    );

    // A yes to something else is none.
    let zeros = "0".repeat(64);
    assert_kept_in(&asked_again(&hub, kept, Some(&zeros)));
    assert_eq!(asked(&hub).len(), before, "nothing went out");

    let masked = seen.digest_masked.expect("something was found");
    let answer = asked_again(&hub, kept, Some(&masked));
    assert_eq!(answer.state, MessageState::Done, "{answer:?}");
    assert_eq!(answer.text, SECRET_MASKED, "the address is put back");
    let all = format!("{:?}", asked(&hub));
    assert!(
        !all.contains("hunter2") && !all.contains("anna.meier"),
        "{all}"
    );

    let answer = asked_again(&hub, kept, Some(&seen.digest));
    assert_eq!(answer.state, MessageState::Done, "{answer:?}");
    let went = asked(&hub).pop().expect("it was asked");
    let said = &went["body"]["messages"];
    assert_eq!(
        said[said.as_array().expect("a list").len() - 1]["content"],
        SECRET
    );

    // The yes was for that one: the same question stays again.
    assert_kept_in(&asked_again(&hub, kept, None));
    let record = hub.ask(ReadAudit {
        kind: Some("egress".to_owned()),
        ..ReadAudit::default()
    });
    let entries = record.expect("it is read").entries;
    let once = entries
        .iter()
        .filter(|one| one.subject == "model: question, sent once");
    let digests: Vec<_> = once.filter_map(|one| one.digest.clone()).collect();
    assert_eq!(digests.len(), 2, "both are on record: {entries:?}");
    assert!(
        digests.contains(&seen.digest) && digests.contains(&masked),
        "{digests:?}"
    );
}

#[test]
fn terminal_shows_what_would_leave_and_sends_it_once() {
    let Some(hub) = allowed() else { return };
    // The exit code of what is refused.
    let asked = hub.home.hai_net(&["chat", "--model", "far/echo", SECRET]);
    assert!(
        asked.ended(3).stderr.contains("guardian"),
        "it says who keeps it"
    );
    let looked = hub
        .home
        .hai_net(&["chat", "--conversation", "last", "--look"]);
    let looked = looked.ended(0).stdout;
    assert!(
        looked.contains(SECRET) && looked.contains("[PASSWORD]"),
        "{looked}"
    );
    let digest = looked
        .lines()
        .find_map(|line| line.strip_prefix("  with private parts hidden: --send-once "))
        .expect("it says how to send it");
    let said = hub
        .home
        .hai_net(&["chat", "--conversation", "last", "--send-once", digest]);
    assert_eq!(said.ended(0).stdout.trim(), SECRET_MASKED);
}
