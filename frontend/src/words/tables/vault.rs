//! What opens the hub.

use super::super::{Plain, With1, With2, WithCount, WithCounts};

words! {
    /// What opens the hub.
    VaultWords;

    /// Passphrases.
    passphrase: Plain,
    passphrase_now: Plain,
    show_passphrase: Plain,
    new_passphrase: Plain,
    new_passphrase_again: Plain,
    passphrase_hint: Plain,
    passphrase_empty: Plain,
    passphrase_weak: Plain,
    passphrase_different: Plain,
    strength: Plain,
    strength_none: Plain,
    strength_weak: Plain,
    strength_fair: Plain,
    strength_good: Plain,
    strength_best: Plain,
    suggest: Plain,
    suggest_another: Plain,
    suggested: Plain,
    one_moment: Plain,
    use_words: Plain,
    use_passphrase: Plain,

    /// Details.
    name: Plain,
    details_title: Plain,
    details_why: Plain,
    detail_full_name: Plain,
    detail_birth_date: Plain,
    detail_government_id: Plain,
    detail_email: Plain,

    /// The door.
    unlock_title: Plain,
    unlock_text: Plain,
    unlock: Plain,
    unlocking: Plain,
    next_try_in: WithCount,
    has_neither: Plain,
    has_neither_text: Plain,
    keychain_trouble: Plain,
    opened_with_words: Plain,

    /// Recovery words.
    recovery_words: Plain,
    recovery_words_hint: Plain,
    words_count: WithCounts,
    words_title: Plain,
    words_why: Plain,
    words_paper: Plain,
    words_order: Plain,
    words_nobody: Plain,
    words_written: Plain,
    words_again: Plain,
    words_show: Plain,
    words_confirmed: Plain,
    quiz_title: Plain,
    quiz_text: Plain,
    quiz_word: With1,
    quiz_wrong: Plain,
    quiz_look: Plain,
    quiz_check: Plain,

    /// Backups.
    backup_path: Plain,
    backup_path_example: Plain,
    backup_path_hint: Plain,
    backup_passphrase: Plain,
    backup_creating: Plain,
    backup_verifying: Plain,
    backup_restoring: Plain,
    backup_stopping: Plain,
    amount_of: With2,
}
