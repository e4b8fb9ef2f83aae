//! Has the program linked in the order in which it starts, where `cargo xtask` asks for that.

#[path = "../../xtask/src/order/link.rs"]
mod link;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for line in link::instructions("hai-net") {
        println!("{line}");
    }
}
