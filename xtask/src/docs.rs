//! `docs`: pages that are written by the code they describe.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{house::House, shell};

/// The page of fault codes.
const ERRORS_PAGE: &str = "docs/errors.md";

/// Writes the generated pages, or compares them with what is there.
pub(crate) fn run(house: &House, check: bool) -> Result<()> {
    let page = errors_page(house)?;
    let path = house.root.join(ERRORS_PAGE);
    if check {
        let found = fs::read_to_string(&path).unwrap_or_default();
        ensure!(
            found == page,
            "{ERRORS_PAGE} does not say what the code says: run `cargo xtask docs` and keep the page"
        );
        eprintln!("{ERRORS_PAGE} is up to date.");
    } else {
        fs::write(&path, page).with_context(|| format!("writing {}", path.display()))?;
        eprintln!("{ERRORS_PAGE} is written.");
    }
    Ok(())
}

/// The contract knows its codes; compiling it into this program would make every fresh clone wait.
fn errors_page(house: &House) -> Result<String> {
    let mut cargo = shell::cargo(house);
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "contract",
        "--example",
        "errors-page",
    ]);
    let page = shell::capture(&mut cargo, "asking the contract for its fault codes")?;
    ensure!(
        page.starts_with("# "),
        "the contract's page of fault codes has no title"
    );
    Ok(page)
}
