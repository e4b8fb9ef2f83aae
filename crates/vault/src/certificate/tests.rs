use proptest::prelude::*;

use super::*;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn what() -> CertificateFor {
    CertificateFor {
        device_key: key(9).verifying_key().to_bytes(),
        serial: [3; 16],
        issued: NOON,
        expires: Timestamp::from_millis(NOON.as_millis() + 1_000),
        label: "Old laptop".to_owned(),
        roles: vec!["primary".to_owned()],
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(NOON.as_millis().saturating_add_signed(millis))
}

#[test]
fn certificate_reads_back_and_counts_while_its_time_lasts() {
    let certificate = Certificate::sign(&key(1), what()).expect("short");
    let read = Certificate::read(&certificate.to_bytes()).expect("our own");
    assert_eq!(read, certificate);
    let owner = Did::of(&key(1).verifying_key());
    assert_eq!(read.verify(&owner, NOON), Ok(()));
    assert_eq!(
        read.verify(&owner, at(-60_000)),
        Ok(()),
        "clocks differ a little"
    );
    assert_eq!(
        read.verify(&owner, at(-600_000)),
        Err(StatementError::NotYet)
    );
    assert_eq!(read.verify(&owner, at(1_000)), Err(StatementError::Expired));
    let other = Did::of(&key(2).verifying_key());
    assert_eq!(read.verify(&other, NOON), Err(StatementError::OtherOwner));
}

#[test]
fn certificate_with_an_endless_name_is_refused() {
    let long = CertificateFor {
        label: "x".repeat(LABEL_CHARS_MAX + 1),
        ..what()
    };
    assert_eq!(
        Certificate::sign(&key(1), long),
        Err(StatementError::TooLong)
    );
}

#[test]
fn signature_of_one_kind_does_not_pass_for_another() {
    let revocation = Revocation::sign(&key(1), [3; 16], NOON);
    let owner = Did::of(&key(1).verifying_key());
    // A rotation has the same parts in number; its signature is of another kind.
    let rotation = Rotation::sign(&key(1), &key(2), NOON).to_bytes();
    assert_eq!(
        Revocation::read(&rotation, &owner),
        Err(StatementError::Form)
    );
    let mut inner = Writer::with_room(200);
    RevocationBody {
        owner: owner.key().to_bytes(),
        serial: [3; 16],
        at_ms: NOON.as_millis(),
    }
    .write(&mut inner);
    let inner = inner.finish();
    let mut outer = Writer::with_room(400);
    outer.array(2).bytes(&inner).array(1);
    outer.bytes(&statement::sign_in(CertificateBody::KIND, &key(1), &inner));
    let forged = outer.finish();
    assert_eq!(
        Revocation::read(&forged, &owner),
        Err(StatementError::Signature)
    );
    assert_eq!(
        Revocation::read(&revocation.to_bytes(), &owner),
        Ok(revocation)
    );
}

#[test]
fn change_of_a_key_needs_both_signatures() {
    let (old, new) = (key(1), key(2));
    let rotation = Rotation::sign(&old, &new, NOON);
    assert_eq!(Rotation::read(&rotation.to_bytes()), Ok(rotation));
    let body = RotationBody {
        old: old.verifying_key().to_bytes(),
        new: new.verifying_key().to_bytes(),
        at_ms: NOON.as_millis(),
    };
    for signers in [[&old, &old], [&new, &new], [&new, &old]] {
        assert_eq!(
            Rotation::read(&statement::seal(&body, &signers)),
            Err(StatementError::Signature)
        );
    }
    let alone = statement::seal(&body, &[&old]);
    assert_eq!(Rotation::read(&alone), Err(StatementError::Form));
}

#[test]
fn other_form_of_the_same_statement_is_refused() {
    let mut bytes = Certificate::sign(&key(1), what())
        .expect("short")
        .to_bytes();
    bytes.push(0);
    assert_eq!(
        Certificate::read(&bytes),
        Err(StatementError::Form),
        "something follows"
    );
    // An array of indefinite length says the same and is another form.
    bytes.pop();
    bytes[0] = 0x9f;
    bytes.push(0xff);
    assert_eq!(Certificate::read(&bytes), Err(StatementError::Form));
}

#[test]
fn certificate_for_a_key_that_verifies_anything_is_refused() {
    let weak = CertificateFor {
        device_key: [0; 32],
        ..what()
    };
    assert_eq!(
        Certificate::sign(&key(1), weak),
        Err(StatementError::BadKey)
    );
}

#[test]
fn certificate_has_the_bytes_that_others_already_hold() {
    // SHA-256 of the whole. A change here would make every certificate out there invalid.
    use sha2::Digest as _;
    let bytes = Certificate::sign(&key(1), what())
        .expect("short")
        .to_bytes();
    let digest = sha2::Sha256::digest(&bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex,
        "0638819a125036918be35b0644f77a557c88ca94af53ad2982aacc0fbcba84f1"
    );
}

proptest! {
    #[test]
    fn changed_bit_is_always_noticed(bit in 0usize..1_000) {
        let certificate = Certificate::sign(&key(1), what()).expect("short");
        let mut bytes = certificate.to_bytes();
        let bit = bit % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let owner = Did::of(&key(1).verifying_key());
        let counts = Certificate::read(&bytes).and_then(|read| read.verify(&owner, NOON));
        prop_assert!(counts.is_err(), "bit {} was changed", bit);
    }

    #[test]
    fn garbage_is_refused_and_nothing_breaks(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Certificate::read(&bytes).is_err());
        prop_assert!(Rotation::read(&bytes).is_err());
    }
}
