//! The client library that most programs use, against a real hub.

use std::path::PathBuf;
use std::process::Command;

use acceptance::hub::Hub;
use acceptance::{places, shell};

/// What the script needs.
const PACKAGES: [&str; 2] = ["openai", "jsonschema"];

#[test]
fn official_client_library_finds_everything_that_it_expects() {
    let python = python_with_packages();
    let hub = Hub::fresh();
    let token = hub.home.ask_json(&["token", "create", "--label", "client"]);
    let script = places::repository().join("tests/gateway/openai_client.py");
    let output = Command::new(python)
        .arg(script)
        .args(["--base-url", &format!("http://127.0.0.1:{}/v1", hub.port)])
        .env(
            "HAI_NET_BASE_URL",
            format!("http://127.0.0.1:{}/v1", hub.port),
        )
        .env("HAI_NET_TOKEN", token["token"].as_str().expect("a token"))
        .env("NO_PROXY", "*")
        .output()
        .expect("python starts");
    let said = String::from_utf8_lossy(&output.stdout);
    acceptance::tell(&said);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A Python of our own, made once in the cache.
fn python_with_packages() -> PathBuf {
    let folder = places::cache().join("openai-client");
    let python = folder.join("bin/python");
    let knows = |python: &PathBuf| {
        let look = format!("import {}", PACKAGES.join(", "));
        shell::succeeds(Command::new(python).args(["-c", &look]))
    };
    if !knows(&python) {
        let place = |command: &mut Command| shell::quiet(command);
        place(
            Command::new(places::needed("python3"))
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        );
        place(
            Command::new(&python)
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .args(PACKAGES),
        );
    }
    python
}
