//! The libraries that agents are written with, against a real hub.

use acceptance::python;

/// Pinned: releases 1.82.7 and 1.82.8 of litellm were malware, and those before 1.84.0 have known holes
/// in the server that comes with the client. `docs/decisions.md` tells more.
const PACKAGES: [&str; 2] = ["litellm==1.109.3", "pydantic-ai-slim[openai]==2.68.0"];

#[test]
fn libraries_for_agents_find_everything_that_they_expect() {
    let python = python::pinned("agent-clients", &PACKAGES);
    python::drive_with(&python, "agent_clients.py", "/v1");
}
