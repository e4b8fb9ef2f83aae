//! `docs`: pages that are written by the code they describe.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{house::House, shell};

/// Pages, and the example of the contract that prints each.
const PAGES: [(&str, &str); 2] = [
    ("docs/errors.md", "errors-page"),
    ("assets/settings.env", "settings-file"),
];

/// Writes the generated pages, or compares them with what is there.
pub(crate) fn run(house: &House, check: bool) -> Result<()> {
    for (name, example) in PAGES {
        let page = printed_by(house, example)?;
        let path = house.root.join(name);
        if check {
            let found = fs::read_to_string(&path).unwrap_or_default();
            ensure!(
                found == page,
                "{name} does not say what the code says: run `cargo xtask docs` and keep the page"
            );
            eprintln!("{name} is up to date.");
        } else {
            fs::write(&path, page).with_context(|| format!("writing {}", path.display()))?;
            eprintln!("{name} is written.");
        }
    }
    Ok(())
}

/// The contract knows its codes and settings; compiling it into this program would make every fresh
/// clone wait.
fn printed_by(house: &House, example: &str) -> Result<String> {
    let mut cargo = shell::cargo(house);
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "contract",
        "--example",
        example,
    ]);
    let page = shell::capture(&mut cargo, "asking the contract for a page")?;
    ensure!(
        page.starts_with("# "),
        "the page of the example {example} has no title"
    );
    Ok(page)
}
