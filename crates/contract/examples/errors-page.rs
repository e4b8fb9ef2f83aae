//! Prints the page of errors, `docs/errors.md`. `cargo xtask docs` calls it.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "# Errors\n")?;
    writeln!(
        out,
        "Made from the codes in `crates/contract/src/fault.rs` by `cargo xtask docs`. The window, the \
         browser and the command line show the same words.\n"
    )?;
    writeln!(out, "| code | what it means | what to do |")?;
    writeln!(out, "|---|---|---|")?;
    for code in contract::Code::all() {
        writeln!(
            out,
            "| `{}` | {} | {} |",
            code.name(),
            code.meaning(),
            code.cure()
        )?;
    }
    Ok(())
}
