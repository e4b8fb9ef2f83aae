//! Servers that bring models of their own, and which model answers.

use super::super::{Plain, With1, With2};

words! {
    /// Servers that bring models of their own, and which model answers.
    ServerWords;

    /// In Settings.
    title: Plain,
    about: Plain,
    none: Plain,
    find: Plain,
    finding: Plain,
    found: Plain,
    found_nothing: Plain,
    add_found: Plain,
    add_found_named: With1,
    add_title: Plain,
    add: Plain,
    name: Plain,
    name_hint: Plain,
    address: Plain,
    address_hint: Plain,
    kind: Plain,
    kind_ollama: Plain,
    kind_openai: Plain,
    key: Plain,
    key_about: Plain,
    own_device: Plain,
    added: With1,
    remove: Plain,
    remove_named: With1,
    removed: With1,
    first: Plain,
    first_named: With1,
    up: Plain,
    up_empty: Plain,
    down: Plain,
    off: Plain,
    models: With1,
    place_here: Plain,
    place_own: Plain,
    place_network: Plain,
    place_external: Plain,
    external_title: Plain,
    external_about: Plain,

    /// Beside the text box, and below an answer.
    choose: Plain,
    usual: With1,
    on_external: Plain,
    ran_here: With1,
    ran_own: With1,
    ran_network: With1,
    ran_external: With1,
    choice: With2,
    status: With1,
    status_external: Plain,
    status_external_short: Plain,
}
