//! A disk that is too small. Needs root, for a small disk in memory; without, there is nothing to do.

use std::path::Path;
use std::process::Command;

use llm::{PullError, Shelf};

use crate::model::model;
use crate::pull_text;
use crate::server::{Reply, Server};

/// A disk of 256 KiB in memory.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

#[tokio::test]
async fn file_larger_than_the_disk_is_refused_before_it_is_fetched() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let served = model(200_000, 30);
    let server = Server::start(move |request, _| Reply::file(request, &served, "\"one\"")).await;
    let shelf = Shelf::open(disk.path()).unwrap();
    let refused = pull_text(&server.at("/m.gguf"), &shelf).await;
    let Err(PullError::DiskFull { needed, free }) = refused else {
        panic!("{refused:?}")
    };
    assert!(needed > 800_000 && free < 256 * 1024, "{needed} {free}");
    assert!(
        crate::files_in(disk.path()).is_empty(),
        "nothing was fetched"
    );
}

#[tokio::test]
async fn disk_that_fills_up_on_the_way_keeps_the_part_for_later() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let served = model(100_000, 31);
    let whole = served.len();
    let server = Server::start(move |request, _| {
        let mut reply = Reply::file(request, &served, "\"one\"");
        // A server that does not tell the size: only the disk itself can say that it is full.
        reply.no_length = request.range.is_none();
        reply
    })
    .await;
    let shelf = Shelf::open(disk.path()).unwrap();
    let address = server.at("/m.gguf");

    let refused = pull_text(&address, &shelf).await;
    assert!(
        matches!(refused, Err(PullError::DiskFull { .. })),
        "{refused:?}"
    );
    let kept = disk.path().join("m.gguf.part").metadata().unwrap().len();
    assert!(kept > 100_000, "what arrived is kept: {kept}");

    let grown = Command::new("mount")
        .args(["-o", "remount,size=4m"])
        .arg(disk.path())
        .status();
    assert!(grown.unwrap().success());
    let installed = pull_text(&address, &shelf).await.unwrap();
    assert_eq!(installed.file_bytes, whole as u64);
    let resumed_at = server.requests()[1].range.map(|start| start as u64);
    assert_eq!(resumed_at, Some(kept));
}
