//! Each rule with a file that breaks it.

use gguf::limits::{
    ALIGNMENT_MAX, ARRAY_ELEMENTS_MAX, KEY_BYTES_MAX, METADATA_ENTRIES_MAX, TENSORS_MAX,
    TEXT_BYTES_MAX,
};
use gguf::{GgufError, Header, TensorFault};

use crate::builder::{Builder, Tensor, Value, check_bytes};

fn fault_of(result: Result<Header, GgufError>) -> TensorFault {
    match result {
        Err(GgufError::Tensor { fault, .. }) => fault,
        other => panic!("a fault of a tensor was expected: {other:?}"),
    }
}

fn with_tensor(tensor: Tensor) -> Result<Header, GgufError> {
    let mut builder = Builder::new();
    builder.tensors = vec![tensor];
    builder.check()
}

fn with_value(key: &str, value: Value) -> Result<Header, GgufError> {
    Builder::new().value(key, value).check()
}

#[test]
fn right_file_is_summed_up() {
    let header = Builder::new().check().unwrap();
    assert_eq!(header.version, 3);
    assert_eq!(header.architecture, "llama");
    assert_eq!(header.name.as_deref(), Some("Tiny"));
    assert_eq!(header.size_label.as_deref(), Some("160"));
    assert_eq!(header.quantisation.as_deref(), Some("Q8_0"));
    assert_eq!(header.licence.as_deref(), Some("apache-2.0"));
    assert_eq!(header.parameters, 32 * 4 + 32);
    assert_eq!(header.tensors, 2);
    assert_eq!(header.context_tokens, Some(2048));
    assert_eq!(header.embedding_length, Some(32));
    assert_eq!(header.blocks, Some(2));
    assert_eq!((header.heads, header.heads_kv), (Some(4), Some(2)));
    assert_eq!(header.tokenizer.as_deref(), Some("gpt2"));
    assert!(header.has_chat_template);
}

#[test]
fn memory_of_a_conversation_is_blocks_times_heads_times_keys_and_values() {
    let header = Builder::new().check().unwrap();
    // 2 blocks × 2 heads × (8 + 8) numbers × 2 bytes.
    assert_eq!(header.context_bytes(1), 128);
    assert_eq!(
        header.context_bytes(u64::MAX),
        u64::MAX,
        "an absurd context must not overflow"
    );
    assert!(header.memory_bytes(100) > header.file_bytes + 12_800);
}

#[test]
fn largest_number_counts_where_layers_differ() {
    let mut bytes = Vec::new();
    for heads in [2_u32, 8, 4] {
        bytes.extend(heads.to_le_bytes());
    }
    let heads = Value::Array(4, 3, bytes);
    let header = with_value("llama.attention.head_count_kv", heads).unwrap();
    assert_eq!(header.heads_kv, Some(8));
}

#[test]
fn version_2_is_read_and_all_others_are_refused() {
    let mut builder = Builder::new();
    builder.version = 2;
    assert_eq!(builder.check().unwrap().version, 2);
    for version in [0, 1, 4, 0x0001_0001] {
        builder.version = version;
        let refused = builder.check();
        assert!(
            matches!(refused, Err(GgufError::Version { found }) if found == version),
            "{refused:?}"
        );
    }
}

#[test]
fn big_endian_file_is_named_as_such() {
    let mut builder = Builder::new();
    builder.version = 3_u32.swap_bytes();
    assert!(matches!(builder.check(), Err(GgufError::BigEndian)));
}

