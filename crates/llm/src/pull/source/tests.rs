use super::*;

fn target(text: &str) -> Target {
    text.parse::<PullSource>().unwrap().resolve_at(HUB).unwrap()
}

fn url(target: &Target) -> String {
    target.origin.to_string()
}

#[test]
fn name_of_the_catalogue_means_its_pinned_file() {
    let target = target("Qwen3-4B");
    assert_eq!(target.file_name, "Qwen3-4B-Q4_K_M.gguf");
    assert!(target.sha256.is_some());
    assert!(url(&target).starts_with("https://huggingface.co/Qwen/Qwen3-4B-GGUF/resolve/bc64"));
}

#[test]
fn hub_path_is_understood_with_and_without_its_prefix() {
    for text in [
        "hf:me/my-model/deep/File.Q8_0.gguf",
        "me/my-model/deep/File.Q8_0.gguf",
    ] {
        let target = target(text);
        let expected = "https://huggingface.co/me/my-model/resolve/main/deep/File.Q8_0.gguf";
        assert_eq!(url(&target), expected);
        assert_eq!(target.file_name, "File.Q8_0.gguf");
    }
}

#[test]
fn hub_path_of_a_recommended_file_gets_its_pin() {
    assert!(
        target("Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf")
            .sha256
            .is_some()
    );
}

#[test]
fn another_hub_may_be_named() {
    let source: PullSource = "me/m/f.gguf".parse().unwrap();
    let target = source.resolve_at("http://127.0.0.1:9/").unwrap();
    assert_eq!(url(&target), "http://127.0.0.1:9/me/m/resolve/main/f.gguf");
    assert!(
        source.resolve_at("http://mirror.example").is_err(),
        "plain http is not safe"
    );
}

#[test]
fn plain_http_is_refused_but_to_this_machine() {
    assert!(matches!(
        "http://example.org/m.gguf".parse::<PullSource>(),
        Err(SourceError::Address { .. })
    ));
    for text in [
        "http://127.0.0.1:1/m.gguf",
        "http://[::1]/m.gguf",
        "http://localhost/m.gguf",
    ] {
        assert_eq!(target(text).file_name, "m.gguf", "{text}");
    }
    for text in [
        "ftp://example.org/m.gguf",
        "https://me:pw@example.org/m.gguf",
        "https://",
    ] {
        assert!(text.parse::<PullSource>().is_err(), "{text}");
    }
}

#[test]
fn file_name_from_an_address_cannot_leave_the_folder() {
    assert_eq!(
        target("https://e.org/a/%2e%2e%2fevil%20one.gguf?x=1").file_name,
        "2e-2e-2fevil-one.gguf"
    );
    for text in [
        "https://e.org/",
        "https://e.org/model.bin",
        "https://e.org/.gguf",
    ] {
        let resolved = text
            .parse::<PullSource>()
            .and_then(|source| source.resolve_at(HUB));
        assert!(
            matches!(resolved, Err(SourceError::FileName { .. })),
            "{text}: {resolved:?}"
        );
    }
}

#[test]
fn key_in_an_address_is_not_written_down() {
    assert_eq!(
        url(&target("https://e.org/m.gguf?token=secret#x")),
        "https://e.org/m.gguf"
    );
}

#[test]
fn missing_file_and_meaningless_text_are_told_apart() {
    let missing: PullSource = "/no/such/file.gguf".parse().unwrap();
    assert!(matches!(
        missing.resolve_at(HUB),
        Err(SourceError::NoFile { .. })
    ));
    for text in ["", "no-such-model", "a/b", "a//c.gguf", "a/b/c.bin"] {
        assert!(
            matches!(text.parse::<PullSource>(), Err(SourceError::Unknown { .. })),
            "{text:?}"
        );
    }
}
