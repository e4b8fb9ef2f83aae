//! How vault and backups are encrypted: age version 1, for two recipients.
//!
//! One is the recovery key, which follows from the recovery words. The other follows from the
//! passphrase: `Argon2id(passphrase, salt, cost)` is the secret of an ordinary X25519 identity of age.
//! Both have an ordinary stanza in the header, so that the plain `age` program opens the file with
//! either identity. A further stanza, which age passes over, says what is needed to make the identity
//! of the passphrase: `-> hai-net-argon2id FORMAT VAULT SALT MEMORY PASSES LANES`.

use std::collections::HashSet;
use std::io::{Read, Write};

use age::{DecryptError, EncryptError};
use age_core::format::{FileKey, Stanza};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::Key;
use crate::keys::{OwnerKeys, age_identity, age_secret_text};
use crate::passphrase::{Cost, Passphrase, derive, random};

/// The format of the vault's contents and of the stanza.
pub(crate) const FORMAT: u32 = 1;

/// The tag of our stanza.
const TAG: &str = "hai-net-argon2id";

/// What is needed, beside the passphrase, to make its key. Public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(crate) vault: [u8; 16],
    salt: [u8; 16],
    cost: Cost,
    recipient: String,
}

/// What the header says, before anything is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plate {
    pub(crate) format: u32,
    pub(crate) vault: [u8; 16],
    salt: [u8; 16],
    pub(crate) cost: Cost,
}

/// Why an envelope was not opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// It is no age file of ours, or not whole.
    Damaged(&'static str),
    /// Of a newer format.
    Newer(u32),
    /// Cost out of bounds.
    Cost(Cost),
    /// Another key opens it.
    WrongKey,
    /// It could not be read.
    Io(std::io::Error),
}

impl Lock {
    /// A lock for a passphrase. Computes for a moment.
    pub(crate) fn new(vault: [u8; 16], passphrase: &Passphrase, cost: Cost) -> Option<Self> {
        let salt = random();
        let secret = derive(passphrase, &salt, cost)?;
        Some(Self {
            vault,
            salt,
            cost,
            recipient: age_identity(&secret).to_public().to_string(),
        })
    }

    /// As it is kept in the vault, so that the vault can be written without the passphrase.
    pub(crate) fn to_text(&self) -> String {
        format!("{} {}", self.args().join(" "), self.recipient)
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let (args, recipient) = text.rsplit_once(' ')?;
        let args: Vec<_> = args.split(' ').map(str::to_owned).collect();
        let plate = Plate::from_args(&args)?;
        recipient.parse::<age::x25519::Recipient>().ok()?;
        Some(Self {
            vault: plate.vault,
            salt: plate.salt,
            cost: plate.cost,
            recipient: recipient.to_owned(),
        })
    }

    fn args(&self) -> [String; 6] {
        [
            FORMAT.to_string(),
            STANDARD_NO_PAD.encode(self.vault),
            STANDARD_NO_PAD.encode(self.salt),
            self.cost.memory_kib.to_string(),
            self.cost.passes.to_string(),
            self.cost.lanes.to_string(),
        ]
    }
}

impl Plate {
    fn from_args(args: &[String]) -> Option<Self> {
        let [format, vault, salt, memory, passes, lanes, ..] = args else {
            return None;
        };
        let bytes = |text: &str| STANDARD_NO_PAD.decode(text).ok()?.try_into().ok();
        Some(Self {
            format: format.parse().ok()?,
            vault: bytes(vault)?,
            salt: bytes(salt)?,
            cost: Cost {
                memory_kib: memory.parse().ok()?,
                passes: passes.parse().ok()?,
                lanes: lanes.parse().ok()?,
            },
        })
    }
}

impl age::Recipient for Lock {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let recipient: age::x25519::Recipient = self
            .recipient
            .parse()
            .expect("checked when the lock was made or read");
        let (mut stanzas, labels) = recipient.wrap_file_key(file_key)?;
        stanzas.push(Stanza {
            tag: TAG.to_owned(),
            args: self.args().to_vec(),
            body: Vec::new(),
        });
        Ok((stanzas, labels))
    }
}

/// Begins an envelope; what is written is encrypted for both recipients. `finish` it.
pub(crate) fn seal<W: Write>(
    lock: &Lock,
    keys: &OwnerKeys,
    out: W,
) -> std::io::Result<age::stream::StreamWriter<W>> {
    let recovery = keys.recovery().to_public();
    let recipients: [&dyn age::Recipient; 2] = [lock, &recovery];
    age::Encryptor::with_recipients(recipients.into_iter())
        .expect("two recipients that go together")
        .wrap_output(out)
}

