//! Starting, finding, restarting and ending a hub.

use std::net::TcpListener;

use rustix::process::Signal;

use crate::house::{House, json_of};

#[test]
fn without_a_hub_status_ends_with_four_and_says_how_to_start_one() {
    let house = House::empty();
    let told = house.run(&["status"]).code(4);
    let text = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(text.contains("hai-net serve"), "{text}");
    let told = house.run(&["status", "--json"]).code(4);
    assert_eq!(
        json_of(&told.get_output().stdout)["fault"]["code"],
        "no_hub"
    );
}

#[test]
fn serve_greets_with_address_link_and_folder_and_ends_in_order_on_sigterm() {
    let house = House::empty();
    let served = house.serve();
    let greeting = &served.greeting;
    let address = greeting["address"].as_str().unwrap();
    assert!(address.starts_with("http://localhost:"), "{greeting}");
    let link = greeting["sign_in"]["url"].as_str().unwrap();
    assert!(
        link.starts_with(&format!("{address}/sign-in?ticket=")),
        "{link}"
    );
    assert_eq!(greeting["data_folder"], house.data().to_str().unwrap());
    assert_eq!(house.json(&["status"])["address"], address);
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0), "told to end is no failure");
    house.run(&["status"]).code(4);
}

#[test]
fn ctrl_c_ends_serve_in_order() {
    let house = House::empty();
    let served = house.serve();
    served.signal(Signal::INT);
    assert_eq!(served.ended(), Some(0));
}

#[test]
fn stop_ends_the_hub_and_leaves_the_data_folder_free() {
    let house = House::empty();
    let served = house.serve();
    let pid = served.pid();
    assert_eq!(house.json(&["stop"])["pid"], pid);
    let _next = house.serve();
    assert_eq!(served.ended(), Some(0));
}

#[test]
fn second_serve_on_a_data_folder_says_which_process_has_it() {
    let house = House::empty();
    let served = house.serve();
    let refused = house.run(&["serve", "--listen", "127.0.0.1:0"]).code(3);
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(
        text.contains(&format!("process {}", served.pid())),
        "{text}"
    );
    house.json(&["status"]);
}

#[test]
fn port_in_use_is_refused_and_the_data_folder_is_free_again() {
    let house = House::empty();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let refused = house.run(&["serve", "--listen", &address]).code(3);
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(text.contains(&address), "{text}");
    drop(other);
    let served = house.serve_with(&["--listen", &address]);
    assert_eq!(
        served.greeting["address"],
        address.replace("127.0.0.1", "http://localhost")
    );
}

#[test]
fn restart_brings_the_same_process_back_as_a_new_hub() {
    let house = House::empty();
    let mut served = house.serve();
    let before = house.json(&["status"]);
    let after = house.json(&["restart"]);
    assert_eq!(
        after["pid"],
        served.pid(),
        "the process stays, so that its parent keeps it"
    );
    assert!(
        after["started"].as_u64() > before["started"].as_u64(),
        "{before} {after}"
    );
    let greeting = served.next_greeting();
    assert_ne!(
        greeting["sign_in"]["url"],
        served.greeting["sign_in"]["url"]
    );
    served.signal(Signal::TERM);
    assert_eq!(served.ended(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn restarts_leave_no_open_files_behind() {
    let house = House::empty();
    let mut served = house.serve();
    let open = |pid: u32| Some(std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count());
    let Some(before) = open(served.pid()) else {
        println!("SKIPPED: files of a hub: only root may look into it");
        return;
    };
    const RESTARTS: usize = 12;
    for _ in 0..RESTARTS {
        house.json(&["restart"]);
        served.next_greeting();
    }
    // Readers of the database open when they are first needed (two files each), and a connection
    // of the command line may still be closing: fewer files than one for each restart.
    let after = open(served.pid()).expect("it runs");
    assert!(
        after < before + RESTARTS,
        "{before} files became {after} after {RESTARTS} restarts"
    );
}

#[test]
fn socket_of_a_killed_hub_does_not_keep_the_next_one_out() {
    let house = House::empty();
    let served = house.serve();
    served.signal(Signal::KILL);
    assert_eq!(served.ended(), None);
    house.run(&["status"]).code(4);
    let _next = house.serve();
    house.json(&["status"]);
}

#[test]
fn data_folder_is_named_by_the_option_then_by_either_variable() {
    let house = House::empty();
    let other = house.path().join("other");
    let _served = house.serve_with(&[
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        other.to_str().unwrap(),
    ]);
    house.run(&["status"]).code(4);
    house
        .run(&["status", "--data-dir", other.to_str().unwrap()])
        .success();
    let mut by_variable = house.command(&["status"]);
    by_variable.env("HAI_NET_DATA_DIR", &other);
    assert_cmd::Command::from_std(by_variable)
        .assert()
        .success();
    let mut by_older_name = house.command(&["status"]);
    by_older_name
        .env_remove("HAI_NET_DATA_DIR")
        .env("STORAGE_PATH", &other);
    assert_cmd::Command::from_std(by_older_name)
        .assert()
        .success();
}

#[test]
fn open_prints_a_link_that_is_fresh_each_time() {
    let house = House::empty();
    let _served = house.serve();
    let first = house.json(&["open"]);
    let second = house.json(&["open"]);
    assert_ne!(first["url"], second["url"]);
}

#[test]
fn doctor_examines_with_and_without_a_running_hub() {
    let house = House::empty();
    let alone = house.run(&["doctor", "--json"]);
    let alone = json_of(&alone.get_output().stdout);
    let looked_at = |view: &serde_json::Value, what: &str| {
        view["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["what"] == what)
    };
    assert!(looked_at(&alone, "database"), "{alone}");
    let served = house.serve();
    let running = house.run(&["doctor", "--json"]);
    let running = json_of(&running.get_output().stdout);
    assert_eq!(running["findings"][0]["seen"], "is running");
    drop(served);
}

#[test]
fn resources_are_shown_as_figures() {
    let house = House::empty();
    let resources = house.json(&["resources"]);
    assert!(
        resources["memory_total"].as_u64() > Some(1_000_000),
        "{resources}"
    );
}
