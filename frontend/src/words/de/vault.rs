//! What opens the hub, in German.

use super::super::VaultWords;

/// What is said in German.
pub(super) static WORDS: VaultWords = VaultWords {
    passphrase: "Passphrase",
    passphrase_now: "Bisherige Passphrase",
    show_passphrase: "Zeigen, was getippt ist",
    new_passphrase: "Neue Passphrase",
    new_passphrase_again: "Noch einmal dieselbe",
    passphrase_hint: "Mehrere gewöhnliche Wörter in zufälliger Folge sind stark und leicht zu \
        merken.",
    passphrase_empty: "Gib eine Passphrase ein oder nimm eine vorgeschlagene.",
    passphrase_weak: "Diese Passphrase ließe sich erraten. Mach sie länger oder nimm eine \
        vorgeschlagene.",
    passphrase_different: "Die beiden stimmen nicht überein. Tippe die zweite noch einmal.",
    strength: "Stärke",
    strength_none: "Sofort erraten.",
    strength_weak: "Schwach.",
    strength_fair: "Ließe sich erraten.",
    strength_good: "Stark.",
    strength_best: "Sehr stark.",
    suggest: "Eine vorgeschlagene nehmen",
    suggest_another: "Eine andere vorschlagen",
    suggested: "Sie steht jetzt in beiden Feldern. Schreib sie auf oder merke sie dir: HAI-Net \
        kann sie nicht noch einmal zeigen.",
    one_moment: "Einen Augenblick",
    use_words: "Stattdessen Wörter zur Wiederherstellung",
    use_passphrase: "Stattdessen die Passphrase",

    name: "Name, bei dem du genannt wirst",
    details_title: "Angaben für den Wächter, freiwillig",
    details_why: "Mit ihnen merkt der Wächter, wenn sie das Gerät verlassen würden. Sie liegen \
        hier verschlüsselt und werden nie gesendet.",
    detail_full_name: "Voller Name",
    detail_birth_date: "Geburtsdatum",
    detail_government_id: "Nummer eines Passes oder Ausweises",
    detail_email: "E-Mail-Adresse",

    unlock_title: "HAI-Net ist gesperrt",
    unlock_text: "Alles, was hier liegt, ist verschlüsselt. Deine Passphrase öffnet es.",
    unlock: "Entsperren",
    unlocking: "Wird entsperrt, etwa eine Sekunde",
    next_try_in: |seconds| format!("Die nächste Passphrase geht in {seconds} s."),
    has_neither: "Ich habe weder Passphrase noch Wörter",
    has_neither_text: "Dann kann niemand lesen, was hier liegt, auch HAI-Net nicht. Du kannst \
        alles löschen und neu beginnen. Modelle bleiben.",
    keychain_trouble: "Der Schlüsselbund dieses Computers hat es nicht geöffnet",
    opened_with_words: "Mit deinen Wörtern geöffnet. Eine neue Passphrase legst du in den \
        Einstellungen unter Du und Sicherheit fest.",

    recovery_words: "Wörter zur Wiederherstellung",
    recovery_words_hint: "Alle 24 in ihrer Reihenfolge, mit Leerzeichen dazwischen.",
    words_count: |have, all| format!("{have} von {all} Wörtern."),
    words_title: "Schreib deine Wörter zur Wiederherstellung auf",
    words_why: "Diese 24 Wörter öffnen alles wieder, wenn die Passphrase vergessen oder dieses \
        Gerät verloren ist. Sie werden jetzt gezeigt und nicht mehr, sobald sie bestätigt sind.",
    words_paper: "Schreib sie von Hand auf Papier. Fotografiere und drucke sie nicht, und lege \
        sie in keiner Datei ab.",
    words_order: "Behalte die Reihenfolge: Nummer und Wort.",
    words_nobody: "Wer sie hat, hat alles. Niemand von HAI-Net fragt je danach.",
    words_written: "Ich habe sie aufgeschrieben",
    words_again: "Die Wörter sind noch nicht bestätigt. Gib deine Passphrase ein, um sie noch \
        einmal zu sehen.",
    words_show: "Wörter zeigen",
    words_confirmed: "Die Wörter sind bestätigt.",
    quiz_title: "Drei deiner Wörter",
    quiz_text: "Damit sicher ist, dass sie auf deinem Papier stehen: Tippe die Wörter mit diesen \
        Nummern.",
    quiz_word: |place| format!("Wort {place}"),
    quiz_wrong: "Was markiert ist, lautet anders. Sieh auf dein Papier oder noch einmal auf die \
        Wörter.",
    quiz_look: "Wörter noch einmal sehen",
    quiz_check: "Prüfen",

    backup_path: "Datei der Sicherung",
    backup_path_example: "/home/ada/hai-net.age",
    backup_path_hint: "Der ganze Pfad der Datei auf dem Computer, auf dem HAI-Net läuft. Ihr Name \
        endet meist auf .age.",
    backup_passphrase: "Passphrase der Sicherung",
    backup_creating: "Sicherung wird gemacht.",
    backup_verifying: "Sicherung wird geprüft.",
    backup_restoring: "Wird wiederhergestellt.",
    backup_stopping: "Wird abgebrochen",
    amount_of: |done, total| format!("{done} von {total}"),
};
