//! What agents do, in German.

use super::super::ActWords;

/// What is said in German.
pub(super) static WORDS: ActWords = ActWords {
    approvals: "Wartet auf dich",
    approvals_waiting: |count| match count {
        1 => "1 Freigabe wartet".to_owned(),
        _ => format!("{count} Freigaben warten"),
    },
    approvals_waiting_short: |count| format!("{count} wartend"),
    approval_new: |what| format!("Eine Freigabe wartet auf dich: {what}"),
    approval_arguments: "Genau dies",
    approval_unchanged: "Dies geht hinaus, wenn du es erlaubst",
    approval_with_private_hidden: "Dasselbe, Privates verdeckt",
    approval_leaves: "Dies würde dieses Gerät verlassen.",
    approval_stays: "Dies bleibt auf diesem Gerät.",
    approval_private: |sources| format!("Private Teile kommen aus: {sources}."),
    from_memory: "dem, was die KI sich über dich merkt",
    from_file: "deinen Dateien",
    from_store: "deinen Gesprächen, Notizen und Einstellungen",
    from_identity: "deinen Angaben",
    approval_left: |time| format!("Wird in {time} abgelehnt, wenn du nicht antwortest."),
    approval_over: "Die Zeit ist um: Es ist abgelehnt.",
    allow_once: "Einmal",
    allow_conversation: "Dieses Gespräch",
    allow_always: "Immer",
    decline: "Ablehnen",
    allow_never: "Nie",
    approval_always_about: |tool| {
        format!("„Immer“ und „Nie“ gelten ab jetzt für jede Benutzung von {tool}.")
    },
    said_once: "Einmal erlaubt.",
    said_conversation: |tool| format!("{tool} darf das in diesem Gespräch, ohne zu fragen."),
    said_always: |tool| {
        format!("{tool} fragt nicht mehr. In den Einstellungen nimmst du das zurück.")
    },
    said_declined: "Abgelehnt. Nichts ist geschehen.",
    said_never: |tool| {
        format!(
            "Abgelehnt. {tool} wird ab jetzt verweigert. In den Einstellungen nimmst du das \
             zurück."
        )
    },
    said_by_another: "Das ist schon beantwortet, oder die Zeit war um.",
    to_permissions: "Was die KI darf",

    crew: "Agenten dieses Gesprächs",
    crew_at_work: |count| match count {
        1 => "1 Agent arbeitet".to_owned(),
        _ => format!("{count} Agenten arbeiten"),
    },
    crew_done: |count| match count {
        1 => "1 Agent hat an dieser Antwort gearbeitet".to_owned(),
        _ => format!("{count} Agenten haben an dieser Antwort gearbeitet"),
    },
    crew_show: "Agenten zeigen",
    crew_hide: "Agenten verbergen",
    crew_more: |count| match count {
        1 => "1 weiterer Agent ist nicht gezeichnet.".to_owned(),
        _ => format!("{count} weitere Agenten sind nicht gezeichnet."),
    },
    level_admin: "Leitung",
    level_manager: "Planung",
    level_worker: "Ausführung",
    state_created: "nicht begonnen",
    state_planning: "überlegt, was zu tun ist",
    state_working: "arbeitet",
    state_waiting: "wartet auf dich",
    state_paused: "von dir angehalten",
    state_done: "fertig",
    state_failed: "gescheitert",
    state_cancelled: "abgebrochen",
    budget_tokens: |used, all| format!("{used} von {all} Token"),
    budget_time: |used, all| format!("{used} von {all}"),
    budget_tokens_name: "Verbrauchte Token",
    budget_time_name: "Verbrauchte Zeit",
    steps_and_calls: |steps, calls| format!("{steps}, {calls}"),
    steps: |count| match count {
        1 => "1 Schritt".to_owned(),
        _ => format!("{count} Schritte"),
    },
    calls: |count| match count {
        1 => "1 Werkzeug benutzt".to_owned(),
        _ => format!("{count} Werkzeuge benutzt"),
    },
    chosen_agent: |task| format!("Mit „{task}“:"),
    pause: "Anhalten",
    resume: "Weiter",
    cancel: "Mit allen darunter abbrechen",
    take_over: "Übernehmen",
    take_over_title: "Vom Agenten übernehmen",
    take_over_about: "Der Agent und alle unter ihm enden. Was du schreibst, geht an Stelle seiner \
        Antwort weiter.",
    take_over_label: "Deine Antwort",
    take_over_done: "Deine Antwort gilt an Stelle der des Agenten.",
    show_steps: "Schritte zeigen",

    steps_title: "Was der Agent getan hat",
    steps_none: "Er hat noch nichts getan.",
    step_task: "Aufgabe",
    step_said: "Gesagt",
    step_called: "Werkzeug benutzt",
    step_returned: "Das Werkzeug gab zurück",
    step_refused: "Verweigert",
    step_delegated: "Arbeit weitergegeben",
    step_ended: "Beendet",

    feed_kind: "Art",
    feed_kind_all: "Alles",
    kind_answer: "Antworten",
    kind_delegation: "Weitergegebene Arbeit",
    kind_look: "Nachgesehenes",
    kind_change: "Änderungen",
    kind_memory: "Gelerntes",
    kind_approval: "Freigaben",
    kind_reminder: "Erinnerungen",
    kind_failure: "Fehlschläge",
    feed_search: "Feed durchsuchen",
    feed_nothing_matches: "Nichts passt.",
    feed_new: |count| match count {
        1 => "1 neuer Eintrag".to_owned(),
        _ => format!("{count} neue Einträge"),
    },
    feed_cut: "Neuere Einträge sind nicht gezeigt, damit die Seite schnell bleibt.",
    feed_newest: "Zurück zum Neuesten",
    feed_private: "Was privat bleibt",
    feed_open: "Gespräch öffnen",
    undo: "Rückgängig",
    undo_named: |what| format!("Rückgängig: {what}"),
    undone: "Rückgängig gemacht.",
    undone_at: |time| format!("Um {time} rückgängig gemacht."),
    why: "Warum?",
    why_named: |what| format!("Warum: {what}"),
};
