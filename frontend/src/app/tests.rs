//! What the page keeps and forgets, natively: signals need no page.

mod agents;

use base::{ByteCount, ConversationId, MessageId, Timestamp};
use contract::conversation::{
    ConversationList, ConversationSummary, ConversationView, MessageState, MessageView,
    ReadConversation, Role,
};
use contract::identity::{
    BackupView, DeviceView, IdentityView, KeychainState, OwnerView, VaultState,
};
use contract::log::{Level, LogLine};
use contract::model::{EngineView, ModelsView};
use contract::setting::{KindView, Origin, SettingView, SettingsView};
use contract::token::TokenList;
use contract::{Code, Fault, Secret};
use futures::executor::block_on;
use leptos::prelude::*;
use serde_json::{Value, json};

use super::vault::setup_step;
use super::*;
use crate::client::Fixture;
use crate::state::{DONE, Gate};

/// A text that a locked page must not hold.
const PRIVATE: &str = "canary";

fn conversation() -> ConversationId {
    ConversationId::from_bytes([9; 16])
}

fn identity(vault: VaultState) -> IdentityView {
    let is_open = vault == VaultState::Open;
    IdentityView {
        vault,
        owner: is_open.then(|| OwnerView {
            name: PRIVATE.to_owned(),
            did: "did:key:z6Mk".to_owned(),
            did_alias: "did:hai:z6Mk".to_owned(),
            created: Timestamp::default(),
            words_confirmed: true,
        }),
        devices: is_open
            .then(|| DeviceView {
                serial: "00".to_owned(),
                label: PRIVATE.to_owned(),
                roles: Vec::new(),
                issued: Timestamp::default(),
                expires: Timestamp::default(),
                revoked: None,
                is_this: true,
            })
            .into_iter()
            .collect(),
        keychain: KeychainState::NotUsed,
        trouble: None,
        last_backup: is_open.then(|| BackupView {
            path: PRIVATE.to_owned(),
            made: Timestamp::default(),
            bytes: ByteCount(1),
            did: String::new(),
            name: String::new(),
        }),
        running: None,
    }
}

fn settings(step: u8) -> SettingsView {
    let setting = |key: &str, value: Value| SettingView {
        key: key.to_owned(),
        about: String::new(),
        value: value.clone(),
        default: value,
        kind: KindView::Text { chars_max: 9 },
        origin: Origin::Stored,
        needs_restart: false,
    };
    SettingsView {
        settings: vec![
            setting("llm.instructions", json!(PRIVATE)),
            setting(SETUP_STEP, json!(step)),
        ],
    }
}

fn spoken(text: &str) -> ConversationView {
    let id = MessageId::from_bytes([1; 16]);
    ConversationView {
        id: conversation(),
        title: text.to_owned(),
        model: None,
        created: Timestamp::default(),
        updated: Timestamp::default(),
        head: Some(id),
        messages: vec![MessageView {
            id,
            parent: None,
            role: Role::Assistant,
            text: text.to_owned(),
            state: MessageState::Done,
            created: Timestamp::default(),
            model: None,
            ran_on: None,
            usage: None,
        }],
    }
}

/// A page of an open hub that holds something private in every place that can.
fn full_page(fixture: &'static Fixture) -> App {
    let route = Route {
        tab: Tab::Visualize,
        conversation: Some(conversation()),
    };
    let app = App::with(Client::Fixture(fixture), route, Language::English);
    app.identity.set(Some(identity(VaultState::Open)));
    app.settings.set(Some(settings(DONE)));
    app.thread.update(|it| it.open(Some(spoken(PRIVATE))));
    app.feed.update(|it| it.tell(&spoken(PRIVATE)));
    app.shelf.update(|it| {
        it.search = PRIVATE.to_owned();
        it.replace(ConversationList {
            conversations: vec![ConversationSummary {
                id: conversation(),
                title: PRIVATE.to_owned(),
                created: Timestamp::default(),
                updated: Timestamp::default(),
                messages: 1,
                found: Vec::new(),
            }],
            total: 1,
        });
    });
    app.logbook.update(|it| {
        it.add(vec![LogLine {
            number: 1,
            at: Timestamp::default(),
            level: Level::Info,
            source: "hub".to_owned(),
            text: PRIVATE.to_owned(),
        }]);
    });
    app.drafts.update(|it| {
        it.insert(Some(conversation()), PRIVATE.to_owned());
    });
    app.models.set(Some(ModelsView {
        installed: Vec::new(),
        catalogue: Vec::new(),
        pulls: Vec::new(),
        engine: EngineView::Asleep,
        chosen: Some(PRIVATE.to_owned()),
    }));
    app.tokens.set(Some(TokenList { tokens: Vec::new() }));
    app.overlay
        .set(Some(Overlay::Rename(conversation(), PRIVATE.to_owned())));
    app.fresh_words.set(vec![Secret::from(PRIVATE)]);
    app.editing.set(Some(MessageId::from_bytes([1; 16])));
    app.said.set(PRIVATE.to_owned());
    app.toast.set(Some(PRIVATE.to_owned()));
    app.refusal
        .set(Some(Fault::refused(Code::InvalidAsk, PRIVATE)));
    app
}

