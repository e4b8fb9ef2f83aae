//! Answers about devices and keys: certificates, revocation, rotation, and the public document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::identity::{
    DeviceView, ExportIdentity, ExportedIdentity, IdentityMade, RevokeDevice, RotateIdentity,
};
use contract::{Code, Done, Fault};
use store::CertificateRow;
use vault::{Certificate, Key};

use super::super::Answer;
use super::{cards, check, passphrase};
use crate::clock::hex;
use crate::convert;
use crate::house::Hub;

impl Hub {
    /// The devices that the owner certified; `this` is the serial of the one that answers.
    pub(super) async fn devices(&self, this: [u8; 16]) -> Result<Vec<DeviceView>, Fault> {
        let rows = self.certificate_rows().await?;
        Ok(rows
            .iter()
            .filter_map(|row| {
                let certificate = Certificate::read(&row.bytes)
                    .inspect_err(|error| tracing::error!("a certificate is damaged: {error}"))
                    .ok()?;
                Some(DeviceView {
                    serial: hex(&row.serial),
                    label: certificate.label().to_owned(),
                    roles: certificate.roles().to_vec(),
                    issued: certificate.issued(),
                    expires: certificate.expires(),
                    revoked: row.revoked,
                    is_this: row.serial == this,
                })
            })
            .collect())
    }

    async fn certificate_rows(&self) -> Result<Vec<CertificateRow>, Fault> {
        let rows = self.house.store.certificates().await;
        rows.map_err(|error| convert::store_fault(&error))
    }

    /// Keeps the certificate of a device, so that it stands in the list.
    pub(crate) async fn keep_certificate(&self, certificate: &Certificate) -> Result<(), Fault> {
        let row = CertificateRow {
            serial: certificate.serial(),
            device_key: certificate.device_key(),
            bytes: certificate.to_bytes(),
            added: self.now(),
            revoked: None,
            revocation: None,
        };
        match self.house.store.add_certificate(row).await {
            // It came with a backup.
            Ok(()) | Err(store::StoreError::AlreadyThere { .. }) => Ok(()),
            Err(error) => Err(convert::store_fault(&error)),
        }
    }
}

impl Answer<RevokeDevice> for Hub {
    async fn answer_to(&self, ask: RevokeDevice) -> Result<Done, Fault> {
        let not_found = || Fault::refused(Code::NotFound, "There is no such device.");
        let rows = self.certificate_rows().await?;
        let row = rows
            .iter()
            .find(|row| hex(&row.serial).eq_ignore_ascii_case(ask.serial.trim()))
            .ok_or_else(not_found)?;
        let (serial, now) = (row.serial, self.now());
        let (own, revocation) = self
            .at_safe(move |inside| {
                let open = inside.open()?;
                let own = open.owner().certificate.serial();
                Ok::<_, Fault>((own, open.revoke(serial, now).to_bytes()))
            })
            .await??;
        if own == serial {
            return Err(
                Fault::refused(Code::NotAllowed, "This is the device that you are using.")
                    .advising("Revoke it from another device, or erase everything here."),
            );
        }
        let revoked = self
            .house
            .store
            .revoke_certificate(serial, now, revocation)
            .await;
        match revoked.map_err(|error| convert::store_fault(&error))? {
            true => {
                tracing::info!(serial = hex(&serial), "a device was revoked");
                Ok(Done {})
            }
            false => Err(not_found()),
        }
    }
}

impl Answer<RotateIdentity> for Hub {
    async fn answer_to(&self, ask: RotateIdentity) -> Result<IdentityMade, Fault> {
        let passphrase = passphrase(&ask.passphrase)?;
        let now = self.now();
        let (card, words, rotation, replaced, remarks) = self
            .at_safe(move |inside| {
                check(inside, &Key::Passphrase(&passphrase))?;
                let open = inside.open()?;
                let before = open.owner().certificate.serial();
                let rotation = open
                    .rotate(now)
                    .map_err(|error| convert::vault_fault(&error))?;
                let (card, words) = (open.owner(), cards::words(&open.words()));
                let replaced = (before, open.revoke(before, now).to_bytes());
                let in_keychain = inside.keychain_state == contract::identity::KeychainState::Used;
                let remarks: Vec<Fault> = if in_keychain {
                    inside.use_keychain(true).err().into_iter().collect()
                } else {
                    Vec::new()
                };
                Ok::<_, Fault>((card, words, rotation.to_bytes(), replaced, remarks))
            })
            .await??;
        let kept = self.house.store.add_rotation(rotation, now).await;
        kept.map_err(|error| convert::store_fault(&error))?;
        self.keep_certificate(&card.certificate).await?;
        // This device has another certificate now; the one that the old key signed ends with it.
        let (serial, revocation) = replaced;
        let revoked = self
            .house
            .store
            .revoke_certificate(serial, now, revocation)
            .await;
        revoked.map_err(|error| convert::store_fault(&error))?;
        tracing::info!("the owner's key was changed");
        self.note_on_record(store::AuditKind::Identity, "key changed")
            .await;
        Ok(IdentityMade {
            owner: cards::owner(&card),
            words,
            remarks,
        })
    }
}

impl Answer<ExportIdentity> for Hub {
    async fn answer_to(&self, _ask: ExportIdentity) -> Result<ExportedIdentity, Fault> {
        let (did, public_key, encryption_key) = self
            .at_safe(|inside| {
                let open = inside.open()?;
                let did = open.owner().did;
                Ok::<_, Fault>((did.to_string(), did.multibase(), open.encryption_key()))
            })
            .await??;
        let rows = self.certificate_rows().await?;
        let rotations = self.house.store.rotations().await;
        let rotations = rotations.map_err(|error| convert::store_fault(&error))?;
        let encoded = |bytes: &[u8]| STANDARD.encode(bytes);
        Ok(ExportedIdentity {
            did,
            public_key,
            encryption_key,
            certificates: rows.iter().map(|row| encoded(&row.bytes)).collect(),
            rotations: rotations.iter().map(|row| encoded(&row.bytes)).collect(),
            revocations: rows
                .iter()
                .filter_map(|row| row.revocation.as_deref().map(encoded))
                .collect(),
        })
    }
}
