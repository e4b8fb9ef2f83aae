//! A real keychain (GNOME Keyring) on a bus of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};

use crate::home::Home;
use crate::wait;

/// A bus that knows no services, so that it starts none by itself beside the daemon of the test.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"#;

/// A running keychain, unlocked as a desktop does at log-in; ended when dropped.
#[derive(Debug)]
pub struct Keyring {
    bus: Child,
    daemon: Child,
}

impl Keyring {
    /// Starts one for a home, whose programs find it from now on.
    ///
    /// # Panics
    /// It does not become ready.
    #[must_use]
    pub fn start(home: Home) -> (Self, Home) {
        let config = home.folder().join("bus.conf");
        std::fs::write(&config, BUS).expect("the folder can be written");
        let mut bus = home
            .command("dbus-daemon")
            .args(["--nofork", "--print-address", "--config-file"])
            .arg(&config)
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon starts (Debian: dbus)");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().expect("it was asked for"))
            .read_line(&mut address)
            .expect("it says where it is");
        let home = home
            .with("DBUS_SESSION_BUS_ADDRESS", address.trim())
            .with("HAI_NET_KEYCHAIN", "on");
        let mut daemon = home
            .command("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon starts (Debian: gnome-keyring)");
        let mut stdin = daemon.stdin.take().expect("it was asked for");
        stdin.write_all(b"log-in passphrase").expect("it reads");
        drop(stdin);
        let keyring = Self { bus, daemon };
        // It answers once its default collection is there.
        wait::until("the keychain", wait::START, || {
            let asked = home
                .command("dbus-send")
                .args([
                    "--session",
                    "--print-reply",
                    "--dest=org.freedesktop.secrets",
                ])
                .args(["/org/freedesktop/secrets/aliases/default"])
                .args(["org.freedesktop.DBus.Properties.Get"])
                .args(["string:org.freedesktop.Secret.Collection", "string:Locked"])
                .stderr(Stdio::null())
                .output()
                .expect("dbus-send starts (Debian: dbus)");
            let said = String::from_utf8_lossy(&asked.stdout).into_owned();
            said.contains("boolean false").then_some(())
        });
        (keyring, home)
    }

    /// Ends the keychain; the bus goes on.
    ///
    /// # Panics
    /// It has ended already.
    pub fn end(&mut self) {
        self.daemon.kill().expect("it runs");
        self.daemon.wait().expect("it ends");
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.bus] {
            // One that is dead already is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
