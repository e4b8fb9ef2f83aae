//! The client libraries of the npm registry, against a real hub.

use acceptance::node;

/// At versions that do not change by themselves.
const PACKAGES: [&str; 3] = ["openai@7.59.0", "@anthropic-ai/sdk@1.14.0", "ollama@0.6.4"];

#[test]
fn client_libraries_for_javascript_find_everything_that_they_expect() {
    node::drive("npm_clients.cjs", "npm-clients", &PACKAGES);
}
