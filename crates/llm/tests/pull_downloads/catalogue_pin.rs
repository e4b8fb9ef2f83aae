//! A recommended model is checked against the catalogue, whatever the server says.
//!
//! The hub's address comes from the environment, which a test cannot change for itself: the test
//! runs this program again with the variable set.

use std::process::Command;

use llm::{Catalogue, PullError};

use crate::server::{Reply, Server};
use crate::{empty_shelf, files_in, pull_text};

const CHILD: &str = "catalogue_pin::child_pulls_the_starter_from_the_hub_of_its_environment";

#[tokio::test(flavor = "multi_thread")]
async fn recommended_file_with_another_content_or_size_is_refused() {
    let starter = Catalogue::builtin().starter().unwrap();
    let bytes = usize::try_from(starter.bytes).unwrap();
    for (length, expected) in [(bytes - 1, "size"), (bytes, "checksum")] {
        let mut file = crate::model::model(8, 40);
        file.resize(length, 7);
        let server = Server::start(move |request, _| Reply::file(request, &file, "\"x\"")).await;
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", CHILD, "--ignored", "--nocapture"]);
        child
            .env("HAI_NET_HF_ENDPOINT", &server.url)
            .env("EXPECTED", expected);
        let output = tokio::task::spawn_blocking(move || child.output())
            .await
            .unwrap()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{expected}: {said}"
        );
        let path = &server.requests()[0].path;
        assert!(path.ends_with(&format!("/{}", starter.file)), "{path}");
    }
}

#[tokio::test]
#[ignore = "run by the test above, with a hub in its environment"]
async fn child_pulls_the_starter_from_the_hub_of_its_environment() {
    let (folder, shelf) = empty_shelf();
    let refused = pull_text("starter", &shelf).await;
    if std::env::var("EXPECTED").as_deref() == Ok("size") {
        assert!(
            matches!(refused, Err(PullError::WrongSize { .. })),
            "{refused:?}"
        );
    } else {
        assert!(
            matches!(refused, Err(PullError::WrongChecksum { pinned: true, .. })),
            "{refused:?}"
        );
        assert!(
            files_in(folder.path()).is_empty(),
            "a wrong file must not stay"
        );
    }
}
