//! Where programs and the starter model are, and how a hub is started to be measured.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

/// How long anything may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of the programs: `HAI_NET_BIN_DIR`, else that of this program.
pub(crate) fn programs() -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("HAI_NET_BIN_DIR") {
        return Ok(folder.into());
    }
    let program = std::env::current_exe()?;
    Ok(program
        .parent()
        .context("a program lies in a folder")?
        .to_owned())
}

/// Programs and texts of the other sides, in this package as cargo or `cargo xtask bench` name it now: the
/// folder of builds may be shared with another clone, in which this program was compiled.
pub(crate) fn peers() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")))
        .join("peers")
}

/// The starter model: `HAI_NET_STARTER_MODEL`, else in the user's model folder.
pub(crate) fn starter_model() -> anyhow::Result<PathBuf> {
    let named = std::env::var_os("HAI_NET_STARTER_MODEL").map(PathBuf::from);
    let usual = || {
        let home = std::env::var_os("HOME")
            .map(PathBuf::from)
            .unwrap_or_default();
        let data = std::env::var_os("XDG_DATA_HOME")
            .map_or_else(|| home.join(".local/share"), PathBuf::from);
        data.join("hai-net/models/SmolLM2-135M-Instruct.Q4_1.gguf")
    };
    let path = named.unwrap_or_else(usual);
    ensure!(
        path.is_file(),
        "{} is missing: run `cargo xtask run` once",
        path.display()
    );
    Ok(path)
}

/// A hub of its own, ended when dropped.
pub(crate) struct RunningHub {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) ready_after: Duration,
    folder: tempfile::TempDir,
}

impl RunningHub {
    /// Starts `hai-net serve` on an empty data folder and waits until it answers.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let began = Instant::now();
        let mut child = command(folder.path())?
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("starting hai-net serve")?;
        let output = child.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(output).lines();
        let first = lines.next().context("hai-net serve said nothing")??;
        let told: serde_json::Value = serde_json::from_str(&first)?;
        let url = told["address"].as_str().context("it tells its address")?;
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
        let address =
            SocketAddr::from(([127, 0, 0, 1], port.context("an address ends in a port")?));
        // What else it says must be read, or it would block one day.
        std::thread::spawn(move || lines.for_each(drop));
        let mut hub = Self {
            child,
            address,
            ready_after: Duration::ZERO,
            folder,
        };
        hub.wait_until_healthy()?;
        hub.ready_after = began.elapsed();
        Ok(hub)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it something with `hai-net`; what it tells as JSON.
    pub(crate) fn command(&self, arguments: &[&str]) -> anyhow::Result<serde_json::Value> {
        let output = command(self.folder.path())?.args(arguments).output()?;
        ensure!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// A token for the API.
    pub(crate) fn token(&self) -> anyhow::Result<String> {
        let told = self.command(&["token", "create", "--label", "bench", "--json"])?;
        Ok(told["token"]
            .as_str()
            .context("it tells the token")?
            .to_owned())
    }

    fn wait_until_healthy(&self) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Ok(mut stream) = TcpStream::connect(self.address) {
                write!(
                    stream,
                    "GET /health HTTP/1.1\r\nHost: {}\r\n\r\n",
                    self.address
                )?;
                let mut head = [0; 12];
                if stream.read_exact(&mut head).is_ok() && head.ends_with(b"200") {
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("the hub did not answer within {PATIENCE:?}")
    }
}

impl Drop for RunningHub {
    fn drop(&mut self) {
        if let Ok(mut command) = command(self.folder.path()) {
            let _ = command
                .arg("stop")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `hai-net` on a data folder of its own, with the starter model.
pub(crate) fn command(folder: &Path) -> anyhow::Result<Command> {
    let models = starter_model()?;
    let mut command = Command::new(programs()?.join("hai-net"));
    command
        .env("HAI_NET_DATA_DIR", folder)
        .env(
            "HAI_NET_MODEL_DIR",
            models.parent().context("a file lies in a folder")?,
        )
        .env_remove("XDG_RUNTIME_DIR")
        .current_dir(folder);
    Ok(command)
}

/// Memory of a process that it does not share, and its part of what it shares: PSS, in MB.
pub(crate) fn pss_mb(pid: u32) -> anyhow::Result<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix("kB"))
        .context("a line `Pss:`")?;
    Ok(kib.trim().parse::<f64>()? * 1024.0 / 1e6)
}

/// PSS of a process and all its children, in MB.
pub(crate) fn tree_pss_mb(root: u32) -> anyhow::Result<f64> {
    let mut total = pss_mb(root)?;
    let mut tree = vec![root];
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let mut ancestor = pid;
        // Ten generations are more than a browser engine has.
        for _ in 0..10 {
            match parent(ancestor) {
                Some(parent) if tree.contains(&parent) && !tree.contains(&pid) => {
                    tree.push(pid);
                    total += pss_mb(pid).unwrap_or_default();
                    break;
                }
                Some(parent) => ancestor = parent,
                None => break,
            }
        }
    }
    Ok(total)
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces and brackets; the fields go on behind its last bracket.
    stat.rsplit(')')
        .next()?
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
        .filter(|parent| *parent > 1)
}
