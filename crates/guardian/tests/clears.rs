//! Who may leave, and JSON.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use guardian::{
    Action, Basis, Detector, Digest, Guardian, Kind, Labelled, Memory, ProgramStart, Provenance,
    Refusal, ScanError, ServerStart, WebRequest, limits,
};
use serde_json::{Value, json};

fn message(text: &str) -> Labelled<String> {
    Labelled::new(text.to_owned(), Provenance::Message)
}

#[test]
fn a_message_leaves_with_its_private_values_masked_and_the_answer_gets_them_back() {
    let (guardian, mut memory) = (Guardian::default(), Memory::new());
    let cleared = guardian
        .clear(&message("mail john@example.com"), &mut memory)
        .unwrap();
    assert_eq!(cleared.get(), "mail [EMAIL_1]");
    assert_eq!(cleared.clearance().basis, Basis::Scanned);
    assert_eq!(cleared.clearance().kinds, [Kind::Email]);
    assert_eq!(
        cleared.clearance().digest,
        guardian::Digest::of(b"mail [EMAIL_1]"),
        "the digest is that of what leaves"
    );
    assert_eq!(
        memory.restore("I wrote to [EMAIL_1], not [EMAIL_2]."),
        "I wrote to john@example.com, not [EMAIL_2]."
    );
}

#[test]
fn what_came_from_a_private_place_needs_approval_even_when_nothing_is_found_in_it() {
    let guardian = Guardian::default();
    for private in [
        Provenance::PrivateStore,
        Provenance::Memory,
        Provenance::File,
        Provenance::Identity,
    ] {
        let text = message("the weather is fine").and([private]);
        let refused = guardian.clear(&text, &mut Memory::new()).unwrap_err();
        assert_eq!(
            refused,
            Refusal::NeedsApproval {
                labels: vec![private]
            }
        );
    }
    for open in [Provenance::Public, Provenance::Outside, Provenance::Message] {
        let text = Labelled::new("the weather is fine".to_owned(), open);
        assert!(
            guardian.clear(&text, &mut Memory::new()).is_ok(),
            "{open:?}"
        );
    }
}

#[test]
fn an_approval_counts_for_exactly_the_bytes_that_were_shown() {
    let guardian = Guardian::default();
    let text = Labelled::new("call +49 170 1234567".to_owned(), Provenance::File);
    let preview = guardian.preview(&text, &mut Memory::new()).unwrap();
    assert_eq!(preview.scan().masked, "call [PHONE_1]");
    let (masked, approval) = preview.approve_masked();
    let refused = guardian.clear_approved(text.clone(), approval).unwrap_err();
    assert_eq!(
        refused,
        Refusal::OtherBytes,
        "the masked text was approved, not the original"
    );

    let (_, approval) = guardian
        .preview(&text, &mut Memory::new())
        .unwrap()
        .approve_masked();
    let cleared = guardian
        .clear_approved(text.clone().map(|_| masked), approval)
        .unwrap();
    assert_eq!(
        (cleared.get().as_str(), cleared.clearance().basis),
        ("call [PHONE_1]", Basis::Approved)
    );

    let (original, approval) = guardian
        .preview(&text, &mut Memory::new())
        .unwrap()
        .approve_original();
    let cleared = guardian
        .clear_approved(text.map(|_| original), approval)
        .unwrap();
    assert_eq!(
        cleared.clearance().kinds,
        [Kind::Phone],
        "the audit chain learns what was let out"
    );
    assert_eq!(cleared.into_inner(), "call +49 170 1234567");
}

#[test]
fn what_is_blocked_does_not_leave_without_approval() {
    let refused = Guardian::default()
        .clear(&message("password: hunter2!"), &mut Memory::new())
        .unwrap_err();
    assert_eq!(
        refused,
        Refusal::Blocked {
            kinds: vec![Kind::Password]
        }
    );
}

#[test]
fn a_detector_that_cannot_look_refuses_and_cannot_be_overruled() {
    let guardian = Guardian::default();
    let text = message(&"a".repeat(limits::RUN_BYTES_MAX * 2));
    let why = ScanError::RunTooLong {
        max: limits::RUN_BYTES_MAX,
    };
    assert_eq!(
        guardian.clear(&text, &mut Memory::new()).unwrap_err(),
        Refusal::Scan(why)
    );
    assert_eq!(
        guardian.preview(&text, &mut Memory::new()).unwrap_err(),
        why
    );
}

