//! Puts the functions that a program calls while it starts next to each other.
//!
//! The system loads code in pieces of 64 kB around what is called. Functions lie where their crate lies, so
//! that nearly every piece of a large program is loaded for the few functions in it that starting needs. With
//! those in a row a program that waits takes a third less memory. Which functions those are is observed: the
//! program is built, started with what a newcomer does, and linked again in the order of the first calls.
//! `docs/decisions.md` says more.

mod link;
mod map;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod trace;

use std::{
    collections::HashSet,
    fs,
    io::{self, BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

pub(crate) use self::link::glibc;
use self::link::{map_of, order_of};
use crate::{
    house::{self, House},
    shell,
};

/// How long a program is observed each time: starting, doing what it is asked, and drawing the page after it.
const OBSERVED: Duration = Duration::from_secs(20);

/// How long the program is left alone before it is set up.
const ALONE: Duration = Duration::from_secs(6);

/// How long to wait for it to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// What the program is asked at its first start: to be set up. The data folder is said in the environment.
const FIRST_START: &[&[&str]] = &[
    &[
        "setup",
        "--non-interactive",
        "--name",
        "Ada",
        "--no-keychain",
        "--passphrase-file",
        "passphrase",
        "--words-file",
        "words",
    ],
    &["settings", "set", "ui.setup_step", "6"],
];

/// What it is asked at every other start.
const LATER_START: &[&[&str]] = &[&["unlock", "--passphrase-file", "passphrase"], &["status"]];

/// An order is observed anew when more of its functions than this share, in hundredths, are gone.
const GONE_MAX: usize = 5;

/// Runs a command that builds these programs for release, among others, and runs it again where an order was
/// observed anew. An order that cannot be observed here is said and changes nothing: the programs work the
/// same. `hai-net` must be among what has been built, since it sets the others up.
pub(crate) fn build(house: &House, programs: &[&str], command: impl Fn() -> Command) -> Result<()> {
    let folder = house.target.join("release/order");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for name in programs {
        let order = order_of(&folder, name);
        if !order.is_file() {
            // What is not there counts as changed, and the program would be linked each time.
            fs::write(&order, "").with_context(|| format!("making {}", order.display()))?;
        }
    }
    let build = |doing| shell::show(command().env(link::FOLDER, &folder), doing);
    build("building the programs for release")?;
    let mut is_new = false;
    for name in programs {
        if is_in_order(&folder, name) {
            continue;
        }
        let seconds = 2 * OBSERVED.as_secs();
        eprintln!("Observing how {name} starts ({seconds} s)");
        match observe(house, &folder, name) {
            Ok(()) => is_new = true,
            Err(error) => eprintln!("{name} is linked as it comes: {error:#}"),
        }
    }
    if is_new {
        build("linking the programs in the order in which they start")?;
    }
    Ok(())
}

/// Whether nearly all functions of the program's order are still there.
fn is_in_order(folder: &Path, name: &str) -> bool {
    let (Ok(order), Ok(map)) = (
        fs::read_to_string(order_of(folder, name)),
        fs::read_to_string(map_of(folder, name)),
    ) else {
        return false;
    };
    let functions = map::functions(&map);
    let known: HashSet<&str> = functions.iter().map(|it| it.symbol.as_str()).collect();
    let (all, gone) = order.lines().fold((0, 0), |(all, gone), symbol| {
        (all + 1, gone + usize::from(!known.contains(symbol)))
    });
    all > 0 && gone * 100 <= all * GONE_MAX
}

/// Starts the program twice, with a home of its own, and writes down which functions it calls.
fn observe(house: &House, folder: &Path, name: &str) -> Result<()> {
    let map = map_of(folder, name);
    let map = fs::read_to_string(&map)
        .with_context(|| format!("reading {}, which the linker `lld` writes", map.display()))?;
    let functions = map::functions(&map);
    ensure!(!functions.is_empty(), "the linker's map names no function");
    let home = Home::new(folder)?;
    let is_window = name == "hai-net-desktop";
    let screen = is_window.then(Screen::open).transpose()?;
    let programs = house.target.join("release");
    let mut program = home.program(house, &programs.join(name))?;
    if let Some(screen) = &screen {
        program.env("DISPLAY", &screen.name);
    } else {
        program.arg("serve");
    }
    let started = |asked: &[&[&str]]| {
        let commands = asked.iter().map(|words| {
            let mut command = home.program(house, &programs.join("hai-net"))?;
            command.args(*words);
            Ok(command)
        });
        let commands = commands.collect::<Result<Vec<_>>>()?;
        let mut is_done = Ok(());
        let called = calls(&program, &functions, || is_done = run_all(commands))?;
        is_done.with_context(|| format!("asking {name} while it was observed"))?;
        ensure!(
            !called.is_empty(),
            "no function was called: is this program the one that was linked?"
        );
        Ok(called)
    };
    let first = started(FIRST_START)?;
    // What every day needs lies together; what only the first day needs lies behind it.
    let mut called = started(LATER_START)?;
    called.extend(first);
    let mut known = HashSet::new();
    called.retain(|symbol| known.insert(symbol.clone()));
    let mut text = called.join("\n");
    text.push('\n');
    fs::write(order_of(folder, name), text).context("writing the order")
}

/// Runs commands one after the other, as soon as the program answers.
fn run_all(commands: Vec<Command>) -> Result<()> {
    std::thread::sleep(ALONE);
    for mut command in commands {
        let until = Instant::now() + ANSWERS_WITHIN;
        while let Err(error) = shell::quiet(&mut command, "asking the program that is observed") {
            if Instant::now() > until {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    Ok(())
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn calls(
    program: &Command,
    functions: &[map::Function],
    meanwhile: impl FnOnce() + Send,
) -> Result<Vec<String>> {
    trace::calls(program, functions, OBSERVED, meanwhile)
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn calls(
    _program: &Command,
    _functions: &[map::Function],
    _meanwhile: impl FnOnce() + Send,
) -> Result<Vec<String>> {
    anyhow::bail!("functions are observed on Linux with x86-64 only")
}

/// A home for the time of observing; removed afterwards.
struct Home {
    folder: PathBuf,
}

impl Home {
    fn new(below: &Path) -> Result<Self> {
        let home = Self {
            folder: below.join("home"),
        };
        home.remove();
        fs::create_dir_all(&home.folder)
            .with_context(|| format!("making {}", home.folder.display()))?;
        home.write_passphrase().context("writing a passphrase")?;
        Ok(home)
    }

    /// Only the owner may read it, or it would be refused.
    fn write_passphrase(&self) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(self.folder.join("passphrase"))?;
        file.write_all(b"observed from the first call on")
    }

    fn remove(&self) {
        // What is left lies below the target folder and is overwritten next time.
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// A program that knows this home and nothing of the person's.
    fn program(&self, house: &House, path: &Path) -> Result<Command> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let port = port.context("finding a free port")?.port();
        let mut program = shell::program(house, path);
        program
            .current_dir(&self.folder)
            .env("HOME", &self.folder)
            .env("HAI_NET_DATA_DIR", self.folder.join("data"))
            .env("HAI_NET_MODEL_DIR", &house.models)
            .env("HAI_NET_API_PORT", port.to_string())
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        Ok(program)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A screen that nobody sees; the person's own where there is no Xvfb.
struct Screen {
    name: String,
    server: Option<Child>,
}

impl Screen {
    fn open() -> Result<Self> {
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24"])
            .args(["-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut server) = server else {
            ensure!(
                house::has_display(),
                "there is no screen to open the window on (Debian: `sudo apt-get install xvfb`)"
            );
            let name = std::env::var("DISPLAY").context("the screen has no name")?;
            return Ok(Self { name, server: None });
        };
        let mut number = String::new();
        let said = server.stdout.take().context("Xvfb says nothing")?;
        BufReader::new(said)
            .read_line(&mut number)
            .context("asking Xvfb for its number")?;
        Ok(Self {
            name: format!(":{}", number.trim()),
            server: Some(server),
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // One that has ended already needs no ending.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(order: &str, symbols: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let columns = " ".repeat(48);
        let mut map = format!("{columns} .text\n");
        for symbol in symbols {
            let section = format!("one.o:(.text.{symbol})");
            map += &format!("{columns}         {section}\n");
            map += &format!(
                "{:>16}{}                 {symbol}\n",
                "ff9440",
                " ".repeat(32)
            );
        }
        fs::write(map_of(folder.path(), "p"), map).unwrap();
        fs::write(order_of(folder.path(), "p"), order).unwrap();
        folder
    }

    #[test]
    fn an_order_holds_as_long_as_its_functions_are_there() {
        let symbols: Vec<String> = (0..100).map(|number| format!("f{number}")).collect();
        let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
        let order = |gone: usize| {
            let kept = &symbols[gone..];
            let lost = (0..gone).map(|it| format!("lost{it}"));
            lost.chain(kept.iter().map(ToString::to_string))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let fits = |order: &str| is_in_order(folder_with(order, &symbols).path(), "p");
        assert!(fits(&order(0)));
        assert!(fits(&order(GONE_MAX)));
        assert!(!fits(&order(GONE_MAX + 1)));
        assert!(!fits(""));
        assert!(!is_in_order(Path::new("/nowhere"), "p"));
    }
}
