//! The engine with the real worker and the real starter model.
//!
//! The worker is found through `HAI_NET_BIN_DIR` or in the folder where Cargo builds programs, the
//! model through `HAI_NET_STARTER_MODEL` or in the data folder; `cargo xtask test` prepares both.

mod answers;
mod conversations;
mod kit;
mod life;
mod shapes;
