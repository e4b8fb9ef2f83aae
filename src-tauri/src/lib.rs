//! The desktop window: a web view over the hub, with a tray icon.
//!
//! On start it looks for a running hub on the control socket and talks to that one; if none answers,
//! it opens the hub in this process and serves the socket and the HTTP port itself. Either way the
//! page talks through the same client, by two commands, `ask` and `watch`. The window decides nothing.

mod home;
mod tray;

use std::path::PathBuf;

use anyhow::Context as _;
use contract::{AnyAsk, Code, Fault, Notice};
use serde_json::Value;
use tauri::{AppHandle, Manager, RunEvent, State, WebviewUrl, WebviewWindowBuilder, WindowEvent};

use home::Home;

/// The label of the one window.
const WINDOW: &str = "main";

/// Width and height at the first start, in logical pixels; later the last size is used.
const WINDOW_SIZE: (f64, f64) = (1_100.0, 760.0);

/// The narrowest window in which every screen still works.
const WINDOW_SIZE_MIN: (f64, f64) = (360.0, 480.0);

/// Opens the window and serves it until the person quits.
///
/// # Errors
/// There is no display, the web view is missing, or the hub cannot be opened.
pub fn run() -> anyhow::Result<()> {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok()
        .context("the TLS provider is set once, here")?;
    let data_folder = data_folder_argument(std::env::args_os().skip(1))?;
    let home = tauri::async_runtime::block_on(Home::open(data_folder))?;
    let mut builder = tauri::Builder::default()
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_window_state::Builder::default().build());
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() || !cfg!(target_os = "linux") {
        // Without a session bus the plugin would end the program; the lock on the data folder still
        // keeps two hubs apart then.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| show(app)));
    }
    let app = builder
        .manage(home)
        .invoke_handler(tauri::generate_handler![ask, watch])
        .setup(|app| Ok(set_up(app)?))
        .on_window_event(on_window_event)
        .build(tauri::generate_context!("tauri.conf.json"))
        .context("the web view cannot be started")?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(app.state::<Home>().close());
        }
    });
    Ok(())
}

/// `--data-dir D`; everything else is for the toolkit.
fn data_folder_argument(
    mut arguments: impl Iterator<Item = std::ffi::OsString>,
) -> anyhow::Result<Option<PathBuf>> {
    while let Some(argument) = arguments.next() {
        if argument == "--data-dir" {
            return Ok(Some(
                arguments
                    .next()
                    .context("--data-dir needs a folder")?
                    .into(),
            ));
        }
    }
    Ok(None)
}

fn set_up(app: &tauri::App) -> anyhow::Result<()> {
    WebviewWindowBuilder::new(app, WINDOW, WebviewUrl::default())
        .title("HAI-Net")
        .inner_size(WINDOW_SIZE.0, WINDOW_SIZE.1)
        .min_inner_size(WINDOW_SIZE_MIN.0, WINDOW_SIZE_MIN.1)
        // The page is ours and stays: nothing that a model wrote can lead it elsewhere.
        .on_navigation(|url| {
            url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
        })
        .build()
        .context("the window cannot be opened")?;
    if let Err(error) = tray::build(app.handle()) {
        tracing::warn!("there is no tray icon: {error:#}");
    }
    Ok(())
}

fn on_window_event(window: &tauri::Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event
        && window.app_handle().tray_by_id(tray::ID).is_some()
    {
        // The hub goes on working behind the tray icon, which also quits it.
        api.prevent_close();
        let _ = window.hide();
    }
}

/// Brings the window to the front.
fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(WINDOW) {
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Answers an ask of the page. The window may ask everything, since it is the person's own.
#[tauri::command]
async fn ask(home: State<'_, Home>, ask: Value) -> Result<Value, Fault> {
    let ask: AnyAsk = serde_json::from_value(ask).map_err(|error| {
        Fault::refused(Code::InvalidAsk, format!("This cannot be asked: {error}."))
    })?;
    home.ask(ask).await
}

/// Tells the page what has happened, as soon as something has. Without a number it begins a new watch and
/// says its number; with that number it goes on. One watch at a time: there is one page.
///
/// The page asks for notices, rather than being called with each: the web view would make an engine for
/// JavaScript of its own in this process for that, and two things could overtake each other.
#[tauri::command]
async fn watch(home: State<'_, Home>, number: Option<u64>) -> Result<(u64, Vec<Notice>), Fault> {
    let number = match number {
        Some(number) => number,
        None => home.watch().await?,
    };
    Ok((number, home.notices(number).await?))
}
