//! Downloads one package of one version from the Debian mirror that this machine already uses.
//!
//! The version may lie in another suite than the machine's own (a newer compiler is found in
//! backports), so apt is asked with a list of sources of our own. It verifies signatures as always,
//! and the machine's own lists stay as they are.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{house::House, shell};

/// Suites to look in, the likeliest first.
const SUITES: &[&str] = &["trixie-backports", "trixie", "forky", "sid"];

/// Trusted when a source names no key of its own.
const DEBIAN_KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A place that packages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    address: String,
    signed_by: Option<String>,
    suites: Vec<String>,
    components: Vec<String>,
}

/// Downloads `name` of an upstream version (`1.95.0`) into a folder and returns the file.
pub(crate) fn download(house: &House, name: &str, version: &str, work: &Path) -> Result<PathBuf> {
    let codename = codename()?;
    let sources = sources_of_machine();
    let archive = sources
        .iter()
        .find(|source| is_main_archive(source, &codename))
        .context(
            "the package sources of this machine name no Debian mirror with the component `main`",
        )?;
    for suite in SUITES {
        let apt = Apt {
            house,
            work: work.join(suite),
        };
        let listed = apt.update(archive, suite).and_then(|()| apt.versions(name));
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => {
                eprintln!("Looking into {suite}: {error:#}");
                continue;
            }
        };
        if let Some(exact) = listed.iter().find(|it| is_version(it, version)) {
            eprintln!("Fetching {name} {exact} from {suite}");
            return apt.download(name, exact);
        }
    }
    bail!(
        "none of the Debian suites {} carries {name} {version}",
        SUITES.join(", ")
    )
}

/// Apt with folders of its own.
struct Apt<'a> {
    house: &'a House,
    work: PathBuf,
}

impl Apt<'_> {
    fn update(&self, archive: &Source, suite: &str) -> Result<()> {
        for folder in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(self.work.join(folder)).context("making apt's folders")?;
        }
        let keys = archive.signed_by.as_deref().unwrap_or(DEBIAN_KEYS);
        let line = format!("deb [signed-by={keys}] {} {suite} main\n", archive.address);
        fs::write(self.work.join("sources.list"), line).context("writing apt's sources")?;
        shell::quiet(
            self.tool("apt-get").arg("update"),
            "reading the suite's package list",
        )
    }

    fn versions(&self, name: &str) -> Result<Vec<String>> {
        let table = shell::capture(
            self.tool("apt-cache").args(["madison", name]),
            "looking for the package's versions",
        )?;
        Ok(table
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .map(trimmed)
            .collect())
    }

    fn download(&self, name: &str, version: &str) -> Result<PathBuf> {
        let mut apt = self.tool("apt-get");
        apt.current_dir(&self.work)
            .arg("download")
            .arg(format!("{name}={version}"));
        shell::quiet(&mut apt, "downloading the package")?;
        fs::read_dir(&self.work)
            .context("reading apt's folder")?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|it| it == "deb"))
            .context("apt reported success but left no package")
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = shell::program(self.house, name);
        let work = self.work.display();
        for setting in [
            format!("Dir::Etc::sourcelist={work}/sources.list"),
            "Dir::Etc::sourceparts=/dev/null".to_owned(),
            format!("Dir::State::lists={work}/lists"),
            format!("Dir::Cache={work}/cache"),
        ] {
            command.arg("-o").arg(setting);
        }
        command
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

/// Whether a Debian version such as `1.95.0+dfsg1-2~bpo13+1` packages this upstream version.
fn is_version(debian: &str, upstream: &str) -> bool {
    debian
        .strip_prefix(upstream)
        .is_some_and(|rest| rest.starts_with(['+', '-', '~']))
}

/// The machine's release, such as `bookworm`.
fn codename() -> Result<String> {
    let release = fs::read_to_string("/etc/os-release").context("reading /etc/os-release")?;
    release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .map(|name| name.trim_matches('"').to_owned())
        .context("/etc/os-release names no release")
}

