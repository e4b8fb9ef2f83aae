//! The tools that agents have: what each does, what it takes, and what a person must allow.

use base::ConversationId;
use contract::show::FENCE;
use domain::agent::call::{Call, CallEnd, SideEffects};
use domain::agent::capability::{Capability, Standing};
use domain::agent::delegation;
use domain::agent::turn;
use store::Permission;

use crate::house::Hub;

/// A tool.
#[derive(Debug)]
pub(crate) struct ToolKind {
    pub(crate) name: &'static str,
    /// What it does, for a person and for the model.
    pub(crate) about: &'static str,
    /// The JSON schema of its arguments.
    pub(super) schema: &'static str,
    pub(super) capability: Capability,
    pub(crate) side_effects: SideEffects,
    /// Whether something leaves this device through it.
    pub(crate) leaves: bool,
    /// Whether what it brings is an answer as it is. A model could only get it wrong.
    pub(super) speaks: bool,
}

/// Takes nothing.
const NOTHING: &str = r#"{"type":"object","properties":{}}"#;
/// Takes words to look for.
const QUERY: &str = r#"{"type":"object","properties":{"query":{"type":"string","maxLength":200}},"required":["query"]}"#;
/// Takes a text.
const TEXT: &str =
    r#"{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}"#;

/// All tools but the one to give work away, by name.
pub(crate) const TOOLS: &[ToolKind] = &[
    ToolKind {
        name: "fetch_page",
        about: "Fetches a page from the web and gives its text.",
        schema: r#"{"type":"object","properties":{"address":{"type":"string"}},"required":["address"]}"#,
        capability: Capability::Web,
        side_effects: SideEffects::AtMostOnce,
        leaves: true,
        speaks: false,
    },
    ToolKind {
        name: "find_people",
        about: "Looks for people of your communities with the same interest.",
        schema: QUERY,
        capability: Capability::Memory,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: true,
    },
    ToolKind {
        name: "introduce",
        about: "Says what this AI is and can do, and asks about you.",
        schema: TEXT,
        capability: Capability::SystemStatus,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: true,
    },
    ToolKind {
        name: "list_files",
        about: "Lists the files in a folder that you granted.",
        schema: r#"{"type":"object","properties":{"folder":{"type":"string"}}}"#,
        capability: Capability::FilesRead,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: false,
    },
    ToolKind {
        name: "list_reminders",
        about: "Lists the reminders that are not done.",
        schema: NOTHING,
        capability: Capability::Reminders,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: true,
    },
    ToolKind {
        name: "now",
        about: "Tells the date and the time here.",
        schema: NOTHING,
        capability: Capability::Time,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: true,
    },
    ToolKind {
        name: "read_file",
        about: "Reads a text file in a folder that you granted.",
        schema: r#"{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}"#,
        capability: Capability::FilesRead,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: false,
    },
    ToolKind {
        name: "recall",
        about: "Looks up what was learned about you.",
        schema: QUERY,
        capability: Capability::Memory,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: false,
    },
    ToolKind {
        name: "remember",
        about: "Remembers something about you.",
        schema: TEXT,
        capability: Capability::Memory,
        side_effects: SideEffects::ExactlyOnce,
        leaves: false,
        speaks: true,
    },
    ToolKind {
        name: "search_documents",
        about: "Looks up pieces of the documents that you gave.",
        schema: QUERY,
        capability: Capability::Memory,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: false,
    },
    ToolKind {
        name: "search_files",
        about: "Looks for files by name or content in the folders that you granted.",
        schema: QUERY,
        capability: Capability::FilesRead,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: false,
    },
    ToolKind {
        name: "search_notes",
        about: "Looks up your notes.",
        schema: QUERY,
        capability: Capability::Notes,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: false,
    },
    ToolKind {
        name: "set_reminder",
        about: "Sets a reminder. `when` is a local time such as 2026-03-01 17:30, or +20m, +2h, +1d.",
        schema: r#"{"type":"object","properties":{"text":{"type":"string","maxLength":120},"when":{"type":"string","pattern":"^(\\+[1-9][0-9]{0,2}[mhd]|20[0-9]{2}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9])$"}},"required":["text","when"]}"#,
        capability: Capability::Reminders,
        side_effects: SideEffects::ExactlyOnce,
        leaves: false,
        speaks: false,
    },
    ToolKind {
        name: "set_up",
        about: "Remembers what you answered to the introduction, and sets up what the AI may do.",
        schema: TEXT,
        capability: Capability::Memory,
        side_effects: SideEffects::ExactlyOnce,
        leaves: false,
        speaks: true,
    },
    ToolKind {
        name: "share_memory",
        about: "Gives another program what was learned about you, in exactly these words.",
        schema: r#"{"type":"object","properties":{"texts":{"type":"array","items":{"type":"string"}}},"required":["texts"]}"#,
        capability: Capability::Memory,
        side_effects: SideEffects::AtMostOnce,
        leaves: true,
        speaks: true,
    },
    ToolKind {
        name: "system_status",
        about: "Tells how this machine and HAI-Net are doing.",
        schema: NOTHING,
        capability: Capability::SystemStatus,
        side_effects: SideEffects::None,
        leaves: false,
        speaks: true,
    },
    ToolKind {
        name: "write_file",
        about: "Writes a text file in a folder where you granted writing.",
        schema: r#"{"type":"object","properties":{"path":{"type":"string"},"text":{"type":"string"}},"required":["path","text"]}"#,
        capability: Capability::FilesWrite,
        side_effects: SideEffects::AtMostOnce,
        leaves: false,
        speaks: false,
    },
    ToolKind {
        name: "write_note",
        about: "Writes a note.",
        schema: r#"{"type":"object","properties":{"title":{"type":"string","maxLength":80},"text":{"type":"string"}},"required":["title","text"]}"#,
        capability: Capability::Notes,
        side_effects: SideEffects::ExactlyOnce,
        leaves: false,
        speaks: false,
    },
];

