//! Views that an answer proposes, in German.

use super::super::ShownWords;

/// What is said in German.
pub(super) static WORDS: ShownWords = ShownWords {
    part_of_answer: "Teil der Antwort",
    as_table: "Die Zahlen als Tabelle",
    point: "Punkt",
    chart_of: |title| format!("Diagramm: {title}"),
    ticked: |done, all| format!("{done} von {all} abgehakt"),
    ticks_stay_here: "Haken bleiben, bis die Seite geschlossen wird.",
    form_sends: "Was du ausfüllst, wird als deine nächste Nachricht gesendet.",
    form_send: "Als meine Nachricht senden",
    form_choose: "Auswählen",
    form_required: "nötig",
    form_nothing: "Fülle zuerst etwas aus.",
    form_sent: "Als deine Nachricht gesendet.",
};
