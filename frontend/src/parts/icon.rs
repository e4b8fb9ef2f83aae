//! The outline icons, 24 by 24, drawn by Lucide (ISC licence, see `assets/licences/lucide.txt`).

use leptos::prelude::*;

/// Which icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Message,
    Feed,
    Logs,
    Settings,
    Send,
    Stop,
    Plus,
    Search,
    Pencil,
    Trash,
    Copy,
    Check,
    Left,
    Right,
    Close,
    Menu,
    Again,
    Download,
    Pause,
    Play,
    Key,
    Chip,
    Shield,
    Share,
    Laptop,
    Down,
    Warning,
    Problem,
    Info,
    Keyboard,
    Good,
    Palette,
    Data,
    Model,
    Reset,
    Eye,
    EyeOff,
    Lock,
    Person,
    Clip,
}

impl Icon {
    /// The drawing, as it stands in the source of Lucide: constant text of this program.
    #[expect(clippy::too_many_lines, reason = "a table of drawings")]
    fn shapes(self) -> &'static str {
        match self {
            Self::Message => concat!(
                r#"<path d="M2.992 16.342a2 2 0 0 1 .094 1.167l-1.065 3.29a1 1 0 0 0 1.236 1.16"#,
                r#"8l3.413-.998a2 2 0 0 1 1.099.092 10 10 0 1 0-4.777-4.719"/>"#,
            ),
            Self::Feed => concat!(
                r#"<path d="M15 18h-5"/><path d="M18 14h-8"/><path d="M4 22h16a2 2 0 0 0 2-2V4a"#,
                r#"2 2 0 0 0-2-2H8a2 2 0 0 0-2 2v16a2 2 0 0 1-4 0v-9a2 2 0 0 1 2-2h2"/><rect wi"#,
                r#"dth="8" height="4" x="10" y="6" rx="1"/>"#,
            ),
            Self::Logs => concat!(
                r#"<path d="M15 12h-5"/><path d="M15 8h-5"/><path d="M19 17V5a2 2 0 0 0-2-2H4"/"#,
                r#"><path d="M8 21h12a2 2 0 0 0 2-2v-1a1 1 0 0 0-1-1H11a1 1 0 0 0-1 1v1a2 2 0 1"#,
                r#" 1-4 0V5a2 2 0 1 0-4 0v2a1 1 0 0 0 1 1h3"/>"#,
            ),
            Self::Settings => concat!(
                r#"<path d="M9.671 4.136a2.34 2.34 0 0 1 4.659 0 2.34 2.34 0 0 0 3.319 1.915 2."#,
                r#"34 2.34 0 0 1 2.33 4.033 2.34 2.34 0 0 0 0 3.831 2.34 2.34 0 0 1-2.33 4.033 "#,
                r#"2.34 2.34 0 0 0-3.319 1.915 2.34 2.34 0 0 1-4.659 0 2.34 2.34 0 0 0-3.32-1.9"#,
                r#"15 2.34 2.34 0 0 1-2.33-4.033 2.34 2.34 0 0 0 0-3.831A2.34 2.34 0 0 1 6.35 6"#,
                r#".051a2.34 2.34 0 0 0 3.319-1.915"/><circle cx="12" cy="12" r="3"/>"#,
            ),
            Self::Send => r#"<path d="m5 12 7-7 7 7"/><path d="M12 19V5"/>"#,
            Self::Stop => r#"<rect width="18" height="18" x="3" y="3" rx="2"/>"#,
            Self::Plus => r#"<path d="M5 12h14"/><path d="M12 5v14"/>"#,
            Self::Search => r#"<path d="m21 21-4.34-4.34"/><circle cx="11" cy="11" r="8"/>"#,
            Self::Pencil => concat!(
                r#"<path d="M21.174 6.812a1 1 0 0 0-3.986-3.987L3.842 16.174a2 2 0 0 0-.5.83l-1"#,
                r#".321 4.352a.5.5 0 0 0 .623.622l4.353-1.32a2 2 0 0 0 .83-.497z"/><path d="m15"#,
                r#" 5 4 4"/>"#,
            ),
            Self::Trash => concat!(
                r#"<path d="M10 11v6"/><path d="M14 11v6"/><path d="M19 6v14a2 2 0 0 1-2 2H7a2 "#,
                r#"2 0 0 1-2-2V6"/><path d="M3 6h18"/><path d="M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1"#,
                r#" 2 2v2"/>"#,
            ),
            Self::Copy => concat!(
                r#"<rect width="14" height="14" x="8" y="8" rx="2" ry="2"/><path d="M4 16c-1.1 "#,
                r#"0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2"/>"#,
            ),
            Self::Check => r#"<path d="M20 6 9 17l-5-5"/>"#,
            Self::Left => r#"<path d="m15 18-6-6 6-6"/>"#,
            Self::Right => r#"<path d="m9 18 6-6-6-6"/>"#,
            Self::Close => r#"<path d="M18 6 6 18"/><path d="m6 6 12 12"/>"#,
            Self::Menu => r#"<path d="M4 5h16"/><path d="M4 12h16"/><path d="M4 19h16"/>"#,
            Self::Again => concat!(
                r#"<path d="M3 12a9 9 0 0 1 9-9 9.75 9.75 0 0 1 6.74 2.74L21 8"/><path d="M21 3"#,
                r#"v5h-5"/><path d="M21 12a9 9 0 0 1-9 9 9.75 9.75 0 0 1-6.74-2.74L3 16"/><path"#,
                r#" d="M8 16H3v5"/>"#,
            ),
            Self::Download => concat!(
                r#"<path d="M12 15V3"/><path d="M21 15v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4"/><pa"#,
                r#"th d="m7 10 5 5 5-5"/>"#,
            ),
            Self::Pause => concat!(
                r#"<rect x="14" y="3" width="5" height="18" rx="1"/><rect x="5" y="3" width="5""#,
                r#" height="18" rx="1"/>"#,
            ),
            Self::Play => concat!(
                r#"<path d="M5 5a2 2 0 0 1 3.008-1.728l11.997 6.998a2 2 0 0 1 .003 3.458l-12 7A"#,
                r#"2 2 0 0 1 5 19z"/>"#,
            ),
            Self::Key => concat!(
                r#"<path d="M2.586 17.414A2 2 0 0 0 2 18.828V21a1 1 0 0 0 1 1h3a1 1 0 0 0 1-1v-"#,
                r#"1a1 1 0 0 1 1-1h1a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h.172a2 2 0 0 0 1.414-.586l."#,
                r#"814-.814a6.5 6.5 0 1 0-4-4z"/><circle cx="16.5" cy="7.5" r=".5" fill="curren"#,
                r#"tColor"/>"#,
            ),
            Self::Chip => concat!(
                r#"<path d="M12 20v2"/><path d="M12 2v2"/><path d="M17 20v2"/><path d="M17 2v2""#,
                r#"/><path d="M2 12h2"/><path d="M2 17h2"/><path d="M2 7h2"/><path d="M20 12h2""#,
                r#"/><path d="M20 17h2"/><path d="M20 7h2"/><path d="M7 20v2"/><path d="M7 2v2""#,
                r#"/><rect x="4" y="4" width="16" height="16" rx="2"/><rect x="8" y="8" width=""#,
                r#"8" height="8" rx="1"/>"#,
            ),
            Self::Shield => concat!(
                r#"<path d="M20 13c0 5-3.5 7.5-7.66 8.95a1 1 0 0 1-.67-.01C7.5 20.5 4 18 4 13V6"#,
                r#"a1 1 0 0 1 1-1c2 0 4.5-1.2 6.24-2.72a1.17 1.17 0 0 1 1.52 0C14.51 3.81 17 5 "#,
                r#"19 5a1 1 0 0 1 1 1z"/><path d="m9 12 2 2 4-4"/>"#,
            ),
            Self::Share => concat!(
                r#"<circle cx="18" cy="5" r="3"/><circle cx="6" cy="12" r="3"/><circle cx="18" "#,
                r#"cy="19" r="3"/><line x1="8.59" x2="15.42" y1="13.51" y2="17.49"/><line x1="1"#,
                r#"5.41" x2="8.59" y1="6.51" y2="10.49"/>"#,
            ),
            Self::Laptop => concat!(
                r#"<path d="M18 5a2 2 0 0 1 2 2v8.526a2 2 0 0 0 .212.897l1.068 2.127a1 1 0 0 1-"#,
                r#".9 1.45H3.62a1 1 0 0 1-.9-1.45l1.068-2.127A2 2 0 0 0 4 15.526V7a2 2 0 0 1 2-"#,
                r#"2z"/><path d="M20.054 15.987H3.946"/>"#,
            ),
            Self::Down => r#"<path d="M12 5v14"/><path d="m19 12-7 7-7-7"/>"#,
            Self::Warning => concat!(
                r#"<path d="m21.73 18-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1"#,
                r#".73-3"/><path d="M12 9v4"/><path d="M12 17h.01"/>"#,
            ),
            Self::Problem => concat!(
                r#"<circle cx="12" cy="12" r="10"/><line x1="12" x2="12" y1="8" y2="12"/><line "#,
                r#"x1="12" x2="12.01" y1="16" y2="16"/>"#,
            ),
            Self::Info => {
                "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M12 16v-4\"/><path d=\"M12 8h.01\"/>"
            }
            Self::Keyboard => concat!(
                r#"<path d="M10 8h.01"/><path d="M12 12h.01"/><path d="M14 8h.01"/><path d="M16"#,
                r#" 12h.01"/><path d="M18 8h.01"/><path d="M6 8h.01"/><path d="M7 16h10"/><path"#,
                r#" d="M8 12h.01"/><rect width="20" height="16" x="2" y="4" rx="2"/>"#,
            ),
            Self::Good => r#"<circle cx="12" cy="12" r="10"/><path d="m16 9-5.5 5.5L8 12"/>"#,
            Self::Palette => concat!(
                r#"<path d="M12 22a1 1 0 0 1 0-20 10 9 0 0 1 10 9 5 5 0 0 1-5 5h-2.25a1.75 1.75"#,
                r#" 0 0 0-1.4 2.8l.3.4a1.75 1.75 0 0 1-1.4 2.8z"/><circle cx="13.5" cy="6.5" r="#,
                r#"".5" fill="currentColor"/><circle cx="17.5" cy="10.5" r=".5" fill="currentCo"#,
                r#"lor"/><circle cx="6.5" cy="12.5" r=".5" fill="currentColor"/><circle cx="8.5"#,
                r#"" cy="7.5" r=".5" fill="currentColor"/>"#,
            ),
            Self::Data => concat!(
                r#"<ellipse cx="12" cy="5" rx="9" ry="3"/><path d="M3 5V19A9 3 0 0 0 21 19V5"/>"#,
                r#"<path d="M3 12A9 3 0 0 0 21 12"/>"#,
            ),
            Self::Model => concat!(
                r#"<path d="M21 8a2 2 0 0 0-1-1.73l-7-4a2 2 0 0 0-2 0l-7 4A2 2 0 0 0 3 8v8a2 2 "#,
                r#"0 0 0 1 1.73l7 4a2 2 0 0 0 2 0l7-4A2 2 0 0 0 21 16Z"/><path d="m3.3 7 8.7 5 "#,
                r#"8.7-5"/><path d="M12 22V12"/>"#,
            ),
            Self::Eye => concat!(
                r#"<path d="M2.062 12.348a1 1 0 0 1 0-.696 10.75 10.75 0 0 1 19.876 0 1 1 0 0 1 "#,
                r#"0 .696 10.75 10.75 0 0 1-19.876 0"/><circle cx="12" cy="12" r="3"/>"#,
            ),
            Self::EyeOff => concat!(
                r#"<path d="M10.733 5.076a10.744 10.744 0 0 1 11.205 6.575 1 1 0 0 1 0 .696 10.7"#,
                r#"47 10.747 0 0 1-1.444 2.49"/><path d="M14.084 14.158a3 3 0 0 1-4.242-4.242"/>"#,
                r#"<path d="M17.479 17.499a10.75 10.75 0 0 1-15.417-5.151 1 1 0 0 1 0-.696 10.75"#,
                r#" 10.75 0 0 1 4.446-5.143"/><path d="m2 2 20 20"/>"#,
            ),
            Self::Lock => concat!(
                r#"<rect width="18" height="11" x="3" y="11" rx="2" ry="2"/><path d="M7 11V7a5 5"#,
                r#" 0 0 1 10 0v4"/>"#,
            ),
            Self::Person => concat!(
                r#"<path d="M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2"/><circle cx="12" cy="7" r"#,
                r#"="4"/>"#,
            ),
            Self::Clip => concat!(
                r#"<path d="m16 6-8.414 8.586a2 2 0 0 0 2.829 2.829l8.414-8.586a4 4 0 1 0-5.657"#,
                r#"-5.657l-8.379 8.551a6 6 0 1 0 8.485 8.485l8.379-8.551"/>"#,
            ),
            Self::Reset => concat!(
                r#"<path d="M3 12a9 9 0 1 0 9-9 9.75 9.75 0 0 0-6.74 2.74L3 8"/><path d="M3 3v5"#,
                r#"h5"/>"#,
            ),
        }
    }
}

/// An icon beside words or in a button that has a name: hidden from screen readers.
pub(crate) fn icon(which: Icon) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.75"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            focusable="false"
            inner_html=which.shapes()
        ></svg>
    }
}
