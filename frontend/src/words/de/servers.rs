//! Server, die eigene Modelle mitbringen, auf Deutsch.

use super::super::ServerWords;

/// Was auf Deutsch gesagt wird.
pub(super) static WORDS: ServerWords = ServerWords {
    title: "Modell-Server",
    about: "Ollama, der Server von llama.cpp, vLLM und andere bringen eigene Modelle mit. Sie springen in \
            dieser Reihenfolge füreinander ein, nie weiter weg als das, was du gewählt hast.",
    none: "Noch keiner.",
    find: "Auf diesem Gerät suchen",
    finding: "Suche …",
    found: "Auf diesem Gerät gefunden",
    found_nothing: "An den üblichen Ports dieses Geräts antwortet nichts.",
    add_found: "Hinzufügen",
    add_found_named: |name| format!("{name} hinzufügen"),
    add_title: "Server hinzufügen",
    add: "Hinzufügen",
    name: "Name",
    name_hint: "laptop",
    address: "Adresse",
    address_hint: "http://192.168.1.20:11434",
    kind: "Spricht",
    kind_ollama: "Ollama",
    kind_openai: "die API von OpenAI",
    key: "Schlüssel",
    key_about: "Nur, wo der Server einen verlangt. Er liegt verschlüsselt und wird nie gezeigt.",
    own_device: "Dieses Gerät gehört mir: Privates darf dorthin",
    added: |name| format!("{name} ist hinzugefügt."),
    remove: "Entfernen",
    remove_named: |name| format!("{name} entfernen"),
    removed: |name| format!("{name} ist entfernt, mit seinem Schlüssel."),
    first: "Zuerst fragen",
    first_named: |name| format!("{name} zuerst fragen"),
    order_about: "Der erste der Liste wird zuerst gefragt.",
    up: "antwortet",
    up_empty: "antwortet und hat kein Modell",
    down: "antwortet nicht",
    off: "aus, da Modelle anderswo nicht erlaubt sind",
    models: |names| format!("Modelle: {names}"),
    place_here: "dieses Gerät",
    place_own: "dein eigenes Gerät",
    place_network: "dein Netz",
    place_external: "ein fremder Rechner",
    external_title: "Modelle anderswo",
    external_about: "Was du ihnen sagst, samt dem Gespräch davor, verlässt dieses Gerät. Der Wächter maskiert \
                     Privates und hält Geheimes zurück. Aus, bis du es erlaubst.",

    choose: "Modell für dieses Gespräch",
    usual: |name| format!("Üblich: {name}"),
    on_external: "Dieses Modell läuft auf einem fremden Rechner: Was du sendest, verlässt dieses Gerät, vom \
                  Wächter maskiert.",
    ran_here: |server| format!("Blieb auf diesem Gerät ({server})"),
    ran_own: |server| format!("Lief auf deinem Gerät {server}"),
    ran_network: |server| format!("Lief auf {server} in deinem Netz"),
    ran_external: |server| format!("Lief anderswo: {server}"),
    choice: |name, place| format!("{name} ({place})"),
};
