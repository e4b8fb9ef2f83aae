//! A tool of a configured server: what leaves are the arguments.

use std::collections::BTreeMap;

use ::tools::mcp::{Call, McpError, Outcome};
use contract::show::FENCE;
use guardian::{Cleared, Guardian, Labelled, Memory, Provenance, Refusal};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::super::{share, tools};
use super::{Brought, CallError, Errand, brought, exit, shown};

/// Calls the tool, if it is what was offered, with what the guardian lets out.
pub(super) async fn call(
    errand: &Errand,
    server: &str,
    arguments: &Value,
) -> Result<Brought, CallError> {
    let hub = &errand.hub;
    let told = |fault: contract::Fault| CallError::Server(fault.message);
    // It lists its tools when it is connected, so that what is known afterwards is what is there.
    let connected = hub.tool_server(server).await.map_err(told)?;
    let known = hub.known_tools().await.map_err(told)?;
    let known = known
        .into_iter()
        .find(|tool| tool.name == errand.call.tool)
        .ok_or(CallError::UnknownTool)?;
    let is_same = errand
        .offered
        .as_ref()
        .is_some_and(|offered| *offered == known.tool());
    let Ok(approved) = known.fingerprint().parse() else {
        return Err(CallError::ToolChanged);
    };
    if !is_same {
        return Err(CallError::ToolChanged);
    }
    let cleared = match clear(&hub.guardian().await, errand, arguments) {
        Ok(cleared) => cleared,
        Err(refusal) => {
            exit::note(errand, "kept in", None).await?;
            return Err(CallError::Kept(refusal));
        }
    };
    // Before it leaves: what is not on record does not leave.
    let subject = format!("tool server: {server}");
    exit::note(errand, &subject, Some(cleared.clearance())).await?;
    // When nobody waits for it any more, the server is told.
    let cancel = CancellationToken::new();
    let _told = cancel.clone().drop_guard();
    let call = Call {
        tool: known.own_name().to_owned(),
        approved,
        arguments: cleared,
        progress: None,
        cancel,
    };
    let (sender, called) = oneshot::channel();
    hub.undertake(async move {
        // Whoever stopped waiting does not mind.
        let _ = sender.send(connected.call(call).await);
    });
    let called = called.await.unwrap_or(Err(McpError::Cancelled));
    match called {
        Ok(outcome) => {
            hub.tool_server_worked(server);
            let keys = hub.tool_server_keys(server).await;
            told_of(outcome.value(), &keys)
        }
        Err(error @ (McpError::ToolChanged { .. } | McpError::NoSuchTool { .. })) => {
            let _ = hub.tool_server_failed(server, &error).await;
            Err(CallError::ToolChanged)
        }
        Err(error) => Err(told(hub.tool_server_failed(server, &error).await)),
    }
}

/// What the person said yes to leaves as it is; else what is private in it is masked, and nothing leaves
/// that came from a private place.
fn clear(
    guardian: &Guardian,
    errand: &Errand,
    arguments: &Value,
) -> Result<Cleared<Value>, Refusal> {
    let seen = errand.seen.iter().map(|label| tools::provenance(label));
    let labelled = Labelled::new(arguments.clone(), Provenance::Message).and(seen);
    if !errand.is_approved {
        return guardian.clear_json(&labelled, &mut Memory::new());
    }
    // The text that the person was shown, and no other.
    let text = labelled.clone().map(|_| errand.call.arguments.clone());
    let preview = guardian.preview(&text, &mut Memory::new())?;
    let (_, approval) = preview.approve_original();
    guardian.clear_json_approved(labelled, approval)
}

fn told_of(outcome: &Outcome, keys: &BTreeMap<String, String>) -> Result<Brought, CallError> {
    let mut text = outcome.text.clone();
    if text.trim().is_empty()
        && let Some(data) = &outcome.data
    {
        text = data.to_string();
    }
    // A view is shown as the house's own: a stranger makes none.
    text = crate::tool_servers::hide(text.replace(FENCE, "text"), keys);
    if outcome.failed {
        return Err(CallError::Server(shown(text)));
    }
    if text.trim().is_empty() {
        text.push_str("It is done; the tool said nothing.");
    }
    let mut text = shown(text);
    if outcome.cut {
        text.push_str("\n(the rest is left out)");
    }
    Ok(brought(text, tools::OUTSIDE))
}

/// Gives another program what the AI knows, in the words that the person said yes to.
pub(super) async fn share(errand: &Errand, arguments: &Value) -> Result<Brought, CallError> {
    let cleared = match clear(&errand.hub.guardian().await, errand, arguments) {
        Ok(cleared) => cleared,
        Err(refusal) => {
            exit::note(errand, "kept in", None).await?;
            return Err(CallError::Kept(refusal));
        }
    };
    exit::note(errand, "memory for a program", Some(cleared.clearance())).await?;
    let texts = cleared.into_inner();
    let texts = texts["texts"].as_array().into_iter().flatten();
    let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
    Ok(brought(texts.join(share::BETWEEN), tools::MEMORY))
}