#[test]
fn files_that_people_take_for_models_are_named() {
    type IsExpected = fn(&GgufError) -> bool;
    let cases: [(&[u8], IsExpected); 9] = [
        (b"", |error| matches!(error, GgufError::Empty)),
        (b"GG", |error| matches!(error, GgufError::Magic { .. })),
        (b"<!DOCTYPE html><html>", |error| {
            matches!(error, GgufError::WebPage)
        }),
        (b"\n  <html lang=en>", |error| {
            matches!(error, GgufError::WebPage)
        }),
        (b"{\"error\":\"Repository not found\"}", |error| {
            matches!(error, GgufError::JsonText)
        }),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
            |error| matches!(error, GgufError::LfsPointer),
        ),
        (b"PK\x03\x04\x14\0", |error| {
            matches!(error, GgufError::OtherFormat { .. })
        }),
        (b"lmgg\x01\0\0\0", |error| {
            matches!(error, GgufError::OtherFormat { .. })
        }),
        (b"\x40\0\0\0\0\0\0\0{\"__metadata__\"", |error| {
            matches!(
                error,
                GgufError::OtherFormat {
                    kind: "a safetensors model"
                }
            )
        }),
    ];
    for (bytes, is_expected) in cases {
        let error = check_bytes(bytes).expect_err("it is no model");
        assert!(
            is_expected(&error),
            "{:?}: {error:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn part_of_a_split_model_is_named_with_its_number() {
    let mut builder = Builder::new();
    builder.value("split.no", Value::Raw(2, vec![1, 0]));
    builder.value("split.count", Value::Raw(2, vec![3, 0]));
    assert!(matches!(
        builder.check(),
        Err(GgufError::Split { part: 2, parts: 3 })
    ));
    builder.value("split.no", Value::Raw(2, vec![0, 0]));
    builder.value("split.count", Value::Raw(2, vec![1, 0]));
    builder.check().expect("one part is the whole");
}

#[test]
fn counts_and_lengths_beyond_any_model_are_refused() {
    let too_much = |result: Result<Header, GgufError>, bound: u64| match result {
        Err(GgufError::TooMuch { max, .. }) => assert_eq!(max, bound),
        other => panic!("{other:?}"),
    };
    let mut builder = Builder::new();
    builder.tensor_count = Some(TENSORS_MAX + 1);
    too_much(builder.check(), TENSORS_MAX);
    let mut builder = Builder::new();
    builder.metadata_count = Some(u64::MAX);
    too_much(builder.check(), METADATA_ENTRIES_MAX);
    let mut builder = Builder::new();
    builder.metadata.push((vec![b'k'; 65_536], Value::U32(0)));
    too_much(builder.check(), KEY_BYTES_MAX);
    let long = Value::Raw(8, (TEXT_BYTES_MAX + 1).to_le_bytes().to_vec());
    too_much(with_value("general.description", long), TEXT_BYTES_MAX);
    let many = Value::Array(0, ARRAY_ELEMENTS_MAX + 1, Vec::new());
    too_much(with_value("x.y", many), ARRAY_ELEMENTS_MAX);
}

#[test]
fn arrays_in_arrays_are_bounded_in_depth_and_in_sum() {
    let nested = |depth: usize| {
        let mut bytes = Vec::new();
        for _ in 1..depth {
            bytes.extend(9_u32.to_le_bytes());
            bytes.extend(1_u64.to_le_bytes());
        }
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(0_u64.to_le_bytes());
        with_value("x.y", Value::Raw(9, bytes))
    };
    nested(4).expect("four levels are allowed");
    assert!(matches!(nested(5), Err(GgufError::TooMuch { .. })));
    assert!(
        matches!(nested(100_000), Err(GgufError::TooMuch { .. })),
        "no stack overflow"
    );
    let mut wide = Vec::new();
    wide.extend(9_u32.to_le_bytes());
    wide.extend((ARRAY_ELEMENTS_MAX / 2).to_le_bytes());
    wide.extend(0_u32.to_le_bytes());
    wide.extend(ARRAY_ELEMENTS_MAX.to_le_bytes());
    assert!(matches!(
        with_value("x.y", Value::Raw(9, wide)),
        Err(GgufError::TooMuch { .. })
    ));
}

#[test]
fn unknown_value_types_are_refused_also_inside_arrays() {
    for value in [Value::Raw(13, vec![0; 8]), Value::Array(13, 1, vec![0; 8])] {
        let refused = with_value("x.y", value);
        assert!(
            matches!(refused, Err(GgufError::ValueType { found: 13, .. })),
            "{refused:?}"
        );
    }
    let long = Value::Array(13, 5000, vec![0; 5000]);
    assert!(matches!(
        with_value("x.y", long),
        Err(GgufError::ValueType { .. })
    ));
}

#[test]
fn truth_is_one_byte_of_0_or_1() {
    with_value("x.y", Value::Bool(1)).unwrap();
    assert!(matches!(
        with_value("x.y", Value::Bool(2)),
        Err(GgufError::Value { .. })
    ));
}

#[test]
fn keys_of_models_in_use_are_accepted_and_odd_ones_refused() {
    for key in [
        "a",
        "General.Name",
        "tokenizer.chat_template.tool-use",
        "k:v",
        "x_1.2",
    ] {
        with_value(key, Value::U32(0)).unwrap();
    }
    for key in ["", "with space", "line\nbreak", "nul\0", "ü"] {
        let refused = with_value(key, Value::U32(0));
        assert!(
            matches!(refused, Err(GgufError::Key { .. })),
            "{key:?}: {refused:?}"
        );
    }
}

#[test]
fn key_or_tensor_that_appears_twice_is_refused() {
    let mut builder = Builder::new();
    builder
        .metadata
        .push((b"general.name".to_vec(), Value::U32(0)));
    assert!(matches!(
        builder.check(),
        Err(GgufError::DuplicateKey { .. })
    ));
    let mut builder = Builder::new();
    builder.tensors[1].name = builder.tensors[0].name.clone();
    assert!(matches!(
        builder.check(),
        Err(GgufError::DuplicateTensor { .. })
    ));
}

#[test]
fn file_must_say_what_model_it_is_and_have_tensors() {
    assert!(matches!(
        Builder::new().remove("general.architecture").check(),
        Err(GgufError::NoArchitecture)
    ));
    assert!(matches!(
        with_value("general.architecture", Value::U32(1)),
        Err(GgufError::NoArchitecture)
    ));
    let mut builder = Builder::new();
    builder.tensors.clear();
    assert!(matches!(builder.check(), Err(GgufError::NoTensors)));
}

#[test]
fn alignment_is_a_power_of_two_in_bounds() {
    for alignment in [8_u32, 64, 4096] {
        let mut builder = Builder::new();
        builder.value("general.alignment", Value::U32(alignment));
        builder.alignment = alignment as usize;
        builder.tensors.truncate(1);
        builder.check().unwrap();
    }
    let beyond = u32::try_from(ALIGNMENT_MAX * 2).unwrap();
    for alignment in [0, 1, 4, 24, 33, beyond, u32::MAX] {
        let refused = with_value("general.alignment", Value::U32(alignment));
        assert!(
            matches!(refused, Err(GgufError::Value { .. })),
            "{alignment}: {refused:?}"
        );
    }
    let text = Value::Text("32".to_owned());
    assert!(matches!(
        with_value("general.alignment", text),
        Err(GgufError::Value { .. })
    ));
}

#[test]
fn tensor_names_are_short_text() {
    let named = |name: &[u8]| {
        let mut tensor = Tensor::new("", &[32], 0, 0);
        tensor.name = name.to_vec();
        with_tensor(tensor)
    };
    named(&[b'n'; 63]).unwrap();
    assert!(matches!(
        named(&[b'n'; 64]),
        Err(GgufError::TooMuch { max: 63, .. })
    ));
    for name in [b"".as_slice(), b"a\0b", b"\xff\xfe"] {
        assert!(
            matches!(named(name), Err(GgufError::TensorName { .. })),
            "{name:?}"
        );
    }
}

#[test]
fn shapes_that_cannot_be_are_refused() {
    let shaped = |dimensions: &[u64]| fault_of(with_tensor(Tensor::new("t", dimensions, 0, 0)));
    assert_eq!(shaped(&[]), TensorFault::Dimensions(0));
    assert_eq!(shaped(&[1; 5]), TensorFault::Dimensions(5));
    assert_eq!(shaped(&[4, 0]), TensorFault::EmptyDimension);
    assert_eq!(shaped(&[u64::MAX]), TensorFault::Overflow);
    assert_eq!(shaped(&[1 << 32, 1 << 32]), TensorFault::Overflow);
    assert_eq!(shaped(&[1 << 31, 1 << 31, 2]), TensorFault::Overflow);
    // The numbers can be counted, their bytes cannot.
    assert_eq!(shaped(&[1 << 62]), TensorFault::Overflow);
}

#[test]
fn unknown_and_withdrawn_storage_types_are_refused() {
    for kind in [4, 5, 31, 33, 36, 38, 43, u32::MAX] {
        let fault = fault_of(with_tensor(Tensor::new("t", &[256], kind, 0)));
        assert_eq!(fault, TensorFault::Type(kind));
    }
}

#[test]
fn rows_are_whole_blocks() {
    assert_eq!(
        fault_of(with_tensor(Tensor::new("t", &[33], 2, 0))),
        TensorFault::Block { row: 33, block: 32 }
    );
    assert_eq!(
        fault_of(with_tensor(Tensor::new("t", &[128, 2], 12, 0))),
        TensorFault::Block {
            row: 128,
            block: 256
        }
    );
}

#[test]
fn tensors_lie_aligned_and_within_the_file() {
    assert_eq!(
        fault_of(with_tensor(Tensor::new("t", &[8], 0, 16))),
        TensorFault::Alignment {
            offset: 16,
            alignment: 32
        }
    );
    let outside = fault_of(with_tensor(Tensor::new("t", &[8], 0, 288)));
    assert!(matches!(outside, TensorFault::Outside { .. }));
    let far = fault_of(with_tensor(Tensor::new("t", &[8], 0, u64::MAX - 31)));
    assert!(
        matches!(far, TensorFault::Outside { .. }),
        "the sum must not wrap around"
    );
}

#[test]
fn file_without_its_last_byte_is_refused() {
    let bytes = Builder::new().bytes();
    check_bytes(&bytes).unwrap();
    let fault = fault_of(check_bytes(&bytes[..bytes.len() - 1]));
    assert!(matches!(fault, TensorFault::Outside { .. }));
}

#[test]
fn tensors_on_top_of_each_other_are_refused_in_any_order() {
    let mut builder = Builder::new();
    builder.tensors[1].offset = 96;
    assert!(matches!(builder.check(), Err(GgufError::Overlap { .. })));
    builder.tensors.reverse();
    assert!(matches!(builder.check(), Err(GgufError::Overlap { .. })));
}

#[test]
fn missing_file_and_folder_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        gguf::check_file(&folder.path().join("no")),
        Err(GgufError::Read(_))
    ));
    assert!(
        gguf::check_file(folder.path()).is_err(),
        "a folder is no model"
    );
}

