//! The first start, in German.

use super::super::SetupWords;

/// What is said in German.
pub(super) static WORDS: SetupWords = SetupWords {
    steps: "Schritte",
    step_of: |now, all| format!("Schritt {now} von {all}"),
    step_language: "Sprache",
    step_identity: "Identität",
    step_machine: "Dieses Gerät",
    step_privacy: "Privatsphäre",
    step_first_answer: "Erste Antwort",
    back: "Zurück",
    next: "Weiter",

    language_title: "In welcher Sprache möchtest du lesen?",
    language_text: "Du kannst sie jederzeit in den Einstellungen ändern.",
    language_of_system: |language| format!("Wie das System ({language})"),

    choose_title: "Wem gehört dieses HAI-Net?",
    choose_text: "Eine Identität macht es zu deinem: mit einem eigenen Schlüssel, und alles auf \
        der Festplatte ist verschlüsselt. Sie bleibt auf diesem Gerät. Es gibt kein Konto und \
        keinen Server.",
    create: "Neue Identität anlegen",
    create_about: "Für ein erstes Gerät oder einen neuen Anfang.",
    restore: "Ich habe schon eine",
    restore_about: "Aus einer Sicherung oder aus deinen 24 Wörtern.",
    name_title: "Wie darf HAI-Net dich nennen?",
    name_about: "Ein Vorname oder Spitzname genügt.",
    name_missing: "Gib einen Namen ein, bei dem du genannt wirst.",
    passphrase_title: "Wähle eine Passphrase",
    passphrase_text: "Sie öffnet, was hier gespeichert ist. Niemand kann sie zurücksetzen: Deine \
        Wörter zur Wiederherstellung sind der einzige andere Weg hinein.",
    keychain: "Der Schlüsselbund dieses Computers darf es öffnen",
    keychain_about: "Dann wirst du nicht bei jedem Start gefragt. Wer dein Konto auf diesem \
        Computer benutzen kann, kann auch HAI-Net öffnen.",
    keychain_missing: "Dieser Computer hat keinen Schlüsselbund, den HAI-Net nutzen könnte. Die \
        Passphrase wird bei jedem Start gebraucht.",
    create_now: "Identität anlegen",
    owned_title: "Dieses HAI-Net hat einen Besitzer",
    owned_text: "Identität, Passphrase und Wörter zur Wiederherstellung stehen fest. Ändern \
        kannst du sie später in den Einstellungen unter Du und Sicherheit.",

    restore_title: "Was hast du?",
    restore_file: "Eine Sicherungsdatei",
    restore_file_about: "Bringt alles zurück: Identität, Gespräche und Einstellungen.",
    restore_words: "Nur die 24 Wörter",
    restore_words_about: "Bringt deine Identität zurück, ohne Gespräche.",
    restore_file_title: "Welche Sicherung ist es?",
    restore_path_missing: "Gib den Pfad der Datei ein.",
    restore_new_passphrase: "Eine neue Passphrase für dieses Gerät festlegen",
    restore_now: "Wiederherstellen",
    restore_words_title: "Wie lauten deine Wörter?",
    restore_words_text: "Deine Identität entsteht aus den Wörtern allein. Gespräche kommen nur \
        aus einer Sicherung.",
    restore_words_count: "Es müssen 24 Wörter sein.",

    machine_title: "Welches Modell passt zu diesem Gerät?",
    measuring: "Misst, wie schnell dieses Gerät schreibt. Das dauert einige Sekunden.",
    measured: |model, speed| {
        format!("{model} schrieb hier {speed} Token/s; die anderen Werte sind daraus geschätzt.")
    },
    not_measured: "Das Tempo ließ sich nicht messen, weil noch kein Modell hier ist.",
    models_about: "Ein größeres Modell weiß mehr und schreibt langsamer. Menschen lesen etwa \
        sechs Token in der Sekunde.",
    none_fits: "Keines passt in den Speicher, der gerade frei ist. Schließe andere Programme oder \
        nimm das kleinste.",
    does_not_fit_now: "braucht mehr Speicher, als gerade frei ist",
    speed_about: |speed| format!("etwa {speed} Token/s"),
    recommended: "hier empfohlen",
    in_use: "antwortet jetzt",
    model_answers: |model| format!("{model} beantwortet deine Fragen."),
    next_without_model: "Ohne Modell weiter",

    privacy_title: "Alles bleibt hier",
    privacy_text: "In diesem Schritt gibt es nichts ein- oder auszuschalten.",
    stays_title: "Auf diesem Gerät",
    stays_text: "Ein Modell auf diesem Gerät antwortet. Gespräche, Einstellungen und deine \
        Identität liegen hier, verschlüsselt.",
    guardian_title: "Der Wächter",
    guardian_text: "Er steht am einzigen Ausgang. In dieser Version verlässt nichts Privates das \
        Gerät. Wenn das einmal geht, zeigt er dir genau, was, und fragt vorher.",
    sharing_title: "Teilen ist aus",
    sharing_text: "Nichts von diesem Gerät wird verliehen, und nichts wird von anderen genommen. \
        Wenn das Teilen kommt, bleibt es aus, bis du zustimmst.",
    telemetry_title: "Keine Telemetrie",
    telemetry_text: "HAI-Net meldet niemandem etwas. Verbindungen nach außen gibt es nur für \
        Modelle, die du selbst herunterlädst.",

    first_title: "Stelle deine erste Frage",
    first_text: "Damit ist alles eingerichtet. Die Antwort entsteht auf diesem Gerät.",
    first_no_model: "Noch ist kein Modell hier, also kann nichts antworten.",
    finish_without: "Ohne Frage abschließen",
};
