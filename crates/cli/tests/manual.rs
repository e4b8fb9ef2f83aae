//! Runs the manual pages: each `console` block of `docs/cli/` is done as it is written there.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The manual needs only a part of what the other tests need.
#[expect(dead_code, reason = "shared with the other tests")]
#[path = "cli/house.rs"]
mod house;

use house::House;

#[test]
fn manual_pages_show_what_the_program_does() {
    let folder = "../../docs/cli";
    let pages = std::fs::read_dir(folder).unwrap();
    let mut done = Vec::new();
    let mut wrong = Vec::new();
    for page in pages {
        let page = page.unwrap().path();
        if page.extension().is_none_or(|end| end != "md") {
            continue;
        }
        // Each page has a house of its own; the blocks of a page follow each other in it.
        let house = House::empty();
        let cases = trycmd::TestCases::new();
        cases.register_bin(
            "hai-net",
            std::path::Path::new(env!("CARGO_BIN_EXE_hai-net")),
        );
        for (name, value) in house.environment() {
            if name != "HAI_NET_LLM_TEMPERATURE" {
                cases.env(name, value);
            }
        }
        // A page shows what scripts do: they name the file of the passphrase in the environment.
        cases.env("HAI_NET_PASSPHRASE_FILE", house.passphrase_file());
        cases.case(&page);
        match std::panic::catch_unwind(|| cases.run()) {
            Ok(()) => done.push(page),
            Err(_) => wrong.push(page),
        }
    }
    assert!(
        wrong.is_empty(),
        "these pages are not right, see above: {wrong:?}"
    );
    assert!(done.len() > 10, "the manual pages were not found");
}
