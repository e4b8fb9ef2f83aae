//! Names of users in the paths of home folders.

use crate::kind::Kind;
use crate::window::{Found, Window};

const FOLDERS: &[&str] = &[
    "/home/",
    "/Users/",
    "\\Users\\",
    "\\\\Users\\\\",
    "/users/",
    ":/Users/",
    "\\users\\",
    "\\Documents and Settings\\",
    "%2Fhome%2F",
    "%2FUsers%2F",
];

/// Folders beside those of people, and names that stand for everyone's.
const NOBODY: &[&str] = &[
    "shared",
    "public",
    "default",
    "all",
    "user",
    "username",
    "you",
    "yourname",
    "your",
    "name",
    "me",
    "root",
    "ubuntu",
    "runner",
    "linuxbrew",
    "docker",
    "vagrant",
    "guest",
    "administrator",
    "admin",
    "www-data",
    "node",
    "app",
    "git",
    "me.html",
    "login",
    "lost+found",
];

/// Looks at the slash or backslash at this place.
pub(crate) fn look(window: &Window<'_>, at: usize) -> Option<Found> {
    let rest = window.text.get(at..)?;
    let folder = FOLDERS.iter().find(|folder| rest.starts_with(**folder))?;
    // A page of a web site may be called so; a path begins here, behind a drive, or behind `file://`.
    let before = window.text[..at]
        .trim_end_matches("/var")
        .trim_end_matches("/export")
        .trim_end_matches("/mnt/c");
    let rooted = !before.ends_with(|letter: char| {
        letter.is_alphanumeric() || matches!(letter, '.' | '/' | '-' | '_')
    }) || before.ends_with("file://")
        || before.ends_with(':');
    let start = at + folder.len();
    let mut end = start;
    for letter in window.text[start..].chars() {
        if !(letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '+' | '@')) {
            break;
        }
        end += letter.len_utf8();
    }
    while end > start && matches!(window.byte(end - 1), b'.' | b'-') {
        end -= 1;
    }
    let name = &window.text[start..end];
    let someone = name.chars().count() >= 2 && !NOBODY.contains(&name.to_lowercase().as_str());
    (rooted && someone).then_some(Found {
        start,
        end,
        kind: Kind::UserName,
        rule: "home_folder",
        score: 88,
    })
}
