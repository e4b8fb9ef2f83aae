//! Permissions that stand, and granted folders.

use base::{ConversationId, Timestamp};
use store::{FolderAccess, GrantedFolder, Permission, PermissionRow, StoreError};

use crate::{at, open, talk, unique};

fn row(
    tool: &str,
    conversation: Option<ConversationId>,
    choice: Permission,
    changed: Timestamp,
) -> PermissionRow {
    PermissionRow {
        tool: tool.to_owned(),
        scope: "example.org".to_owned(),
        conversation,
        choice,
        changed,
    }
}

#[tokio::test]
async fn choice_stands_for_its_tool_scope_and_conversation_until_it_is_changed() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let here = talk(&store, "here", at(1), &["hello"]).await;
    let everywhere = row("web.fetch", None, Permission::Ask, at(1));
    let in_one = row("web.fetch", Some(here), Permission::Conversation, at(2));
    let other = row("files.write", None, Permission::Never, at(3));
    for row in [&everywhere, &in_one, &other] {
        store.set_permission(row.clone()).await.expect("set");
    }
    let changed = row("web.fetch", None, Permission::Always, at(4));
    store.set_permission(changed.clone()).await.expect("set");
    store.close().await.expect("closed");
    let store = open(folder.path());
    assert_eq!(
        store.permissions().await.expect("read"),
        [other, changed.clone(), in_one]
    );
    store.delete_conversation(here).await.expect("deleted");
    assert_eq!(
        store.permissions_of("web.fetch").await.expect("read"),
        [changed]
    );
    let stranger = ConversationId::new(at(1), unique());
    let outcome = store
        .set_permission(row("x", Some(stranger), Permission::Ask, at(1)))
        .await;
    assert!(
        matches!(outcome, Err(StoreError::UnknownConversation(_))),
        "{outcome:?}"
    );
    let take_back = async || {
        store
            .remove_permission("web.fetch", "example.org", None)
            .await
            .expect("removed")
    };
    assert_eq!((take_back().await, take_back().await), (true, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permission_for_one_time_is_used_by_one() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let once = row("web.fetch", None, Permission::Once, at(1));
    store.set_permission(once).await.expect("set");
    store
        .set_permission(row("files.write", None, Permission::Always, at(1)))
        .await
        .expect("set");
    let mut used = 0;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .transact("using a permission", |together| {
                        together.use_permission_once("web.fetch", "example.org", None)
                    })
                    .await
                    .expect("tried")
            })
        })
        .collect();
    for one in tries {
        used += u32::from(one.await.expect("joined"));
    }
    assert_eq!(used, 1);
    let standing = store
        .transact("using a permission", |together| {
            together.use_permission_once("files.write", "example.org", None)
        })
        .await
        .expect("tried");
    assert!(!standing, "what stands is not used up");
    assert_eq!(store.permissions().await.expect("read").len(), 1);
}

#[tokio::test]
async fn folders_are_granted_changed_and_taken_back() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let grant = |path: &str, access, granted| GrantedFolder {
        path: path.to_owned(),
        access,
        granted,
    };
    for row in [
        grant("/home/ada/notes", FolderAccess::Read, at(1)),
        grant("/home/ada/drafts", FolderAccess::Write, at(2)),
        grant("/home/ada/notes", FolderAccess::Write, at(3)),
    ] {
        store.grant_folder(row).await.expect("granted");
    }
    assert!(
        store
            .revoke_folder("/home/ada/drafts")
            .await
            .expect("revoked")
    );
    assert!(!store.revoke_folder("/home/ada").await.expect("revoked"));
    assert_eq!(
        store.granted_folders().await.expect("read"),
        [grant("/home/ada/notes", FolderAccess::Write, at(3))]
    );
}
