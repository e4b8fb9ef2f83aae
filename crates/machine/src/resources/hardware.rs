//! Graphics cards and the battery, read from the files in which Linux shows them.
//!
//! On other systems these files do not exist and both answers are empty: the person sees nothing
//! there rather than something wrong.

use std::fs;
use std::path::Path;

use super::{Battery, Gpu};

/// The graphics cards that the kernel shows below `root`.
pub(crate) fn gpus(root: &Path) -> Vec<Gpu> {
    let mut cards: Vec<_> = entries(&root.join("sys/class/drm"))
        .into_iter()
        // `card0` is a card, `card0-HDMI-A-1` one of its sockets.
        .filter(|name| {
            name.strip_prefix("card").is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
        .collect();
    cards.sort();
    let mut nvidia = nvidia_names(root).into_iter();
    let mut found: Vec<Gpu> = cards
        .iter()
        .filter_map(|card| {
            let device = root.join("sys/class/drm").join(card).join("device");
            let vendor = text(&device.join("vendor"))?;
            let name = if vendor == "0x10de" {
                nvidia.next()
            } else {
                None
            };
            Some(Gpu {
                name: name.unwrap_or_else(|| generic_name(&device, &vendor)),
                driver: fs::read_link(device.join("driver"))
                    .ok()
                    .and_then(|link| Some(link.file_name()?.to_string_lossy().into_owned())),
                memory_bytes: text(&device.join("mem_info_vram_total"))
                    .and_then(|bytes| bytes.parse().ok()),
            })
        })
        .collect();
    // Compute cards without a screen have no entry above.
    found.extend(nvidia.map(|name| Gpu {
        name,
        driver: Some("nvidia".to_owned()),
        memory_bytes: None,
    }));
    found
}

fn generic_name(device: &Path, vendor: &str) -> String {
    let maker = match vendor {
        "0x10de" => "NVIDIA",
        "0x1002" => "AMD",
        "0x8086" => "Intel",
        "0x1af4" => "virtual",
        "0x1234" | "0x15ad" | "0x80ee" => "emulated",
        _ => "unknown",
    };
    let model = text(&device.join("device")).unwrap_or_default();
    format!("{maker} graphics card ({vendor}:{model})")
}

fn nvidia_names(root: &Path) -> Vec<String> {
    let folder = root.join("proc/driver/nvidia/gpus");
    let mut cards = entries(&folder);
    cards.sort();
    cards
        .iter()
        .filter_map(|card| {
            let information = text(&folder.join(card).join("information"))?;
            let model = information
                .lines()
                .find_map(|line| line.strip_prefix("Model:"))?;
            Some(model.trim().to_owned())
        })
        .collect()
}

/// The first battery of the machine itself that the kernel shows below `root`.
pub(crate) fn battery(root: &Path) -> Option<Battery> {
    let folder = root.join("sys/class/power_supply");
    let mut supplies = entries(&folder);
    supplies.sort();
    supplies.iter().find_map(|name| {
        let supply = folder.join(name);
        let is_battery = text(&supply.join("type")).as_deref() == Some("Battery");
        // Mice and headsets show their batteries too, with the scope `Device`.
        let is_accessory = text(&supply.join("scope")).as_deref() == Some("Device");
        if !is_battery || is_accessory {
            return None;
        }
        let percent: u8 = text(&supply.join("capacity"))?.parse().ok()?;
        let discharging = text(&supply.join("status")).as_deref() == Some("Discharging");
        Some(Battery {
            percent: percent.min(100),
            discharging,
        })
    })
}

fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect()
}

fn text(path: &Path) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn machine_without_such_files_has_neither_card_nor_battery() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(gpus(root.path()), []);
        assert_eq!(battery(root.path()), None);
    }

    #[test]
    fn sockets_of_a_card_are_not_cards() {
        let root = machine_with(&[
            ("sys/class/drm/card1/device/vendor", "0x1002\n"),
            ("sys/class/drm/card1/device/device", "0x744c\n"),
            (
                "sys/class/drm/card1/device/mem_info_vram_total",
                "25753026560\n",
            ),
            ("sys/class/drm/card1-HDMI-A-1/status", "connected\n"),
        ]);
        let cards = gpus(root.path());
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].name, "AMD graphics card (0x1002:0x744c)");
        assert_eq!(cards[0].memory_bytes, Some(25_753_026_560));
    }

    #[test]
    fn compute_card_without_a_screen_is_found_by_its_driver() {
        let root = machine_with(&[(
            "proc/driver/nvidia/gpus/0000:01:00.0/information",
            "Model: \t\t NVIDIA H200\nIRQ:   26\n",
        )]);
        assert_eq!(gpus(root.path())[0].name, "NVIDIA H200");
    }

    #[test]
    fn battery_of_a_mouse_is_not_the_battery_of_the_machine() {
        let root = machine_with(&[
            ("sys/class/power_supply/hid/type", "Battery\n"),
            ("sys/class/power_supply/hid/scope", "Device\n"),
            ("sys/class/power_supply/hid/capacity", "10\n"),
            ("sys/class/power_supply/zBAT0/type", "Battery\n"),
            ("sys/class/power_supply/zBAT0/capacity", "73\n"),
            ("sys/class/power_supply/zBAT0/status", "Discharging\n"),
        ]);
        assert_eq!(
            battery(root.path()),
            Some(Battery {
                percent: 73,
                discharging: true
            })
        );
    }
}
