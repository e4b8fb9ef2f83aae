//! A house of its own for each test: home, data, models and runtime folder in a temporary place, so
//! that a test neither sees nor touches what the developer keeps.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take. An engine that is built for debugging on a busy machine is slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Names that a developer may have set and that must not reach the tests' programs.
const KEPT: [&str; 4] = ["PATH", "HAI_NET_WORKER_DIR", "LLVM_PROFILE_FILE", "TMPDIR"];

/// A passphrase that nobody guesses.
pub(crate) const PASSPHRASE: &str = "orbit velvet canyon mixture ladder pulse";

/// The file of the starter model.
pub(crate) const STARTER: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

pub(crate) struct House {
    folder: tempfile::TempDir,
}

impl House {
    /// Without a model.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("hai").tempdir().unwrap();
        for name in ["home", "data", "models", "run"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    /// With the starter model, where there is one: `HAI_NET_STARTER_MODEL`, else that of the user.
    /// `None` leaves the test out, and says so.
    pub(crate) fn with_model() -> Option<Self> {
        let named = std::env::var_os("HAI_NET_STARTER_MODEL").map(PathBuf::from);
        let own = std::env::var_os("HOME").map(|home| {
            PathBuf::from(home)
                .join(".local/share/hai-net/models")
                .join(STARTER)
        });
        let Some(model) = named.or(own).filter(|path| path.is_file()) else {
            eprintln!("left out: set HAI_NET_STARTER_MODEL to the starter model's file");
            return None;
        };
        let house = Self::empty();
        let place = house.models().join(STARTER);
        // A link is quicker; a copy also works from another disk.
        std::fs::hard_link(&model, &place)
            .or_else(|_| std::fs::copy(&model, &place).map(drop))
            .unwrap();
        Some(house)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.path().join("models")
    }

    /// The environment of every program.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        let mut all: Vec<(String, String)> = KEPT
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        for (name, value) in [
            ("HOME", text(self.path().join("home"))),
            ("XDG_DATA_HOME", text(self.path().join("home/share"))),
            ("XDG_RUNTIME_DIR", text(self.path().join("run"))),
            ("HAI_NET_DATA_DIR", text(self.data())),
            ("HAI_NET_MODEL_DIR", text(self.models())),
            ("HAI_NET_LLM_TEMPERATURE", "0".to_owned()),
            ("HAI_NET_LLM_ANSWER_TOKENS_MAX", "24".to_owned()),
            ("TZ", "UTC".to_owned()),
            // No test touches the keychain of who runs it.
            ("HAI_NET_KEYCHAIN", "off".to_owned()),
        ] {
            all.push((name.to_owned(), value));
        }
        all
    }

    /// A file that only its owner can read, such as one with a passphrase.
    pub(crate) fn private_file(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A file with [`PASSPHRASE`].
    pub(crate) fn passphrase_file(&self) -> String {
        self.private_file("passphrase", &format!("{PASSPHRASE}\n"))
    }

    /// `hai-net` with these arguments.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hai-net"));
        command
            .args(args)
            .env_clear()
            .envs(self.environment())
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    /// The same, to be asserted about.
    pub(crate) fn run(&self, args: &[&str]) -> assert_cmd::assert::Assert {
        assert_cmd::Command::from_std(self.command(args))
            .timeout(PATIENCE)
            .assert()
    }

    /// The JSON that a successful command prints.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let done = self.run(&[args, &["--json"]].concat()).success();
        json_of(&done.get_output().stdout)
    }

    /// A hub that runs until it is dropped.
    pub(crate) fn serve(&self) -> Served {
        self.serve_with(&["--listen", "127.0.0.1:0"])
    }

    pub(crate) fn serve_with(&self, args: &[&str]) -> Served {
        let mut command = self.command(&[&["serve", "--json"], args].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let greeting = next_json(&mut lines);
        Served {
            child: Some(child),
            lines,
            greeting,
        }
    }
}

pub(crate) struct Served {
    child: Option<Child>,
    lines: BufReader<std::process::ChildStdout>,
    pub(crate) greeting: Value,
}

impl Served {
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// The greeting of the hub after a restart.
    pub(crate) fn next_greeting(&mut self) -> Value {
        next_json(&mut self.lines)
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        kill(self.pid(), signal);
    }

    /// Waits for the end, and gives the exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        wait(&mut self.child.take().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            kill(child.id(), rustix::process::Signal::TERM);
            wait(&mut child);
        }
    }
}

pub(crate) fn kill(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Waits for a process, but not for ever.
pub(crate) fn wait(child: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("process {} does not end", child.id());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn json_of(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(text.lines().count(), 1, "one value on one line: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn next_json(lines: &mut impl BufRead) -> Value {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}
