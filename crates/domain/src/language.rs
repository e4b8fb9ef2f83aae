//! The languages that a person is spoken to in.

/// A language of the front ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

impl Language {
    /// Both, English first.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The name by which it travels, such as `de`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language of this name; English where it is none of these.
    #[must_use]
    pub fn of(code: &str) -> Self {
        match code {
            "de" => Self::German,
            _ => Self::English,
        }
    }
}
