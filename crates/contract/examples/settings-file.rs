//! Prints the annotated defaults, `assets/settings.env`. `cargo xtask docs` calls it.

use std::io::Write;

use contract::setting::SettingKey;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "# The settings of HAI-Net with their defaults.\n\
         #\n\
         # Made from the schema in `crates/contract/src/setting/` by `cargo xtask docs`. To fix a setting\n\
         # from outside, copy this file as `.env` into the data folder and take the # off its line. What is\n\
         # fixed here cannot be changed in the window. `hai-net settings list` shows what holds now."
    )?;
    for key in SettingKey::all() {
        let spec = key.spec();
        let names: Vec<_> = spec.environment().collect();
        writeln!(out, "\n# {}", spec.about)?;
        let restart = if spec.needs_restart {
            " Takes effect at the next start."
        } else {
            ""
        };
        writeln!(out, "# Takes {}.{restart}", spec.kind.takes())?;
        if names.len() > 1 {
            writeln!(out, "# Also understood: {}", names[1..].join(", "))?;
        }
        let quote = if spec.default.contains(' ') { "\"" } else { "" };
        writeln!(out, "#{}={quote}{}{quote}", names[0], spec.default)?;
    }
    Ok(())
}
