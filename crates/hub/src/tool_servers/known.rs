//! The tools that servers listed last, as they are kept and shown.

use contract::approval::{Permission, ToolView};
use domain::agent::call::SideEffects;
use domain::agent::capability::Capability;
use domain::agent::turn;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::PermissionRow;
use tools::mcp::{ToolList, for_model};

/// Characters of the name under which a model calls a tool, its server's included: what models' formats take.
const TOOL_NAME_CHARS_MAX: usize = 64;

/// Characters of what a tool says it does that a model and a person are shown. More would fill a small
/// model's context with a stranger's words.
const ABOUT_CHARS_MAX: usize = 300;

/// A tool of a server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// The whole name: its server's, a dot, and its own.
    pub(crate) name: String,
    pub(crate) server: String,
    listed: Listed,
}

/// As it lies in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Listed {
    name: String,
    about: String,
    /// What a model is shown of its schema.
    schema: Value,
    fingerprint: String,
}

impl Known {
    /// The name at its server.
    pub(crate) fn own_name(&self) -> &str {
        &self.listed.name
    }

    /// What it says it does.
    pub(crate) fn about(&self) -> &str {
        &self.listed.about
    }

    /// What it was when it was listed.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.listed.fingerprint
    }

    /// As a turn takes it. Whatever it says about itself, it may change things, and what it is told leaves.
    pub(crate) fn tool(&self) -> turn::Tool {
        turn::Tool {
            name: self.name.clone(),
            description: format!("From the server {}: {}", self.server, self.listed.about),
            schema: self.listed.schema.to_string(),
            capability: Capability::Mcp(self.server.clone()),
            side_effects: SideEffects::AtMostOnce,
        }
    }

    /// As front ends see it.
    pub(crate) fn view(&self, permissions: &[PermissionRow]) -> ToolView {
        let said = permissions
            .iter()
            .find(|row| row.tool == self.name && row.conversation.is_none())
            .map(|row| row.choice);
        ToolView {
            name: self.name.clone(),
            about: self.listed.about.clone(),
            changes: true,
            leaves: true,
            permission: match said {
                Some(store::Permission::Always) => Permission::Always,
                Some(store::Permission::Never) => Permission::Never,
                Some(
                    store::Permission::Ask
                    | store::Permission::Once
                    | store::Permission::Conversation,
                )
                | None => Permission::Ask,
            },
        }
    }
}

/// What a server listed, as far as it can be used here.
pub(super) fn of(server: &str, listed: ToolList) -> Vec<Known> {
    let known = listed.tools.into_iter().filter_map(|tool| {
        let about: String = one_line(&tool.description)
            .chars()
            .take(ABOUT_CHARS_MAX)
            .collect();
        let listed = Listed {
            schema: for_model(&tool.schema)?,
            about,
            fingerprint: tool.fingerprint.to_string(),
            name: tool.name,
        };
        named(server, listed)
    });
    known.collect()
}

fn one_line(text: &str) -> String {
    let visible = |letter: &char| !letter.is_control() || letter.is_whitespace();
    let text: String = text.chars().filter(visible).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn named(server: &str, listed: Listed) -> Option<Known> {
    let name = format!("{server}.{}", listed.name);
    (name.len() <= TOOL_NAME_CHARS_MAX).then(|| Known {
        name,
        server: server.to_owned(),
        listed,
    })
}

/// Reads what is kept. What another version wrote counts as nothing: the server lists it again.
pub(super) fn read(server: &str, tools: &Value) -> Vec<Known> {
    let listed: Vec<Listed> = serde_json::from_value(tools.clone()).unwrap_or_default();
    listed
        .into_iter()
        .filter_map(|listed| named(server, listed))
        .collect()
}

/// As it is kept.
pub(super) fn written(known: &[Known]) -> Value {
    let listed: Vec<&Listed> = known.iter().map(|tool| &tool.listed).collect();
    serde_json::to_value(listed).expect("tools are plain data")
}

/// The names of tools that are another thing than before.
pub(super) fn changed(before: &[Known], now: &[Known]) -> Vec<String> {
    let is_other = |tool: &&Known| {
        let same = now.iter().find(|other| other.name == tool.name);
        same.is_none_or(|other| other.listed.fingerprint != tool.listed.fingerprint)
    };
    let others = before.iter().filter(is_other);
    others.map(|tool| tool.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(name: &str, fingerprint: &str) -> Known {
        let listed = Listed {
            name: name.to_owned(),
            about: "Does it.".to_owned(),
            schema: json!({"type": "object", "properties": {}}),
            fingerprint: fingerprint.to_owned(),
        };
        named("sums", listed).expect("short enough")
    }

    #[test]
    fn tools_that_changed_or_went_are_found_and_new_ones_are_not() {
        let before = [known("add", "1"), known("sub", "2"), known("gone", "3")];
        let now = [known("add", "1"), known("sub", "5"), known("new", "6")];
        assert_eq!(changed(&before, &now), ["sums.sub", "sums.gone"]);
    }

    #[test]
    fn what_is_kept_is_read_again_and_what_cannot_be_called_is_left_out() {
        let all = vec![known("add", "1")];
        assert_eq!(read("sums", &written(&all)), all);
        assert!(read("sums", &json!({"of": "another version"})).is_empty());
        let long = "a".repeat(TOOL_NAME_CHARS_MAX);
        let mut listed = known("add", "1").listed;
        listed.name = long;
        assert_eq!(named("sums", listed), None);
    }

    #[test]
    fn tool_asks_first_whatever_it_says_about_itself() {
        let tool = known("add", "1");
        assert_eq!(tool.tool().side_effects, SideEffects::AtMostOnce);
        let view = tool.view(&[]);
        assert_eq!(view.permission, Permission::Ask);
        assert!(view.leaves && view.changes);
    }
}
