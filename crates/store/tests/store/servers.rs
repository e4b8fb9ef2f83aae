//! MCP servers: kept, changed and forgotten with their keys.

use base::Timestamp;
use serde_json::json;
use store::{McpServerRow, Permission, PermissionRow};

use crate::{at, open, talk};

fn server(name: &str, changed: Timestamp) -> McpServerRow {
    McpServerRow {
        name: name.to_owned(),
        start: json!({"program": "weather", "arguments": ["--quiet"]}),
        enabled: true,
        permissions: json!({}),
        tools: json!([]),
        changed,
    }
}

#[tokio::test]
async fn servers_are_kept_changed_and_forgotten_with_their_keys() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    for row in [
        server("weather", at(1)),
        server("calendar", at(2)),
        server("weather", at(3)),
    ] {
        store.save_mcp_server(row).await.expect("saved");
    }
    assert_eq!(
        store.mcp_servers().await.expect("read"),
        [server("calendar", at(2)), server("weather", at(3))]
    );
    let keys = |server: &'static str| {
        store.transact("keeping keys", move |together| {
            together.set_mcp_secret(server, "KEY", "old")?;
            together.set_mcp_secret(server, "KEY", "new")
        })
    };
    keys("calendar").await.expect("it is there");
    let kept = store.mcp_secrets("calendar").await.expect("read");
    assert_eq!(kept, [("KEY".to_owned(), "new".to_owned())].into());
    keys("nobody").await.expect_err("nobody has no keys");
    assert!(store.remove_mcp_server("calendar").await.expect("removed"));
    assert!(!store.remove_mcp_server("calendar").await.expect("removed"));
    assert!(
        store
            .mcp_secrets("calendar")
            .await
            .expect("read")
            .is_empty(),
        "keys go with their server"
    );
    assert_eq!(store.mcp_server("calendar").await.expect("read"), None);
    let left = store.mcp_server("weather").await.expect("read");
    assert_eq!(left, Some(server("weather", at(3))));
}

#[tokio::test]
async fn changed_tool_asks_again_and_what_was_refused_stays_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    store
        .save_mcp_server(server("weather", at(1)))
        .await
        .expect("saved");
    let talk = talk(&store, "Weather", at(1), &[]).await;
    let said = [
        ("weather.now", None, Permission::Always),
        ("weather.now", Some(talk), Permission::Conversation),
        ("weather.now", Some(talk), Permission::Never),
        ("weather.later", None, Permission::Never),
        ("weather.soon", None, Permission::Always),
    ];
    for (number, (tool, conversation, choice)) in said.into_iter().enumerate() {
        let row = PermissionRow {
            tool: tool.to_owned(),
            scope: number.to_string(),
            conversation,
            choice,
            changed: at(1),
        };
        store.set_permission(row).await.expect("kept");
    }
    let listed = json!([{"name": "now"}]);
    store
        .transact("keeping tools", move |together| {
            assert!(together.set_mcp_tools("weather", &listed)?);
            assert!(!together.set_mcp_tools("nobody", &listed)?);
            together.ask_again_for("weather.now")?;
            together.ask_again_for("weather.later")
        })
        .await
        .expect("kept");
    let left = store.permissions().await.expect("read");
    let left: Vec<_> = left
        .iter()
        .map(|row| (row.tool.as_str(), row.choice))
        .collect();
    assert_eq!(
        left,
        [
            ("weather.later", Permission::Never),
            ("weather.now", Permission::Never),
            ("weather.soon", Permission::Always),
        ]
    );
    let row = store.mcp_server("weather").await.expect("read");
    assert_eq!(row.expect("it is there").tools, json!([{"name": "now"}]));
}
