//! A person's home folder, empty but for the starter model, and the command line in it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use crate::hub::Hub;
use crate::places;

/// What opens the vault of [`Home::owned`].
pub const PASSPHRASE: &str = "olive harbour seven lanterns drift";

/// What of the caller's surroundings reaches the programs: how to find and load them, and coverage.
const KEPT_VARIABLES: &[&str] = &["PATH", "TMPDIR", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"];

/// A home folder of its own. Clones are the same one; the last that is dropped deletes it.
#[derive(Debug, Clone)]
pub struct Home {
    folder: Arc<TempDir>,
    variables: Vec<(String, String)>,
    data: PathBuf,
}

/// How a program ended, and what it printed.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Itself, after a look at its exit code.
    ///
    /// # Panics
    /// The program ended otherwise.
    #[must_use]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "the exit code; all of it: {self:#?}");
        self
    }

    /// The one JSON value on standard output.
    ///
    /// # Panics
    /// There is none, or more.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one JSON value ({error}): {self:#?}"))
    }

    /// The JSON values on standard output, one a line.
    ///
    /// # Panics
    /// A line is none.
    #[must_use]
    pub fn json_lines(&self) -> Vec<Value> {
        let line = |line| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("not JSON ({error}): {line} in {self:#?}"))
        };
        self.stdout.lines().map(line).collect()
    }

    /// Message and advice of the fault that was told with `--json`, in one text.
    #[must_use]
    pub fn fault_text(&self) -> String {
        let fault = self.json_lines().pop().unwrap_or_default();
        format!("{} {}", fault["fault"]["message"], fault["fault"]["advice"])
    }

    /// The code of the fault that was told with `--json`.
    ///
    /// # Panics
    /// None was told.
    #[must_use]
    pub fn fault_code(&self) -> String {
        let fault = self.json_lines().pop().unwrap_or_default();
        let code = fault["fault"]["code"].as_str();
        code.unwrap_or_else(|| panic!("no fault was told: {self:#?}"))
            .to_owned()
    }
}

impl Home {
    /// A home with the starter model.
    ///
    /// # Panics
    /// The starter model is missing, or the disk is full.
    #[must_use]
    pub fn new() -> Self {
        let home = Self::without_model();
        place(&places::starter_model(), &home.models());
        home
    }

    /// A home without any model.
    ///
    /// # Panics
    /// The disk is full.
    #[must_use]
    pub fn without_model() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("hai-")
            .tempdir()
            .expect("a folder");
        let home = Self {
            data: folder.path().join("data"),
            folder: Arc::new(folder),
            variables: Vec::new(),
        };
        std::fs::create_dir(home.models()).expect("a folder for models");
        let run = home.folder.path().join("run");
        std::fs::create_dir(&run).expect("a folder for sockets");
        private(&run);
        home
    }

    /// The same home, with a variable set for all programs.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same home, owned by somebody: the first start is behind them, and programs that open a hub find
    /// the passphrase in a file.
    ///
    /// # Panics
    /// The identity cannot be made.
    #[must_use]
    pub fn owned(self) -> Self {
        let file = self.folder.path().join("passphrase");
        std::fs::write(&file, format!("{PASSPHRASE}\n")).expect("the folder can be written");
        private_file(&file);
        let home = self.with("HAI_NET_PASSPHRASE_FILE", &file.display().to_string());
        let _ = home
            .hai_net(&["setup", "--non-interactive", "--name", "Marta", "--json"])
            .ended(0);
        home
    }

    /// The same home, with another data folder.
    #[must_use]
    pub fn with_data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = folder.into();
        self
    }

    /// The folder of it all.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder. The hub makes it.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The model folder.
    #[must_use]
    pub fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// The control socket of the hub that runs on the data folder; `None` while there is none.
    #[must_use]
    pub fn socket(&self) -> Option<PathBuf> {
        let folder = std::fs::read_dir(self.folder.path().join("run/hai-net")).ok()?;
        let mut paths = folder.filter_map(|entry| Some(entry.ok()?.path()));
        paths.find(|path| path.extension() == Some(OsStr::new("sock")))
    }

    /// The variables that programs of this home get, beside those that are kept.
    #[must_use]
    pub fn variables(&self) -> Vec<(String, String)> {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let mut all = vec![
            ("HOME".to_owned(), at("")),
            ("XDG_DATA_HOME".to_owned(), at("share")),
            ("XDG_CONFIG_HOME".to_owned(), at("config")),
            ("XDG_CACHE_HOME".to_owned(), at("cache")),
            ("XDG_STATE_HOME".to_owned(), at("state")),
            ("XDG_RUNTIME_DIR".to_owned(), at("run")),
            ("HAI_NET_MODEL_DIR".to_owned(), at("models")),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            // A test that means the keychain starts one of its own and says so.
            ("HAI_NET_KEYCHAIN".to_owned(), "off".to_owned()),
        ];
        all.extend(self.variables.iter().cloned());
        all
    }

    /// A program in this home, its surroundings cleared.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        for name in KEPT_VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(self.variables());
        command
    }

    /// `hai-net` on this home's data folder, with `--json` or without as the caller says.
    #[must_use]
    pub fn hai_net_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(places::program("hai-net"));
        command.arg("--data-dir").arg(self.data()).args(arguments);
        command
    }

    /// Runs `hai-net` to its end.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn hai_net(&self, arguments: &[&str]) -> Ran {
        self.hai_net_fed(arguments, None)
    }

    /// As [`Self::hai_net`], with something on its standard input.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn hai_net_fed(&self, arguments: &[&str], input: Option<&str>) -> Ran {
        run(self.hai_net_command(arguments), input)
    }

    /// Runs `hai-net … --json`, which must succeed, and returns the one value that it prints.
    ///
    /// # Panics
    /// It fails, or prints something else.
    #[must_use]
    pub fn ask_json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        self.hai_net(&arguments).ended(0).json()
    }

    /// Starts `hai-net serve` on a free port and waits until it is ready.
    ///
    /// # Panics
    /// It does not become ready.
    #[must_use]
    pub fn serve(&self) -> Hub {
        Hub::start(self.clone())
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a command to its end.
///
/// # Panics
/// It cannot be started.
#[must_use]
pub fn run(mut command: Command, input: Option<&str>) -> Ran {
    let fed = if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    command
        .stdin(fed)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    if let Some(input) = input {
        // A program that ends without reading all of it is no failure of the test.
        let _ = child
            .stdin
            .take()
            .expect("it was asked for")
            .write_all(input.as_bytes());
    }
    let output = child.wait_with_output().expect("it was started");
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Puts a file into a folder without copying it, where the file system allows.
fn place(file: &Path, folder: &Path) {
    let to = folder.join(file.file_name().expect("a file has a name"));
    let placed = std::fs::hard_link(file, &to)
        .or_else(|_| std::os::unix::fs::symlink(file, &to))
        .or_else(|_| std::fs::copy(file, &to).map(|_| ()));
    placed.expect("the model can be placed");
}

fn private_file(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let own = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(file, own).expect("it is ours");
}

fn private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let closed = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder, closed).expect("it is ours");
}
