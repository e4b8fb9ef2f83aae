//! What models used, in German.

use super::super::tables::UsageWords;

/// What is said in German.
pub(super) static WORDS: UsageWords = UsageWords {
    section: "Verbrauch",
    about: "Wie viel die Modelle gearbeitet haben: für dich und deine Agenten, und für jedes Programm. \
            Nur Zahlen werden behalten, nie, was gefragt oder geantwortet wurde.",
    none: "In diesen Tagen hat kein Modell gearbeitet.",
    days: "Tage",
    days_named: |days| format!("{days} Tage"),
    chart_title: "Token am Tag",
    chart_unit: "Token",
    read: "Gelesen",
    written: "Geschrieben",
    by_model: "Nach Modell",
    by_caller: "Nach Programm",
    by_day: "Nach Tag",
    name: "Name",
    requests: "Anfragen",
    time: "Zeit",
    energy: "Energie, etwa",
    cost: "Kosten, etwa",
    avoided: "Gespart, etwa",
    total: "Alles zusammen",
    own: "Du und deine Agenten",
    open: "Programme ohne Schlüssel",
    gone: "Ein Schlüssel, den es nicht mehr gibt",
    measured: |wh| format!("{wh} Wh gemessen (A)"),
    stated: |wh| format!("{wh} Wh aus deinen Watt (B)"),
    method: "Woher diese Zahlen kommen",
    method_time: "Zeit ist die Zeit, in der Modelle gearbeitet haben, auch das Laden. Antworten, die \
                  zugleich geschrieben wurden, teilen sie sich.",
    method_measured: "Energie (A) hat der Zähler des Prozessors (RAPL) in dieser Zeit gezählt. Es ist der \
                      ganze Prozessor, mit dem, was andere Programme währenddessen brauchten; \
                      Grafikprozessor, Speicher und Bildschirm sind nicht dabei.",
    method_stated: |watts| {
        format!("Energie (B) ist {watts} W, wie von dir angegeben, mal die Zeit ohne Messung.")
    },
    method_cost: |price| format!("Kosten sind Energie mal {price} je kWh, wie von dir angegeben."),
    method_avoided: |price| {
        format!(
            "Gespart sind die auf diesem Gerät gelesenen und geschriebenen Token mal {price} je \
             Million, der Preis, den du angegeben hast. Ein kleines Modell ist nicht dasselbe wie ein \
             großes."
        )
    },
    not_stated: "Was du unten nicht angibst, wird nicht geschätzt und nicht gezeigt.",
    span: |from, to| format!("{from} bis {to}; Tage beginnen um Mitternacht UTC."),
    may_all: "darf alles benutzen",
    may: |scopes| format!("darf {scopes} benutzen"),
    rate: |rate| format!("höchstens {rate} Anfragen in der Minute"),
    quota: |quota| format!("höchstens {quota} Token am Tag"),
};
