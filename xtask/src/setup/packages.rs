//! The Debian packages that building, the window and the tests need.

use std::{
    collections::BTreeSet,
    env,
    io::{self, IsTerminal, Write},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    house::{self, House},
    setup::Need,
    shell,
    steps::Outcome,
};

/// Compilers for what is written in C and C++ (llama.cpp, SQLCipher), and pip for the starter model.
const TO_BUILD: &[&str] = &[
    "cmake",
    "clang",
    "libclang-dev",
    "pkg-config",
    "g++",
    "make",
    "perl",
    "python3-pip",
];

/// The window: a web view, a tray icon, sound.
const FOR_THE_WINDOW: &[&str] = &[
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "libssl-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libdbus-1-dev",
    "libasound2-dev",
];

/// A display without a screen, browsers that a program can drive, network namespaces, and other people's
/// tools for keychains, backups and certificates.
const FOR_TESTS: &[&str] = &[
    "xvfb",
    "webkit2gtk-driver",
    "dbus-x11",
    "gnome-keyring",
    "age",
    "openssl",
    "iproute2",
    "chromium",
    "chromium-driver",
];

/// Installs what is missing, after asking.
pub(crate) fn ensure(house: &House, yes: bool, need: Need) -> Result<Outcome> {
    let wanted = wanted(need);
    if house::find_program(house, "apt-get").is_none() {
        return Ok(Outcome::Skipped(format!(
            "this is no Debian system; make sure that you have what these Debian packages carry: {}",
            wanted.join(" ")
        )));
    }
    let missing = missing(house, &wanted)?;
    if missing.is_empty() {
        return Ok(Outcome::Kept(format!("all {} are installed", wanted.len())));
    }
    consent(
        &missing,
        yes || env::var("CI").is_ok_and(|value| value == "true"),
    )?;
    let cure = || {
        format!(
            "install them by hand and start again: {}",
            by_hand(&missing)
        )
    };
    // A mirror of a third party may be down; what we need may still be installable without it.
    if let Err(error) = shell::quiet(&mut as_root(house, &["update"])?, "reading package lists") {
        eprintln!("{error:#}\nGoing on with the package lists that are there.");
    }
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&missing);
    shell::show(&mut as_root(house, &install)?, "installing system packages").with_context(cure)?;
    Ok(Outcome::Made(format!("installed {}", missing.join(" "))))
}

/// The packages of these that are not installed.
pub(crate) fn missing(house: &House, wanted: &[&'static str]) -> Result<Vec<&'static str>> {
    let mut query = shell::program(house, "dpkg-query");
    query
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .args(wanted);
    // It ends with an error when one of the names is unknown, which is an answer like any other.
    let output = query
        .output()
        .context("asking dpkg-query what is installed")?;
    Ok(not_installed(
        wanted,
        &String::from_utf8_lossy(&output.stdout),
    ))
}

/// What a piece of work wants, in the order in which it is told to a person.
pub(crate) fn wanted(need: Need) -> Vec<&'static str> {
    let mut names = TO_BUILD.to_vec();
    if need.window {
        names.extend(FOR_THE_WINDOW);
    }
    if need.tests {
        names.extend(FOR_TESTS);
    }
    names
}

/// The command that a person types to install packages.
pub(crate) fn by_hand(names: &[&str]) -> String {
    format!(
        "sudo apt-get install --no-install-recommends {}",
        names.join(" ")
    )
}

fn not_installed(wanted: &[&'static str], listing: &str) -> Vec<&'static str> {
    let installed: BTreeSet<&str> = listing
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .collect();
    wanted
        .iter()
        .copied()
        .filter(|name| !installed.contains(name))
        .collect()
}

fn consent(missing: &[&str], given: bool) -> Result<()> {
    eprintln!("These system packages are missing: {}", missing.join(" "));
    if given {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        bail!(
            "system packages are missing and nobody can be asked: add --yes, or install them by \
             hand: {}",
            by_hand(missing)
        );
    }
    eprint!("Install them with apt-get now? [Y/n] ");
    io::stderr().flush().context("asking")?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .context("reading the answer")?;
    if matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes") {
        return Ok(());
    }
    bail!("nothing was installed. By hand: {}", by_hand(missing));
}

fn as_root(house: &House, arguments: &[&str]) -> Result<Command> {
    let mut command = if is_root(house) {
        shell::program(house, "apt-get")
    } else if house::find_program(house, "sudo").is_some() {
        let mut sudo = shell::program(house, "sudo");
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        bail!(
            "installing packages needs root, and there is no sudo. As root: apt-get {}",
            arguments.join(" ")
        );
    };
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(arguments);
    Ok(command)
}

fn is_root(house: &House) -> bool {
    shell::capture(shell::program(house, "id").arg("-u"), "asking who we are")
        .is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_was_removed_but_left_its_settings_counts_as_missing() {
        let listing = "cmake installed\nclang config-files\n";
        assert_eq!(
            not_installed(&["cmake", "clang", "xvfb"], listing),
            ["clang", "xvfb"]
        );
    }

    #[test]
    fn a_headless_start_asks_for_no_web_view() {
        let names = wanted(Need {
            window: false,
            tests: false,
        });
        assert!(!names.contains(&"libwebkit2gtk-4.1-dev"));
        assert!(
            names.contains(&"cmake"),
            "llama.cpp is built on every machine"
        );
    }
}
