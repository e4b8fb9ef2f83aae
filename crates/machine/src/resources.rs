//! What this machine has: processor, memory, disk, graphics cards, battery, and how busy it is.

mod hardware;
mod tree;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sysinfo::{
    CpuRefreshKind, Disks, MINIMUM_CPU_UPDATE_INTERVAL, MemoryRefreshKind, ProcessRefreshKind,
    ProcessesToUpdate, System,
};

pub(crate) use tree::own_tree;

/// A look at this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Resources {
    /// The processor's name; empty where the system does not tell.
    pub cpu_model: String,
    /// Cores as they are on the chip; unknown in some containers.
    pub cores_physical: Option<u32>,
    /// Threads that this process may run at once, after limits of containers and affinity.
    pub cores_usable: u32,
    /// Memory, after the limits of a container.
    pub memory_total_bytes: u64,
    /// Memory that can be had without swapping.
    pub memory_available_bytes: u64,
    /// Swap space.
    pub swap_total_bytes: u64,
    /// Swap space in use.
    pub swap_used_bytes: u64,
    /// The disk of the folder that was asked about; `None` where the system does not tell.
    pub disk: Option<Disk>,
    /// Processor time used by all processes, 0 to 100.
    pub cpu_percent: f32,
    /// Of that, used by this process and its workers, 0 to 100.
    pub own_cpu_percent: f32,
    /// Memory held by this process and its workers; pages shared between them count for each.
    pub own_memory_bytes: u64,
    /// Graphics cards.
    pub gpus: Vec<Gpu>,
    /// The battery of a portable machine.
    pub battery: Option<Battery>,
}

/// The disk that a folder lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Its size.
    pub total_bytes: u64,
    /// What this user may still write.
    pub free_bytes: u64,
}

/// A graphics card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpu {
    /// Its name, as well as the system tells it.
    pub name: String,
    /// The driver that runs it.
    pub driver: Option<String>,
    /// Its own memory, where the driver tells.
    pub memory_bytes: Option<u64>,
}

/// The battery of a portable machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Battery {
    /// Charge, 0 to 100.
    pub percent: u8,
    /// Whether the machine runs on it now.
    pub discharging: bool,
}

impl Resources {
    /// Looks once, at the disk of `folder` among others. Blocks for 200 ms to measure load: call it
    /// off the async threads.
    #[must_use]
    pub fn look(folder: &Path) -> Self {
        ResourceWatch::new().look(folder)
    }
}

/// Looks again and again; each look tells the load since the one before.
#[derive(Debug)]
pub struct ResourceWatch {
    system: Option<System>,
    sampled: Option<std::time::Instant>,
}

/// Before this much time has passed, the system's counters are too coarse to tell a load.
const SAMPLE_TIME_MIN: Duration = MINIMUM_CPU_UPDATE_INTERVAL;

impl ResourceWatch {
    /// A watch that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            system: System::new().ok(),
            sampled: None,
        }
    }

    /// Looks. Blocks for up to 200 ms when the look before was not at least that long ago.
    #[must_use]
    pub fn look(&mut self, folder: &Path) -> Resources {
        let cores_usable = cores_usable();
        let mut resources = Resources {
            cpu_model: String::new(),
            cores_physical: System::physical_core_count()
                .ok()
                .and_then(|cores| u32::try_from(cores).ok())
                .filter(|cores| *cores > 0),
            cores_usable,
            memory_total_bytes: 0,
            memory_available_bytes: 0,
            swap_total_bytes: 0,
            swap_used_bytes: 0,
            disk: disk_of(folder).ok(),
            cpu_percent: 0.0,
            own_cpu_percent: 0.0,
            own_memory_bytes: 0,
            gpus: hardware::gpus(Path::new("/")),
            battery: hardware::battery(Path::new("/")),
        };
        self.measure_load(&mut resources);
        if let Some(system) = &mut self.system {
            read_memory(system, &mut resources);
        }
        resources
    }

    fn measure_load(&mut self, resources: &mut Resources) {
        let Some(system) = &mut self.system else {
            return;
        };
        let kind = ProcessRefreshKind::nothing()
            .with_cpu()
            .with_memory()
            .without_tasks();
        let sample = |system: &mut System| {
            system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
            system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        };
        if self.sampled.is_none() {
            sample(system);
            self.sampled = Some(std::time::Instant::now());
        }
        if let Some(sampled) = self.sampled {
            std::thread::sleep(SAMPLE_TIME_MIN.saturating_sub(sampled.elapsed()));
        }
        sample(system);
        self.sampled = Some(std::time::Instant::now());

        resources.cpu_percent = system.global_cpu_usage().clamp(0.0, 100.0);
        if let Some(cpu) = system.cpus().first() {
            cpu.brand().trim().clone_into(&mut resources.cpu_model);
        }
        #[expect(clippy::cast_precision_loss, reason = "no machine has 2^23 cores")]
        let cores = system.cpus().len().max(1) as f32;
        let mut own = 0.0;
        for process in own_tree(system) {
            own += process.cpu_usage();
            resources.own_memory_bytes += process.memory();
        }
        resources.own_cpu_percent = (own / cores).clamp(0.0, resources.cpu_percent);
    }
}

