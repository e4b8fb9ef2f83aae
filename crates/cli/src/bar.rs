//! How far something is that takes long, on standard error where a person sees it.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::Scene;

/// A bar that is not drawn before it knows something, and not at all for programs.
pub(crate) fn new(scene: &Scene) -> ProgressBar {
    let watched = std::io::stderr().is_terminal() && !scene.screen.is_json();
    let target = if watched {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    ProgressBar::with_draw_target(None, target)
}

/// The look of a bar of bytes.
pub(crate) fn style(total_known: bool) -> ProgressStyle {
    let template = if total_known {
        "{bar:30} {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}  {msg}  {eta} left"
    } else {
        "{spinner} {decimal_bytes}  {msg}"
    };
    // The templates are ours; the plain bar stands in should one be wrong.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
