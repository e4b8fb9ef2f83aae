//! Prepares what Tauri embeds. Its sources lie in `src-tauri/`, its manifest at the root.

#[path = "../xtask/src/order/link.rs"]
mod link;

fn main() {
    for line in link::instructions("hai-net-desktop") {
        println!("{line}");
    }
    // The macro that embeds the page does not tell cargo what it has read.
    println!("cargo:rerun-if-changed=frontend/dist");
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    tauri_build::try_build(attributes)
        .expect("the window's configuration is part of this repository");
}
