//! The first start.

use super::super::{Plain, With1, With2};

words! {
    /// The first start.
    SetupWords;

    /// The frame of the first start.
    steps: Plain,
    step_of: With2,
    step_language: Plain,
    step_identity: Plain,
    step_machine: Plain,
    step_privacy: Plain,
    step_first_answer: Plain,
    back: Plain,
    next: Plain,

    /// Step 1.
    language_title: Plain,
    language_text: Plain,
    language_of_system: With1,

    /// Step 2: a new identity.
    choose_title: Plain,
    choose_text: Plain,
    create: Plain,
    create_about: Plain,
    restore: Plain,
    restore_about: Plain,
    name_title: Plain,
    name_about: Plain,
    name_missing: Plain,
    passphrase_title: Plain,
    passphrase_text: Plain,
    keychain: Plain,
    keychain_about: Plain,
    keychain_missing: Plain,
    create_now: Plain,
    owned_title: Plain,
    owned_text: Plain,

    /// Step 2: an identity that exists.
    restore_title: Plain,
    restore_file: Plain,
    restore_file_about: Plain,
    restore_words: Plain,
    restore_words_about: Plain,
    restore_file_title: Plain,
    restore_path_missing: Plain,
    restore_new_passphrase: Plain,
    restore_now: Plain,
    restore_words_title: Plain,
    restore_words_text: Plain,
    restore_words_count: Plain,

    /// Step 3.
    machine_title: Plain,
    measuring: Plain,
    measured: With2,
    not_measured: Plain,
    models_about: Plain,
    none_fits: Plain,
    does_not_fit_now: Plain,
    speed_about: With1,
    recommended: Plain,
    in_use: Plain,
    model_answers: With1,
    next_without_model: Plain,

    /// Step 4.
    privacy_title: Plain,
    privacy_text: Plain,
    stays_title: Plain,
    stays_text: Plain,
    guardian_title: Plain,
    guardian_text: Plain,
    sharing_title: Plain,
    sharing_text: Plain,
    telemetry_title: Plain,
    telemetry_text: Plain,

    /// Step 5.
    first_title: Plain,
    first_text: Plain,
    first_no_model: Plain,
    finish_without: Plain,
}
