//! Portkey's gateway, as the other side of the comparison. It comes from npm into the house's cache.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use super::client::Way;

/// Pinned, so that figures of two days compare with the same program.
const PACKAGE: &str = "@portkey-ai/gateway@1.15.2";

/// Where its program lies in the folder of packages.
const PROGRAM: &str = "node_modules/@portkey-ai/gateway/build/start-server.js";

/// How long it may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running gateway, killed when dropped.
pub(super) struct Portkey {
    child: Child,
    address: SocketAddr,
    upstream: String,
}

impl Portkey {
    /// Starts it; `None` where Node or npm are missing.
    pub(super) fn start(upstream: &str) -> anyhow::Result<Option<Self>> {
        let Some(program) = program()? else {
            return Ok(None);
        };
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new("node")
            .arg(program)
            .arg(format!("--port={}", address.port()))
            .arg("--headless")
            // It lets itself be sent to this machine only where told so.
            .env("TRUSTED_CUSTOM_HOSTS", "127.0.0.1,localhost")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting node")?;
        let mut portkey = Self {
            child,
            address,
            upstream: upstream.to_owned(),
        };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = portkey.child.try_wait()? {
                bail!("it ended with {status}");
            }
            ensure!(begun.elapsed() < PATIENCE, "it does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Some(portkey))
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The way through it.
    pub(super) fn way(&self, model: &str) -> Way {
        Way::new("Portkey", self.address, "none", model)
            .with("x-portkey-provider", "openai")
            .with("x-portkey-custom-host", &self.upstream)
    }
}

impl Drop for Portkey {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, fetched once.
fn program() -> anyhow::Result<Option<PathBuf>> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let place = cache
        .or(home)
        .context("a cache folder")?
        .join("hai-net/npm-portkey");
    let program = place.join(PROGRAM);
    if !program.is_file() {
        std::fs::create_dir_all(&place)?;
        eprintln!("Fetching {PACKAGE} with npm");
        let npm = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--no-save"])
            .args(["--ignore-scripts", "--prefix"])
            .arg(&place)
            .arg(PACKAGE)
            .stdout(Stdio::null())
            .status();
        match npm {
            Ok(status) => ensure!(status.success(), "npm ended with {status}"),
            Err(_) => return Ok(None),
        }
    }
    Ok(program.is_file().then_some(program))
}
