//! The devices that the owner certified.

use contract::identity::DeviceView;
use leptos::prelude::*;

use crate::app::{App, Overlay, app};
use crate::clock;
use crate::parts::{Icon, icon};

/// The list, this device first.
#[component]
pub(super) fn Devices() -> impl IntoView {
    let app = app();
    let devices = Memo::new(move |_| {
        app.identity.with(|view| {
            let mut devices = view
                .as_ref()
                .map(|view| view.devices.clone())
                .unwrap_or_default();
            devices.sort_by_key(|device| (!device.is_this, device.revoked.is_some()));
            devices
        })
    });
    view! {
        <p class="muted small">{move || app.words().owner.devices_about}</p>
        <ul class="cards" data-testid="devices">
            {move || devices.get().into_iter().map(|device| card(app, device)).collect_view()}
        </ul>
    }
}

fn card(app: App, device: DeviceView) -> AnyView {
    let words = app.words();
    let language = app.language.get();
    let date = |at| clock::short_date(at, language);
    let mut facts = vec![
        roles(app, &device.roles),
        (words.owner.device_issued)(&date(device.issued)),
        (words.owner.device_expires)(&date(device.expires)),
    ];
    facts.extend(
        device
            .revoked
            .map(|at| (words.owner.device_revoked)(&date(at))),
    );
    let badge = device
        .is_this
        .then(|| view! { <span class="badge">{icon(Icon::Check)} {words.this_device}</span> });
    let can_revoke = !device.is_this && device.revoked.is_none();
    let name = (words.owner.revoke_named)(&device.label);
    let (serial, label) = (device.serial.clone(), device.label.clone());
    let number = device.serial.clone();
    view! {
        <li
            class="card"
            data-testid="device"
            data-serial=device.serial.clone()
            data-revoked=device.revoked.is_some().to_string()
        >
            <div class="card-words">
                <p class="card-title">{icon(Icon::Laptop)} {device.label} {badge}</p>
                <p class="muted small">{facts.join(" · ")}</p>
                <p class="muted small">
                    {words.owner.device_serial} " " <code>{number}</code>
                </p>
            </div>
            {can_revoke
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="quiet"
                            data-testid="device-revoke"
                            aria-label=name
                            on:click=move |_| {
                                app.overlay
                                    .set(
                                        Some(Overlay::RevokeDevice(serial.clone(), label.clone())),
                                    );
                            }
                        >
                            {words.owner.revoke}
                        </button>
                    }
                })}
        </li>
    }
    .into_any()
}

/// What a device may do, in words where there are some.
fn roles(app: App, roles: &[String]) -> String {
    let words = app.words().owner;
    let named = roles.iter().map(|role| match role.as_str() {
        "primary" => words.role_primary.to_owned(),
        "helper" => words.role_helper.to_owned(),
        _ => role.clone(),
    });
    let named: Vec<_> = named.collect();
    if named.is_empty() {
        words.role_none.to_owned()
    } else {
        named.join(", ")
    }
}
