//! The owner of a hub, over a real vault and a real encrypted store.
//!
//! Argon2id makes each unlocking cost a good part of a second, so a test goes a long way with one vault.

use std::path::Path;

use contract::conversation::ListConversations;
use contract::identity::{
    BackupWork, ChangePassphrase, ConfirmRecoveryWords, CreateBackup, CreateIdentity,
    ERASE_CONFIRMATION, EraseEverything, ExportIdentity, IdentityMade, LockVault, Opener,
    PersonalDetails, ReadPersonalDetails, ReadRecoveryWords, RestoreBackup, RestoreIdentity,
    RevokeDevice, RotateIdentity, ShowIdentity, UnlockVault, VaultState, VerifyBackup,
};
use contract::setting::{ChangeSetting, ListSettings};
use contract::system::{ExamineHealth, MakeSignInLink, ShowStatus};
use contract::token::{CreateToken, ListTokens};
use contract::{Code, Notice, Secret};
use hub::{Hub, Start};
use serde_json::json;

const PASSPHRASE: &str = "olive harbour seven lanterns drift";
const OTHER: &str = "granite teapot under yellow ferns";

/// No test may touch the keychain of whoever runs it.
fn without_keychain() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: the first thing that every test of this program does, before it starts a thread.
        #[expect(unsafe_code, reason = "there is no other way to set a variable")]
        unsafe {
            std::env::set_var("HAI_NET_KEYCHAIN", "off");
        }
    });
}

async fn open(folder: &Path) -> Hub {
    without_keychain();
    let start = Start {
        data_folder: Some(folder.to_owned()),
        ..Start::default()
    };
    Hub::open(start).await.expect("the folder can be opened")
}

async fn close(hub: Hub) {
    hub.close();
    hub.closed().await;
}

fn create() -> CreateIdentity {
    CreateIdentity {
        name: "Marta".to_owned(),
        passphrase: PASSPHRASE.into(),
        details: PersonalDetails {
            email: Some("marta@example.org".into()),
            ..PersonalDetails::default()
        },
        keychain: false,
    }
}

fn with(passphrase: &str) -> UnlockVault {
    UnlockVault {
        opener: Opener::Passphrase(passphrase.into()),
    }
}

fn text(words: &[Secret]) -> Secret {
    let words: Vec<_> = words.iter().map(Secret::expose).collect();
    words.join(" ").into()
}

async fn owned(folder: &Path) -> (Hub, IdentityMade) {
    let hub = open(folder).await;
    let made = hub.answer(create()).await.expect("nobody owned it");
    (hub, made)
}

/// The secret of a browser that came in by a link.
async fn signed_in(hub: &Hub) -> String {
    hub.opened_at(([127, 0, 0, 1], 8080).into());
    let link = hub.answer(MakeSignInLink {}).await.expect("a port is open");
    let (_, ticket) = link
        .url
        .split_once("ticket=")
        .expect("a ticket in the link");
    hub.redeem(ticket).await.expect("a fresh link")
}

async fn code_of<A: contract::Ask>(hub: &Hub, ask: A) -> Code {
    match hub.answer(ask).await {
        Ok(_) => panic!("it was granted"),
        Err(fault) => fault.code,
    }
}

#[tokio::test]
async fn what_was_there_before_the_identity_stays_and_its_key_file_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = open(folder.path()).await;
    let key_file = folder.path().join("hai-net.key");
    let old_key = std::fs::read(&key_file).expect("the key of a hub that nobody owns");
    assert_eq!(hub.vault_state(), VaultState::Unowned);
    let token = CreateToken {
        label: "before".to_owned(),
        days: None,
        ..CreateToken::default()
    };
    hub.answer(token).await.expect("created");
    let made = hub.answer(create()).await.expect("nobody owned it");
    assert_eq!(made.words.len(), 24);
    assert!(
        made.owner.did.starts_with("did:key:z6Mk"),
        "{}",
        made.owner.did
    );
    assert!(!key_file.exists(), "the plain key is gone");
    let tokens = hub.answer(ListTokens {}).await.expect("readable").tokens;
    assert_eq!(
        tokens[0].label, "before",
        "nothing was lost under the new key"
    );
    assert_eq!(code_of(&hub, create()).await, Code::IdentityExists);
    close(hub).await;

    std::fs::write(&key_file, &old_key).expect("put back");
    let hub = open(folder.path()).await;
    assert_eq!(
        hub.vault_state(),
        VaultState::Locked,
        "the old key opens nothing"
    );
    hub.answer(with(PASSPHRASE)).await.expect("right");
    let tokens = hub.answer(ListTokens {}).await.expect("readable").tokens;
    assert_eq!(tokens.len(), 1);
    close(hub).await;
}

