//! An identity in words.

use contract::identity::{DeviceView, IdentityView, KeychainState};

use crate::args::Scene;
use crate::pick::short_id;
use crate::screen::{short, text_of};
use crate::verb::status;
use crate::when;

/// Characters of a device's name in the list.
const LABEL_SHOWN: usize = 40;

pub(super) fn identity(view: &IdentityView, scene: &Scene) -> String {
    let mut pairs = vec![("Vault", status::vault(view.vault).to_owned())];
    if let Some(owner) = &view.owner {
        let words = if owner.words_confirmed {
            "confirmed"
        } else {
            "not confirmed yet; do it with: hai-net setup"
        };
        pairs.extend([
            ("Name", owner.name.clone()),
            ("Identity", owner.did.clone()),
            ("Also called", owner.did_alias.clone()),
            ("Made", when::minute(owner.created)),
            ("Recovery words", words.to_owned()),
            ("Devices", view.devices.len().to_string()),
        ]);
        let backup = view.last_backup.as_ref();
        let backup = backup.map_or_else(
            || "none; make one with: hai-net backup create".to_owned(),
            |backup| format!("{} in {}", when::minute(backup.made), backup.path),
        );
        pairs.push(("Last backup", backup));
    }
    pairs.push(("Keychain", keychain(&view.keychain)));
    if let Some(trouble) = &view.trouble {
        pairs.push(("Trouble", format!("{} {}", trouble.message, trouble.advice)));
    }
    scene.screen.pairs(&pairs)
}

/// Whether the keychain opens the vault.
pub(super) fn keychain(state: &KeychainState) -> String {
    match state {
        KeychainState::Used => "opens the vault".to_owned(),
        KeychainState::NotUsed => "not used".to_owned(),
        KeychainState::Missing => "this computer has none".to_owned(),
        KeychainState::Trouble { fault } => format!("{} {}", fault.message, fault.advice),
    }
}

pub(super) fn devices(devices: &[DeviceView], scene: &Scene) -> String {
    if devices.is_empty() {
        return "There are no devices. Make this hub yours first: hai-net setup".to_owned();
    }
    let heads = ["SERIAL", "NAME", "ROLES", "SINCE", "STATE"];
    let mut table = scene.screen.table(&heads);
    for device in devices {
        table.add_row([
            short_id(&device.serial),
            short(&device.label, LABEL_SHOWN),
            short(&device.roles.join(", "), LABEL_SHOWN),
            when::minute(device.issued),
            state(device),
        ]);
    }
    text_of(&table)
}

fn state(device: &DeviceView) -> String {
    match device.revoked {
        Some(at) => format!("revoked {}", when::minute(at)),
        None if device.is_this => format!("this one, until {}", when::minute(device.expires)),
        None => format!("until {}", when::minute(device.expires)),
    }
}
