//! The client library of the Anthropic API, against a real hub.

use acceptance::python;

#[test]
fn client_library_of_anthropic_finds_everything_that_it_expects() {
    let packages = ["anthropic", "jsonschema"];
    python::drive("anthropic_client.py", "", "anthropic-client", &packages);
}