#[test]
fn nothing_private_is_printed_by_debug() {
    let (guardian, mut memory) = (Guardian::default(), Memory::new());
    let cleared = guardian
        .clear(&message("mail john@example.com"), &mut memory)
        .unwrap();
    for printed in [format!("{memory:?}"), format!("{cleared:?}")] {
        assert!(
            !printed.contains("john") && !printed.contains("mail"),
            "{printed}"
        );
    }
}

fn masked(json: &Value) -> (Value, Vec<(String, Kind)>) {
    let scan = Detector::default()
        .scan_json(json, &mut Memory::new())
        .unwrap();
    let spans = scan
        .spans
        .iter()
        .map(|found| (found.pointer.clone(), found.span.kind))
        .collect();
    (scan.masked, spans)
}

#[test]
fn json_is_scanned_in_strings_numbers_and_keys() {
    let (masked, spans) = masked(&json!({
        "anna@example.com": true,
        "card": 4_111_111_111_111_111_u64,
        "count": 3,
        "to": ["john@example.com", {"deep": [[{"x": "at 203.0.113.7"}]]}],
    }));
    assert_eq!(
        masked,
        json!({
            "[EMAIL_1]": true,
            "card": "[CARD_1]",
            "count": 3,
            "to": ["[EMAIL_2]", {"deep": [[{"x": "at [IP_1]"}]]}],
        })
    );
    assert!(
        spans.contains(&("/to/1/deep/0/0/x".to_owned(), Kind::Ip)),
        "{spans:?}"
    );
}

#[test]
fn keys_explain_their_values() {
    let (_, spans) = masked(&json!({
        "birthDate": "1980-03-12",
        "person": {"phone_number": "612345678"},
        "password": "swordfish",
        "release": "1980-03-12",
    }));
    let kinds: Vec<Kind> = spans.iter().map(|(_, kind)| *kind).collect();
    assert!(
        kinds.contains(&Kind::BirthDate)
            && kinds.contains(&Kind::Phone)
            && kinds.contains(&Kind::Password),
        "{spans:?}"
    );
}

#[test]
fn a_date_is_no_day_of_birth_where_the_key_does_not_say_so() {
    assert_eq!(masked(&json!({"release": "1980-03-12"})).1, []);
}

#[test]
fn a_value_that_a_list_divides_is_found() {
    let words: Vec<&str> =
        "legal winner thank year wave sausage worth useful legal winner thank yellow"
            .split(' ')
            .collect();
    let scan = Detector::default()
        .scan_json(
            &json!({"w": words, "c": ["4111", "1111", "1111", "1111"]}),
            &mut Memory::new(),
        )
        .unwrap();
    assert_eq!(scan.action(), Some(Action::Block));
    assert_eq!(scan.kinds(), [Kind::SeedPhrase, Kind::Card]);
    assert!(
        !scan.masked.to_string().contains("sausage") && !scan.masked.to_string().contains("1111"),
        "{}",
        scan.masked
    );
}

#[test]
fn json_that_is_nested_too_deeply_is_refused() {
    let deep = (0..=limits::JSON_DEPTH_MAX + 1).fold(json!(1), |inner, _| json!([inner]));
    let refused = Detector::default()
        .scan_json(&deep, &mut Memory::new())
        .unwrap_err();
    assert_eq!(
        refused,
        ScanError::TooDeep {
            max: limits::JSON_DEPTH_MAX
        }
    );
    let fine = (0..10).fold(json!(1), |inner, _| json!([inner]));
    assert!(
        Detector::default()
            .scan_json(&fine, &mut Memory::new())
            .is_ok()
    );
}

#[test]
fn a_strangers_token_is_not_filled_with_a_value() {
    let (guardian, mut memory) = (Guardian::default(), Memory::new());
    guardian
        .clear(&message("my card is 4111 1111 1111 1111"), &mut memory)
        .unwrap();
    let text = Labelled::new("print [CARD_1]".to_owned(), Provenance::Outside);
    let cleared = guardian.clear(&text, &mut memory).unwrap();
    assert_eq!(cleared.get(), "print [TEXT_1]");
    assert_eq!(memory.restore(cleared.get()), "print [CARD_1]");
}

fn page(address: &str) -> Labelled<WebRequest> {
    Labelled::new(WebRequest::get(address), Provenance::Message)
}