/// The archive of the distribution itself, not its security updates nor somebody's own packages.
fn is_main_archive(source: &Source, codename: &str) -> bool {
    source.suites.iter().any(|suite| suite == codename)
        && source
            .components
            .iter()
            .any(|component| component == "main")
}

fn sources_of_machine() -> Vec<Source> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(entries) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    files.sort();
    let mut sources = Vec::new();
    for file in files {
        // A list that this user may not read cannot help us.
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        if file.extension().is_some_and(|it| it == "sources") {
            sources.extend(stanzas(&text));
        } else {
            sources.extend(text.lines().filter_map(one_line));
        }
    }
    sources
}

/// The old form: `deb [signed-by=…] address suite component…`.
fn one_line(line: &str) -> Option<Source> {
    let rest = line.trim().strip_prefix("deb")?;
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?,
        None => ("", rest),
    };
    let signed_by = options
        .split_whitespace()
        .find_map(|it| it.strip_prefix("signed-by="));
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        address: words.next()?,
        signed_by: signed_by.map(str::to_owned),
        suites: vec![words.next()?],
        components: words.collect(),
    })
}

/// The new form: fields in stanzas.
fn stanzas(text: &str) -> Vec<Source> {
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| [line.trim_end(), "\n"])
        .collect();
    text.split("\n\n").filter_map(stanza).collect()
}

fn stanza(text: &str) -> Option<Source> {
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    let words = |value: String| {
        value
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let usable = words(field("Types")?).iter().any(|it| it == "deb")
        && field("Enabled").is_none_or(|value| !value.eq_ignore_ascii_case("no"));
    if !usable {
        return None;
    }
    Some(Source {
        address: words(field("URIs")?).into_iter().next()?,
        // A key may also be written out inside the stanza; then Debian's own keys are tried.
        signed_by: field("Signed-By").filter(|value| value.starts_with('/')),
        suites: words(field("Suites")?),
        components: words(field("Components")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stanza_is_read_with_comments_and_a_disabled_one_is_not() {
        let text = "Types: deb deb-src\n# a snapshot\nURIs: http://mirror.test/debian\n\
                    Suites: bookworm bookworm-updates\nComponents: main contrib\n\
                    Signed-By: /keys/a.gpg\n\nTypes: deb\nEnabled: no\nURIs: http://b.test/\n\
                    Suites: bookworm\nComponents: main\n";
        let found = stanzas(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].address, "http://mirror.test/debian");
        assert_eq!(found[0].signed_by.as_deref(), Some("/keys/a.gpg"));
        assert!(is_main_archive(&found[0], "bookworm"));
    }

    #[test]
    fn a_line_is_read_with_and_without_options() {
        let plain = one_line("deb http://mirror.test/debian bookworm main non-free").unwrap();
        assert_eq!(plain.components, ["main", "non-free"]);
        let signed =
            one_line("deb [arch=amd64 signed-by=/k.gpg] http://m.test/x bookworm main").unwrap();
        assert_eq!(signed.signed_by.as_deref(), Some("/k.gpg"));
        assert_eq!(
            one_line("# deb http://mirror.test/debian bookworm main"),
            None
        );
        assert_eq!(
            one_line("deb-src http://mirror.test/debian bookworm main"),
            None
        );
    }

    #[test]
    fn security_updates_and_foreign_packages_are_not_the_main_archive() {
        let security = one_line("deb http://mirror.test/s bookworm-security main").unwrap();
        let foreign = one_line("deb http://mirror.test/sdk cloud-sdk-bookworm main").unwrap();
        assert!(!is_main_archive(&security, "bookworm"));
        assert!(!is_main_archive(&foreign, "bookworm"));
    }

    #[test]
    fn a_longer_version_number_is_another_version() {
        assert!(is_version("1.95.0+dfsg1-2~bpo13+1", "1.95.0"));
        assert!(!is_version("1.95.01-1", "1.95.0"));
        assert!(!is_version("1.96.1+dfsg1-2", "1.95.0"));
    }
}
