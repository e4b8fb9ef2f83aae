//! What went wrong and what to do, in languages other than the hub's own. In English the hub says it
//! itself, and more exactly.

use contract::{Code, Fault};

use super::Language;

/// What happened and what to do, for a person; and what the hub said where that is more exact.
pub(crate) struct FaultWords {
    /// What happened.
    pub(crate) message: String,
    /// What to do.
    pub(crate) advice: String,
    /// The hub's own sentence, where `message` is a translation of its kind only.
    pub(crate) original: Option<String>,
}

/// A fault in a language.
pub(crate) fn fault_words(fault: &Fault, language: Language) -> FaultWords {
    match language {
        Language::English => FaultWords {
            message: fault.message.clone(),
            advice: fault.advice.clone(),
            original: None,
        },
        Language::German => {
            let (message, advice) = german(fault.code);
            FaultWords {
                message: message.to_owned(),
                advice: advice.to_owned(),
                original: Some(fault.message.clone()),
            }
        }
    }
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
fn german(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::InvalidAsk => (
            "Die Eingabe geht so nicht.",
            "Ändere sie und versuche es noch einmal.",
        ),
        Code::NotFound => (
            "Das gibt es nicht mehr.",
            "Vielleicht wurde es gelöscht. Lade die Liste neu.",
        ),
        Code::NotAllowed => (
            "Von hier aus ist das nicht erlaubt.",
            "Öffne HAI-Net mit einem frischen Anmelde-Link: `hai-net open`.",
        ),
        Code::ServerDown => (
            "Der Server des Modells antwortet nicht oder brach ab.",
            "Starte ihn oder wähle ein anderes Modell. Die Liste der Server sagt, wie es jedem geht.",
        ),
        Code::ServerRefused => (
            "Der Server des Modells lehnt die Frage ab.",
            "Prüfe den Namen des Modells und den Schlüssel in Einstellungen, Modelle.",
        ),
        Code::ExternalOff => (
            "Modelle auf fremden Rechnern sind nicht erlaubt.",
            "Erlaube sie in Einstellungen, Modelle, oder wähle ein Modell auf deinen Geräten.",
        ),
        Code::KeptIn => (
            "Der Wächter hielt die Frage hier.",
            "Nimm heraus, was nicht hinaus darf, sieh an, was hinausginge, und sende es einmal, oder wähle \
             ein Modell auf deinen Geräten.",
        ),
        Code::NoModel => (
            "Kein Modell ist installiert.",
            "Installiere eines: `hai-net models pull smollm2-135m-instruct`.",
        ),
        Code::UnknownModel => (
            "Ein Modell mit diesem Namen gibt es nicht.",
            "Die Namen zeigt `hai-net models list`.",
        ),
        Code::ModelFile => (
            "Die Modelldatei fehlt, ist kaputt oder unsicher und wurde nicht geöffnet.",
            "Entferne sie und lade sie neu: `hai-net models rm NAME`.",
        ),
        Code::ModelLoad => (
            "Das Modell konnte nicht geladen werden, oft weil der Speicher knapp ist.",
            "Schließe andere Programme oder wähle ein kleineres Modell.",
        ),
        Code::ModelInUse => (
            "Das Modell wird gerade benutzt.",
            "Warte auf die Antwort oder halte sie an, dann versuche es noch einmal.",
        ),
        Code::ContextLengthExceeded => (
            "Das Gespräch ist länger, als das Modell fassen kann.",
            "Beginne ein neues Gespräch, kürze die Nachricht oder wähle ein Modell, das mehr fasst.",
        ),
        Code::EngineStopped => (
            "Das Rechenwerk fiel beim Antworten aus. Es wurde neu gestartet.",
            "Frage noch einmal. Wenn es wieder geschieht, wähle ein anderes Modell.",
        ),
        Code::AgentFailed => (
            "Ein Agent konnte seine Arbeit nicht zu Ende bringen.",
            "Sieh dir seine Schritte in der Ansicht an und frage mit anderen Worten noch einmal.",
        ),
        Code::ToolServer => (
            "Ein Werkzeugserver ist nicht erreichbar oder tut nicht, was er soll.",
            "Sieh dir in den Einstellungen seinen Befehl oder seine Adresse an und probiere ihn noch einmal.",
        ),
        Code::EngineMissing => (
            "Das Rechenwerk lässt sich nicht starten.",
            "Installiere HAI-Net neu: Ein Programm davon fehlt.",
        ),
        Code::Busy => (
            "Es warten mehr Fragen, als das Modell annimmt.",
            "Warte einen Augenblick und versuche es noch einmal.",
        ),
        Code::Interrupted => (
            "HAI-Net wurde beendet, während diese Antwort geschrieben wurde.",
            "Lass noch einmal antworten.",
        ),
        Code::Download => (
            "Ein Download ist gescheitert.",
            "Prüfe die Verbindung. Der nächste Versuch macht dort weiter, wo dieser aufhörte.",
        ),
        Code::DownloadDiffers => (
            "Die geladene Datei ist nicht die, die sie sein soll. Sie wurde gelöscht.",
            "Versuche es noch einmal. Bleibt es so, bietet die Quelle eine andere Datei an.",
        ),
        Code::DiskFull => (
            "Die Festplatte ist voll.",
            "Schaffe Platz. Nichts Gespeichertes ging verloren.",
        ),
        Code::Store => (
            "Der Speicher von HAI-Net ließ sich nicht lesen oder schreiben.",
            "Führe `hai-net doctor` aus.",
        ),
        Code::InvalidSetting => (
            "Diesen Wert kann die Einstellung nicht haben.",
            "Die erlaubten Werte zeigt `hai-net settings get`.",
        ),
        Code::SettingFixed => (
            "Die Einstellung ist von außen festgelegt und hier nicht zu ändern.",
            "Entferne die Umgebungsvariable, die sie festlegt, und starte neu.",
        ),
        Code::Locked => (
            "HAI-Net ist gesperrt: Was gespeichert ist, lässt sich nicht lesen.",
            "Entsperre es: im Fenster oder mit `hai-net unlock`.",
        ),
        Code::NoIdentity => (
            "Dieses HAI-Net gehört noch niemandem.",
            "Lege eine Identität an: im Fenster oder mit `hai-net setup`.",
        ),
        Code::IdentityExists => (
            "Dieses HAI-Net hat schon einen Besitzer, oder es liegen schon Gespräche darin.",
            "Nutze es so, oder nenne mit --data-dir einen anderen Datenordner für ein zweites.",
        ),
        Code::WrongKey => (
            "Diese Passphrase oder diese Wörter öffnen es nicht.",
            "Prüfe große Buchstaben und die Tastatur, oder nimm deine Wörter zur Wiederherstellung.",
        ),
        Code::TryLater => (
            "Das waren zu viele falsche Passphrasen.",
            "Warte, oder nimm deine Wörter zur Wiederherstellung: Die müssen nicht warten.",
        ),
        Code::WeakPassphrase => (
            "Diese Passphrase ließe sich erraten.",
            "Nimm eine längere, etwa sechs gewöhnliche Wörter in zufälliger Folge.",
        ),
        Code::Keychain => (
            "Der Schlüsselbund dieses Computers fehlt, ist gesperrt, antwortet nicht oder hält einen \
             anderen Schlüssel.",
            "Nimm deine Passphrase. Den Schlüsselbund kannst du danach in den Einstellungen neu \
             einrichten.",
        ),
        Code::VaultFile => (
            "Die Datei des Tresors ist beschädigt oder stammt von einer neueren Version.",
            "Öffne ihn mit dem Schlüsselbund, oder stelle eine Sicherung in einem neuen Datenordner \
             wieder her.",
        ),
        Code::Backup => (
            "Die Sicherung lässt sich nicht lesen, ist nicht vollständig oder keine.",
            "Wähle eine andere Sicherung. Nichts wurde geändert.",
        ),
        Code::Closing => ("HAI-Net wird beendet.", "Warte, bis es zurück ist."),
        Code::NoHub => ("HAI-Net antwortet nicht.", "Starte es: `hai-net serve`."),
        Code::Internal => (
            "Das Programm selbst hat einen Fehler.",
            "Bitte melde ihn mit den Einzelheiten.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_in_german_and_keeps_what_the_hub_said() {
        for code in Code::all() {
            let fault = Fault::refused(*code, "Four answers are being written.");
            let told = fault_words(&fault, Language::German);
            assert!(
                told.message.ends_with('.') && told.advice.ends_with('.'),
                "{code}"
            );
            assert_ne!(told.advice, code.cure(), "{code} is still English");
            assert_eq!(
                told.original.as_deref(),
                Some("Four answers are being written.")
            );
        }
    }
}
