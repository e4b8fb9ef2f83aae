//! The shape of source files: not too long, nothing left unfinished.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Lines of one source file, tests included. Longer ones have more than one subject.
const LINES_MAX: usize = 800;

/// Folders that are made by building, or that belong to other tools.
const PASSED_OVER: &[&str] = &["target", "dist", "node_modules", ".git", "artefacts"];

/// Everything that is wrong with the source files below a folder.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    let mut wrong = Vec::new();
    for file in files {
        let text =
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let name = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .display()
            .to_string();
        wrong.extend(look_at(&name, &text));
    }
    Ok(wrong)
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", folder.display()))?;
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry
            .file_type()
            .with_context(|| format!("reading {}", path.display()))?;
        if kind.is_dir() {
            if !PASSED_OVER.iter().any(|passed| *passed == name) {
                collect(&path, into)?;
            }
        } else if kind.is_file() && path.extension().is_some_and(|it| it == "rs") {
            into.push(path);
        }
    }
    Ok(())
}

fn look_at(name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let lines = text.lines().count();
    if lines > LINES_MAX {
        wrong.push(format!(
            "{name} has {lines} lines, more than {LINES_MAX}: split it"
        ));
    }
    if Path::new(name).file_name().is_some_and(|it| it == "mod.rs") {
        wrong.push(format!(
            "{name}: a module is named foo.rs beside foo/, not mod.rs"
        ));
    }
    // Put together here, so that this file does not find itself. Lints catch these too, but not in
    // code for other systems or behind features.
    for unfinished in ["todo", "unimplemented"].map(|name| format!("{name}!(")) {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains(&unfinished) {
                wrong.push(format!(
                    "{name}:{}: unfinished, `{unfinished}…)`",
                    number + 1
                ));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_long_is_named_with_its_length() {
        let wrong = look_at("hub/src/lib.rs", &"\n".repeat(LINES_MAX + 1));
        assert_eq!(
            wrong,
            ["hub/src/lib.rs has 801 lines, more than 800: split it"]
        );
        assert!(look_at("hub/src/lib.rs", &"\n".repeat(LINES_MAX)).is_empty());
    }

    #[test]
    fn unfinished_code_is_found_but_not_talk_about_it() {
        let unfinished = format!("fn a() {{ {}!(\"later\") }}", "todo");
        assert_eq!(look_at("a.rs", &unfinished).len(), 1);
        let talk = format!("// {}!() would be refused", "todo");
        assert!(look_at("a.rs", &talk).is_empty());
    }

    #[test]
    fn what_is_built_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["src/mod.rs", "target/debug/mod.rs"] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let wrong = check(folder.path()).unwrap();
        assert_eq!(wrong.len(), 1, "only src/mod.rs is ours: {wrong:?}");
    }
}
