//! The browser UI's files, out of memory, and the few plain pages that stand without them.

use std::fmt::Write as _;
use std::sync::{LazyLock, OnceLock};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// What a page of ours may do: load and run our own files, talk to us, and be shown in no frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'self'";

/// A file of the browser UI.
pub(crate) struct UiFile {
    name: &'static str,
    bytes: &'static [u8],
    tag: OnceLock<String>,
}

impl UiFile {
    fn new(name: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            name,
            bytes,
            tag: OnceLock::new(),
        }
    }

    /// The entity tag: the beginning of the content's SHA-256, computed when first asked for.
    fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let mut tag = String::from("\"");
            for byte in &Sha256::digest(self.bytes)[..16] {
                let _ = write!(tag, "{byte:02x}");
            }
            tag.push('"');
            tag
        })
    }
}

/// What `build.rs` found: names and contents.
static BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));

static UI_FILES: LazyLock<Vec<UiFile>> = LazyLock::new(|| {
    BUILT_IN
        .iter()
        .map(|(name, bytes)| UiFile::new(name, bytes))
        .collect()
});

/// The file of the UI at a path. A path without a file that a browser opens as a page is a place
/// inside the UI, and gets its first page.
pub(crate) fn ui_file(path: &str, page: bool) -> Option<&'static UiFile> {
    let name = path.strip_prefix('/').unwrap_or(path);
    let find = |name: &str| UI_FILES.iter().find(|file| file.name == name);
    if name.is_empty() {
        return find("index.html");
    }
    find(name).or_else(|| {
        let place = page && !name.contains('.');
        place.then(|| find("index.html")).flatten()
    })
}

/// A file of the UI as a response, or 304 when the browser has it.
pub(crate) fn show(file: &UiFile, request: &HeaderMap) -> Response {
    let known = request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == file.tag());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.bytes).into_response()
    };
    let headers = response.headers_mut();
    if !known {
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(content_type(file.name)),
        );
    }
    // Asking again costs nothing on this machine, and no page ever runs with files of another version.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(file.tag()) {
        headers.insert(ETAG, tag);
    }
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A plain page with a title, what happened, and what to do.
pub(crate) fn plain(status: StatusCode, title: &str, what: &str, advice: &str) -> Response {
    let (title, what, advice) = (escaped(title), escaped(what), escaped(advice));
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n\
         <body><main><h1>{title}</h1><p>{what}</p><p>{advice}</p></main></body>\n</html>\n"
    );
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let store = HeaderValue::from_static("no-store");
    (status, [(CONTENT_TYPE, html), (CACHE_CONTROL, store)], page).into_response()
}

/// A page of ours that is whole.
pub(crate) fn html(page: &'static str) -> Response {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    ([(CONTENT_TYPE, html)], page).into_response()
}

/// The page in place of a UI that was not built.
pub(crate) fn not_built() -> Response {
    plain(
        StatusCode::OK,
        "HAI-Net",
        "The browser UI is not built in: run cargo xtask run",
        "The API under /v1 and the program hai-net work without it.",
    )
}

pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Whether a person's browser wants a page here.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(axum::http::header::ACCEPT);
    accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Puts on every response what keeps other pages and guessing browsers away from it.
pub(crate) fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_that_the_browser_has_is_not_sent_again() {
        let file = UiFile::new("app.js", b"let a = 1;");
        let first = show(&file, &HeaderMap::new());
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(
            first.headers()[CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        let tag = first.headers()[ETAG].clone();
        for line in [
            tag.clone(),
            format!("W/{}", file.tag()).parse().expect("a header"),
        ] {
            let known = HeaderMap::from_iter([(IF_NONE_MATCH, line)]);
            assert_eq!(show(&file, &known).status(), StatusCode::NOT_MODIFIED);
        }
    }

    #[test]
    fn plain_page_shows_markup_as_text() {
        assert_eq!(
            escaped("<img src=\"x\"> & co"),
            "&lt;img src=&quot;x&quot;&gt; &amp; co"
        );
    }

    #[test]
    fn path_cannot_leave_the_list_of_files() {
        for path in [
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "//etc/passwd",
            "/ui_files.rs",
        ] {
            assert!(ui_file(path, false).is_none(), "{path}");
            // As a page it is at most a place inside the UI.
            let shown = ui_file(path, true).map(|file| file.name);
            assert!(
                matches!(shown, None | Some("index.html")),
                "{path} shows {shown:?}"
            );
        }
    }
}
