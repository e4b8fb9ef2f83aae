//! Files in granted folders, on a real disk, with paths and neighbours that mean harm.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tools::files::{EntryKind, FileError, Folders, Grant, GrantError, Search, Trashed};

struct Disk {
    around: TempDir,
}

impl Disk {
    /// A granted folder `docs` with some files, and a secret beside it.
    fn new() -> Self {
        let around = tempfile::tempdir().unwrap();
        let docs = around.path().join("docs");
        fs::create_dir_all(docs.join("letters/old")).unwrap();
        fs::write(docs.join("note.txt"), "first line\nThe Rent is due\n").unwrap();
        fs::write(docs.join("letters/aunt.md"), "Dear aunt").unwrap();
        fs::write(docs.join("letters/old/rent.txt"), "nothing").unwrap();
        fs::write(around.path().join("secret.txt"), "the secret").unwrap();
        fs::create_dir(around.path().join("beside")).unwrap();
        Self { around }
    }

    fn docs(&self) -> PathBuf {
        self.around.path().join("docs")
    }

    fn open(&self, may_write: bool) -> Folders {
        let path = self.docs();
        Folders::new(vec![Grant { path, may_write }]).unwrap()
    }

    fn secret(&self) -> String {
        fs::read_to_string(self.around.path().join("secret.txt")).unwrap()
    }
}

#[test]
fn files_are_listed_and_read_by_the_folders_name_or_the_full_path() {
    let disk = Disk::new();
    let folders = disk.open(false);
    assert_eq!(folders.names().collect::<Vec<_>>(), [("docs", false)]);
    let listing = folders.list("docs").unwrap();
    let names: Vec<_> = listing
        .entries
        .iter()
        .map(|entry| (entry.path.as_str(), entry.kind, entry.bytes))
        .collect();
    assert_eq!(
        names,
        [
            ("docs/letters", EntryKind::Folder, 0),
            ("docs/note.txt", EntryKind::File, 27),
        ]
    );
    let full = disk.docs().canonicalize().unwrap().join("letters/aunt.md");
    for path in [
        "docs/letters/aunt.md",
        "docs//letters/./aunt.md",
        full.to_str().unwrap(),
    ] {
        let read = folders.read_text(path).unwrap();
        assert_eq!(
            (read.path.as_str(), read.text.as_str()),
            ("docs/letters/aunt.md", "Dear aunt")
        );
    }
}

