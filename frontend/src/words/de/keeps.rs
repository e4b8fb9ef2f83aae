//! What the AI may do and remembers, documents, and the record, in German.

use super::super::KeepWords;

/// What is said in German.
pub(super) static WORDS: KeepWords = KeepWords {
    section_may: "Was die KI darf",
    tools: "Werkzeuge",
    tools_about: "Was Agenten benutzen können. Ein Werkzeug, das fragt, wartet vor jeder Benutzung auf \
        deine Antwort. „Nie“ geht allem anderen vor.",
    tools_none: "Agenten haben keine Werkzeuge.",
    tool_changes: "ändert etwas",
    tool_looks: "sieht nur nach",
    tool_leaves: "etwas verlässt dieses Gerät",
    tool_stays: "bleibt auf diesem Gerät",
    permission_named: |tool| format!("Erlaubnis von {tool}"),
    permission_ask: "Fragt mich",
    permission_always: "Immer",
    permission_never: "Nie",
    permission_saved: |tool, permission| format!("{tool}: {permission}."),
    servers: "Werkzeugserver",
    servers_about: "Andere Programme können eigene Werkzeuge mitbringen, über MCP. Ihre Werkzeuge stehen \
        in der Liste oben und fragen vor jeder Benutzung. Was du nicht für sie geschrieben hast, geht nur \
        mit deinem Ja hinaus.",
    servers_none: "Es gibt keine Werkzeugserver.",
    server_resting: "startet, wenn er gebraucht wird",
    server_connected: "läuft",
    server_failed: "funktioniert nicht",
    server_tools: |count| match count {
        0 => "keine Werkzeuge".to_owned(),
        1 => "1 Werkzeug".to_owned(),
        count => format!("{count} Werkzeuge"),
    },
    server_gets: |names| format!("bekommt: {names}"),
    server_check: "Ausprobieren",
    server_check_named: |name| format!("Den Werkzeugserver {name} ausprobieren"),
    server_remove: "Entfernen",
    server_remove_named: |name| format!("Den Werkzeugserver {name} entfernen"),
    server_remove_title: |name| format!("Den Werkzeugserver {name} entfernen?"),
    server_remove_text: "Er endet, und die Schlüssel, die du ihm gabst, werden gelöscht. Sein Programm und \
        seine eigenen Dateien bleiben.",
    server_removed: |name| format!("Der Werkzeugserver {name} ist entfernt."),
    server_new: "Werkzeugserver hinzufügen",
    server_name: "Name, in kleinen Buchstaben",
    server_kind: "Wo er ist",
    server_kind_program: "Ein Programm auf diesem Gerät",
    server_kind_site: "Eine Adresse",
    server_program_about: "Das startet ein Programm auf diesem Gerät. Es kann alles, was du selbst kannst: \
        deine Dateien lesen und ändern und das Netz benutzen. Füge nur hinzu, dem du vertraust.",
    server_site_about: "Wer diese Adresse betreibt, liest, was ihre Werkzeuge bekommen. Adressen in deinem \
        Heimnetz werden nicht angesprochen.",
    server_program: "Programm: ganzer Pfad oder Name",
    server_arguments: "Argumente, eins je Zeile",
    server_environment: "Umgebung: NAME=WERT, eins je Zeile. Werte werden nicht wieder gezeigt.",
    server_address: "Adresse",
    server_headers: "Kopfzeilen: Name=Wert, eine je Zeile. Werte werden nicht wieder gezeigt.",
    server_this_device: "Er darf auf diesem Gerät liegen",
    server_add: "Hinzufügen und starten",
    server_adding: "Startet…",
    server_added: |name| format!("Der Werkzeugserver {name} ist hinzugefügt."),
    folders: "Ordner",
    folders_about: "Agenten sehen keine Datei außerhalb dieser Ordner. Schreiben fragt dich jedes Mal, \
        auch wo es erlaubt ist.",
    folders_none: "Kein Ordner steht Agenten offen.",
    folder_path: "Pfad eines Ordners auf diesem Gerät",
    folder_path_hint: "/home/du/notizen",
    folder_add: "Diesen Ordner öffnen",
    folder_may_write: "Agenten dürfen dort auch schreiben",
    folder_may_write_named: |path| format!("Agenten dürfen auch in {path} schreiben"),
    folder_reads: "Agenten dürfen lesen",
    folder_writes: "Agenten dürfen lesen und schreiben",
    folder_remove: "Schließen",
    folder_remove_named: |path| format!("{path} für Agenten schließen"),
    folder_removed: |path| format!("{path} ist für Agenten geschlossen."),

    section_remembers: "Was die KI sich merkt",
    memories_about: "Was sie über dich gelernt hat. Es liegt verschlüsselt auf diesem Gerät. Ändere oder \
        lösche, was du möchtest.",
    memories_none: "Sie hat sich noch nichts über dich gemerkt.",
    memories_nothing_found: |words| format!("Nichts Gemerktes passt zu „{words}“."),
    memories_search: "Gemerktes durchsuchen",
    memories_limit: |count| {
        format!("Die neuesten {count} sind gezeigt. Die Suche findet die anderen.")
    },
    memory_new: "Etwas zum Merken",
    memory_new_hint: "Ich stehe um sechs auf.",
    memory_add: "Das merken",
    memory_by_you: "von dir geschrieben",
    memory_from_conversation: "Gespräch öffnen, aus dem es kommt",
    memory_changed: |date| format!("geändert {date}"),
    memory_edit: "Bearbeiten",
    memory_edit_named: |text| format!("Bearbeiten: {text}"),
    memory_forget_named: |text| format!("Löschen: {text}"),
    memory_forgotten: "Gelöscht. Die KI merkt sich das nicht mehr.",
    memory_back: "Es ist wieder gemerkt, als von dir geschrieben.",

    documents: "Dokumente",
    documents_about: "Was du ihr zu lesen gegeben hast. Es ist in Stücke geschnitten, die die KI findet.",
    documents_none: "Du hast ihr kein Dokument gegeben. Zieh eines in ein Gespräch.",
    document_pieces: |count| match count {
        1 => "1 Stück".to_owned(),
        _ => format!("{count} Stücke"),
    },
    document_for_all: "für alle Gespräche",
    document_for_one: "für ein Gespräch",
    document_remove: "Löschen",
    document_remove_named: |name| format!("Dokument „{name}“ löschen"),
    document_remove_title: |name| format!("„{name}“ löschen?"),
    document_remove_text: "Die KI vergisst das Dokument mit allen Stücken. Die Datei, aus der es kam, \
        bleibt, wo sie ist.",
    document_removed: |name| format!("„{name}“ ist gelöscht."),
    give_document: "Ein Dokument geben: txt, md, html, csv oder pdf",
    give_drop: "Loslassen, um es der KI auf diesem Gerät zu geben",
    gifts: "Dokumente, die du gibst",
    gift_too_large: |name, most| format!("{name} ist zu groß. Ein Dokument darf {most} haben."),
    gift_reading: |name, percent| format!("{name} wird gelesen, {percent}"),
    gift_unreadable: |name| format!("{name} ist nicht lesbar. Ist es eine Datei?"),
    gift_indexing: |name| format!("Die KI liest {name}"),
    gift_refused: |name| format!("{name} wurde nicht angenommen"),
    gift_given: |name| format!("Zu {name} kannst du in diesem Gespräch fragen."),
    gift_given_for_all: |name| format!("Zu {name} kannst du in allen Gesprächen fragen."),
    gift_dismiss_named: |name| format!("Hinweis zu {name} entfernen"),

    view_of_logs: "Was gezeigt wird",
    view_log: "Protokoll",
    view_record: "Nachweis",
    record_about: "Was dieses Gerät verließ, was du erlaubt hast, was Agenten taten. Jeder Eintrag ist \
        mit dem vorigen verkettet, damit keiner still geändert werden kann. Inhalte stehen hier nicht.",
    record_empty: "Noch ist nichts festgehalten.",
    record_nothing_matches: "Kein Eintrag passt.",
    record_kind: "Art",
    record_kind_all: "Alle Arten",
    record_search: "Nachweis durchsuchen",
    record_refresh: "Neu lesen",
    record_number: "Nummer",
    record_time: "Zeit",
    record_actor: "Wer",
    record_subject: "Was",
    record_hash: "Prüfwert",
    record_digest: "Prüfwert des Inhalts",
    record_check: "Kette prüfen",
    record_checking: "Die Kette wird geprüft",
    record_whole: |entries, heads| {
        let entries = match entries {
            1 => "1 Eintrag".to_owned(),
            _ => format!("{entries} Einträge"),
        };
        let heads = match heads {
            1 => "1 Unterschrift".to_owned(),
            _ => format!("{heads} Unterschriften"),
        };
        format!("Die Kette ist heil: {entries} und {heads} geprüft.")
    },
    record_head: |hash| format!("Neuester Prüfwert: {hash}"),
    record_wrong: |what| format!("Die Kette ist nicht heil: {what}"),
    record_wrong_about: "Jemand oder etwas hat den Nachweis geändert. Bewahre eine Sicherung von davor \
        auf und verlass dich nicht auf Einträge nach diesem.",
};
