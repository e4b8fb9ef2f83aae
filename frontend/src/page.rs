//! Small services of the page that everything uses: clipboard, files, focus, theme.

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, Document, HtmlAnchorElement, HtmlDocument, HtmlElement,
    HtmlTextAreaElement, Url, Window,
};

/// The window of the page.
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

/// The document of the page.
pub(crate) fn document() -> Option<Document> {
    window()?.document()
}

/// Puts text on the clipboard. Whether that was allowed.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(window) = window() else { return false };
    let clipboard = window.navigator().clipboard();
    // An address that is not secure has no clipboard of this kind.
    let is_there = !JsValue::from(clipboard.clone()).is_undefined();
    if is_there && JsFuture::from(clipboard.write_text(text)).await.is_ok() {
        return true;
    }
    copy_by_selecting(text).unwrap_or(false)
}

/// The older way: select a text in the page and have the browser copy the selection.
fn copy_by_selecting(text: &str) -> Option<bool> {
    let document: HtmlDocument = document()?.dyn_into().ok()?;
    let before = document.active_element();
    // In an open dialog all else is unreachable, and cannot be selected.
    let place = match document.query_selector("dialog[open]").ok()? {
        Some(dialog) => dialog,
        None => document.body()?.unchecked_into(),
    };
    let area: HtmlTextAreaElement = document.create_element("textarea").ok()?.unchecked_into();
    area.set_value(text);
    area.set_class_name("hidden");
    place.append_child(&area).ok()?;
    area.select();
    let copied = document.exec_command("copy").ok();
    area.remove();
    if let Some(before) = before.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        let _ = before.focus();
    }
    copied
}

/// Offers text as a file to save.
pub(crate) fn save_file(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    let document = document().ok_or_else(|| JsValue::from_str("no document"))?;
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser reads the file later; a minute is long enough even for a question to the person.
    leptos::prelude::set_timeout(
        move || {
            let _ = Url::revoke_object_url(&address);
        },
        std::time::Duration::from_secs(60),
    );
    Ok(())
}

/// Moves the focus to the first element that this selector finds.
pub(crate) fn focus(selector: &str) -> bool {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    element.focus().is_ok()
}

/// Moves the focus to a heading, and shows what scrolls around it from its beginning.
pub(crate) fn begin_at(scroller: &str, heading: &str) {
    focus(heading);
    let found = document().and_then(|document| document.query_selector(scroller).ok().flatten());
    if let Some(scroller) = found {
        scroller.set_scroll_top(0);
    }
}

/// Runs something after the page was drawn anew.
pub(crate) fn after_drawing(then: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(then);
}

/// The languages that the browser prefers.
pub(crate) fn preferred_language() -> String {
    window()
        .and_then(|window| window.navigator().language())
        .unwrap_or_default()
}

/// Sets how the page looks, now and before the next start has read the settings.
pub(crate) fn set_theme(theme: &str) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        let _ = match theme {
            "light" | "dark" | "contrast" => root.set_attribute("data-theme", theme),
            _ => root.remove_attribute("data-theme"),
        };
    }
    remember("hai-net.theme", theme);
}

/// Names the language of the page for screen readers and hyphenation.
pub(crate) fn set_language(tag: &str) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute("lang", tag);
    }
}

/// Remembers a small thing that is not private on this browser.
pub(crate) fn remember(name: &str, value: &str) {
    // A browser that forbids it only forgets: the setting is stored by the hub.
    if let Some(storage) = window().and_then(|window| window.local_storage().ok().flatten()) {
        let _ = storage.set_item(name, value);
    }
}

/// What was remembered.
pub(crate) fn recall(name: &str) -> Option<String> {
    window()?.local_storage().ok()??.get_item(name).ok()?
}

/// Whether the list of conversations is a sheet over the page. The same width stands in the style
/// sheets.
pub(crate) fn is_narrow() -> bool {
    let found = window().and_then(|window| window.match_media("(max-width: 899px)").ok().flatten());
    found.is_some_and(|query| query.matches())
}

/// Whether files are being dragged, not words of the page.
pub(crate) fn drags_files(event: &web_sys::DragEvent) -> bool {
    event
        .data_transfer()
        .is_some_and(|it| it.types().includes(&"Files".into(), 0))
}

/// A piece of what scrolls that is to stay where it is on the screen while the page around it changes.
pub(crate) struct Kept {
    scroller: HtmlElement,
    piece: web_sys::Element,
    top: f64,
}

impl Kept {
    /// The last piece that this selector finds.
    pub(crate) fn last(scroller: &HtmlElement, selector: &str) -> Option<Self> {
        let found = scroller.query_selector_all(selector).ok()?;
        let last = found.item(found.length().checked_sub(1)?)?;
        let piece: web_sys::Element = last.dyn_into().ok()?;
        Some(Self {
            scroller: scroller.clone(),
            top: piece.get_bounding_client_rect().top(),
            piece,
        })
    }

    /// Scrolls so that it stands where it was. One that is gone moves nothing.
    pub(crate) fn put_back(self) {
        if !self.piece.is_connected() {
            return;
        }
        let moved = self.piece.get_bounding_client_rect().top() - self.top;
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a page")]
        let moved = moved.round() as i32;
        if moved != 0 {
            self.scroller
                .set_scroll_top(self.scroller.scroll_top() + moved);
        }
    }
}
