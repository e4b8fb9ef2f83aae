//! Servers and files that are wrong, broken or hostile: a clear error, and nothing of it stays.

use std::time::Duration;

use llm::PullError;

use crate::model::model;
use crate::server::{Reply, Server};
use crate::{empty_shelf, files_in, pull_text};

#[tokio::test]
async fn wrong_checksum_deletes_what_arrived() {
    let served = model(10_000, 20);
    let announced = "0".repeat(64);
    let server = Server::start(move |request, _| {
        Reply::file(request, &served, "\"one\"").with("X-Linked-Etag", announced.clone())
    })
    .await;
    let (folder, shelf) = empty_shelf();
    let refused = pull_text(&server.at("/m.gguf"), &shelf).await;
    assert!(
        matches!(refused, Err(PullError::WrongChecksum { pinned: false, .. })),
        "{refused:?}"
    );
    assert!(files_in(folder.path()).is_empty());
}

#[tokio::test]
async fn web_page_is_named_as_one_whatever_its_type_says() {
    for kind in ["text/html; charset=utf-8", "application/octet-stream"] {
        let server = Server::start(move |_, _| {
            Reply::new(200, "<!DOCTYPE html><title>Sign in</title>").with("Content-Type", kind)
        })
        .await;
        let (folder, shelf) = empty_shelf();
        let refused = pull_text(&server.at("/m.gguf"), &shelf).await;
        assert!(
            matches!(refused, Err(PullError::WebPage { .. })),
            "{kind}: {refused:?}"
        );
        assert!(files_in(folder.path()).is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn hostile_header_never_gets_a_name_on_the_shelf() {
    let mut file = model(10_000, 21);
    file[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    let server = Server::start(move |request, _| Reply::file(request, &file, "\"one\"")).await;
    let (folder, shelf) = empty_shelf();
    let refused = pull_text(&server.at("/m.gguf"), &shelf).await;
    assert!(
        matches!(refused, Err(PullError::NotAModel(_))),
        "{refused:?}"
    );
    assert!(
        files_in(folder.path()).is_empty(),
        "{:?}",
        files_in(folder.path())
    );
}

#[tokio::test]
async fn server_that_keeps_breaking_off_is_given_up_with_the_part_kept() {
    let served = model(100_000, 22);
    let server = Server::start(move |request, number| {
        Reply::file(request, &served, "\"one\"").cut_after(if number == 0 { 50_000 } else { 0 })
    })
    .await;
    let (folder, shelf) = empty_shelf();
    let refused = pull_text(&server.at("/m.gguf"), &shelf).await;
    assert!(
        matches!(
            refused,
            Err(PullError::Connection { .. } | PullError::BrokeOff { .. })
        ),
        "{refused:?}"
    );
    assert_eq!(server.requests().len(), 4, "one attempt and three retries");
    let kept = folder.path().join("m.gguf.part").metadata().unwrap().len();
    assert_eq!(kept, 50_000, "the next pull continues there");
}

#[tokio::test]
async fn silent_server_does_not_hold_the_download_for_ever() {
    let served = model(100_000, 23);
    let server = Server::start(move |request, _| {
        let mut reply = Reply::file(request, &served, "\"one\"").cut_after(1_000);
        reply.silence = Duration::from_secs(60);
        reply
    })
    .await;
    let (_folder, shelf) = empty_shelf();
    let started = std::time::Instant::now();
    let refused = pull_text(&server.at("/m.gguf"), &shelf).await;
    assert!(
        matches!(refused, Err(PullError::BrokeOff { .. })),
        "{refused:?}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn redirects_in_circles_end() {
    let server = Server::start(|_, _| Reply::new(302, "").with("Location", "/m.gguf")).await;
    let (_folder, shelf) = empty_shelf();
    let refused = pull_text(&server.at("/m.gguf"), &shelf).await;
    assert!(
        matches!(refused, Err(PullError::TooManyRedirects { .. })),
        "{refused:?}"
    );
    assert!(server.requests().len() < 10);
}

#[tokio::test]
async fn redirect_to_plain_http_elsewhere_is_not_followed() {
    for location in ["http://example.org/m.gguf", "file:///etc/passwd", ""] {
        let server =
            Server::start(move |_, _| Reply::new(302, "").with("Location", location)).await;
        let (_folder, shelf) = empty_shelf();
        let refused = pull_text(&server.at("/m.gguf"), &shelf).await;
        assert!(
            matches!(refused, Err(PullError::UnsafeRedirect { .. })),
            "{location:?}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn refusals_of_the_server_are_told_apart() {
    type IsExpected = fn(&PullError) -> bool;
    let cases: [(u16, usize, IsExpected); 5] = [
        (404, 1, |error| matches!(error, PullError::NotFound { .. })),
        (401, 1, |error| matches!(error, PullError::Forbidden { .. })),
        (403, 1, |error| matches!(error, PullError::Forbidden { .. })),
        (503, 4, |error| {
            matches!(error, PullError::Busy { status: 503, .. })
        }),
        (418, 1, |error| {
            matches!(error, PullError::Status { status: 418, .. })
        }),
    ];
    for (status, attempts, is_expected) in cases {
        let server = Server::start(move |_, _| Reply::new(status, "no")).await;
        let (_folder, shelf) = empty_shelf();
        let error = pull_text(&server.at("/m.gguf"), &shelf)
            .await
            .expect_err("refused");
        assert!(is_expected(&error), "{status}: {error:?}");
        assert_eq!(server.requests().len(), attempts, "{status}");
    }
}

#[tokio::test]
async fn nobody_listening_is_a_broken_connection() {
    let (_folder, shelf) = empty_shelf();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/m.gguf", listener.local_addr().unwrap());
    drop(listener);
    let refused = pull_text(&address, &shelf).await;
    assert!(
        matches!(refused, Err(PullError::Connection { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn broken_file_of_this_machine_is_refused_before_it_is_copied() {
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("bad.gguf");
    std::fs::write(&path, b"GGUF but no more").unwrap();
    let (folder, shelf) = empty_shelf();
    let refused = pull_text(path.to_str().unwrap(), &shelf).await;
    assert!(
        matches!(refused, Err(PullError::NotAModel(_))),
        "{refused:?}"
    );
    assert!(files_in(folder.path()).is_empty());
}
