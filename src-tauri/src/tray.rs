//! The tray icon: show the window, pause sharing (once there is sharing), quit.

use anyhow::Context as _;
use tauri::AppHandle;
use tauri::menu::{MenuBuilder, MenuItemBuilder};
use tauri::tray::{MouseButton, TrayIconBuilder, TrayIconEvent};

/// Names the tray icon.
pub(crate) const ID: &str = "hai-net";

const SHOW: &str = "show";
const SHARING: &str = "sharing";
const QUIT: &str = "quit";

/// Puts the icon into the tray.
///
/// # Errors
/// The desktop has no tray, or the library for it is missing.
pub(crate) fn build(app: &AppHandle) -> anyhow::Result<()> {
    if !library_is_there() {
        anyhow::bail!("the library libayatana-appindicator3 is not installed");
    }
    let state = MenuItemBuilder::new("HAI-Net: stays on this device")
        .enabled(false)
        .build(app)?;
    let show = MenuItemBuilder::with_id(SHOW, "Show").build(app)?;
    let sharing = MenuItemBuilder::with_id(SHARING, "Pause sharing (not available yet)")
        .enabled(false)
        .build(app)?;
    let quit = MenuItemBuilder::with_id(QUIT, "Quit").build(app)?;
    let menu = MenuBuilder::new(app)
        .item(&state)
        .separator()
        .item(&show)
        .item(&sharing)
        .separator()
        .item(&quit)
        .build()?;
    let icon = app
        .default_window_icon()
        .cloned()
        .context("the icon is part of the program")?;
    TrayIconBuilder::with_id(ID)
        .icon(icon)
        .tooltip("HAI-Net")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| match event.id().as_ref() {
            SHOW => crate::show(app),
            QUIT => app.exit(0),
            _ => {}
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                ..
            } = event
            {
                crate::show(tray.app_handle());
            }
        })
        .build(app)?;
    Ok(())
}

/// The toolkit aborts the whole program when this library is missing, so it is looked for first.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "dlopen is how the toolkit itself will look for the library"
)]
fn library_is_there() -> bool {
    ["libayatana-appindicator3.so.1", "libappindicator3.so.1"]
        .into_iter()
        .any(|name| {
            // SAFETY: loading a system library runs its initialisers, which the toolkit would run
            // anyway; nothing is called through the handle.
            unsafe { libloading::Library::new(name) }.is_ok()
        })
}

#[cfg(not(target_os = "linux"))]
fn library_is_there() -> bool {
    true
}
