//! The levels of agents, and who may create whom.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How far up an agent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Talks with the person.
    Admin,
    /// Divides a task among workers.
    Manager,
    /// Does one task.
    Worker,
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Worker => "worker",
        })
    }
}

/// An agent of this level may not create one of that level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an agent of level {parent} may not create one of level {child}")]
pub struct PermissionDenied {
    /// Who wanted to create.
    pub parent: Level,
    /// What it wanted to create.
    pub child: Level,
}

/// Whether an agent may create another. What is not named here is denied.
pub const fn may_create(parent: Level, child: Level) -> Result<(), PermissionDenied> {
    match (parent, child) {
        (Level::Admin, Level::Manager | Level::Worker) | (Level::Manager, Level::Worker) => Ok(()),
        (Level::Admin, Level::Admin)
        | (Level::Manager, Level::Admin | Level::Manager)
        | (Level::Worker, Level::Admin | Level::Manager | Level::Worker) => {
            Err(PermissionDenied { parent, child })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Level::{Admin, Manager, Worker};
    use super::*;

    #[test]
    fn only_three_of_the_nine_pairs_are_allowed() {
        let levels = [Admin, Manager, Worker];
        let pairs = levels
            .into_iter()
            .flat_map(|parent| levels.map(|child| (parent, child)));
        let allowed: Vec<_> = pairs
            .filter(|(parent, child)| may_create(*parent, *child).is_ok())
            .collect();
        assert_eq!(
            allowed,
            [(Admin, Manager), (Admin, Worker), (Manager, Worker)]
        );
    }

    #[test]
    fn refusal_names_both_levels() {
        let denied = may_create(Worker, Manager).expect_err("a worker creates nobody");
        assert_eq!(
            denied.to_string(),
            "an agent of level worker may not create one of level manager"
        );
    }
}
