//! Finds and loads llama.cpp's processor modules, so that one build uses what each machine has.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use llama_cpp_2::llama_backend::load_backends_from_path;
use llama_cpp_2::{LlamaBackendDeviceType, list_llama_ggml_backend_devices};
use llama_cpp_sys_2 as sys;

/// Why nothing can compute.
#[derive(Debug, thiserror::Error)]
#[error("no folder of {looked_in:?} holds one that fits this machine")]
pub(crate) struct NoProcessor {
    looked_in: Vec<PathBuf>,
}

/// Tells to use no instruction beyond those that every processor of its kind has.
pub(crate) const PLAIN: &str = "--plain";

/// The module without anything special, where there is one for this kind of processor.
const PLAIN_MODULE: &str = "libggml-cpu-x64.so";

/// Loads the best module for this machine, or the plain one; gives the names of what it can compute on.
pub(crate) fn load(plain: bool) -> Result<Vec<String>, NoProcessor> {
    let folders = folders();
    for folder in folders
        .iter()
        .filter(|folder| folder.is_dir() && folder.to_str().is_some())
    {
        if !(plain && load_one(&folder.join(PLAIN_MODULE))) {
            load_backends_from_path(folder);
        }
        let devices = devices();
        if devices.iter().any(|device| device.starts_with("CPU")) {
            return Ok(devices);
        }
    }
    Err(NoProcessor { looked_in: folders })
}

/// Loads one module; whether it is there and fits.
#[expect(unsafe_code, reason = "llama-cpp-2 has no safe call for this")]
fn load_one(module: &Path) -> bool {
    let Some(path) = module.to_str().and_then(|path| CString::new(path).ok()) else {
        return false;
    };
    // SAFETY: it reads a string that ends with zero and keeps nothing of it; a file that is missing or is no
    // module gives null.
    module.is_file() && !unsafe { sys::ggml_backend_load(path.as_ptr()) }.is_null()
}

/// The folder of the program, what lies beside it once installed, and where the build left them.
fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(home) = std::env::current_exe()
        .ok()
        .as_deref()
        .and_then(std::path::Path::parent)
    {
        folders.push(home.to_path_buf());
        folders.push(home.join("lib"));
        folders.push(home.join("../lib/hai-net"));
    }
    folders
}

fn devices() -> Vec<String> {
    list_llama_ggml_backend_devices()
        .into_iter()
        .map(|device| match device.device_type {
            LlamaBackendDeviceType::Cpu => match variant() {
                Some(variant) => format!("CPU ({variant})"),
                None => "CPU".to_owned(),
            },
            _ => format!("{} ({})", device.name, device.description),
        })
        .collect()
}

/// The processor generation of the loaded module, from the name of its file.
fn variant() -> Option<String> {
    // Must be read before the process becomes undumpable, which closes `/proc/self` to itself.
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let (_, rest) = maps.split_once("ggml-cpu-")?;
    rest.split_once(".so").map(|(name, _)| name.to_owned())
}