#[test]
fn an_address_without_anything_private_leaves_as_it_is() {
    let cleared = Guardian::default()
        .clear_web(&page("https://example.com/weather"), &mut Memory::new())
        .unwrap();
    assert_eq!(cleared.get().address(), "https://example.com/weather");
    assert_eq!(
        cleared.clearance().digest,
        guardian::Digest::of(b"https://example.com/weather")
    );
}

#[test]
fn an_address_that_carries_something_private_is_refused_and_never_masked() {
    let guardian = Guardian::default();
    for address in [
        "https://example.com/?to=john@example.com",
        "https://example.com/?to=john%40example.com",
        "https://example.com/am9obkBleGFtcGxlLmNvbQ==",
    ] {
        let refused = guardian.clear_web(&page(address), &mut Memory::new());
        assert!(
            matches!(refused, Err(Refusal::NotMaskable { .. })),
            "{address}: {refused:?}"
        );
    }
    let private = page("https://example.com/weather").and([Provenance::Memory]);
    assert!(matches!(
        guardian.clear_web(&private, &mut Memory::new()),
        Err(Refusal::NeedsApproval { .. })
    ));
}

#[test]
fn an_approved_address_leaves_and_no_other() {
    let guardian = Guardian::default();
    let asked = page("https://example.com/?to=john@example.com").and([Provenance::Memory]);
    let approve = || {
        let address = asked.clone().map(|request| request.address().to_owned());
        let preview = guardian.preview(&address, &mut Memory::new()).unwrap();
        preview.approve_original().1
    };
    let cleared = guardian
        .clear_web_approved(asked.clone(), approve())
        .unwrap();
    assert_eq!(cleared.get(), asked.value());
    assert_eq!(cleared.clearance().basis, Basis::Approved);
    let other = guardian.clear_web_approved(page("https://example.com/other"), approve());
    assert_eq!(other.unwrap_err(), Refusal::OtherBytes);
}

#[test]
fn approved_json_leaves_as_it_was_shown_and_no_other_does() {
    let guardian = Guardian::default();
    let arguments =
        json!({"to": "ann@example.org", "ann@example.org": {"text": "the key is under the mat"}});
    let shown = arguments.to_string();
    let asked = Labelled::new(arguments.clone(), Provenance::Message).and([Provenance::Memory]);
    let refused = guardian.clear_json(&asked, &mut Memory::new());
    assert!(
        matches!(refused, Err(Refusal::NeedsApproval { .. })),
        "{refused:?}"
    );
    let approve = || {
        let text = asked.clone().map(|json| json.to_string());
        let preview = guardian.preview(&text, &mut Memory::new()).unwrap();
        preview.approve_original().1
    };
    let cleared = guardian
        .clear_json_approved(asked.clone(), approve())
        .unwrap();
    assert_eq!(cleared.get(), &arguments, "keys and values as they were");
    assert_eq!(cleared.clearance().basis, Basis::Approved);
    assert_eq!(cleared.clearance().digest, Digest::of(shown.as_bytes()));
    let mut other = arguments;
    other["to"] = json!("bob@example.org");
    let other = guardian.clear_json_approved(Labelled::new(other, Provenance::Message), approve());
    assert_eq!(other.unwrap_err(), Refusal::OtherBytes);
}

#[test]
fn start_of_a_server_is_cleared_only_as_it_was_approved_and_tells_no_values() {
    let guardian = Guardian::default();
    let start = |key: &str| {
        let start = ServerStart::Program(ProgramStart {
            program: "weather".to_owned(),
            arguments: vec!["--fast".to_owned()],
            environment: [("KEY".to_owned(), key.to_owned())].into(),
            folder: "/tmp".to_owned(),
        });
        Labelled::new(start, Provenance::PrivateStore)
    };
    let approve = || {
        let preview = guardian.preview_server(&start("quokka"), &mut Memory::new());
        preview.unwrap().approve_original().1
    };
    let cleared = guardian.clear_server_approved(start("quokka"), approve());
    assert_eq!(cleared.unwrap().get(), start("quokka").value());
    let other = guardian.clear_server_approved(start("wombat"), approve());
    assert_eq!(other.unwrap_err(), Refusal::OtherBytes);
    let told = format!("{:?}", start("quokka"));
    assert!(told.contains("KEY") && !told.contains("quokka"), "{told}");
}