#[test]
fn no_path_leads_out() {
    let disk = Disk::new();
    let folders = disk.open(true);
    let beside = disk.around.path().join("secret.txt");
    for path in [
        "docs/../secret.txt",
        "docs/letters/../../secret.txt",
        "../secret.txt",
        "secret.txt",
        "/etc/passwd",
        "/proc/self/environ",
        beside.to_str().unwrap(),
        "~/secret.txt",
        "docs-other/x",
        "DOCS/note.txt",
        "file:///etc/passwd",
    ] {
        assert!(
            matches!(folders.read_text(path), Err(FileError::Outside)),
            "{path}"
        );
        assert!(
            matches!(folders.write(path, b"x"), Err(FileError::Outside)),
            "{path}"
        );
        assert!(
            matches!(folders.trash(path), Err(FileError::Outside)),
            "{path}"
        );
        assert!(
            matches!(folders.list(path), Err(FileError::Outside)),
            "{path}"
        );
    }
    for path in ["", "docs/a\0b", &format!("docs/{}", "a/".repeat(3000))] {
        assert!(matches!(folders.read_text(path), Err(FileError::BadPath)));
    }
    assert_eq!(disk.secret(), "the secret");
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_not_followed_and_those_that_stay_in_are() {
    use std::os::unix::fs::symlink;
    let disk = Disk::new();
    let folders = disk.open(true);
    let docs = disk.docs();
    symlink("../secret.txt", docs.join("out")).unwrap();
    symlink(disk.around.path(), docs.join("around")).unwrap();
    symlink("/proc/self/root", docs.join("root")).unwrap();
    symlink("letters/aunt.md", docs.join("in")).unwrap();
    symlink("loop", docs.join("loop")).unwrap();
    for path in ["docs/out", "docs/around/secret.txt", "docs/root/etc/passwd"] {
        assert!(
            matches!(folders.read_text(path), Err(FileError::Outside)),
            "{path}"
        );
    }
    assert!(matches!(
        folders.list("docs/around"),
        Err(FileError::Outside)
    ));
    assert!(folders.read_text("docs/loop").is_err());
    assert!(matches!(
        folders.write("docs/around/beside/new.txt", b"x"),
        Err(FileError::Outside)
    ));
    assert!(
        matches!(folders.write("docs/out", b"x"), Err(FileError::NotAFile)),
        "a link is not written through, nor replaced"
    );
    assert_eq!(disk.secret(), "the secret");
    assert_eq!(folders.read_text("docs/in").unwrap().text, "Dear aunt");
    // A link goes to the trash as a link.
    folders.trash("docs/around").unwrap();
    assert!(disk.around.path().join("beside").is_dir());
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_exchanged_for_a_link_again_and_again_never_leads_out() {
    use std::os::unix::fs::symlink;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    let disk = Disk::new();
    let docs = disk.docs();
    let outside = disk.around.path().join("beside");
    fs::write(outside.join("file.txt"), "outside").unwrap();
    fs::create_dir(docs.join("real")).unwrap();
    fs::write(docs.join("real/file.txt"), "inside").unwrap();
    symlink(&outside, docs.join("link")).unwrap();
    let folders = disk.open(true);
    let (done, turns) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let exchanger = {
        let (done, turns) = (Arc::clone(&done), Arc::clone(&turns));
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                for from in ["real", "link"] {
                    fs::rename(docs.join(from), docs.join("now")).unwrap();
                    fs::rename(docs.join("now"), docs.join(from)).unwrap();
                }
                turns.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let begun = std::time::Instant::now();
    let (mut read, mut written) = (0, 0);
    while begun.elapsed().as_millis() < 3000 || turns.load(Ordering::Relaxed) < 100 {
        if let Ok(file) = folders.read_text("docs/now/file.txt") {
            assert_eq!(file.text, "inside");
            read += 1;
        }
        written += usize::from(folders.write("docs/now/new.txt", b"x").is_ok());
        let _ = folders.trash("docs/now/new.txt");
        assert!(begun.elapsed().as_secs() < 60, "the exchange goes on");
    }
    done.store(true, Ordering::Relaxed);
    exchanger.join().unwrap();
    assert!(
        read + written > 0,
        "the race was run: {read} reads, {written} writes"
    );
    let there: Vec<_> = fs::read_dir(&outside).unwrap().collect();
    assert_eq!(there.len(), 1, "nothing was written outside: {there:?}");
    assert_eq!(
        fs::read_to_string(outside.join("file.txt")).unwrap(),
        "outside"
    );
}

#[cfg(unix)]
#[test]
fn pipes_and_sockets_are_not_opened_and_nobody_waits_for_them() {
    let disk = Disk::new();
    let folders = disk.open(true);
    let made = std::process::Command::new("mkfifo")
        .arg(disk.docs().join("pipe"))
        .status();
    assert!(made.unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(disk.docs().join("socket")).unwrap();
    for path in ["docs/pipe", "docs/socket", "docs/letters"] {
        assert!(
            matches!(folders.read_text(path), Err(FileError::NotAFile)),
            "{path}"
        );
        assert!(
            matches!(folders.write(path, b"x"), Err(FileError::NotAFile)),
            "{path}"
        );
    }
    let all = folders.search(&Search {
        content: Some("rent".to_owned()),
        ..Search::default()
    });
    assert_eq!(all.unwrap().hits.len(), 1, "a search passes them over");
}

#[test]
fn what_is_large_or_no_text_is_not_read_as_text() {
    let disk = Disk::new();
    let folders = disk.open(false);
    fs::write(disk.docs().join("zeros"), "a\0b").unwrap();
    fs::write(disk.docs().join("latin"), b"caf\xe9").unwrap();
    fs::File::create(disk.docs().join("huge"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    for path in ["docs/zeros", "docs/latin"] {
        assert!(
            matches!(folders.read_text(path), Err(FileError::NotText)),
            "{path}"
        );
    }
    assert_eq!(folders.read_bytes("docs/zeros").unwrap(), b"a\0b");
    assert!(matches!(
        folders.read_text("docs/huge"),
        Err(FileError::TooLarge { .. })
    ));
    assert!(matches!(
        folders.read_bytes("docs/huge"),
        Err(FileError::TooLarge { .. })
    ));
    assert!(matches!(
        folders.read_text("docs/none"),
        Err(FileError::NotFound)
    ));
    assert!(matches!(
        folders.read_text("docs/note.txt/x"),
        Err(FileError::NotAFolder)
    ));
    assert!(matches!(
        folders.list("docs/note.txt"),
        Err(FileError::NotAFolder)
    ));
}

#[test]
fn a_search_finds_by_name_and_by_words() {
    let disk = Disk::new();
    let folders = disk.open(false);
    let found = |name: Option<&str>, content: Option<&str>| {
        let found = folders
            .search(&Search {
                folder: None,
                name: name.map(str::to_owned),
                content: content.map(str::to_owned),
            })
            .unwrap();
        assert!(!found.cut);
        found
            .hits
            .into_iter()
            .map(|hit| (hit.path, hit.line))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(Some("*.MD"), None),
        [("docs/letters/aunt.md".to_owned(), None)]
    );
    assert_eq!(
        found(Some("rent"), None),
        [("docs/letters/old/rent.txt".to_owned(), None)]
    );
    assert_eq!(
        found(None, Some("rent")),
        [(
            "docs/note.txt".to_owned(),
            Some((2, "The Rent is due".to_owned()))
        )]
    );
    assert_eq!(found(Some("*.md"), Some("rent")), []);
    let below = folders.search(&Search {
        folder: Some("docs/letters/old".to_owned()),
        ..Search::default()
    });
    assert_eq!(below.unwrap().hits.len(), 1);
}

#[test]
fn writing_gives_back_what_was_there_so_that_it_can_be_undone() {
    let disk = Disk::new();
    let folders = disk.open(true);
    let written = folders.write("docs/note.txt", b"new").unwrap();
    assert_eq!(fs::read(disk.docs().join("note.txt")).unwrap(), b"new");
    let before = written.before.unwrap();
    assert_eq!(before, b"first line\nThe Rent is due\n");
    folders.write("docs/note.txt", &before).unwrap();
    assert_eq!(fs::read(disk.docs().join("note.txt")).unwrap(), before);
    let fresh = folders.write("docs/letters/new.txt", b"x").unwrap();
    assert_eq!((fresh.before, fresh.bytes), (None, 1));
    assert!(matches!(
        folders.write("docs/none/new.txt", b"x"),
        Err(FileError::NotFound)
    ));
    assert!(matches!(
        folders.write("docs", b"x"),
        Err(FileError::NotAFile)
    ));
    let large = vec![0; 9 * 1024 * 1024];
    assert!(matches!(
        folders.write("docs/large", &large),
        Err(FileError::TooLarge { .. })
    ));
    let left: Vec<_> = names_below(&disk.docs());
    assert!(
        left.iter().all(|name| !name.contains(".hai-net-")),
        "{left:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_rights_when_it_is_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let disk = Disk::new();
    let path = disk.docs().join("note.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    disk.open(true).write("docs/note.txt", b"new").unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn what_is_removed_lies_in_the_trash_and_comes_back() {
    let disk = Disk::new();
    let folders = disk.open(true);
    let file = folders.trash("docs/note.txt").unwrap();
    let folder = folders.trash("docs/letters").unwrap();
    assert_eq!(
        folders.list("docs").unwrap().entries,
        [],
        "and the trash is not shown"
    );
    assert!(matches!(
        folders.read_text("docs/.hai-net-trash/1/note.txt"),
        Err(FileError::Outside)
    ));
    assert!(matches!(
        folders.list("docs/.HAI-net-Trash"),
        Err(FileError::Outside)
    ));
    folders.write("docs/note.txt", b"another").unwrap();
    assert!(matches!(folders.restore(&file), Err(FileError::Taken)));
    let another = folders.trash("docs/note.txt").unwrap();
    assert_ne!(another.number, file.number);
    folders.restore(&file).unwrap();
    folders.restore(&folder).unwrap();
    assert_eq!(
        folders.read_text("docs/letters/aunt.md").unwrap().text,
        "Dear aunt"
    );
    assert!(
        folders
            .read_text("docs/note.txt")
            .unwrap()
            .text
            .starts_with("first")
    );
    assert!(
        matches!(folders.restore(&folder), Err(FileError::NotFound)),
        "it is back already"
    );
    let forged = Trashed {
        path: "docs/../secret.txt".to_owned(),
        number: 1,
    };
    assert!(matches!(folders.restore(&forged), Err(FileError::Outside)));
    assert!(matches!(folders.trash("docs"), Err(FileError::NotAFile)));
    assert!(matches!(
        folders.trash("docs/none"),
        Err(FileError::NotFound)
    ));
}

#[test]
fn a_folder_that_was_granted_for_reading_stays_as_it_is() {
    let disk = Disk::new();
    let before = names_below(disk.around.path());
    let folders = disk.open(false);
    assert!(matches!(
        folders.write("docs/note.txt", b"x"),
        Err(FileError::ReadOnly)
    ));
    assert!(matches!(
        folders.write("docs/new.txt", b"x"),
        Err(FileError::ReadOnly)
    ));
    assert!(matches!(
        folders.trash("docs/note.txt"),
        Err(FileError::ReadOnly)
    ));
    assert!(matches!(
        folders.make_folder("docs/new"),
        Err(FileError::ReadOnly)
    ));
    assert_eq!(names_below(disk.around.path()), before);
}

#[test]
fn folders_are_made_one_at_a_time() {
    let disk = Disk::new();
    let folders = disk.open(true);
    assert_eq!(folders.make_folder("docs/new").unwrap(), "docs/new");
    assert!(matches!(
        folders.make_folder("docs/new"),
        Err(FileError::Taken)
    ));
    assert!(matches!(
        folders.make_folder("docs/a/b"),
        Err(FileError::NotFound)
    ));
    folders.write("docs/new/file", b"x").unwrap();
}

#[test]
fn only_folders_of_a_person_are_granted_and_none_inside_another() {
    let disk = Disk::new();
    let grant = |paths: &[&Path]| {
        let grants = paths.iter().map(|path| Grant {
            path: path.to_path_buf(),
            may_write: true,
        });
        Folders::new(grants.collect())
    };
    let docs = disk.docs();
    for system in ["/", "/proc", "/proc/self", "/dev", "/sys"] {
        let refused = grant(&[Path::new(system)]);
        // What `/proc/self` leads to is still below `/proc`.
        assert!(
            matches!(refused, Err(GrantError::System { .. })),
            "{system}: {refused:?}"
        );
    }
    assert!(matches!(
        grant(&[&docs.join("none")]),
        Err(GrantError::Open { .. })
    ));
    assert!(matches!(
        grant(&[&docs.join("note.txt")]),
        Err(GrantError::Open { .. })
    ));
    for pair in [
        [docs.clone(), docs.join("letters")],
        [docs.join("letters"), docs.clone()],
        [docs.clone(), docs.join("letters/..")],
    ] {
        let refused = grant(&[&pair[0], &pair[1]]);
        assert!(
            matches!(refused, Err(GrantError::Nested { .. })),
            "{pair:?}"
        );
    }
    let other = disk.around.path().join("beside/docs");
    fs::create_dir(&other).unwrap();
    let both = grant(&[&docs, &other]).unwrap();
    let names: Vec<_> = both.names().map(|(name, _)| name).collect();
    assert_eq!(names, ["docs", "docs (2)"]);
    assert_eq!(both.list("docs (2)").unwrap().entries, []);
}

fn names_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        names.push(path.display().to_string());
        if path.is_dir() {
            names.extend(names_below(&path));
        }
    }
    names.sort();
    names
}