/// The tool of this name.
pub(crate) fn find(name: &str) -> Option<&'static ToolKind> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// Whether something leaves this device through a call. What a server of tools does with its arguments
/// nobody knows, so it counts as leaving.
pub(super) fn leaves(call: &Call) -> bool {
    matches!(call.capability, Capability::Mcp(_))
        || find(&call.tool).is_some_and(|tool| tool.leaves)
}

/// The tools of these names, as a turn takes them. Names that are no tool's are left out.
pub(super) fn offered(names: impl IntoIterator<Item = &'static str>) -> Vec<turn::Tool> {
    names
        .into_iter()
        .filter_map(|name| match find(name) {
            Some(tool) => Some(turn::Tool {
                name: tool.name.to_owned(),
                description: tool.about.to_owned(),
                schema: tool.schema.to_owned(),
                capability: tool.capability.clone(),
                side_effects: tool.side_effects,
            }),
            None if name == delegation::DELEGATE => Some(delegation::tool()),
            None => None,
        })
        .collect()
}

/// What the person said about a tool, for all conversations and for this one. What cannot be read asks.
pub(super) async fn standing(hub: &Hub, tool: &str, conversation: ConversationId) -> Vec<Standing> {
    let rows = hub.house.store.permissions_of(tool).await;
    let rows = rows.unwrap_or_else(|error| {
        tracing::warn!("permissions cannot be read: {error}");
        Vec::new()
    });
    rows.into_iter()
        .filter(|row| row.conversation.is_none_or(|of| of == conversation))
        .map(|row| match row.choice {
            Permission::Ask => Standing::Ask,
            Permission::Once => Standing::Once,
            Permission::Conversation => Standing::Conversation,
            Permission::Always => Standing::Always,
            Permission::Never => Standing::Never,
        })
        .collect()
}

