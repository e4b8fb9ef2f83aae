//! What a person may name to get a model, and the file that it means.

use std::fmt;
use std::path::{Path, PathBuf};

use reqwest::Url;

use crate::catalogue::{Catalogue, CatalogueModel};

/// The model hub, where nothing else is said.
const HUB: &str = "https://huggingface.co";

/// The variable that names another hub, such as a mirror.
const HUB_VARIABLE: &str = "HAI_NET_HF_ENDPOINT";

/// Bytes of a file name. Most file systems allow 255; the endings of parts and notes need some.
const FILE_NAME_BYTES_MAX: usize = 200;

/// What a person names to get a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullSource {
    /// A model of the catalogue, by name or alias.
    Catalogue(String),
    /// An address: https, or http to this very machine.
    Address(String),
    /// A file of a repository on the model hub.
    Hub {
        /// `owner/name`.
        repository: String,
        /// Branch or commit.
        revision: String,
        /// The file, with folders if it lies in some.
        file: String,
    },
    /// A file on this machine.
    File(PathBuf),
    /// One of these whose content is known.
    Pinned {
        /// Where it is.
        source: Box<PullSource>,
        /// Sha256 that it must have, in lower-case hex.
        sha256: String,
    },
}

/// Hexadecimal digits of a sha256.
const SHA256_DIGITS: usize = 64;

/// Why it is not clear what to fetch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The text names nothing that is known.
    #[error(
        "{text:?} is neither a recommended model (`hai-net models list`), nor an https \
         address, nor a hub path (owner/repository/file.gguf), nor a file on this machine"
    )]
    Unknown {
        /// The text.
        text: String,
    },
    /// The address cannot be used.
    #[error("the address {text:?} cannot be used: {reason}")]
    Address {
        /// The address.
        text: String,
        /// Why.
        reason: &'static str,
    },
    /// The hub path has not the right form.
    #[error("the hub path {text:?} is not of the form owner/repository/file.gguf")]
    HubPath {
        /// The path.
        text: String,
    },
    /// The checksum is none.
    #[error("{text:?} is not a sha256: it has 64 hexadecimal digits")]
    Checksum {
        /// The text.
        text: String,
    },
    /// The file is not there.
    #[error("there is no file {}", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// No file name can be made of it.
    #[error("{text:?} does not end in the name of a .gguf file")]
    FileName {
        /// The text.
        text: String,
    },
}

impl std::str::FromStr for PullSource {
    type Err = SourceError;

    /// Reads what a person typed: a name of the catalogue, an address, `hf:owner/repo/file.gguf` or
    /// `owner/repo/file.gguf`, or a path.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        if let Some(known) = Catalogue::builtin().find(text) {
            return Ok(Self::Catalogue(known.name.clone()));
        }
        if text.contains("://") {
            check_address(text)?;
            return Ok(Self::Address(text.to_owned()));
        }
        if let Some(path) = text.strip_prefix("hf:") {
            return hub_path(path).ok_or_else(|| SourceError::HubPath {
                text: text.to_owned(),
            });
        }
        let path = Path::new(text);
        let is_path = path.is_absolute() || text.starts_with('.') || text.starts_with('~');
        if is_path || path.is_file() {
            return Ok(Self::File(path.to_path_buf()));
        }
        hub_path(text).ok_or_else(|| SourceError::Unknown {
            text: text.to_owned(),
        })
    }
}

fn hub_path(text: &str) -> Option<PullSource> {
    let mut parts = text.splitn(3, '/');
    let (owner, name, file) = (parts.next()?, parts.next()?, parts.next()?);
    let is_word = |text: &str| {
        !text.is_empty()
            && !text.starts_with('.')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let is_file = file.split('/').all(is_word) && file.to_lowercase().ends_with(".gguf");
    (is_word(owner) && is_word(name) && is_file).then(|| PullSource::Hub {
        repository: format!("{owner}/{name}"),
        revision: "main".to_owned(),
        file: file.to_owned(),
    })
}

/// Where the bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A server.
    Web {
        /// The address to ask first.
        url: Url,
    },
    /// A file on this machine.
    File {
        /// Its path.
        path: PathBuf,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web { url } => {
                // What stands behind `?` may be a key that somebody put there.
                let mut shown = url.clone();
                shown.set_query(None);
                shown.set_fragment(None);
                f.write_str(shown.as_str())
            }
            Self::File { path } => path.display().fmt(f),
        }
    }
}

/// What to fetch, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) origin: Origin,
    pub(crate) file_name: String,
    pub(crate) sha256: Option<String>,
    pub(crate) bytes: Option<u64>,
}