/// An identity that looks at the plate first and takes down why it did not open.
struct Opener<'a> {
    key: &'a Key<'a>,
    refused: std::cell::RefCell<Option<OpenError>>,
    made: std::cell::RefCell<Option<Zeroizing<String>>>,
}

impl age::Identity for Opener<'_> {
    fn unwrap_stanza(&self, _stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        None // All stanzas are needed at once.
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        let refuse = |why| {
            *self.refused.borrow_mut() = Some(why);
            Some(Err(DecryptError::NoMatchingKeys))
        };
        let mut plates = stanzas.iter().filter(|stanza| stanza.tag == TAG);
        let (Some(stanza), None) = (plates.next(), plates.next()) else {
            return refuse(OpenError::Damaged("it is no file of HAI-Net"));
        };
        if let Some(format) = stanza.args.first().and_then(|format| format.parse().ok())
            && format > FORMAT
        {
            return refuse(OpenError::Newer(format));
        }
        let Some(plate) = Plate::from_args(&stanza.args) else {
            return refuse(OpenError::Damaged("its header is not whole"));
        };
        let secret = match self.key {
            Key::Words(words) => {
                let text = OwnerKeys::derive(words.seed()).recovery().to_string();
                Zeroizing::new(age::secrecy::ExposeSecret::expose_secret(&text).to_owned())
            }
            Key::Passphrase(passphrase) => match derive(passphrase, &plate.salt, plate.cost) {
                Some(secret) => age_secret_text(&secret),
                None => return refuse(OpenError::Cost(plate.cost)),
            },
        };
        let identity: age::x25519::Identity = secret.parse().expect("our own text");
        *self.made.borrow_mut() = Some(secret);
        match identity.unwrap_stanzas(stanzas) {
            Some(Ok(key)) => Some(Ok(key)),
            Some(Err(_)) | None => refuse(OpenError::WrongKey),
        }
    }
}

/// An envelope that was opened: what it says, and how to read what is in it.
pub(crate) struct Opened<R> {
    /// The identity that opened it, as the `age` program takes it.
    pub(crate) secret: Zeroizing<String>,
    pub(crate) inside: age::stream::StreamReader<R>,
}

/// Opens an envelope.
pub(crate) fn open<R: Read>(from: R, key: &Key<'_>) -> Result<Opened<R>, OpenError> {
    let decryptor = age::Decryptor::new(from).map_err(header_error)?;
    let opener = Opener {
        key,
        refused: None.into(),
        made: None.into(),
    };
    let opened = decryptor.decrypt(std::iter::once(&opener as &dyn age::Identity));
    if let Some(why) = opener.refused.take() {
        return Err(why);
    }
    let inside = opened.map_err(header_error)?;
    let Some(secret) = opener.made.take() else {
        return Err(OpenError::Damaged("it is no file of HAI-Net"));
    };
    Ok(Opened {
        secret,
        inside,
    })
}

fn header_error(error: DecryptError) -> OpenError {
    match error {
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => {
            OpenError::Damaged("its header is not whole")
        }
        DecryptError::InvalidMac => OpenError::Damaged("its header was changed"),
        DecryptError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            OpenError::Damaged("it ends too early")
        }
        DecryptError::Io(error) => OpenError::Io(error),
        _ => OpenError::WrongKey,
    }
}

/// What the header says, without a key; the header's own seal is looked at when it is opened.
pub(crate) fn plate(bytes: &[u8]) -> Result<Plate, OpenError> {
    const START: &str = "age-encryption.org/v1\n";
    const HEADER_BYTES_MAX: usize = 4_096;
    let head = &bytes[..bytes.len().min(HEADER_BYTES_MAX)];
    let end = head
        .windows(5)
        .position(|window| window == b"\n--- ")
        .ok_or(OpenError::Damaged("its header is not whole"))?;
    let text = std::str::from_utf8(&head[..end])
        .map_err(|_| OpenError::Damaged("its header is not whole"))?;
    if !text.starts_with(START) {
        return Err(OpenError::Damaged("it does not begin as such files do"));
    }
    let mut found = text
        .lines()
        .filter_map(|line| line.strip_prefix("-> ")?.strip_prefix(TAG)?.strip_prefix(' '));
    let (Some(args), None) = (found.next(), found.next()) else {
        return Err(OpenError::Damaged("it is no file of HAI-Net"));
    };
    let args: Vec<_> = args.split(' ').map(str::to_owned).collect();
    if let Some(format) = args.first().and_then(|format| format.parse().ok())
        && format > FORMAT
    {
        return Err(OpenError::Newer(format));
    }
    Plate::from_args(&args).ok_or(OpenError::Damaged("its header is not whole"))
}
