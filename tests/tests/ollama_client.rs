//! The client library of Ollama, against a real hub.

use acceptance::python;

#[test]
fn client_library_of_ollama_finds_everything_that_it_expects() {
    python::drive(
        "ollama_client.py",
        "",
        "ollama-client",
        &["ollama", "jsonschema"],
    );
}
