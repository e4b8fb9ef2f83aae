//! Downloads that arrive, at once or in pieces.

use std::time::Duration;

use llm::{Progress, PullError, PullSource, Stage, pull_with};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::{model, sha256};
use crate::server::{Reply, Server};
use crate::{empty_shelf, files_in, hurry, pull_text};

const ETAG: &str = "\"one\"";

#[tokio::test]
async fn file_arrives_whole_with_its_note_and_nothing_else() {
    let file = model(50_000, 1);
    let served = file.clone();
    let server = Server::start(move |request, _| Reply::file(request, &served, ETAG)).await;
    let (folder, shelf) = empty_shelf();
    let address = server.at("/some/where/Tiny.gguf?download=true");

    let installed = pull_text(&address, &shelf).await.unwrap();

    assert_eq!(installed.name, "tiny");
    assert_eq!(installed.fault(), None);
    assert_eq!(installed.sha256, Some(sha256(&file)));
    assert_eq!(
        installed.source,
        Some(server.at("/some/where/Tiny.gguf")),
        "no query is kept"
    );
    assert_eq!(std::fs::read(installed.path).unwrap(), file);
    assert_eq!(files_in(folder.path()), ["Tiny.gguf", "Tiny.gguf.json"]);
}

#[tokio::test]
async fn broken_connection_is_continued_where_it_broke() {
    let file = model(200_000, 2);
    let served = file.clone();
    let server = Server::start(move |request, number| {
        let reply = Reply::file(request, &served, ETAG);
        if number < 2 {
            reply.cut_after(100_000)
        } else {
            reply
        }
    })
    .await;
    let (_folder, shelf) = empty_shelf();

    let installed = pull_text(&server.at("/m.gguf"), &shelf).await.unwrap();

    assert_eq!(std::fs::read(installed.path).unwrap(), file);
    let ranges: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.range)
        .collect();
    assert_eq!(ranges, [None, Some(100_000), Some(200_000)]);
    assert_eq!(server.requests()[1].if_range.as_deref(), Some(ETAG));
}

