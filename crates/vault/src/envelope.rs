//! How vault and backups are encrypted: age version 1, for two recipients.
//!
//! One is the recovery key, which follows from the recovery words. The other follows from the
//! passphrase: `Argon2id(passphrase, salt, cost)` is the secret of an ordinary X25519 identity of age.
//! Both have an ordinary stanza in the header, so that the plain `age` program opens the file with
//! either identity. A further stanza, which age passes over, says what is needed to make the identity
//! of the passphrase: `-> hai-net-argon2id FORMAT VAULT SALT MEMORY PASSES LANES`. Its body is a digest
//! of the stanzas, so that a damaged header is not taken for a wrong passphrase.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{BufRead, Chain, Cursor, Read as _, Write};

use age::{DecryptError, EncryptError};
use age_core::format::{FileKey, Stanza};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::Key;
use crate::keys::{OwnerKeys, age_identity, age_secret_text};
use crate::passphrase::{Cost, DeriveError, Passphrase, derive, random};

/// The format of the vault's contents and of the stanza.
pub(crate) const FORMAT: u32 = 1;

/// The tag of our stanza.
const TAG: &str = "hai-net-argon2id";

/// The tag of an ordinary stanza of age.
const X25519: &str = "X25519";

/// How many bytes of the digest stand in our stanza. It guards against damage, not against people:
/// age's own seal does that, and needs the key.
const CHECK_BYTES: usize = 16;

/// How a file of age begins.
const START: &[u8] = b"age-encryption.org/v1\n";

/// The most bytes of a header. Ours have some 700; age adds up to 200 that mean nothing.
const HEADER_BYTES_MAX: usize = 4_096;

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
    /// A cost that is out of bounds.
    Cost(Cost),
    /// Another key opens it.
    WrongKey,
    /// It could not be read.
    Io(std::io::Error),
}

impl Lock {
    /// A lock for a passphrase. Computes for a moment.
    pub(crate) fn new(
        vault: [u8; 16],
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<Self, OpenError> {
        let salt = random();
        let secret = derive(passphrase, &salt, cost)?;
        Ok(Self {
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
        let [format, vault, salt, memory, passes, lanes] = args else {
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

impl From<DeriveError> for OpenError {
    fn from(error: DeriveError) -> Self {
        match error {
            DeriveError::Cost(cost) => Self::Cost(cost),
            DeriveError::NoMemory => Self::Io(std::io::ErrorKind::OutOfMemory.into()),
        }
    }
}

/// Both recipients and our stanza.
struct Recipients<'a> {
    lock: &'a Lock,
    recovery: age::x25519::Recipient,
}

impl age::Recipient for Recipients<'_> {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let passphrase: age::x25519::Recipient = self
            .lock
            .recipient
            .parse()
            .expect("checked when the lock was made or read");
        let (mut stanzas, labels) = passphrase.wrap_file_key(file_key)?;
        let (recovery, _) = self.recovery.wrap_file_key(file_key)?;
        stanzas.extend(recovery);
        let args = self.lock.args().to_vec();
        stanzas.push(Stanza {
            tag: TAG.to_owned(),
            body: check(&args, &stanzas).to_vec(),
            args,
        });
        Ok((stanzas, labels))
    }
}

/// A digest of what is ours in a header.
fn check(args: &[String], stanzas: &[Stanza]) -> [u8; CHECK_BYTES] {
    let mut hash = Sha256::new().chain_update(TAG);
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for arg in args {
        part(arg.as_bytes());
    }
    for stanza in stanzas.iter().filter(|stanza| stanza.tag == X25519) {
        for arg in &stanza.args {
            part(arg.as_bytes());
        }
        part(&stanza.body);
    }
    let digest = hash.finalize();
    std::array::from_fn(|place| digest[place])
}

/// Begins an envelope; what is written is encrypted for both recipients. `finish` it.
pub(crate) fn seal<W: Write>(
    lock: &Lock,
    keys: &OwnerKeys,
    out: W,
) -> std::io::Result<age::stream::StreamWriter<W>> {
    let recipients = Recipients {
        lock,
        recovery: keys.recovery().to_public(),
    };
    age::Encryptor::with_recipients(std::iter::once(&recipients as &dyn age::Recipient))
        .expect("recipients of one kind go together")
        .wrap_output(out)
}

/// What the stanzas say, when they are whole.
fn plate_of(stanzas: &[Stanza]) -> Result<Plate, OpenError> {
    let mut ours = stanzas.iter().filter(|stanza| stanza.tag == TAG);
    let (Some(stanza), None) = (ours.next(), ours.next()) else {
        return Err(OpenError::Damaged("it is no file of HAI-Net"));
    };
    // The digest comes first, in every later format too: a changed digit is not a newer program.
    if stanza.body != check(&stanza.args, stanzas) {
        return Err(OpenError::Damaged("its header was changed"));
    }
    if let Some(format) = stanza.args.first().and_then(|format| format.parse().ok())
        && format > FORMAT
    {
        return Err(OpenError::Newer(format));
    }
    Plate::from_args(&stanza.args).ok_or(OpenError::Damaged("its header is not ours"))
}

/// Looks at the stanzas and opens nothing.
struct Look(RefCell<Option<Result<Plate, OpenError>>>);

impl age::Identity for Look {
    fn unwrap_stanza(&self, _stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        None // All stanzas are needed at once.
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        *self.0.borrow_mut() = Some(plate_of(stanzas));
        None
    }
}

/// An identity that looks at the plate first and takes down why it did not open.
struct Opener<'a> {
    key: &'a Key<'a>,
    refused: RefCell<Option<OpenError>>,
    made: RefCell<Option<Zeroizing<String>>>,
}

impl Opener<'_> {
    fn try_open(&self, stanzas: &[Stanza]) -> Result<FileKey, OpenError> {
        let plate = plate_of(stanzas)?;
        let secret = match self.key {
            Key::Words(words) => OwnerKeys::derive(words.seed()).recovery_text(),
            Key::Passphrase(passphrase) => {
                age_secret_text(&*derive(passphrase, &plate.salt, plate.cost)?)
            }
        };
        let identity: age::x25519::Identity = secret.parse().expect("our own text");
        *self.made.borrow_mut() = Some(secret);
        match age::Identity::unwrap_stanzas(&identity, stanzas) {
            Some(Ok(key)) => Ok(key),
            Some(Err(_)) | None => Err(OpenError::WrongKey),
        }
    }
}

impl age::Identity for Opener<'_> {
    fn unwrap_stanza(&self, _stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        None // All stanzas are needed at once.
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        let opened = self.try_open(stanzas);
        Some(opened.map_err(|why| {
            *self.refused.borrow_mut() = Some(why);
            DecryptError::NoMatchingKeys
        }))
    }
}