#[tokio::test]
async fn locked_hub_refuses_what_is_stored_and_opens_with_passphrase_or_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, made) = owned(folder.path()).await;
    let mut watch = hub.watch();
    let theme = |value| ChangeSetting {
        key: "ui.theme".to_owned(),
        value: Some(json!(value)),
    };
    hub.answer(theme("dark")).await.expect("stored");
    hub.answer(LockVault {}).await.expect("locked");
    let told = async {
        loop {
            let notice = watch.next().await.expect("the hub is open");
            if let Notice::VaultChanged { vault } = notice {
                return vault;
            }
        }
    };
    assert_eq!(told.await, VaultState::Locked, "watchers are told");
    assert_eq!(
        code_of(&hub, ListConversations::default()).await,
        Code::Locked
    );
    assert_eq!(code_of(&hub, ReadPersonalDetails {}).await, Code::Locked);
    let status = hub.answer(ShowStatus {}).await.expect("always");
    assert_eq!(
        (status.vault, status.conversations),
        (VaultState::Locked, 0)
    );
    let shown = hub.answer(ShowIdentity {}).await.expect("always");
    assert!(
        shown.owner.is_none() && shown.devices.is_empty(),
        "nothing is told"
    );
    let theme_now = |hub: Hub| async move {
        let settings = hub.answer(ListSettings {}).await.expect("always").settings;
        let theme = settings
            .into_iter()
            .find(|setting| setting.key == "ui.theme");
        theme.expect("in the schema").value
    };
    assert_eq!(
        theme_now(hub.clone()).await,
        "system",
        "settings are private too"
    );
    hub.answer(ExamineHealth {}).await.expect("always");

    assert_eq!(code_of(&hub, with("wrong horse")).await, Code::WrongKey);
    let opened = hub.answer(with(PASSPHRASE)).await.expect("right");
    assert_eq!(opened.owner.expect("open").did, made.owner.did);
    assert_eq!(theme_now(hub.clone()).await, "dark");
    hub.answer(LockVault {}).await.expect("locked");
    let words = UnlockVault {
        opener: Opener::Words(text(&made.words)),
    };
    hub.answer(words).await.expect("the words open it too");
    close(hub).await;
}

#[tokio::test]
async fn wrong_passphrases_wait_also_after_a_restart_and_words_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, made) = owned(folder.path()).await;
    hub.answer(LockVault {}).await.expect("locked");
    for _ in 0..3 {
        assert_eq!(
            code_of(&hub, with("wrong horse")).await,
            Code::WrongKey,
            "people mistype"
        );
    }
    // One try can take longer than the first waits on a busy machine: go on until the wait is eight
    // seconds, which no try takes.
    let mut wrong = 3;
    while wrong < 6 {
        match code_of(&hub, with("wrong horse")).await {
            Code::WrongKey => wrong += 1,
            code => {
                assert_eq!(code, Code::TryLater);
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
    assert_eq!(code_of(&hub, with(PASSPHRASE)).await, Code::TryLater);
    close(hub).await;
    let hub = open(folder.path()).await;
    assert_eq!(
        code_of(&hub, with(PASSPHRASE)).await,
        Code::TryLater,
        "a restart gains nothing"
    );
    let words = UnlockVault {
        opener: Opener::Words(text(&made.words)),
    };
    hub.answer(words).await.expect("words need not wait");
    close(hub).await;
}

#[tokio::test]
async fn words_are_asked_back_once_and_then_shown_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, made) = owned(folder.path()).await;
    let said = |places: [u8; 3]| ConfirmRecoveryWords {
        words: places
            .map(|place| (place, made.words[usize::from(place) - 1].clone()))
            .into(),
    };
    let read = || ReadRecoveryWords {
        passphrase: PASSPHRASE.into(),
    };
    let shown = hub.answer(read()).await.expect("not confirmed yet");
    assert_eq!(shown.words, made.words);
    assert_eq!(
        code_of(&hub, said([5, 5, 5])).await,
        Code::InvalidAsk,
        "three different ones"
    );
    let mut wrong = said([1, 2, 3]);
    wrong.words[1].1 = "zebra".into();
    assert_eq!(code_of(&hub, wrong).await, Code::WrongKey);
    hub.answer(said([3, 11, 24])).await.expect("right");
    assert_eq!(code_of(&hub, read()).await, Code::NotAllowed);
    close(hub).await;
}