#[tokio::test]
async fn server_without_ranges_is_asked_for_everything_again() {
    let file = model(100_000, 3);
    let served = file.clone();
    let server = Server::start(move |_, number| {
        let reply = Reply::new(200, served.clone()).with("ETag", ETAG);
        if number == 0 {
            reply.cut_after(50_000)
        } else {
            reply
        }
    })
    .await;
    let (_folder, shelf) = empty_shelf();

    let installed = pull_text(&server.at("/m.gguf"), &shelf).await.unwrap();

    assert_eq!(std::fs::read(installed.path).unwrap(), file);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn server_that_sends_another_range_than_asked_is_not_trusted() {
    let file = model(100_000, 4);
    let served = file.clone();
    let server = Server::start(move |request, number| match number {
        0 => Reply::file(request, &served, ETAG).cut_after(50_000),
        1 => {
            let range = format!("bytes 0-{}/{}", served.len() - 1, served.len());
            Reply::new(206, served.clone())
                .with("Content-Range", range)
                .with("ETag", ETAG)
        }
        _ => Reply::file(request, &served, ETAG),
    })
    .await;
    let (_folder, shelf) = empty_shelf();

    let installed = pull_text(&server.at("/m.gguf"), &shelf).await.unwrap();

    assert_eq!(std::fs::read(installed.path).unwrap(), file);
}

#[tokio::test]
async fn cancelled_download_is_continued_by_the_next_one() {
    let file = model(400_000, 5);
    let served = file.clone();
    let server = Server::start(move |request, number| {
        let mut reply = Reply::file(request, &served, ETAG);
        if number == 0 {
            reply.pause = Duration::from_millis(20);
        }
        reply
    })
    .await;
    let (folder, shelf) = empty_shelf();
    let address = server.at("/m.gguf");

    let (progress, mut seen) = watch::channel(Progress::default());
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let watcher = tokio::spawn(async move {
        let enough = |now: &Progress| now.bytes > 100_000;
        let now = *seen.wait_for(enough).await.unwrap();
        stop.cancel();
        now
    });
    let source: PullSource = address.parse().unwrap();
    let stopped = pull_with(source, &shelf, cancel, progress, &hurry()).await;
    assert!(matches!(stopped, Err(PullError::Cancelled)), "{stopped:?}");
    let now = watcher.await.unwrap();
    assert_eq!(now.total_bytes, Some(file.len() as u64));
    assert_eq!(now.stage, Stage::Receiving);
    assert_eq!(files_in(folder.path()), ["m.gguf.part", "m.gguf.part.json"]);
    assert!(shelf.list().unwrap().is_empty(), "a part is no model");

    let installed = pull_text(&address, &shelf).await.unwrap();

    assert_eq!(std::fs::read(installed.path).unwrap(), file);
    let resumed_at = server.requests()[1].range.expect("the part is continued");
    assert!(resumed_at > 100_000, "{resumed_at}");
}

#[tokio::test]
async fn file_that_changed_on_the_server_is_never_mixed_with_the_old_one() {
    let (old, new) = (model(100_000, 6), model(100_000, 7));
    let (served_old, served_new) = (old.clone(), new.clone());
    let server = Server::start(move |request, number| {
        if number == 0 {
            Reply::file(request, &served_old, "\"old\"").cut_after(50_000)
        } else {
            Reply::file(request, &served_new, "\"new\"")
        }
    })
    .await;
    let (_folder, shelf) = empty_shelf();

    let installed = pull_text(&server.at("/m.gguf"), &shelf).await.unwrap();

    assert_eq!(server.requests()[1].if_range.as_deref(), Some("\"old\""));
    assert!(
        std::fs::read(installed.path).unwrap() == new,
        "only bytes of the new file"
    );
}

#[tokio::test]
async fn file_that_changed_under_a_server_that_ignores_if_range_is_fetched_again() {
    let (old, new) = (model(100_000, 8), model(100_000, 9));
    let (served_old, served_new) = (old.clone(), new.clone());
    let server = Server::start(move |request, number| {
        if number == 0 {
            return Reply::file(request, &served_old, "\"old\"").cut_after(50_000);
        }
        let mut careless = request.clone();
        careless.if_range = None;
        Reply::file(&careless, &served_new, "\"new\"")
    })
    .await;
    let (_folder, shelf) = empty_shelf();
    let installed = pull_text(&server.at("/m.gguf"), &shelf).await.unwrap();
    assert!(
        std::fs::read(installed.path).unwrap() == new,
        "only bytes of the new file"
    );
}

#[tokio::test]
async fn part_that_was_complete_already_is_only_checked() {
    let file = model(10_000, 10);
    let served = file.clone();
    let server = Server::start(move |request, _| Reply::file(request, &served, ETAG)).await;
    let (folder, shelf) = empty_shelf();
    let address = server.at("/m.gguf");
    std::fs::write(folder.path().join("m.gguf.part"), &file).unwrap();
    let note = format!(
        r#"{{"source":"{address}","etag":"\"one\"","total_bytes":{}}}"#,
        file.len()
    );
    std::fs::write(folder.path().join("m.gguf.part.json"), note).unwrap();

    let installed = pull_text(&address, &shelf).await.unwrap();

    assert_eq!(installed.sha256, Some(sha256(&file)));
    assert_eq!(
        server.requests().len(),
        1,
        "the server said that nothing is missing"
    );
}

#[tokio::test]
async fn model_that_is_there_is_not_fetched_again_and_another_one_not_overwritten() {
    let served = model(1_000, 11);
    let server = Server::start(move |request, _| Reply::file(request, &served, ETAG)).await;
    let (_folder, shelf) = empty_shelf();
    let first = pull_text(&server.at("/m.gguf"), &shelf).await.unwrap();
    let again = pull_text(&server.at("/m.gguf"), &shelf).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(server.requests().len(), 1);
    let refused = pull_text(&server.at("/other/m.gguf"), &shelf).await;
    assert!(
        matches!(refused, Err(PullError::NameTaken { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn two_pulls_of_one_file_never_run_at_once() {
    let served = model(100_000, 12);
    let server = Server::start(move |request, _| {
        let mut reply = Reply::file(request, &served, ETAG);
        reply.pause = Duration::from_millis(10);
        reply
    })
    .await;
    let (_folder, shelf) = empty_shelf();
    let address = server.at("/m.gguf");
    let (one, other) = tokio::join!(pull_text(&address, &shelf), pull_text(&address, &shelf));
    let refused = [&one, &other]
        .into_iter()
        .filter(|result| result.is_err())
        .count();
    assert_eq!(refused, 1, "{one:?} {other:?}");
    assert!(
        [one, other]
            .into_iter()
            .any(|result| matches!(result, Err(PullError::AlreadyRunning)))
    );
}

#[tokio::test]
async fn hub_redirect_announces_the_checksum_of_what_lies_elsewhere() {
    let file = model(10_000, 13);
    let (served, sum) = (file.clone(), sha256(&file));
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/me/m/resolve/main/m.gguf" => Reply::new(302, "")
            .with("Location", "/storage/blob")
            .with("X-Linked-Etag", format!("\"{sum}\""))
            .with("X-Linked-Size", served.len().to_string()),
        _ => Reply::file(request, &served, ETAG),
    })
    .await;
    let (_folder, shelf) = empty_shelf();
    let installed = pull_text(&server.at("/me/m/resolve/main/m.gguf"), &shelf)
        .await
        .unwrap();
    assert_eq!(installed.sha256, Some(sha256(&file)));
    assert!(installed.verified, "the hub announced it");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn file_of_this_machine_is_copied_and_checked() {
    let file = model(10_000, 14);
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("My Model.gguf");
    std::fs::write(&path, &file).unwrap();
    let (folder, shelf) = empty_shelf();

    let installed = pull_text(path.to_str().unwrap(), &shelf).await.unwrap();

    assert_eq!(installed.name, "my-model");
    assert_eq!(installed.sha256, Some(sha256(&file)));
    assert!(!installed.verified, "nobody said what it should be");
    assert_eq!(std::fs::read(&installed.path).unwrap(), file);
    assert!(path.exists(), "the original stays");
    let again = pull_text(installed.path.to_str().unwrap(), &shelf)
        .await
        .unwrap();
    assert_eq!(
        again.path, installed.path,
        "what lies on the shelf is there already"
    );
    assert_eq!(
        files_in(folder.path()),
        ["My-Model.gguf", "My-Model.gguf.json"]
    );
}
