//! The vault as a whole: files, other programs, keychains, damage, and what stays in memory.

mod agree;
mod backups;
mod damage;
#[cfg(target_os = "linux")]
mod keychain;
#[cfg(target_os = "linux")]
mod memory;
mod owner;
mod scene;
mod tools;
