//! The processor's own energy meter (RAPL), where Linux lets us read it. Often only root may.

use std::fs;
use std::path::{Path, PathBuf};

/// Where Linux shows the meters.
const METERS: &str = "/sys/class/powercap";

/// What the folders of whole processors are called; those of their parts have one more number.
const PACKAGE: &str = "intel-rapl:";

/// The meters of all processors of this machine.
#[derive(Debug)]
pub struct EnergyMeter {
    packages: Vec<Package>,
}

#[derive(Debug)]
struct Package {
    counter: PathBuf,
    /// Behind this the counter begins at zero again.
    range_uj: u64,
}

/// What the meters showed at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnergyReading {
    counters_uj: Vec<u64>,
}

impl EnergyMeter {
    /// The meters, if there are any and they can be read.
    #[must_use]
    pub fn open() -> Option<Self> {
        Self::open_at(Path::new(METERS))
    }

    fn open_at(folder: &Path) -> Option<Self> {
        let mut packages: Vec<Package> = fs::read_dir(folder)
            .ok()?
            .flatten()
            .filter(|entry| is_package(&entry.file_name().to_string_lossy()))
            .filter_map(|entry| {
                Some(Package {
                    counter: entry.path().join("energy_uj"),
                    range_uj: number(&entry.path().join("max_energy_range_uj"))?,
                })
            })
            .collect();
        packages.sort_by(|one, other| one.counter.cmp(&other.counter));
        let meter = Self { packages };
        // A meter that only root can read is none.
        (!meter.packages.is_empty() && meter.read().is_some()).then_some(meter)
    }

    /// What the meters show now.
    #[must_use]
    pub fn read(&self) -> Option<EnergyReading> {
        let counters = self.packages.iter().map(|package| number(&package.counter));
        Some(EnergyReading {
            counters_uj: counters.collect::<Option<_>>()?,
        })
    }

    /// The energy between two readings, in millionths of a joule. A counter may begin anew once between
    /// them.
    #[must_use]
    pub fn between_uj(&self, before: &EnergyReading, after: &EnergyReading) -> u64 {
        let counters = before.counters_uj.iter().zip(&after.counters_uj);
        counters
            .zip(&self.packages)
            .map(|((before, after), package)| {
                after
                    .checked_sub(*before)
                    .unwrap_or_else(|| package.range_uj.saturating_sub(*before) + after)
            })
            .sum()
    }
}

fn is_package(name: &str) -> bool {
    name.strip_prefix(PACKAGE)
        .is_some_and(|number| number.parse::<u32>().is_ok())
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(folder: &Path, name: &str, energy_uj: u64) {
        let zone = folder.join(name);
        fs::create_dir_all(&zone).expect("a folder");
        fs::write(zone.join("energy_uj"), format!("{energy_uj}\n")).expect("written");
        fs::write(zone.join("max_energy_range_uj"), "1000\n").expect("written");
    }

    #[test]
    fn energy_of_all_processors_is_added_and_their_parts_are_not_counted_again() {
        let folder = tempfile::tempdir().expect("a folder");
        zone(folder.path(), "intel-rapl:0", 100);
        zone(folder.path(), "intel-rapl:1", 990);
        zone(folder.path(), "intel-rapl:0:0", 7);
        let meter = EnergyMeter::open_at(folder.path()).expect("two processors");
        let before = meter.read().expect("readable");
        zone(folder.path(), "intel-rapl:0", 150);
        zone(folder.path(), "intel-rapl:1", 30);
        zone(folder.path(), "intel-rapl:0:0", 70);
        let after = meter.read().expect("readable");
        let passed = meter.between_uj(&before, &after);
        assert_eq!(passed, 50 + 40, "the second counter began anew at 1000");
    }

    #[test]
    fn machine_without_a_meter_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(EnergyMeter::open_at(folder.path()).is_none());
        fs::create_dir(folder.path().join("intel-rapl:0")).expect("a folder");
        assert!(EnergyMeter::open_at(folder.path()).is_none());
    }
}