#[test]
fn long_texts_are_cut_in_the_summary() {
    let name = Value::Text("ä".repeat(10_000));
    let header = with_value("general.name", name).unwrap();
    assert!(header.name.unwrap().len() <= 256 + 3);
}

#[test]
fn file_that_claims_to_be_huge_costs_no_memory() {
    /// Endless zeros behind a short beginning.
    struct Endless(std::io::Cursor<Vec<u8>>);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let read = self.0.read(buffer)?;
            buffer[read..].fill(0);
            Ok(buffer.len())
        }
    }
    impl std::io::Seek for Endless {
        fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }

    let mut builder = Builder::new();
    builder.tensors.clear();
    builder.tensor_count = Some(TENSORS_MAX);
    builder.metadata_count = Some(METADATA_ENTRIES_MAX);
    let length = TEXT_BYTES_MAX.to_le_bytes().to_vec();
    builder
        .metadata
        .push((b"x.y".to_vec(), Value::Raw(8, length)));
    let before = memory_peak_kib();
    let mut reader = Endless(std::io::Cursor::new(builder.header_bytes()));
    assert!(gguf::check(&mut reader, 1 << 60).is_err());
    let grown = memory_peak_kib().saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KiB for a text that nobody keeps");
}

/// The most memory that this process ever held; 0 where the system does not tell.
fn memory_peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
