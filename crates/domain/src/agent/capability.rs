//! What agents may do, outside any prompt, and what the person said about a tool.
//!
//! [`Rights`] go down the tree and only shrink; a denial wins over any permission. [`Standing`] is the
//! person's word on one tool, and [`rule`] turns it into what happens with a call.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One kind of thing that a tool can do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Know the time.
    Time,
    /// Read and set reminders.
    Reminders,
    /// Read and write notes.
    Notes,
    /// Read and change what the AI learned about the person.
    Memory,
    /// Read files in folders that the person granted.
    FilesRead,
    /// Write files in folders that the person granted.
    FilesWrite,
    /// See how this machine is doing.
    SystemStatus,
    /// Fetch pages from the web.
    Web,
    /// Call all tools of the MCP server of this name.
    Mcp(String),
    /// Create agents and give them work.
    Delegate,
}

impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time => f.write_str("time"),
            Self::Reminders => f.write_str("reminders"),
            Self::Notes => f.write_str("notes"),
            Self::Memory => f.write_str("memory"),
            Self::FilesRead => f.write_str("reading files"),
            Self::FilesWrite => f.write_str("writing files"),
            Self::SystemStatus => f.write_str("system status"),
            Self::Web => f.write_str("the web"),
            Self::Mcp(server) => write!(f, "the tools of {server}"),
            Self::Delegate => f.write_str("delegating"),
        }
    }
}

/// What an agent may do. Nothing is allowed that is not named; what is denied stays denied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rights {
    allowed: BTreeSet<Capability>,
    denied: BTreeSet<Capability>,
}

/// A child would have a right that its parent does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the parent may not use {capability} itself")]
pub struct BeyondRights {
    /// The right.
    pub capability: Capability,
}

impl Rights {
    /// These are allowed, nothing else.
    #[must_use]
    pub fn of(allowed: impl IntoIterator<Item = Capability>) -> Self {
        Self {
            allowed: allowed.into_iter().collect(),
            denied: BTreeSet::new(),
        }
    }

    /// The same with these denied, allowed or not.
    #[must_use]
    pub fn without(mut self, denied: impl IntoIterator<Item = Capability>) -> Self {
        self.denied.extend(denied);
        self
    }

    /// Whether this may be done.
    #[must_use]
    pub fn allows(&self, capability: &Capability) -> bool {
        self.allowed.contains(capability) && !self.denied.contains(capability)
    }

    /// All that may be done.
    pub fn iter(&self) -> impl Iterator<Item = &Capability> {
        self.allowed.difference(&self.denied)
    }

    /// The rights of a child that asks for `asked`: these, with all denials of the parent.
    pub fn for_child(&self, asked: &Self) -> Result<Self, BeyondRights> {
        match asked.iter().find(|capability| !self.allows(capability)) {
            Some(beyond) => Err(BeyondRights {
                capability: beyond.clone(),
            }),
            None => Ok(asked.clone().without(self.denied.iter().cloned())),
        }
    }
}

/// What the person said about a tool. For a conversation, only what was said for all and for it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Ask me each time.
    Ask,
    /// The next call needs no question; afterwards this is struck out.
    Once,
    /// Calls in this conversation need no question.
    Conversation,
    /// No call needs a question.
    Always,
    /// No call may happen.
    Never,
}

/// What happens with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It is performed. When it is by [`Standing::Once`], that is struck out.
    Allow(Option<Standing>),
    /// The person is asked.
    Ask,
    /// It is refused.
    Refuse,
}

/// Decides by all that the person said about a tool. "Never" wins over all; a permission wins over "ask",
/// since it was given to be asked no more; where nothing was said, only side effects ask.
#[must_use]
pub fn rule(said: &[Standing], has_side_effects: bool) -> Ruling {
    let permissions = [Standing::Always, Standing::Conversation, Standing::Once];
    let permission = permissions.into_iter().find(|one| said.contains(one));
    if said.contains(&Standing::Never) {
        Ruling::Refuse
    } else if permission.is_some() {
        Ruling::Allow(permission)
    } else if has_side_effects || said.contains(&Standing::Ask) {
        Ruling::Ask
    } else {
        Ruling::Allow(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_named_is_not_allowed() {
        let rights = Rights::of([Capability::Time]);
        assert!(rights.allows(&Capability::Time));
        assert!(!rights.allows(&Capability::Web));
        assert!(!Rights::default().allows(&Capability::Time));
    }

    #[test]
    fn one_server_says_nothing_about_another() {
        let rights = Rights::of([Capability::Mcp("mail".to_owned())]);
        assert!(!rights.allows(&Capability::Mcp("bank".to_owned())));
    }

    #[test]
    fn child_that_asks_for_more_is_refused_by_name() {
        let parent = Rights::of([Capability::Time, Capability::Web]).without([Capability::Web]);
        let refused = parent.for_child(&Rights::of([Capability::Web]));
        assert_eq!(
            refused.map_err(|beyond| beyond.to_string()),
            Err("the parent may not use the web itself".to_owned())
        );
    }

    #[test]
    fn never_wins_over_all_and_reading_asks_only_on_request() {
        use Standing::{Always, Ask, Conversation, Never, Once};
        for (said, effects, ruling) in [
            (&[][..], true, Ruling::Ask),
            (&[], false, Ruling::Allow(None)),
            (&[Ask], false, Ruling::Ask),
            (
                &[Ask, Conversation],
                true,
                Ruling::Allow(Some(Conversation)),
            ),
            (&[Once], true, Ruling::Allow(Some(Once))),
            (&[Once, Always], true, Ruling::Allow(Some(Always))),
            (&[Always, Conversation, Once, Never], false, Ruling::Refuse),
        ] {
            assert_eq!(
                rule(said, effects),
                ruling,
                "{said:?}, side effects: {effects}"
            );
        }
    }

    fn any_capability() -> impl Strategy<Value = Capability> {
        prop_oneof![
            Just(Capability::Time),
            Just(Capability::Notes),
            Just(Capability::FilesRead),
            Just(Capability::Web),
            Just(Capability::Delegate),
            "[ab]".prop_map(Capability::Mcp),
        ]
    }

    fn any_rights() -> impl Strategy<Value = Rights> {
        let some = || prop::collection::vec(any_capability(), 0..5);
        (some(), some()).prop_map(|(allowed, denied)| Rights::of(allowed).without(denied))
    }

    proptest! {
        #[test]
        fn no_descendant_has_a_right_that_an_ancestor_lacks(
            root in any_rights(),
            below in prop::collection::vec(any_rights(), 0..6),
            probe in any_capability(),
        ) {
            let mut line = vec![root];
            for asked in below {
                let parent = line.last().expect("the root");
                match parent.for_child(&asked) {
                    Ok(child) => line.push(child),
                    Err(beyond) => prop_assert!(!parent.allows(&beyond.capability)),
                }
            }
            for pair in line.windows(2) {
                prop_assert!(pair[0].allows(&probe) || !pair[1].allows(&probe));
                prop_assert!(pair[1].iter().all(|one| pair[0].allows(one)));
            }
        }

        #[test]
        fn denied_is_denied_whatever_is_allowed(rights in any_rights(), denied in any_capability()) {
            let rights = Rights::of([denied.clone()]).without(rights.iter().cloned());
            prop_assert!(!rights.without([denied.clone()]).allows(&denied));
        }
    }
}
