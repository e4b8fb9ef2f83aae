//! Servers that bring models of their own, in English.

use super::super::ServerWords;

/// What is said in English.
pub(super) static WORDS: ServerWords = ServerWords {
    title: "Model servers",
    about: "Ollama, llama.cpp's server, vLLM and others bring models of their own. They stand in for each \
            other in this order, never further away than what you chose.",
    none: "None yet.",
    find: "Look on this device",
    finding: "Looking…",
    found: "Found on this device",
    found_nothing: "Nothing answers at the usual ports of this device.",
    add_found: "Add",
    add_found_named: |name| format!("Add {name}"),
    add_title: "Add a server",
    add: "Add",
    name: "Name",
    name_hint: "laptop",
    address: "Address",
    address_hint: "http://192.168.1.20:11434",
    kind: "Speaks",
    kind_ollama: "Ollama",
    kind_openai: "OpenAI's API",
    key: "Key",
    key_about: "Only where the server asks for one. It is kept encrypted and never shown.",
    own_device: "This device is my own: what is private may go there",
    added: |name| format!("{name} was added."),
    remove: "Remove",
    remove_named: |name| format!("Remove {name}"),
    removed: |name| format!("{name} was removed, with its key."),
    first: "Ask first",
    first_named: |name| format!("Ask {name} first"),
    order_about: "The first in the list is asked first.",
    up: "answers",
    up_empty: "answers, and has no model",
    down: "does not answer",
    off: "off, since models elsewhere are not allowed",
    models: |names| format!("Models: {names}"),
    place_here: "this device",
    place_own: "your own device",
    place_network: "your network",
    place_external: "somebody else's computer",
    external_title: "Models elsewhere",
    external_about: "What you say to them, with the conversation before it, leaves this device. The guardian \
                     masks what is private and keeps secrets in. Off until you allow it.",

    choose: "Model for this conversation",
    usual: |name| format!("Usual: {name}"),
    on_external: "This model runs on somebody else's computer: what you send leaves this device, masked by \
                  the guardian.",
    ran_here: |server| format!("Stayed on this device ({server})"),
    ran_own: |server| format!("Ran on your device {server}"),
    ran_network: |server| format!("Ran on {server} in your network"),
    ran_external: |server| format!("Ran elsewhere: {server}"),
    choice: |name, place| format!("{name} ({place})"),
};
