//! Where scripts and services keep a passphrase: a file, an open descriptor, a credential of systemd.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use contract::{Code, Fault, Secret};
use zeroize::Zeroizing;

use super::descriptor::Descriptor;
use crate::failure::Failure;

/// The environment variable that names a file. It never holds a passphrase itself.
const VARIABLE: &str = "HAI_NET_PASSPHRASE_FILE";

/// The folder in which systemd hands credentials over (`LoadCredential=`).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The name of our credential.
const CREDENTIAL: &str = "hai-net.passphrase";

/// The most bytes that are read. A passphrase is a line; whoever names a larger file named another one.
const BYTES_MAX: usize = 4 * 1024;

/// Rights of others on a file: none may be there.
#[cfg(unix)]
const OF_OTHERS: u32 = 0o077;

/// Where a passphrase may lie, as it was named at the start of the program.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Named on the command line.
    file: Option<PathBuf>,
    descriptor: Option<Descriptor>,
    /// Named by the environment.
    variable: Option<PathBuf>,
    /// Where systemd would have put it.
    credential: Option<PathBuf>,
}

/// Why a passphrase that was named cannot be had. Nothing of it is repeated. The sentences begin with
/// what was named, as it was named.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    #[error("{what} cannot be read")]
    Read { what: String, source: io::Error },
    #[error("{} can be read by others (mode {mode:o})", path.display())]
    Others { path: PathBuf, mode: u32 },
    #[error("{what} is longer than {BYTES_MAX} bytes, which is no passphrase")]
    TooLong { what: String },
    #[error("{what} is empty")]
    Empty { what: String },
    #[error("{what} is not text (UTF-8)")]
    NotText { what: String },
    #[error("File descriptor {number} is not open")]
    NotOpen { number: u32 },
    #[error("File descriptor {number} was read already, and a passphrase is read from it once")]
    ReadAlready { number: u32 },
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let advice = match &error {
            SourceError::Read { .. }
            | SourceError::TooLong { .. }
            | SourceError::NotText { .. } => {
                "Name the file that holds the passphrase and nothing else.".to_owned()
            }
            SourceError::Others { path, .. } => {
                format!("Keep it for yourself: chmod 600 {}", path.display())
            }
            SourceError::Empty { .. } => "Write the passphrase into it.".to_owned(),
            SourceError::NotOpen { .. } | SourceError::ReadAlready { .. } => {
                "Open it for this command, as in `--passphrase-fd 3 3< FILE`.".to_owned()
            }
        };
        let mut message = error.to_string();
        if let Some(cause) = std::error::Error::source(&error) {
            message.push_str(&format!(": {cause}"));
        }
        Self::Fault(Fault::refused(Code::InvalidAsk, format!("{message}.")).advising(advice))
    }
}

impl Sources {
    /// What the command line and the environment name. Called first of all: a descriptor that is
    /// taken later may be another file by then.
    pub(crate) fn new(file: Option<PathBuf>, descriptor: Option<u32>) -> Self {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
        Self {
            file,
            descriptor: descriptor.map(Descriptor::take),
            variable: variable(VARIABLE).map(PathBuf::from),
            credential: variable(CREDENTIALS).map(|folder| Path::new(&folder).join(CREDENTIAL)),
        }
    }

    /// The passphrase; `None` where nothing names one. Waits on a thread of its own: who writes into
    /// a descriptor may take its time.
    pub(crate) async fn named(&self) -> Result<Option<Secret>, Failure> {
        let Some(reading) = self.first()? else {
            return Ok(None);
        };
        let read = tokio::task::spawn_blocking(move || reading.read());
        let text = read.await.map_err(|error| Failure::internal(&error))??;
        Ok(Some(text))
    }

    /// The descriptor that was named and is not open. After a restart of the hub none is.
    pub(crate) fn lost_descriptor(&self) -> Option<u32> {
        self.descriptor.as_ref().and_then(Descriptor::lost)
    }

    /// Whether anything names one.
    pub(crate) fn is_named(&self) -> bool {
        self.file.is_some()
            || self.descriptor.is_some()
            || self.variable.is_some()
            || self.credential.as_ref().is_some_and(|path| path.exists())
    }

    fn first(&self) -> Result<Option<Reading>, SourceError> {
        if let Some(path) = &self.file {
            return Ok(Some(Reading::File(path.clone())));
        }
        if let Some(descriptor) = &self.descriptor {
            return descriptor.reading().map(Some);
        }
        if let Some(path) = &self.variable {
            return Ok(Some(Reading::File(path.clone())));
        }
        let credential = self.credential.as_ref().filter(|path| path.exists());
        Ok(credential.map(|path| Reading::Credential(path.clone())))
    }
}

/// A source that is about to be read.
pub(super) enum Reading {
    File(PathBuf),
    Credential(PathBuf),
    Descriptor(u32, File),
    Input,
}

