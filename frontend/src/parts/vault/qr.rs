//! A text as a QR code, drawn as one path.

use leptos::prelude::*;
use qrcode::{Color, QrCode as Code};

/// White modules around the code; less makes cameras miss it.
const MARGIN: usize = 4;

/// The code, with its name for everyone who does not see it. Nothing where the text is too long.
#[component]
pub(crate) fn QrCode(text: String, #[prop(into)] name: Signal<String>) -> impl IntoView {
    drawing(&text).map(|(side, path)| {
        view! {
            <svg
                class="qr"
                viewBox=format!("0 0 {side} {side}")
                role="img"
                aria-label=move || name.get()
                shape-rendering="crispEdges"
                data-testid="qr"
            >
                <path d=path fill="currentColor"></path>
            </svg>
        }
    })
}

/// The side of the drawing and the path of all dark modules, row by row.
fn drawing(text: &str) -> Option<(usize, String)> {
    let code = Code::new(text).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let mut path = String::new();
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let dark = row[x..].iter().take_while(|it| **it == Color::Dark).count();
            if dark == 0 {
                x += 1;
                continue;
            }
            path.push_str(&format!("M{} {}h{dark}v1h-{dark}z", x + MARGIN, y + MARGIN));
            x += dark;
        }
    }
    Some((width + 2 * MARGIN, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let text = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
        let (side, path) = drawing(text).expect("it fits");
        let code = Code::new(text).expect("it fits");
        let dark = code
            .to_colors()
            .iter()
            .filter(|it| **it == Color::Dark)
            .count();
        let runs = path.split('M').skip(1).map(|run| {
            let length = run.split(['h', 'v']).nth(1).expect("a run has a length");
            length.parse::<usize>().expect("a number")
        });
        assert_eq!(runs.sum::<usize>(), dark);
        assert_eq!(side, code.width() + 8);
    }

    #[test]
    fn a_text_that_is_too_long_is_not_drawn() {
        assert!(drawing(&"x".repeat(5_000)).is_none());
    }
}
