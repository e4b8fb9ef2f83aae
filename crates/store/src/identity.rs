//! What an owner has signed (certificates, revocations, changes of the key), and small facts.
//!
//! The store keeps the bytes as they were signed and does not judge them: the vault does.

use base::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::Store;
use crate::columns::{count, millis, time};
use crate::error::StoreError;

/// The certificate of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRow {
    /// Names it.
    pub serial: [u8; 16],
    /// The device's public key.
    pub device_key: [u8; 32],
    /// As it was signed.
    pub bytes: Vec<u8>,
    /// When it came here.
    pub added: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// The signed revocation.
    pub revocation: Option<Vec<u8>>,
}

/// A change of the owner's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationRow {
    /// Its place in the order in which they came; a number is never used again.
    pub seq: u64,
    /// As it was signed.
    pub bytes: Vec<u8>,
    /// When it came here.
    pub added: Timestamp,
}

/// A small fact, such as when the last backup was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What more there is to say.
    pub note: String,
}

impl Store {
    /// Adds the certificate of a device.
    ///
    /// # Errors
    ///
    /// [`StoreError::AlreadyThere`] when one with this serial is there; else as every writing.
    pub async fn add_certificate(&self, row: CertificateRow) -> Result<(), StoreError> {
        self.write("saving a certificate", move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO certificates
                         (serial, device_key, bytes, added, revoked, revocation)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    row.serial,
                    row.device_key,
                    row.bytes,
                    millis(row.added),
                    row.revoked.map(millis),
                    row.revocation,
                ])?;
            Ok(())
        })
        .await
    }

    /// All certificates, also revoked ones, the oldest first.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn certificates(&self) -> Result<Vec<CertificateRow>, StoreError> {
        self.read("reading the certificates", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM certificates ORDER BY added, serial")?;
            let rows = statement.query_map([], |row| {
                Ok(CertificateRow {
                    serial: row.get("serial")?,
                    device_key: row.get("device_key")?,
                    bytes: row.get("bytes")?,
                    added: time(row.get("added")?),
                    revoked: row.get::<_, Option<i64>>("revoked")?.map(time),
                    revocation: row.get("revocation")?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Revokes a certificate; `false` when there is none of this serial or it was revoked before.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn revoke_certificate(
        &self,
        serial: [u8; 16],
        at: Timestamp,
        revocation: Vec<u8>,
    ) -> Result<bool, StoreError> {
        self.write("revoking a certificate", move |connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE certificates SET revoked = ?2, revocation = ?3
                     WHERE serial = ?1 AND revoked IS NULL",
                )?
                .execute(params![serial, millis(at), revocation])?;
            Ok(changed > 0)
        })
        .await
    }

    /// Keeps a change of the owner's key.
    ///
    /// # Errors
    ///
    /// [`StoreError::AlreadyThere`] when these bytes are kept already; else as every writing.
    pub async fn add_rotation(&self, bytes: Vec<u8>, added: Timestamp) -> Result<(), StoreError> {
        self.write("saving a change of the key", move |connection| {
            connection
                .prepare_cached("INSERT INTO rotations (bytes, added) VALUES (?1, ?2)")?
                .execute(params![bytes, millis(added)])?;
            Ok(())
        })
        .await
    }

    /// All changes of the owner's key, in their order.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn rotations(&self) -> Result<Vec<RotationRow>, StoreError> {
        self.read("reading the changes of the key", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM rotations ORDER BY seq")?;
            let rows = statement.query_map([], |row| {
                Ok(RotationRow {
                    seq: count(row.get("seq")?),
                    bytes: row.get("bytes")?,
                    added: time(row.get("added")?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Notes a small fact; an older one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// As every writing.
    pub async fn set_mark(
        &self,
        name: impl Into<String>,
        at: Timestamp,
        note: impl Into<String>,
    ) -> Result<(), StoreError> {
        let (name, note) = (name.into(), note.into());
        self.write("noting a fact", move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO marks (name, at, note) VALUES (?1, ?2, ?3)
                     ON CONFLICT (name) DO UPDATE SET at = ?2, note = ?3",
                )?
                .execute(params![name, millis(at), note])?;
            Ok(())
        })
        .await
    }

    /// The fact of this name; `None` when nothing was noted under it.
    ///
    /// # Errors
    ///
    /// As every reading.
    pub async fn mark(&self, name: impl Into<String>) -> Result<Option<Mark>, StoreError> {
        let name = name.into();
        self.read("reading a fact", move |connection| {
            let mark = connection
                .prepare_cached("SELECT at, note FROM marks WHERE name = ?1")?
                .query_row([name], |row| {
                    Ok(Mark {
                        at: time(row.get("at")?),
                        note: row.get("note")?,
                    })
                })
                .optional()?;
            Ok(mark)
        })
        .await
    }
}
