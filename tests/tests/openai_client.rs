//! The client library that most programs use, against a real hub.

use acceptance::python;

#[test]
fn official_client_library_finds_everything_that_it_expects() {
    let packages = ["openai", "jsonschema"];
    python::drive("openai_client.py", "/v1", "openai-client", &packages);
}
