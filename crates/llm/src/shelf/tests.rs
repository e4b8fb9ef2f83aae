use super::*;

/// The smallest file that passes the header check: one entry of metadata, one tensor.
pub(crate) fn tiny_model() -> Vec<u8> {
    let mut file = b"GGUF\x03\0\0\0".to_vec();
    file.extend(1_u64.to_le_bytes());
    file.extend(1_u64.to_le_bytes());
    let text = |file: &mut Vec<u8>, text: &str| {
        file.extend((text.len() as u64).to_le_bytes());
        file.extend(text.bytes());
    };
    text(&mut file, "general.architecture");
    file.extend(8_u32.to_le_bytes());
    text(&mut file, "llama");
    text(&mut file, "token_embd.weight");
    file.extend(1_u32.to_le_bytes());
    file.extend(8_u64.to_le_bytes());
    file.extend(0_u32.to_le_bytes());
    file.extend(0_u64.to_le_bytes());
    file.resize(file.len().next_multiple_of(32) + 32, 0);
    file
}

fn shelf_with(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Shelf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let shelf = Shelf::open(folder.path()).unwrap();
    (folder, shelf)
}

fn names(shelf: &Shelf) -> Vec<String> {
    shelf
        .list()
        .unwrap()
        .into_iter()
        .map(|model| model.name)
        .collect()
}

#[test]
fn starter_file_as_set_up_places_it_has_the_name_of_the_catalogue() {
    let (_folder, shelf) = shelf_with(&[("SmolLM2-135M-Instruct.Q4_1.gguf", &tiny_model())]);
    assert_eq!(names(&shelf), ["smollm2-135m-instruct"]);
    assert_eq!(shelf.find("starter").unwrap().name, "smollm2-135m-instruct");
}

#[test]
fn broken_file_is_listed_with_its_fault() {
    let (_folder, shelf) = shelf_with(&[("Page.gguf", b"<!DOCTYPE html><p>404")]);
    let model = shelf.find("page").unwrap();
    assert!(
        model.fault().unwrap().contains("web page"),
        "{:?}",
        model.condition
    );
}

#[test]
fn parts_notes_and_hidden_files_are_not_models() {
    let model = tiny_model();
    let (_folder, shelf) = shelf_with(&[
        ("a.gguf", &model),
        ("a.gguf.json", b"{}"),
        ("b.gguf.part", &model),
        (".c.gguf", &model),
        ("readme.txt", b"hello"),
    ]);
    assert_eq!(names(&shelf), ["a"]);
}

#[test]
fn unique_beginning_finds_a_model_and_a_shared_one_asks_for_more() {
    let model = tiny_model();
    let (_folder, shelf) = shelf_with(&[("alpha-one.gguf", &model), ("alpha-two.gguf", &model)]);
    assert_eq!(shelf.find("ALPHA-T").unwrap().name, "alpha-two");
    let refused = shelf.find("alpha").expect_err("two begin so");
    assert_eq!(
        refused.to_string(),
        "\"alpha\" may mean alpha-one or alpha-two: type more of the name"
    );
    assert!(matches!(shelf.find(""), Err(ShelfError::NotFound { .. })));
}

#[test]
fn two_files_never_share_a_name() {
    let model = tiny_model();
    let (_folder, shelf) = shelf_with(&[("Model.gguf", &model), ("model.GGUF", &model)]);
    assert_eq!(names(&shelf), ["model", "model-2"]);
}

#[test]
fn model_in_use_is_not_removed() {
    let (folder, shelf) = shelf_with(&[("a.gguf", &tiny_model()), ("a.gguf.json", b"{}")]);
    assert!(matches!(
        shelf.remove("a", |_| true),
        Err(ShelfError::InUse { .. })
    ));
    assert!(
        folder.path().join("a.gguf").exists(),
        "a refusal must remove nothing"
    );
    shelf.remove("a", |_| false).unwrap();
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "the note goes with the model"
    );
}

#[test]
fn changed_file_is_checked_again() {
    let (folder, shelf) = shelf_with(&[("a.gguf", &tiny_model())]);
    assert_eq!(shelf.find("a").unwrap().fault(), None);
    fs::write(folder.path().join("a.gguf"), b"GGUF").unwrap();
    assert!(
        shelf.find("a").unwrap().fault().is_some(),
        "the old answer must not be kept"
    );
}

#[test]
fn note_beside_the_file_tells_source_and_checksum() {
    let (folder, shelf) = shelf_with(&[("a.gguf", &tiny_model())]);
    let note = Note {
        source: Some("https://example.org/a.gguf".to_owned()),
        sha256: Catalogue::builtin().starter().unwrap().sha256.clone(),
        published: false,
        added_ms: Some(1_700_000_000_000),
    };
    note.write(&folder.path().join("a.gguf")).unwrap();
    let model = shelf
        .find("smollm2-135m-instruct")
        .expect("named by its checksum");
    assert_eq!(model.source, note.source);
    assert_eq!(model.added, Timestamp::from_millis(1_700_000_000_000));
    assert!(model.verified, "the catalogue publishes this sum");
}

#[test]
fn sum_that_nobody_published_verifies_nothing() {
    let (folder, shelf) = shelf_with(&[("a.gguf", &tiny_model())]);
    assert!(!shelf.find("a").unwrap().verified, "no note");
    // Both say what the sum is, and only the second one that somebody published it.
    for (published, verified) in [("", false), (r#","published":true"#, true)] {
        let sum = "0".repeat(64);
        let note = format!(r#"{{"sha256":"{sum}","added_ms":1700000000000{published}}}"#);
        fs::write(folder.path().join("a.gguf.json"), note).unwrap();
        assert_eq!(shelf.find("a").unwrap().verified, verified);
    }
}

#[test]
fn note_that_is_no_json_does_not_hide_the_model() {
    let (_folder, shelf) = shelf_with(&[("a.gguf", &tiny_model()), ("a.gguf.json", b"\xff{")]);
    assert_eq!(names(&shelf), ["a"]);
}