impl Default for ResourceWatch {
    fn default() -> Self {
        Self::new()
    }
}

fn read_memory(system: &mut System, resources: &mut Resources) {
    system.refresh_memory_specifics(MemoryRefreshKind::everything());
    resources.memory_total_bytes = system.total_memory();
    resources.memory_available_bytes = system.available_memory();
    resources.swap_total_bytes = system.total_swap();
    resources.swap_used_bytes = system.used_swap();
    if let Some(limits) = system.cgroup_limits()
        && limits.total_memory > 0
        && limits.total_memory < resources.memory_total_bytes
    {
        resources.memory_total_bytes = limits.total_memory;
        resources.memory_available_bytes = resources.memory_available_bytes.min(limits.free_memory);
    }
}

/// The name that this machine gives itself, where it has one.
#[must_use]
pub fn host_name() -> Option<String> {
    System::host_name()
        .ok()
        .filter(|name| !name.trim().is_empty())
}

/// Threads that this process may run at once: limits of containers and affinity are kept.
#[must_use]
pub fn cores_usable() -> u32 {
    std::thread::available_parallelism()
        .ok()
        .and_then(|cores| u32::try_from(cores.get()).ok())
        .unwrap_or(1)
}

/// Why nothing is known about a disk.
#[derive(Debug, thiserror::Error)]
#[error("the free space of {} cannot be told", path.display())]
pub struct DiskError {
    /// The folder.
    pub path: PathBuf,
}

/// Size and free space of the disk on which `path` lies, or will lie once it is created.
///
/// # Errors
/// The system does not tell.
pub fn disk_of(path: &Path) -> Result<Disk, DiskError> {
    let unknown = || DiskError {
        path: path.to_path_buf(),
    };
    let there = path
        .ancestors()
        .find(|path| path.exists())
        .ok_or_else(unknown)?;
    statvfs(there)
        .or_else(|| listed_disk(there))
        .ok_or_else(unknown)
}

#[cfg(unix)]
fn statvfs(path: &Path) -> Option<Disk> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(Disk {
        total_bytes: found.f_blocks.saturating_mul(found.f_frsize),
        free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
    })
}

#[cfg(not(unix))]
fn statvfs(_path: &Path) -> Option<Disk> {
    None
}

/// The disk whose mount point is the longest beginning of `path`.
fn listed_disk(path: &Path) -> Option<Disk> {
    let path = path.canonicalize().ok()?;
    let disks = Disks::new_with_refreshed_list().ok()?;
    disks
        .iter()
        .filter(|disk| path.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .map(|disk| Disk {
            total_bytes: disk.total_space(),
            free_bytes: disk.available_space(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_at_this_machine_finds_a_processor_memory_and_a_disk() {
        let seen = Resources::look(Path::new("/"));
        assert!(seen.cores_usable >= 1);
        assert!(seen.memory_total_bytes > 64 * 1024 * 1024, "{seen:?}");
        assert!(
            seen.memory_available_bytes <= seen.memory_total_bytes,
            "{seen:?}"
        );
        assert!(
            seen.own_memory_bytes > 0,
            "this process holds memory: {seen:?}"
        );
        assert!(seen.own_cpu_percent <= seen.cpu_percent, "{seen:?}");
        assert!(
            seen.disk
                .is_some_and(|disk| disk.total_bytes >= disk.free_bytes)
        );
    }

    #[test]
    fn folder_that_does_not_exist_yet_has_the_disk_of_its_parent() {
        let folder = tempfile::tempdir().unwrap();
        let parent = disk_of(folder.path()).unwrap();
        let child = disk_of(&folder.path().join("not/yet")).unwrap();
        assert_eq!(parent.total_bytes, child.total_bytes);
    }

    #[test]
    fn work_of_this_process_is_counted_as_its_own() {
        let mut watch = ResourceWatch::new();
        let folder = std::env::temp_dir();
        let mut seen = watch.look(&folder);
        // On a busy machine the first look behind a pause sometimes shows nothing of a process yet.
        for _ in 0..10 {
            let start = std::time::Instant::now();
            let mut number = 1_u64;
            while start.elapsed() < Duration::from_millis(400) {
                number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005));
            }
            seen = watch.look(&folder);
            if seen.own_cpu_percent > 1.0 {
                return;
            }
        }
        panic!("a busy loop must show: {seen:?}");
    }
}