impl Reading {
    pub(super) fn read(self) -> Result<Secret, SourceError> {
        match self {
            Self::File(path) => read_private(&path),
            // systemd decides who reads a credential; its folder is closed to others.
            Self::Credential(path) => {
                let what = path.display().to_string();
                let file = File::open(&path).map_err(|source| SourceError::Read {
                    what: what.clone(),
                    source,
                })?;
                text_in(file, what)
            }
            Self::Descriptor(number, file) => text_in(file, format!("File descriptor {number}")),
            Self::Input => text_in(io::stdin().lock(), "Standard input".to_owned()),
        }
    }
}

/// The text of a file that only its owner may read.
pub(super) fn read_private(path: &Path) -> Result<Secret, SourceError> {
    let what = path.display().to_string();
    let unreadable = |source| SourceError::Read {
        what: what.clone(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        // Asked of the open file: the name may stand for another one in the next moment.
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & OF_OTHERS != 0 {
            return Err(SourceError::Others {
                path: path.to_owned(),
                mode,
            });
        }
    }
    text_in(file, what)
}

/// What can be read, as a passphrase: a line without its end.
fn text_in(source: impl Read, what: String) -> Result<Secret, SourceError> {
    // Made large enough at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES_MAX + 1));
    match source.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > BYTES_MAX => return Err(SourceError::TooLong { what }),
        Ok(_) => {}
        Err(source) => return Err(SourceError::Read { what, source }),
    }
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(SourceError::NotText { what });
    };
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(SourceError::Empty { what });
    }
    Ok(Secret::from(text))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(bytes: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("passphrase");
        std::fs::write(&path, bytes).expect("a file");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("our file");
        (folder, path)
    }

    fn read(bytes: &[u8]) -> Result<Secret, SourceError> {
        let (_folder, path) = file(bytes, 0o600);
        read_private(&path)
    }

    #[test]
    fn one_end_of_line_is_cut_off_and_nothing_else() {
        for (bytes, text) in [
            (&b"six ordinary words"[..], "six ordinary words"),
            (b"six ordinary words\n", "six ordinary words"),
            (b"six ordinary words\r\n", "six ordinary words"),
            (b" blanks stay \n\n", " blanks stay \n"),
            ("über alle Maßen\n".as_bytes(), "über alle Maßen"),
        ] {
            assert_eq!(read(bytes).unwrap().expose(), text);
        }
    }

    #[test]
    fn file_that_others_can_read_is_refused_with_its_mode() {
        for mode in [0o644, 0o640, 0o604, 0o620, 0o611] {
            let (_folder, path) = file(b"open secret", mode);
            let error = read_private(&path).unwrap_err();
            assert!(matches!(error, SourceError::Others { mode: seen, .. } if seen == mode));
            assert!(error.to_string().contains(&format!("{mode:o}")), "{error}");
        }
        for mode in [0o600, 0o400] {
            let (_folder, path) = file(b"own secret", mode);
            assert!(read_private(&path).is_ok(), "{mode:o} is the owner's alone");
        }
    }

    #[test]
    fn what_is_no_passphrase_is_refused_by_name() {
        assert!(matches!(read(b""), Err(SourceError::Empty { .. })));
        assert!(matches!(read(b"\n"), Err(SourceError::Empty { .. })));
        assert!(matches!(
            read(&[0xff, 0xfe]),
            Err(SourceError::NotText { .. })
        ));
        assert!(matches!(
            read(&[b'x'; BYTES_MAX + 1]),
            Err(SourceError::TooLong { .. })
        ));
        assert!(read(&[b'x'; BYTES_MAX]).is_ok(), "the limit itself is fine");
        let missing = read_private(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(matches!(missing, SourceError::Read { .. }));
    }

    #[test]
    fn no_message_repeats_what_was_read() {
        let (_folder, path) = file(b"open secret", 0o644);
        let Failure::Fault(fault) = Failure::from(read_private(&path).unwrap_err()) else {
            panic!("it is to be told");
        };
        let told = format!("{fault:?}");
        assert!(told.contains("chmod 600"), "{told}");
        assert!(!told.contains("open secret"), "{told}");
    }

    #[test]
    fn credential_needs_no_mode_and_may_be_missing() {
        let (folder, path) = file(b"from systemd\n", 0o440);
        let credential = folder.path().join(CREDENTIAL);
        let sources = Sources {
            credential: Some(credential.clone()),
            ..Sources::default()
        };
        assert!(sources.first().unwrap().is_none(), "there is none");
        std::fs::rename(path, credential).unwrap();
        let reading = sources.first().unwrap().expect("now there is");
        assert_eq!(reading.read().unwrap().expose(), "from systemd");
    }

    #[test]
    fn command_line_comes_before_the_environment_and_systemd() {
        let (_a, first) = file(b"first", 0o600);
        let (_b, second) = file(b"second", 0o600);
        let (_c, third) = file(b"third", 0o600);
        let mut sources = Sources {
            file: Some(first),
            variable: Some(second),
            credential: Some(third),
            ..Sources::default()
        };
        let text = |sources: &Sources| sources.first().unwrap().unwrap().read().unwrap();
        assert_eq!(text(&sources).expose(), "first");
        sources.file = None;
        assert_eq!(text(&sources).expose(), "second");
        sources.variable = None;
        assert_eq!(text(&sources).expose(), "third");
    }
}
