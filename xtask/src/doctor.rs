//! `doctor`: looks at everything that set-up brings, changes nothing, and names each cure.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, Result};
use serde_json::json;

use crate::{
    house::{self, House},
    setup::{Need, model, packages, tools, wasm_target},
    shell, ui,
};

/// What was found about one thing.
struct Finding {
    name: &'static str,
    ok: bool,
    /// Whether the house can be used without it.
    optional: bool,
    detail: String,
    cure: String,
}

/// Prints the findings; fails when something needed is missing.
pub(crate) fn run(house: &House, as_json: bool) -> Result<ExitCode> {
    let findings = look(house)?;
    let healthy = findings
        .iter()
        .all(|finding| finding.ok || finding.optional);
    let text = if as_json {
        for_machines(house, &findings, healthy)
    } else {
        for_people(&findings)
    };
    writeln!(io::stdout(), "{text}").context("printing the findings")?;
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn look(house: &House) -> Result<Vec<Finding>> {
    let mut findings = vec![compiler(house)];
    findings.extend(system_packages(house)?);
    findings.push(Finding {
        name: "WebAssembly target",
        ok: wasm_target::is_ready(house),
        optional: false,
        detail: wasm_target::TARGET.to_owned(),
        cure: format!(
            "rustup target add {} (or: cargo xtask run)",
            wasm_target::TARGET
        ),
    });
    let pin = model::pin(house)?;
    let place = model::place(house)?;
    findings.push(Finding {
        name: "starter model",
        ok: model::is_right(house, &pin, &place)?,
        optional: false,
        detail: place.display().to_string(),
        cure: "cargo xtask run".to_owned(),
    });
    findings.push(Finding {
        name: "built user interface",
        ok: ui::is_up_to_date(house).unwrap_or(false),
        optional: false,
        detail: house.dist().display().to_string(),
        cure: "cargo xtask run".to_owned(),
    });
    findings.push(program(
        house,
        "npm",
        "sudo apt-get install npm",
        "shrinks the UI, makes packages",
    ));
    for tool in [tools::NEXTEST, tools::TAURI_DRIVER, tools::DENY] {
        findings.push(program(
            house,
            tool.program,
            &tools::cure(&tool),
            tool.purpose,
        ));
    }
    findings.push(Finding {
        name: "display",
        ok: house::has_display(),
        optional: true,
        detail: "the window needs one; without it the headless hub is started".to_owned(),
        cure: "set DISPLAY or WAYLAND_DISPLAY".to_owned(),
    });
    Ok(findings)
}

fn compiler(house: &House) -> Finding {
    let version = shell::capture(
        shell::program(house, "rustc").arg("--version"),
        "asking rustc",
    );
    let line = version.unwrap_or_default();
    Finding {
        name: "Rust compiler",
        ok: is_new_enough(&line),
        optional: false,
        detail: if line.is_empty() {
            "not found".to_owned()
        } else {
            line.trim().to_owned()
        },
        cure: "rustup update stable".to_owned(),
    }
}

/// The oldest compiler that builds the house is named once, in the workspace.
fn is_new_enough(version_line: &str) -> bool {
    let numbers = |text: &str| -> Option<(u32, u32)> {
        let mut parts = text.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    let found = version_line.split_whitespace().nth(1).and_then(numbers);
    found.is_some() && found >= numbers(env!("CARGO_PKG_RUST_VERSION"))
}

fn system_packages(house: &House) -> Result<Vec<Finding>> {
    let groups = [
        (
            "packages to build",
            false,
            Need {
                window: false,
                tests: false,
            },
        ),
        (
            "packages for the window",
            true,
            Need {
                window: true,
                tests: false,
            },
        ),
        ("packages for tests", true, Need::everything()),
    ];
    if house::find_program(house, "dpkg-query").is_none() {
        let names = packages::wanted(Need::everything()).join(" ");
        return Ok(vec![Finding {
            name: "system packages",
            ok: false,
            optional: true,
            detail: "this is no Debian system, so they cannot be looked up".to_owned(),
            cure: format!("make sure that you have what these Debian packages carry: {names}"),
        }]);
    }
    let mut findings = Vec::new();
    let mut told = 0;
    for (name, optional, need) in groups {
        let wanted = packages::wanted(need);
        let missing = packages::missing(house, &wanted[told..])?;
        findings.push(Finding {
            name,
            ok: missing.is_empty(),
            optional,
            detail: if missing.is_empty() {
                format!("all {} are installed", wanted.len() - told)
            } else {
                format!("missing: {}", missing.join(" "))
            },
            cure: packages::by_hand(&missing),
        });
        told = wanted.len();
    }
    Ok(findings)
}

fn program(house: &House, name: &'static str, cure: &str, purpose: &str) -> Finding {
    let found = house::find_program(house, name);
    Finding {
        name,
        ok: found.is_some(),
        optional: true,
        detail: found.map_or_else(|| purpose.to_owned(), |path| path.display().to_string()),
        cure: cure.to_owned(),
    }
}

fn for_people(findings: &[Finding]) -> String {
    let mut lines = Vec::new();
    for finding in findings {
        let word = match (finding.ok, finding.optional) {
            (true, _) => "ok     ",
            (false, true) => "absent ",
            (false, false) => "MISSING",
        };
        lines.push(format!("{word}  {}: {}", finding.name, finding.detail));
        if !finding.ok {
            lines.push(format!("         cure: {}", finding.cure));
        }
    }
    lines.join("\n")
}

fn for_machines(house: &House, findings: &[Finding], healthy: bool) -> String {
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "name": finding.name,
                "ok": finding.ok,
                "optional": finding.optional,
                "detail": finding.detail,
                "cure": if finding.ok { None } else { Some(&finding.cure) },
            })
        })
        .collect();
    json!({
        "ok": healthy,
        "target_dir": house.target,
        "cache_dir": house.cache,
        "model_dir": house.models,
        "findings": findings,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_are_compared_by_number_not_by_letter() {
        assert!(is_new_enough("rustc 1.100.0 (abc 2027-01-01)"));
        assert!(!is_new_enough("rustc 1.9.0 (abc 2016-01-01)"));
        assert!(!is_new_enough(""));
    }

    #[test]
    fn a_missing_thing_is_printed_with_its_cure() {
        let missing = Finding {
            name: "thing",
            ok: false,
            optional: false,
            detail: "gone".to_owned(),
            cure: "bring it".to_owned(),
        };
        let text = for_people(&[missing]);
        assert!(text.contains("MISSING  thing: gone"), "{text}");
        assert!(text.contains("cure: bring it"), "{text}");
    }
}
