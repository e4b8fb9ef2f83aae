//! What this machine has and how busy it is; where files live.
//!
//! The hub and the doors ask [`Paths`] for folders and the control socket, take the
//! [`DataFolderLock`] before they open a data folder, show [`Resources`] to the person, and let
//! [`BusyWatch`] say how many threads the engine may use. Nothing here keeps a thread of its own or
//! writes anything but empty folders and the lock file.

mod busy;
mod energy;
mod lock;
mod memory;
mod paths;
mod resources;

pub use busy::{Backoff, BusyWatch};
pub use energy::{EnergyMeter, EnergyReading};
pub use lock::{DataFolderLock, LockError};
pub use memory::{give_back_freed, keep_out_of_core_dumps};
pub use paths::{FolderError, Paths, PathsError, make_private_folder};
pub use resources::{
    Battery, Disk, DiskError, Gpu, ResourceWatch, Resources, cores_usable, disk_of, host_name,
};
