//! The vault as a whole: files, other programs, and damage.

mod agree;
mod backups;
mod damage;
mod owner;
mod scene;
mod tools;
