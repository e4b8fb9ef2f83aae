//! The page: everything is in the library, so that it can be tested natively.

fn main() {
    frontend::start();
}