/// Where a text came from, by the name that travels with it.
pub(super) fn provenance(label: &str) -> guardian::Provenance {
    use guardian::Provenance;
    match label {
        PUBLIC => Provenance::Public,
        OUTSIDE => Provenance::Outside,
        MESSAGE => Provenance::Message,
        MEMORY => Provenance::Memory,
        FILE => Provenance::File,
        // What nobody knows is private.
        _ => Provenance::PrivateStore,
    }
}

/// The program's own texts.
pub(super) const PUBLIC: &str = "public";
/// Pages, and what other programs say.
pub(super) const OUTSIDE: &str = "outside";
/// What the person wrote in this message.
pub(super) const MESSAGE: &str = "message";
/// What was said before, notes, reminders, settings.
pub(super) const STORE: &str = "private_store";
/// What the AI learned about the person.
pub(super) const MEMORY: &str = "memory";
/// Files and documents of the person.
pub(super) const FILE: &str = "file";

/// Whether a text from there leaves only with the person's yes to its exact bytes.
pub(super) fn is_private(label: &str) -> bool {
    provenance(label).is_private()
}

/// The views in what calls brought, for the person to see beside the answer.
pub(super) fn views(past: &[turn::Event]) -> Vec<String> {
    past.iter()
        .filter_map(|event| match &event.input {
            turn::Input::CallEnded {
                end: CallEnd::Done { text, labels },
                ..
            // What a stranger or a file wrote is no view of the house's.
            } if !labels.contains(OUTSIDE) && !labels.contains(FILE) => block(text),
            _ => None,
        })
        .collect()
}

/// What these calls said, views left out; `None` unless all of them are done.
pub(super) fn said(past: &[turn::Event], calls: &[base::CallId]) -> Option<String> {
    let fence = fence();
    let words: Vec<&str> = past
        .iter()
        .filter_map(|event| match &event.input {
            turn::Input::CallEnded {
                call,
                end: CallEnd::Done { text, .. },
            } if calls.contains(call) => Some(text.split(&fence).next().unwrap_or(text).trim()),
            _ => None,
        })
        .collect();
    (words.len() == calls.len()).then(|| words.join("\n\n"))
}

/// The first view in a text, fence included.
fn block(text: &str) -> Option<String> {
    let fence = fence();
    let from = text.find(&fence)?;
    let length = text[from + fence.len()..].find("\n```")?;
    Some(text[from..from + fence.len() + length + "\n```".len()].to_owned())
}

/// What a view begins with.
fn fence() -> String {
    format!("```{FENCE}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_sorted_and_their_schemas_are_objects() {
        assert!(TOOLS.is_sorted_by_key(|tool| tool.name));
        for tool in TOOLS {
            let schema: serde_json::Value = serde_json::from_str(tool.schema).expect(tool.name);
            assert_eq!(schema["type"], "object", "{}", tool.name);
            assert!(
                !tool.leaves || tool.side_effects != SideEffects::None,
                "{}: what leaves is asked first",
                tool.name
            );
        }
    }

    #[test]
    fn every_tool_that_an_intent_names_is_there() {
        for message in [
            "Help me organize my day",
            "Show me system status",
            "Connect me with others interested in bees",
            "Teach me something new",
            "Remember that I drink tea",
            "Please remind me to call Mum",
            "What is in my files? Look at https://example.org and my notes and the documents",
        ] {
            let intent = domain::intent::read(message);
            for name in intent.offered {
                assert!(
                    find(name).is_some() || name == delegation::DELEGATE,
                    "{name}"
                );
            }
            for opening in intent.opening {
                assert!(find(opening.tool).is_some(), "{}", opening.tool);
            }
        }
    }

    #[test]
    fn view_is_taken_out_of_what_a_call_brought() {
        let text = "All is well.\n```hai-view\n{\"a\":1}\n```\nMore.";
        assert_eq!(block(text).as_deref(), Some("```hai-view\n{\"a\":1}\n```"));
        assert_eq!(block("```hai-view\n{"), None);
        assert_eq!(block("nothing"), None);
    }
}