/// What is read again: the header, and what follows it.
type Again<R> = Chain<Cursor<Vec<u8>>, R>;

/// An envelope that was opened.
pub(crate) struct Opened<R> {
    /// The identity that opened it, as the `age` program takes it.
    pub(crate) secret: Zeroizing<String>,
    /// What is in it.
    pub(crate) inside: age::stream::StreamReader<Again<R>>,
}

/// Opens an envelope.
pub(crate) fn open<R: BufRead>(from: R, key: &Key<'_>) -> Result<Opened<R>, OpenError> {
    let decryptor = begin(from)?;
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
    let secret = opener.made.take().expect("what opens was made before");
    Ok(Opened { secret, inside })
}

/// What the header says, without a key; age's own seal is looked at when it is opened.
pub(crate) fn plate(bytes: &[u8]) -> Result<Plate, OpenError> {
    let look = Look(None.into());
    let outcome = begin(bytes)?.decrypt(std::iter::once(&look as &dyn age::Identity));
    look.0
        .take()
        .unwrap_or_else(|| Err(outcome.err().map_or(OpenError::WrongKey, header_error)))
}

/// Reads the header, of which there must be an end in time: age would go on reading for ever.
fn begin<R: BufRead>(mut from: R) -> Result<age::Decryptor<Again<R>>, OpenError> {
    let mut head = Vec::with_capacity(HEADER_BYTES_MAX);
    from.by_ref()
        .take(HEADER_BYTES_MAX as u64)
        .read_to_end(&mut head)
        .map_err(OpenError::Io)?;
    if !head.starts_with(START) {
        return Err(OpenError::Damaged("it does not begin as such files do"));
    }
    if !head.windows(5).any(|window| window == b"\n--- ") {
        return Err(OpenError::Damaged("its header is not whole"));
    }
    age::Decryptor::new_buffered(Cursor::new(head).chain(from)).map_err(header_error)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RecoveryWords;

    fn sealed(lock: &Lock) -> Vec<u8> {
        let mut bytes = Vec::new();
        let keys = OwnerKeys::derive(&[7; 32]);
        let mut inside = seal(lock, &keys, &mut bytes).expect("into memory");
        inside.write_all(b"inside").expect("into memory");
        inside.finish().expect("into memory");
        bytes
    }

    fn lock(cost: Cost) -> Lock {
        Lock {
            vault: [1; 16],
            salt: [2; 16],
            cost,
            recipient: age_identity(&[3; 32]).to_public().to_string(),
        }
    }

    fn refusal(bytes: &[u8], key: &Key<'_>) -> String {
        let refused = open(bytes, key).err().map(|error| format!("{error:?}"));
        refused.expect("it does not open")
    }

    #[test]
    fn words_open_an_envelope_and_other_words_do_not() {
        let bytes = sealed(&lock(Cost::MIN));
        let words = RecoveryWords::from_seed([7; 32]);
        let mut opened = open(&bytes[..], &Key::Words(&words)).expect("the right words");
        let mut inside = String::new();
        opened.inside.read_to_string(&mut inside).expect("whole");
        assert_eq!(inside, "inside");
        assert!(opened.secret.starts_with("AGE-SECRET-KEY-1"));
        let other = RecoveryWords::from_seed([8; 32]);
        assert_eq!(refusal(&bytes, &Key::Words(&other)), "WrongKey");
    }

    #[test]
    fn header_that_asks_for_an_absurd_cost_is_refused_before_memory_is_taken() {
        let passphrase = Passphrase::new("hidden").expect("short");
        for cost in [
            Cost {
                memory_kib: u32::MAX,
                ..Cost::MIN
            },
            Cost {
                passes: 17,
                ..Cost::MIN
            },
            Cost {
                lanes: 17,
                ..Cost::MIN
            },
            Cost {
                memory_kib: 65_535,
                ..Cost::MIN
            },
            Cost {
                passes: 2,
                ..Cost::MIN
            },
        ] {
            let bytes = sealed(&lock(cost));
            assert_eq!(plate(&bytes).expect("whole").cost, cost);
            let refused = refusal(&bytes, &Key::Passphrase(&passphrase));
            assert_eq!(refused, format!("Cost({cost:?})"));
        }
    }

    #[test]
    fn changed_header_is_told_from_a_wrong_key_and_from_a_newer_format() {
        let bytes = sealed(&lock(Cost::MIN));
        let words = RecoveryWords::from_seed([7; 32]);
        let end = bytes
            .windows(5)
            .position(|window| window == b"\n--- ")
            .expect("a header");
        for place in 0..end {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                let refused = refusal(&changed, &Key::Words(&words));
                assert!(refused.starts_with("Damaged"), "{place}/{bit}: {refused}");
            }
        }
    }

    #[test]
    fn envelope_of_a_newer_program_is_named_as_such() {
        let bytes = sealed(&lock(Cost::MIN));
        let mut stanzas = Vec::new();
        struct Take<'a>(RefCell<&'a mut Vec<Stanza>>);
        impl age::Identity for Take<'_> {
            fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
                self.0.borrow_mut().push(Stanza {
                    tag: stanza.tag.clone(),
                    args: stanza.args.clone(),
                    body: stanza.body.clone(),
                });
                None
            }
        }
        let take = Take((&mut stanzas).into());
        let read = begin(&bytes[..])
            .expect("a header")
            .decrypt(std::iter::once(&take as _));
        assert!(read.is_err(), "it only looks");
        let ours = stanzas
            .iter()
            .position(|stanza| stanza.tag == TAG)
            .expect("ours");
        stanzas[ours].args[0] = "2".to_owned();
        stanzas[ours].args.push("something-new".to_owned());
        let args = stanzas[ours].args.clone();
        stanzas[ours].body = check(&args, &stanzas).to_vec();
        assert!(matches!(plate_of(&stanzas), Err(OpenError::Newer(2))));
    }

    #[test]
    fn header_without_an_end_is_given_up() {
        let endless = [START, &b"-> X25519 abc\n".repeat(1_000_000)].concat();
        assert!(matches!(plate(&endless), Err(OpenError::Damaged(_))));
        assert!(matches!(plate(b""), Err(OpenError::Damaged(_))));
        assert!(matches!(plate(START), Err(OpenError::Damaged(_))));
    }
}