fn in_page<T>(test: impl FnOnce() -> T) -> T {
    Owner::new().with(test)
}

#[test]
fn locking_leaves_nothing_private_in_the_page() {
    in_page(|| {
        let app = full_page(Fixture::leak(Vec::new()));
        assert_eq!(app.gate.get_untracked(), Gate::Inside);
        app.take_vault(VaultState::Locked);
        assert_eq!(app.gate.get_untracked(), Gate::Locked);
        let left = [
            format!("{:?}", app.identity.get_untracked()),
            format!("{:?}", app.thread.get_untracked()),
            format!("{:?}", app.feed.get_untracked()),
            format!("{:?}", app.shelf.get_untracked()),
            format!("{:?}", app.logbook.get_untracked()),
            format!("{:?}", app.drafts.get_untracked()),
            format!("{:?}", app.models.get_untracked()),
            format!("{:?}", app.settings.get_untracked()),
            format!("{:?}", app.overlay.get_untracked()),
            format!("{:?}", app.said.get_untracked()),
            format!("{:?}", app.toast.get_untracked()),
            format!("{:?}", app.refusal.get_untracked()),
        ];
        for text in left {
            assert!(!text.contains(PRIVATE), "a locked page holds {text}");
        }
        assert!(app.fresh_words.with_untracked(Vec::is_empty));
        assert!(app.tokens.with_untracked(Option::is_none));
        assert!(app.editing.get_untracked().is_none());
        assert_eq!(
            app.chosen.get_untracked(),
            Some(conversation()),
            "after unlocking the person is back where they were"
        );
    });
}

#[test]
fn erasing_leaves_not_even_the_owner_in_the_page() {
    in_page(|| {
        let app = full_page(Fixture::leak(Vec::new()));
        app.forget_owner();
        assert!(app.identity.with_untracked(Option::is_none));
        assert!(app.chosen.get_untracked().is_none());
        assert_eq!(app.gate.get_untracked(), Gate::Unknown);
    });
}

#[test]
fn answer_that_comes_after_locking_is_not_taken() {
    in_page(|| {
        let answer = serde_json::to_value(spoken(PRIVATE)).expect("plain data");
        let app = full_page(Fixture::leak(vec![("ReadConversation", Ok(answer))]));
        let ask = ReadConversation {
            conversation: conversation(),
        };
        assert!(block_on(app.ask(ask)).is_ok(), "an open hub is read");
        let epoch = app.epoch.get_value();
        app.take_vault(VaultState::Locked);
        let late = app.unless_late(epoch, Ok(spoken(PRIVATE)));
        assert_eq!(late.map_err(|fault| fault.code), Err(Code::Locked));
    });
}

#[test]
fn step_of_the_first_start_is_read_from_the_settings() {
    assert_eq!(setup_step(&None), None);
    assert_eq!(setup_step(&Some(settings(4))), Some(4));
    let mut strange = settings(4);
    strange.settings[1].value = json!("four");
    assert_eq!(setup_step(&Some(strange)), None);
}

#[test]
fn gate_follows_identity_and_settings() {
    in_page(|| {
        let app = full_page(Fixture::leak(Vec::new()));
        app.settings.set(Some(settings(3)));
        assert_eq!(app.gate.get_untracked(), Gate::Setup);
        app.settings.set(Some(settings(DONE)));
        assert_eq!(app.gate.get_untracked(), Gate::Inside);
        app.identity.set(Some(identity(VaultState::Unowned)));
        assert_eq!(app.gate.get_untracked(), Gate::Setup);
        app.identity.set(None);
        assert_eq!(app.gate.get_untracked(), Gate::Unknown);
    });
}
