//! Random damage: the check never panics, and never calls a broken file whole.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::builder::{Builder, Tensor, Value, check_bytes};

fn a_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u32>().prop_map(Value::U32),
        any::<u64>().prop_map(Value::U64),
        (0..=1_u8).prop_map(Value::Bool),
        ".{0,80}".prop_map(Value::Text),
        vec(any::<u16>(), 0..40).prop_map(|numbers| {
            let count = numbers.len() as u64;
            Value::Array(
                2,
                count,
                numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
            )
        }),
    ]
}

/// Files that keep all rules.
fn a_right_file() -> impl Strategy<Value = Builder> {
    let entries = vec(a_value(), 0..12);
    let tensors = vec(
        (
            vec(1..5_u64, 0..3),
            prop_oneof![Just(0_u32), Just(2), Just(8), Just(12)],
        ),
        1..8,
    );
    (entries, tensors, 3..9_u32).prop_map(|(entries, tensors, shift)| {
        let alignment = 1_u64 << shift;
        let mut builder = Builder::new();
        builder.value("general.alignment", Value::U32(1 << shift));
        for (index, value) in entries.into_iter().enumerate() {
            builder.value(&format!("random.key_{index}"), value);
        }
        builder.tensors.clear();
        let mut offset: u64 = 0;
        for (index, (more, kind)) in tensors.into_iter().enumerate() {
            let (row, row_bytes) = match kind {
                0 => (3, 12),
                2 => (64, 36),
                8 => (32, 34),
                _ => (256, 144),
            };
            let rows: u64 = more.iter().product();
            let dimensions: Vec<u64> = std::iter::once(row).chain(more).collect();
            builder
                .tensors
                .push(Tensor::new(&format!("t{index}"), &dimensions, kind, offset));
            offset = (offset + rows * row_bytes).next_multiple_of(alignment);
        }
        builder.alignment = usize::try_from(alignment).unwrap();
        builder.data_bytes = usize::try_from(offset).unwrap();
        builder
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn file_that_keeps_all_rules_passes(builder in a_right_file()) {
        let header = builder.check();
        prop_assert!(header.is_ok(), "{header:?}");
        prop_assert_eq!(header.unwrap().tensors, builder.tensors.len() as u64);
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..2000)) {
        prop_assert!(check_bytes(&bytes).is_err());
    }

    #[test]
    fn random_bytes_behind_a_right_beginning_never_panic(
        tensors in 0..9_u64,
        entries in 0..9_u64,
        rest in vec(prop_oneof![4 => Just(0_u8), 2 => 0..14_u8, 1 => any::<u8>()], 0..2000),
    ) {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend(tensors.to_le_bytes());
        bytes.extend(entries.to_le_bytes());
        bytes.extend(rest);
        let _ = check_bytes(&bytes);
    }

    #[test]
    fn file_cut_in_its_header_is_refused(
        builder in a_right_file(),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = builder.header_bytes();
        prop_assert!(check_bytes(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn flipped_bits_never_panic(
        builder in a_right_file(),
        flips in vec((any::<prop::sample::Index>(), 0..8_u32), 1..8),
    ) {
        let mut bytes = builder.bytes();
        let header = builder.header_bytes().len();
        for (at, bit) in flips {
            bytes[at.index(header)] ^= 1 << bit;
        }
        if let Ok(header) = check_bytes(&bytes) {
            prop_assert!(header.parameters <= 8 * bytes.len() as u64, "{header:?}");
        }
    }

    #[test]
    fn changed_eight_bytes_anywhere_never_panic(
        builder in a_right_file(),
        at in any::<prop::sample::Index>(),
        number in prop_oneof![any::<u64>(), Just(u64::MAX), Just(1 << 63), Just(i64::MAX as u64)],
    ) {
        let mut bytes = builder.bytes();
        let at = at.index(builder.header_bytes().len() - 8);
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        let _ = check_bytes(&bytes);
    }
}
