//! What the AI may do and remembers, documents, and the record, in English.

use super::super::KeepWords;

/// What is said in English.
pub(super) static WORDS: KeepWords = KeepWords {
    section_may: "What the AI may do",
    tools: "Tools",
    tools_about: "What agents can use. A tool that asks waits for your answer before each use. \
        “Never” wins over everything else.",
    tools_none: "Agents have no tools.",
    tool_changes: "changes something",
    tool_looks: "only looks",
    tool_leaves: "something leaves this device",
    tool_stays: "stays on this device",
    permission_named: |tool| format!("Permission of {tool}"),
    permission_ask: "Ask me",
    permission_always: "Always",
    permission_never: "Never",
    permission_saved: |tool, permission| format!("{tool}: {permission}."),
    folders: "Folders",
    folders_about: "Agents see no file outside these folders. Writing asks you each time, also where \
        it is allowed.",
    folders_none: "No folder is open to agents.",
    folder_path: "Path of a folder on this device",
    folder_path_hint: "/home/you/notes",
    folder_add: "Open this folder",
    folder_may_write: "Agents may also write there",
    folder_may_write_named: |path| format!("Agents may also write to {path}"),
    folder_reads: "agents may read",
    folder_writes: "agents may read and write",
    folder_remove: "Close",
    folder_remove_named: |path| format!("Close {path} to agents"),
    folder_removed: |path| format!("{path} is closed to agents."),

    section_remembers: "What the AI remembers",
    memories_about: "What it has learned about you. It lies encrypted on this device. Change or \
        delete whatever you like.",
    memories_none: "It remembers nothing about you yet.",
    memories_nothing_found: |words| format!("Nothing that it remembers fits “{words}”."),
    memories_search: "Search what it remembers",
    memories_limit: |count| format!("The newest {count} are shown. Search finds the others."),
    memory_new: "Something to remember",
    memory_new_hint: "I get up at six.",
    memory_add: "Remember this",
    memory_by_you: "you wrote this",
    memory_from_conversation: "Open the conversation it comes from",
    memory_changed: |date| format!("changed {date}"),
    memory_edit: "Edit",
    memory_edit_named: |text| format!("Edit: {text}"),
    memory_forget_named: |text| format!("Delete: {text}"),
    memory_forgotten: "Deleted. The AI does not remember it any more.",
    memory_back: "It is remembered again, as written by you.",

    documents: "Documents",
    documents_about: "What you gave it to read. It is cut into pieces that the AI can find.",
    documents_none: "You have given it no document. Drop one into a conversation.",
    document_pieces: |count| match count {
        1 => "1 piece".to_owned(),
        _ => format!("{count} pieces"),
    },
    document_for_all: "for all conversations",
    document_for_one: "for one conversation",
    document_remove: "Delete",
    document_remove_named: |name| format!("Delete the document “{name}”"),
    document_remove_title: |name| format!("Delete “{name}”?"),
    document_remove_text: "The AI forgets the document with all its pieces. The file it was made from \
        stays where it is.",
    document_removed: |name| format!("“{name}” is deleted."),
    give_document: "Give a document: txt, md, html, csv or pdf",
    give_drop: "Drop to give it to the AI on this device",
    gifts: "Documents you give",
    gift_too_large: |name, most| format!("{name} is too large. A document may have {most}."),
    gift_reading: |name, percent| format!("Reading {name}, {percent}"),
    gift_unreadable: |name| format!("{name} cannot be read. Is it a file?"),
    gift_indexing: |name| format!("The AI reads {name}"),
    gift_refused: |name| format!("{name} was not taken"),
    gift_given: |name| format!("{name} can be asked about in this conversation."),
    gift_given_for_all: |name| format!("{name} can be asked about in all conversations."),
    gift_dismiss_named: |name| format!("Take the note about {name} away"),

    view_of_logs: "What is shown",
    view_log: "Log",
    view_record: "Record",
    record_about: "What left this device, what you allowed, what agents did. Each entry is chained to \
        the one before it, so that none can be changed quietly. It holds no contents.",
    record_empty: "Nothing is recorded yet.",
    record_nothing_matches: "No entry matches.",
    record_kind: "Kind",
    record_kind_all: "All kinds",
    record_search: "Search the record",
    record_refresh: "Read again",
    record_number: "Number",
    record_time: "Time",
    record_actor: "Who",
    record_subject: "What",
    record_hash: "Hash",
    record_digest: "Hash of the content",
    record_check: "Check the chain",
    record_checking: "Checking the chain",
    record_whole: |entries, heads| {
        let entries = match entries {
            1 => "1 entry".to_owned(),
            _ => format!("{entries} entries"),
        };
        let heads = match heads {
            1 => "1 signature".to_owned(),
            _ => format!("{heads} signatures"),
        };
        format!("The chain is whole: {entries} and {heads} were checked.")
    },
    record_head: |hash| format!("Newest hash: {hash}"),
    record_wrong: |what| format!("The chain is not whole: {what}"),
    record_wrong_about: "Somebody or something changed the record. Keep a backup from before, and do \
        not rely on entries after this one.",
};