impl PullSource {
    /// The same, but only with this content.
    ///
    /// # Errors
    /// The checksum is none.
    pub fn pinned(self, sha256: &str) -> Result<Self, SourceError> {
        let sha256 = sha256.trim().to_ascii_lowercase();
        let is_hex = sha256.bytes().all(|digit| digit.is_ascii_hexdigit());
        if sha256.len() != SHA256_DIGITS || !is_hex {
            return Err(SourceError::Checksum { text: sha256 });
        }
        Ok(Self::Pinned {
            source: Box::new(self),
            sha256,
        })
    }

    /// The file that is meant.
    pub(crate) fn resolve(&self) -> Result<Target, SourceError> {
        let hub = std::env::var(HUB_VARIABLE)
            .ok()
            .filter(|hub| !hub.is_empty());
        self.resolve_at(hub.as_deref().unwrap_or(HUB))
    }

    fn resolve_at(&self, hub: &str) -> Result<Target, SourceError> {
        match self {
            Self::Pinned { source, sha256 } => {
                let target = source.resolve_at(hub)?;
                Ok(Target {
                    sha256: Some(sha256.clone()),
                    ..target
                })
            }
            Self::Catalogue(name) => {
                let known = Catalogue::builtin()
                    .find(name)
                    .ok_or_else(|| SourceError::Unknown { text: name.clone() })?;
                of_catalogue(known, hub)
            }
            Self::Address(text) => {
                let url = check_address(text)?;
                let last = url.path_segments().and_then(|mut parts| parts.next_back());
                let file_name = file_name_of(last.unwrap_or_default(), text)?;
                Ok(Target {
                    origin: Origin::Web { url },
                    file_name,
                    sha256: None,
                    bytes: None,
                })
            }
            Self::Hub {
                repository,
                revision,
                file,
            } => {
                let url = hub_url(hub, repository, revision, file)?;
                let last = file.rsplit('/').next().unwrap_or(file);
                let file_name = file_name_of(last, file)?;
                let of_hub = Catalogue::builtin().models().iter().find(|known| {
                    known.repository == *repository && known.file == *file && revision == "main"
                });
                if let Some(known) = of_hub {
                    return of_catalogue(known, hub);
                }
                Ok(Target {
                    origin: Origin::Web { url },
                    file_name,
                    sha256: None,
                    bytes: None,
                })
            }
            Self::File(path) => {
                let path = expand_home(path);
                if !path.is_file() {
                    return Err(SourceError::NoFile { path });
                }
                let shown = path.display().to_string();
                let last = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                let file_name = file_name_of(&last.unwrap_or_default(), &shown)?;
                Ok(Target {
                    origin: Origin::File { path },
                    file_name,
                    sha256: None,
                    bytes: None,
                })
            }
        }
    }
}

fn of_catalogue(known: &CatalogueModel, hub: &str) -> Result<Target, SourceError> {
    Ok(Target {
        origin: Origin::Web {
            url: hub_url(hub, &known.repository, &known.revision, &known.file)?,
        },
        file_name: known.file.clone(),
        sha256: known.sha256.clone(),
        bytes: Some(known.bytes),
    })
}

fn hub_url(hub: &str, repository: &str, revision: &str, file: &str) -> Result<Url, SourceError> {
    let hub = hub.trim_end_matches('/');
    check_address(&format!("{hub}/{repository}/resolve/{revision}/{file}"))
}

fn check_address(text: &str) -> Result<Url, SourceError> {
    let wrong = |reason| SourceError::Address {
        text: text.to_owned(),
        reason,
    };
    let url = Url::parse(text).map_err(|_| wrong("it is malformed"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it has a name or password in it"));
    }
    if is_safe(&url) {
        Ok(url)
    } else {
        Err(wrong("only https is safe"))
    }
}

/// Whether bytes from this address cannot be changed on their way: https, or this very machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_this_machine(url),
        _ => false,
    }
}

/// Whether the address is one of this very machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// A file name that is safe on every system.
fn file_name_of(last: &str, shown: &str) -> Result<String, SourceError> {
    let last = last.replace("%20", " ");
    let name: String = last
        .chars()
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | '+' => letter,
            _ => '-',
        })
        .collect();
    let name = name.trim_start_matches(['.', '-']).to_owned();
    let is_model = name.to_lowercase().ends_with(".gguf") && name.len() > ".gguf".len();
    if is_model && name.len() <= FILE_NAME_BYTES_MAX {
        Ok(name)
    } else {
        Err(SourceError::FileName {
            text: shown.to_owned(),
        })
    }
}

fn expand_home(path: &Path) -> PathBuf {
    let Ok(rest) = path.strip_prefix("~") else {
        return path.to_path_buf();
    };
    match std::env::home_dir() {
        Some(home) => home.join(rest),
        None => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests;
