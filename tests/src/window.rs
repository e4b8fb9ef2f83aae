//! The real window, on a screen that nobody sees.

use std::net::TcpListener;
use std::process::Stdio;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::home::Home;
use crate::page::Page;
use crate::places;
use crate::process::Kept;
use crate::screen::Screen;
use crate::wait::{self, until_async};

/// A screen and the driver of the window. Ended when dropped.
#[derive(Debug)]
pub struct Desk {
    home: Home,
    port: u16,
    // Dropped in this order: the driver ends the program while there is a screen still.
    _driver: Kept,
    screen: Screen,
}

impl Desk {
    /// Makes a screen and starts the driver; no window is open yet.
    ///
    /// # Panics
    /// A program for it is missing.
    #[must_use]
    pub fn start(home: Home) -> Self {
        let screen = Screen::start();
        let (port, native_port) = (free_port(), free_port());
        // Programs of the driver inherit its surroundings: those of the home, and the screen.
        let mut command = match places::tool("dbus-run-session") {
            Some(session) => {
                let mut command = home.command(session);
                command.arg("--").arg(places::needed("tauri-driver"));
                command
            }
            None => home.command(places::needed("tauri-driver")),
        };
        command
            .args(["--port", &port.to_string(), "--native-port", &native_port.to_string()])
            .arg("--native-driver")
            .arg(places::needed("WebKitWebDriver"))
            .env("DISPLAY", screen.display())
            .env("GDK_BACKEND", "x11")
            // Without this a window on a screen without a graphics processor stays blank.
            .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
            .env("HAI_NET_API_PORT", free_port().to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self {
            home,
            port,
            _driver: Kept::start(&mut command),
            screen,
        }
    }

    /// Opens the window.
    ///
    /// # Panics
    /// It does not open.
    pub async fn open(&self) -> Page {
        let options = json!({
            "application": places::program("hai-net-desktop"),
            "args": ["--data-dir", self.home.data()],
        });
        let address = format!("http://127.0.0.1:{}", self.port);
        let client: Client = until_async("the window", wait::START, async || {
            let capabilities = [("tauri:options".to_owned(), options.clone())]
                .into_iter()
                .collect();
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder
                .capabilities(capabilities)
                .connect(&address)
                .await
                .ok()
        })
        .await;
        Page {
            client,
            screen: Some(self.screen.clone()),
        }
    }
}

/// A port that was free a moment ago.
///
/// # Panics
/// The machine has none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