#[tokio::test]
async fn passphrase_and_key_change_and_a_weak_passphrase_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, made) = owned(folder.path()).await;
    let change = |old: &str, new: &str| ChangePassphrase {
        opener: Opener::Passphrase(old.into()),
        new: new.into(),
    };
    assert_eq!(
        code_of(&hub, change(PASSPHRASE, "password1")).await,
        Code::WeakPassphrase
    );
    assert_eq!(code_of(&hub, change(OTHER, OTHER)).await, Code::WrongKey);
    hub.answer(change(PASSPHRASE, OTHER)).await.expect("right");
    let rotate = RotateIdentity {
        passphrase: OTHER.into(),
    };
    let rotated = hub.answer(rotate).await.expect("right");
    assert_ne!(rotated.owner.did, made.owner.did);
    assert_ne!(rotated.words, made.words);
    let exported = hub.answer(ExportIdentity {}).await.expect("open");
    assert_eq!(exported.did, rotated.owner.did);
    assert_eq!(
        (exported.rotations.len(), exported.certificates.len()),
        (1, 2)
    );
    let devices = hub.answer(ShowIdentity {}).await.expect("open").devices;
    let own = devices
        .iter()
        .find(|device| device.is_this)
        .expect("listed");
    let older = devices
        .iter()
        .find(|device| !device.is_this)
        .expect("listed");
    let revoke = |serial: &str| RevokeDevice {
        serial: serial.to_owned(),
    };
    assert_eq!(code_of(&hub, revoke(&own.serial)).await, Code::NotAllowed);
    assert!(older.revoked.is_some(), "the old key had certified it");
    assert_eq!(
        code_of(&hub, revoke(&older.serial)).await,
        Code::NotFound,
        "it was revoked before"
    );
    hub.answer(LockVault {}).await.expect("locked");
    assert_eq!(code_of(&hub, with(PASSPHRASE)).await, Code::WrongKey);
    hub.answer(with(OTHER)).await.expect("the new one");
    close(hub).await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn backup_brings_everything_into_a_new_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, made) = owned(folder.path()).await;
    let token = CreateToken {
        label: "editor".to_owned(),
        days: None,
        ..CreateToken::default()
    };
    hub.answer(token).await.expect("created");
    let mut watch = hub.watch();
    let backup = hub.answer(CreateBackup { path: None }).await.expect("made");
    let path = backup.path.clone();
    let told = loop {
        let notice = watch.next().await.expect("the hub is open");
        if let Notice::BackupChanged { progress } = notice {
            break progress;
        }
    };
    assert_eq!(told.expect("it is under way").doing, BackupWork::Creating);
    let last = hub.answer(ShowIdentity {}).await.expect("open").last_backup;
    assert_eq!(last.as_ref(), Some(&backup));
    let opener = |text: &str| Opener::Passphrase(text.into());
    let verify = |opener| VerifyBackup {
        path: path.clone(),
        opener,
    };
    let checked = hub.answer(verify(opener(PASSPHRASE))).await.expect("whole");
    assert_eq!(
        (checked.did, checked.name),
        (made.owner.did.clone(), "Marta".to_owned())
    );
    assert_eq!(code_of(&hub, verify(opener(OTHER))).await, Code::WrongKey);
    let existing = CreateBackup {
        path: Some(path.clone()),
    };
    assert_eq!(
        code_of(&hub, existing).await,
        Code::Backup,
        "never overwritten"
    );

    let second = tempfile::tempdir().expect("a folder");
    let there = open(second.path()).await;
    let restore = |opener| RestoreBackup {
        path: path.clone(),
        opener,
        passphrase: Some(OTHER.into()),
        keychain: false,
    };
    assert_eq!(
        code_of(&there, restore(opener("wrong horse"))).await,
        Code::WrongKey
    );
    assert_eq!(there.vault_state(), VaultState::Unowned, "as it was before");
    there
        .answer(ListTokens {})
        .await
        .expect("the empty store is open again");
    let session = signed_in(&there).await;
    let restored = there
        .answer(restore(Opener::Words(text(&made.words))))
        .await
        .expect("whole");
    assert_eq!(restored.owner.did, made.owner.did);
    assert!(
        there.signed_in(&session).await,
        "the browser that restored goes on"
    );
    let tokens = there.answer(ListTokens {}).await.expect("open").tokens;
    assert_eq!(tokens[0].label, "editor");
    let details = there.answer(ReadPersonalDetails {}).await.expect("open");
    assert_eq!(details.details.email, Some("marta@example.org".into()));
    there.answer(LockVault {}).await.expect("locked");
    there
        .answer(with(OTHER))
        .await
        .expect("the passphrase of this device");
    close(there).await;
    close(hub).await;
}

