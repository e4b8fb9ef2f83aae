//! Puts llama.cpp's libraries beside the worker, and tells the worker to look there.
//!
//! `libggml-cpu-*.so` exist once for each processor generation; llama.cpp picks the best at run time.
//! It looks in the folder of the program, so they must lie there in the build folder as in an
//! installed layout (`lib/hai-net`). The same goes for `libllama.so.0` and its kin.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let origin = match system.as_str() {
        "macos" => Some("@loader_path"),
        "windows" => None,
        _ => Some("$ORIGIN"),
    };
    if let Some(origin) = origin {
        for folder in ["", "/lib", "/../lib/hai-net"] {
            println!("cargo:rustc-link-arg-bins=-Wl,-rpath,{origin}{folder}");
        }
    }
    if let (Some(modules), Some(programs)) = (folder_of_modules(), folder_of_programs()) {
        println!("cargo:rerun-if-changed={}", modules.display());
        link_all(&modules, &programs)?;
        link_all(&modules.join("../lib"), &programs)?;
        // llama-cpp-sys-2 leaves links there that lead nowhere, and fails when it finds them again.
        for folder in ["deps", "examples"] {
            let folder = programs.join(folder);
            if folder.is_dir() {
                link_all(&modules.join("../lib"), &folder)?;
            }
        }
    }
    Ok(())
}

/// Where llama-cpp-sys-2 left the modules; it says so to its direct dependents.
fn folder_of_modules() -> Option<PathBuf> {
    env::var_os("DEP_LLAMA_BACKENDS_DIR").map(PathBuf::from)
}

/// `target/debug`, which is three folders above `build/hai-net-llm-…/out`.
fn folder_of_programs() -> Option<PathBuf> {
    let out = PathBuf::from(env::var_os("OUT_DIR")?);
    out.ancestors().nth(3).map(Path::to_path_buf)
}

/// Links the shared libraries of a folder into another, under all names that they have.
fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(from) else {
        return Ok(());
    };
    for entry in entries {
        let source = entry?.path();
        let Some(name) = source.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let shared = [".so", ".dylib", ".dll"]
            .iter()
            .any(|kind| name.contains(kind));
        if !shared {
            continue;
        }
        let target = to.join(name);
        match fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let source = fs::canonicalize(&source)?;
        if fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}
