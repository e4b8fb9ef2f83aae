//! You and security, in German.

use super::super::OwnerWords;

/// What is said in German.
pub(super) static WORDS: OwnerWords = OwnerWords {
    section: "Du und Sicherheit",
    did: "Kennung",
    did_alias: "Ihre sichtbare Form",
    did_about: "Deine Kennung ist öffentlich: Geräte und Menschen erkennen dich daran. Sie sagt \
        nichts über dich.",
    since: "Seit",
    qr_show: "Als QR-Code zeigen",
    qr_name: "Deine Kennung als QR-Code",
    details_open: "Name und Angaben ändern",

    devices: "Geräte",
    devices_about: "Geräte, die für dich handeln dürfen. Jedes hat ein Zertifikat, das von selbst \
        endet.",
    device_issued: |date| format!("zertifiziert {date}"),
    device_expires: |date| format!("gültig bis {date}"),
    device_revoked: |date| format!("widerrufen {date}"),
    device_serial: "Zertifikat",
    role_primary: "hält deine Daten",
    role_helper: "rechnet für dich",
    role_none: "keine Rechte",
    revoke: "Widerrufen",
    revoke_named: |label| format!("„{label}“ widerrufen"),
    revoke_title: |label| format!("„{label}“ widerrufen?"),
    revoke_text: "Das Gerät verliert seine Rechte endgültig. Um wieder für dich zu handeln, \
        braucht es ein neues Zertifikat.",

    opening: "Öffnen und Sperren",
    passphrase_about: "Sie öffnet, was hier gespeichert ist. Eine Änderung dauert etwa eine \
        Sekunde, egal wie viel gespeichert ist.",
    change_passphrase: "Passphrase ändern",
    change_passphrase_about: "Sicherungen von vorher behalten die Passphrase, die sie haben.",
    passphrase_changed: "Die Passphrase ist geändert.",
    keychain: "Schlüsselbund dieses Computers",
    keychain_about: "Ob er HAI-Net bei jedem Start öffnet, ohne die Passphrase.",
    keychain_used: "Er öffnet HAI-Net.",
    keychain_not_used: "Er wird nicht gefragt.",
    keychain_missing: "Dieser Computer hat keinen, den HAI-Net nutzen könnte.",
    keychain_trouble: "Er soll HAI-Net öffnen und konnte es nicht.",
    lock_now: "Jetzt sperren",
    lock_about: "Schließt, was gespeichert ist, und vergisst den Schlüssel. Eine laufende Antwort \
        wird angehalten.",

    backup: "Sicherung",
    backup_about: "Eine verschlüsselte Datei mit Identität, Gesprächen und Einstellungen. Deine \
        jetzige Passphrase oder deine Wörter öffnen sie.",
    backup_none: "Noch gibt es keine Sicherung.",
    backup_last: "Letzte Sicherung",
    backup_file: "Datei",
    backup_copy_it: "Kopiere die Datei auf einen anderen Datenträger oder ein anderes Gerät: Auf \
        derselben Festplatte geht sie mit ihr verloren.",
    backup_now: "Jetzt sichern",
    backup_made: "Die Sicherung ist gemacht.",
    backup_elsewhere: "Woanders ablegen",
    backup_path_about: "Der ganze Pfad einer neuen Datei, zum Beispiel auf einem USB-Stick. \
        Bleibt er leer, kommt sie in den Ordner für Sicherungen bei den Daten.",
    check_backup: "Sicherung prüfen",
    check_backup_about: "Liest die Datei bis zum Ende und prüft, ob alles heil ist. Nichts wird \
        geändert.",
    check_backup_start: "Prüfen",
    backup_whole: |name, made, size| {
        format!("Die Sicherung ist heil: {name}, gemacht {made}, {size}.")
    },
    tokens_elsewhere: "Schlüssel, die andere Programme einlassen, stehen unter API und Werkzeuge.",

    key: "Schlüssel der Identität",
    key_about: "Wenn jemand deine Wörter gesehen haben könnte, wechsle den Schlüssel: Die alten \
        Wörter öffnen dieses HAI-Net dann nicht mehr.",
    rotate: "Schlüssel wechseln",
    rotate_title: "Schlüssel wechseln?",
    rotate_about: "Du bekommst einen neuen Schlüssel. Der alte unterschreibt, dass der neue an \
        seine Stelle tritt.",
    rotate_point_did: "Deine Kennung ändert sich. Wer die alte kennt, kann die Erklärung prüfen.",
    rotate_point_words: "Du bekommst 24 neue Wörter. Sie werden gleich gezeigt, und drei davon \
        werden abgefragt.",
    rotate_point_devices: "Dieses Gerät bekommt ein neues Zertifikat. Sicherungen von vorher \
        bleiben, wie sie sind.",
    rotate_confirm: "Schlüssel wechseln",

    erase_heading: "Löschen",
    erase: "Alles löschen",
    erase_about: "Entfernt Identität, Gespräche, Einstellungen und Protokoll von diesem Gerät. \
        Modelle bleiben.",
    erase_title: "Alles auf diesem Gerät löschen?",
    erase_goes: "Endgültig weg sind: deine Identität, alle Gespräche, Einstellungen und das \
        Protokoll sowie die Sicherungen im Ordner bei den Daten.",
    erase_stays: "Was bleibt: heruntergeladene Modelle und Sicherungen, die woanders liegen.",
    erase_no_way_back: "Ohne eine Sicherung an anderer Stelle und das, was sie öffnet, gibt es \
        kein Zurück.",
    erase_type: "Um fortzufahren, tippe:",
    erase_confirm: "Endgültig löschen",
    erased: "Alles ist gelöscht.",
};