#[tokio::test]
async fn words_alone_bring_the_identity_back() {
    let first = tempfile::tempdir().expect("a folder");
    let (hub, made) = owned(first.path()).await;
    close(hub).await;
    let second = tempfile::tempdir().expect("a folder");
    let hub = open(second.path()).await;
    let restore = |words: Secret| RestoreIdentity {
        words,
        name: "Marta".to_owned(),
        passphrase: OTHER.into(),
        keychain: false,
    };
    assert_eq!(
        code_of(&hub, restore("abandon ability".into())).await,
        Code::WrongKey
    );
    let back = hub.answer(restore(text(&made.words))).await.expect("right");
    assert_eq!(back.owner.did, made.owner.did);
    assert!(
        back.words.is_empty() && back.owner.words_confirmed,
        "the person has them"
    );
    close(hub).await;
}

#[tokio::test]
async fn damaged_vault_is_told_and_never_replaced_by_a_new_identity() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, _) = owned(folder.path()).await;
    close(hub).await;
    let vault = folder.path().join("vault.age");
    let whole = std::fs::read(&vault).expect("there");
    std::fs::write(&vault, &whole[..whole.len() / 2]).expect("cut off");
    let hub = open(folder.path()).await;
    assert_eq!(hub.vault_state(), VaultState::Locked);
    let code = code_of(&hub, with(PASSPHRASE)).await;
    assert_eq!(code, Code::VaultFile);
    assert_eq!(code_of(&hub, create()).await, Code::Locked);
    close(hub).await;
    assert_eq!(
        std::fs::read(&vault).expect("there").len(),
        whole.len() / 2,
        "left as it was"
    );
    std::fs::write(&vault, &whole).expect("put back");
    let hub = open(folder.path()).await;
    hub.answer(with(PASSPHRASE)).await.expect("whole again");
    close(hub).await;
}

#[tokio::test]
async fn erasing_needs_the_words_and_leaves_nothing_of_the_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, _) = owned(folder.path()).await;
    hub.answer(CreateBackup { path: None }).await.expect("made");
    let erase = |text: &str| EraseEverything {
        confirmation: text.to_owned(),
    };
    assert_eq!(code_of(&hub, erase("yes")).await, Code::InvalidAsk);
    hub.answer(LockVault {}).await.expect("locked");
    let session = signed_in(&hub).await;
    hub.answer(erase(ERASE_CONFIRMATION))
        .await
        .expect("also when the passphrase is lost");
    assert_eq!(hub.vault_state(), VaultState::Unowned);
    assert!(
        hub.signed_in(&session).await,
        "the browser that erased goes on"
    );
    assert!(!folder.path().join("vault.age").exists());
    assert!(!folder.path().join("backups").exists());
    assert!(
        hub.answer(ListTokens {})
            .await
            .expect("new")
            .tokens
            .is_empty()
    );
    hub.answer(create()).await.expect("a new owner can come");
    close(hub).await;
}
