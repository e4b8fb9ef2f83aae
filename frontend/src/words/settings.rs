//! What settings are called, and in German what they do. In English the hub says that itself.

use super::Language;

/// The name of a setting for a person; its key where it has none.
pub(crate) fn title_of_setting(key: &str, language: Language) -> String {
    let Some((_, english, german, _)) = TITLES.iter().find(|(name, ..)| *name == key) else {
        return key.to_owned();
    };
    match language {
        Language::English => (*english).to_owned(),
        Language::German => (*german).to_owned(),
    }
}

/// What a setting does; `given` is what the hub says in English.
pub(crate) fn about_setting(key: &str, given: &str, language: Language) -> String {
    let known = TITLES.iter().find(|(name, ..)| *name == key);
    match (language, known) {
        (Language::German, Some((.., about))) => (*about).to_owned(),
        (Language::German, None) | (Language::English, _) => given.to_owned(),
    }
}

/// Key, English title, German title, what it does in German.
type Row = (&'static str, &'static str, &'static str, &'static str);

const TITLES: &[Row] = &[
    (
        "agents.enabled",
        "Agents",
        "Agenten",
        "Lässt deine KI Werkzeuge benutzen und anderen Agenten Arbeit geben, wo deine Worte danach fragen.",
    ),
    (
        "api.listen",
        "Address to listen on",
        "Adresse",
        "Die Adresse, unter der Browser und API-Programme HAI-Net finden. Alles außer diesem Gerät \
         selbst braucht einen Schlüssel.",
    ),
    (
        "api.port",
        "Port",
        "Port",
        "Der Port, unter dem Browser und API-Programme HAI-Net finden.",
    ),
    (
        "api.require_token",
        "Programs need a token",
        "Programme brauchen einen Schlüssel",
        "Ob API-Programme auf diesem Gerät einen Schlüssel brauchen. Von anderen Geräten aus \
         brauchen sie immer einen.",
    ),
    (
        "usage.avoided_per_million",
        "Price of a million tokens elsewhere",
        "Preis von einer Million Token anderswo",
        "Was eine Million Token dich anderswo kosten würde, in deiner Währung, laut der Preisliste, mit          der du vergleichst. 0: nicht angegeben, und nichts Gespartes wird gezeigt.",
    ),
    (
        "usage.price_per_kwh",
        "Price of a kilowatt hour",
        "Preis einer Kilowattstunde",
        "Was du für eine Kilowattstunde zahlst, in deiner Währung. 0: nicht angegeben, und keine Kosten          werden gezeigt.",
    ),
    (
        "usage.watts",
        "Watts while a model works",
        "Watt, während ein Modell arbeitet",
        "Was dieses Gerät in Watt zieht, während ein Modell arbeitet, wie du es gemessen oder          nachgeschlagen hast. 0: nicht angegeben, und keine Energie wird daraus geschätzt.",
    ),
    (
        "llm.backend",
        "What computes",
        "Was rechnet",
        "Was die Antworten berechnet. `embedded` ist das Rechenwerk, das mit HAI-Net kommt.",
    ),
    (
        "llm.model",
        "Model",
        "Modell",
        "Das Modell, das antwortet, wenn keines genannt ist.",
    ),
    (
        "llm.external",
        "Models elsewhere",
        "Modelle anderswo",
        "Lässt Modelle auf fremden Rechnern antworten. Was du sagst, verlässt dann dieses Gerät; der \
         Wächter sieht es vorher an.",
    ),
    (
        "llm.context_tokens",
        "Length of a conversation",
        "Länge eines Gesprächs",
        "Wie viele Token ein Gespräch im Speicher des Modells fasst, höchstens so viele, wie das \
         Modell gelernt hat.",
    ),
    (
        "llm.slots",
        "Answers at the same time",
        "Antworten zugleich",
        "Wie viele Antworten zugleich geschrieben werden. Jede braucht Speicher.",
    ),
    (
        "llm.threads",
        "Threads",
        "Threads",
        "Threads, die Antworten berechnen. 0 wählt nach der Zahl der Kerne und dem erlaubten Anteil.",
    ),
    (
        "llm.gpu",
        "Graphics processor",
        "Grafikprozessor",
        "Ob ein Grafikprozessor Antworten berechnen darf, wenn das Rechenwerk dafür gebaut ist.",
    ),
    (
        "llm.unload_minutes",
        "Free the memory after",
        "Speicher freigeben nach",
        "Nach wie vielen Minuten ohne Frage der Speicher des Modells freigegeben wird. 0 behält ihn.",
    ),
    (
        "llm.answer_tokens_max",
        "Longest answer",
        "Längste Antwort",
        "Die meisten Token einer Antwort in einem Gespräch.",
    ),
    (
        "llm.temperature",
        "Temperature",
        "Temperatur",
        "Wie frei das Modell Wörter wählt: 0 nimmt immer das wahrscheinlichste.",
    ),
    (
        "llm.instructions",
        "Instructions",
        "Anweisungen",
        "Was dem Modell vor jedem Gespräch gesagt wird.",
    ),
    (
        "llm.aliases",
        "Names for programs",
        "Namen für Programme",
        "Unter welchen Namen Programme Modelle finden, als `name=modell` mit Leerzeichen dazwischen.",
    ),
    (
        "resources.cpu_percent",
        "Share of the cores, in percent",
        "Anteil der Kerne, in Prozent",
        "Welchen Anteil der Kerne das Rechenwerk nutzen darf. Weniger, solange andere Programme sie \
         brauchen.",
    ),
    (
        "resources.memory_gb",
        "Memory for a model, in GB",
        "Speicher für ein Modell, in GB",
        "Der größte Speicher für ein Modell, in GB. Größere Modelle werden abgelehnt. 0 setzt keine \
         eigene Grenze.",
    ),
    (
        "log.level",
        "Level of the log",
        "Stufe des Protokolls",
        "Ab welcher Stufe Zeilen ins Protokoll kommen.",
    ),
    (
        "log.retention_days",
        "Keep the log for, in days",
        "Protokoll behalten, in Tagen",
        "Nach wie vielen Tagen Zeilen des Protokolls gelöscht werden. Gespräche bleiben, bis du sie \
         löschst.",
    ),
    (
        "node.role",
        "Role of this device",
        "Rolle dieses Geräts",
        "Ob dieses Gerät deine Daten hält (primary) oder für eines rechnet, das sie hält (helper).",
    ),
    (
        "vault.lock_minutes",
        "Lock by itself after, in minutes",
        "Von selbst sperren nach, in Minuten",
        "Nach wie vielen Minuten ohne Nutzung HAI-Net gesperrt wird. 0 lässt es offen, bis du es sperrst.",
    ),
    (
        "ui.setup_step",
        "Step of the first start",
        "Schritt der Einrichtung",
        "Der Schritt der Einrichtung, der als Nächstes kommt; 6, wenn alle getan sind.",
    ),
    (
        "ui.theme",
        "Colours",
        "Farben",
        "Die Farben des Fensters und der Seite im Browser.",
    ),
    (
        "ui.language",
        "Language",
        "Sprache",
        "Die Sprache des Fensters und der Seite im Browser.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use contract::setting::SettingKey;

    #[test]
    fn every_setting_of_the_schema_has_a_title_in_every_language() {
        for key in SettingKey::all() {
            let name = key.spec().name;
            assert!(
                TITLES.iter().any(|(known, ..)| *known == name),
                "{name} has no title: add a line"
            );
        }
    }

    #[test]
    fn a_setting_that_is_not_known_here_shows_what_the_hub_says() {
        assert_eq!(title_of_setting("new.one", Language::German), "new.one");
        assert_eq!(
            about_setting("new.one", "Does x.", Language::German),
            "Does x."
        );
    }
}
