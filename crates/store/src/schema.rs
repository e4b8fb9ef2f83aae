//! The schema, as frozen steps. A step that has been published is never edited.

use rusqlite_migration::{M, Migrations};

/// The steps in order; the version of a database is the number of steps it has taken.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("../migrations/0001_start.sql")),
    M::up(include_str!("../migrations/0002_identity.sql")),
    M::up(include_str!("../migrations/0003_responses.sql")),
    M::up(include_str!("../migrations/0004_audit.sql")),
    M::up(include_str!("../migrations/0005_agents.sql")),
    M::up(include_str!("../migrations/0006_memory.sql")),
    M::up(include_str!("../migrations/0007_tool_servers.sql")),
    M::up(include_str!("../migrations/0008_usage.sql")),
    M::up(include_str!("../migrations/0009_model_servers.sql")),
    M::up(include_str!("../migrations/0010_keys_in_keychain.sql")),
    M::up(include_str!("../migrations/0011_private_answers.sql")),
    M::up(include_str!("../migrations/0012_journal_by_number.sql")),
    M::up(include_str!("../migrations/0013_feed_translations.sql")),
];

/// The newest version that this program knows.
pub(crate) const KNOWN: i64 = {
    assert!(STEPS.len() < 10_000, "a version is a small number");
    #[expect(clippy::cast_possible_wrap, reason = "checked in the line above")]
    let known = STEPS.len() as i64;
    known
};

/// All steps, to be taken in one transaction.
pub(crate) const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    /// The SHA-256 of each published step.
    const FROZEN: &[(&str, &str)] = &[
        (
            include_str!("../migrations/0001_start.sql"),
            "c6f9b3cd875e110c631f970609f84999256aaa13bc83425a5974b8c882aa8241",
        ),
        (
            include_str!("../migrations/0002_identity.sql"),
            "674725c89eb0bc9fc7c445fd6fbae12f50ef170c2f594706370fb16d93ce602c",
        ),
        (
            include_str!("../migrations/0003_responses.sql"),
            "c54377f658b6e93f503a7879e51bdc4210fdf25d4b4ca0284e0934babf1b6f26",
        ),
        (
            include_str!("../migrations/0004_audit.sql"),
            "909ac39c40c35f5bb8be61f8b8670d36a8c3eadd357970b2c72fc837ad6c31ec",
        ),
        (
            include_str!("../migrations/0005_agents.sql"),
            "16ebcac7a1ae183ba8c0a3b38a695bddedc18e08301001ff2aeb9995c7986437",
        ),
        (
            include_str!("../migrations/0006_memory.sql"),
            "6f2bd75b83ac9f71a1060395cad85a34c5c191baffdc79952752036d750a95f2",
        ),
        (
            include_str!("../migrations/0007_tool_servers.sql"),
            "637229e1287c7187d2dd49adaaab8bdeb91babf690ab9ed8fcc7fa8ccee5df6e",
        ),
        (
            include_str!("../migrations/0008_usage.sql"),
            "ee1d01ed9c1dc0a70b782a91a789d6e5ccb1c5fb2d84f131b6b9e6c220d914eb",
        ),
        (
            include_str!("../migrations/0009_model_servers.sql"),
            "ff75e6a838b49d9d2d972dc31ae36656427e7772fb7100c9aa91368be49cb6c8",
        ),
        (
            include_str!("../migrations/0010_keys_in_keychain.sql"),
            "5d9e901aab7b9e861746684235d7780a381fc6308a595740350a7cc89a54acfd",
        ),
        (
            include_str!("../migrations/0011_private_answers.sql"),
            "6b367783876073afbcb185106fd584cf324e6783f1169ce936565ea4ab2e5ece",
        ),
        (
            include_str!("../migrations/0012_journal_by_number.sql"),
            "41ebb1f91bb12b7f6df13e39e39672c36d9eb7607e131a6da20ad5a9dcb9248a",
        ),
        (
            include_str!("../migrations/0013_feed_translations.sql"),
            "0dd9ffb5b6e6e659f076501ea2a76fe8f91e54a5846d0ba6156feec8d3e06d5c",
        ),
    ];

    #[test]
    fn published_migration_is_never_edited() {
        assert_eq!(
            FROZEN.len(),
            super::STEPS.len(),
            "each new step gets its hash written here"
        );
        for (number, (sql, hash)) in FROZEN.iter().enumerate() {
            let digest = Sha256::digest(sql.as_bytes());
            let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(
                &found,
                hash,
                "step {} was changed: add a new step instead",
                number + 1
            );
        }
    }
}
