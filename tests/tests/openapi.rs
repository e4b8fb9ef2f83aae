//! The description of the API against the API: a checker makes up requests from `/openapi.json`, right and
//! wrong ones, and looks whether the answers are what was described.

use std::process::Command;

use acceptance::hub::Hub;
use acceptance::{python, tell};

/// Pinned, since another version makes up other requests.
const PACKAGES: [&str; 1] = ["schemathesis==4.32.5"];

/// Requests for each route and phase. With `HAI_NET_OPENAPI_EXAMPLES` a person asks for more.
const EXAMPLES: &str = "6";

/// What must hold for every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// Longer than the smallest model takes for any answer, on a busy machine.
const REQUEST_S: &str = "120";

#[test]
fn every_answer_is_one_that_the_description_of_the_api_tells_of() {
    let python = python::pinned("schemathesis", &PACKAGES);
    // Answers must end, however long a made-up request lets them become.
    let home = acceptance::home::Home::new().with("HAI_NET_LLM_CONTEXT_TOKENS", "512");
    let hub = Hub::start(home);
    let token = hub
        .home
        .ask_json(&["token", "create", "--label", "checker"]);
    let secret = token["token"].as_str().expect("a token");
    let (bearer, key) = (
        format!("Authorization: Bearer {secret}"),
        format!("x-api-key: {secret}"),
    );
    let examples = std::env::var("HAI_NET_OPENAPI_EXAMPLES").unwrap_or_else(|_| EXAMPLES.into());
    let output = Command::new(python.with_file_name("schemathesis"))
        .arg("run")
        .arg(format!("http://127.0.0.1:{}/openapi.json", hub.port))
        // Both ways to show a token, or the checker makes up the other one and is let in by neither.
        .args(["--header", &key, "--header", &bearer, "--checks", CHECKS, "--max-examples", &examples])
        // The same requests in every run, one after the other: Python 3.11 fails now and then when several
        // threads read its syntax trees. Speech is not installed: 501 is what it says.
        .args(["--seed", "1", "--workers", "1", "--exclude-path-regex", "/audio/"])
        .args(["--phases", "examples,coverage,fuzzing", "--request-timeout", REQUEST_S])
        .args(["--continue-on-failure", "--suppress-health-check", "all", "--no-color"])
        .current_dir(hub.home.folder())
        .output()
        .expect("the checker starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let summary: String = said.rsplit("SUMMARY").next().unwrap_or_default().to_owned();
    tell(&summary);
    assert!(output.status.success(), "{said}");
}
