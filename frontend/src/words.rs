//! Everything that the UI says, in one table for each language.
//!
//! A language is a value of [`Words`]; one that lacks a sentence does not compile. Sentences with
//! gaps are functions, so that each language orders and bends its words as it needs.

macro_rules! words {
    (
        #[doc = $about:literal]
        $table:ident;
        $($(#[doc = $group:literal])* $name:ident: $kind:ty,)+
    ) => {
        #[doc = $about]
        pub(crate) struct $table { $($(#[doc = $group])* pub(crate) $name: $kind,)+ }

        #[cfg(test)]
        impl $table {
            /// All sentences without gaps, with their names.
            pub(crate) fn plain(&'static self) -> Vec<(&'static str, &'static str)> {
                let mut all = Vec::new();
                $(if let Some(text) = (&self.$name as &dyn std::any::Any).downcast_ref::<&'static str>() {
                    all.push((stringify!($name), *text));
                })+
                all
            }
        }
    };
}

mod de;
mod en;
mod faults;
mod findings;
mod ratings;
mod settings;
mod tables;

pub(crate) use faults::fault_words;
pub(crate) use findings::finding_words;
pub(crate) use ratings::rating_warning;
pub(crate) use settings::{about_setting, title_of_setting};
pub(crate) use tables::Words;
pub(crate) use tables::{ActWords, KeepWords};
use tables::{OwnerWords, ServerWords, SetupWords, ShownWords, VaultWords};

/// A language that the UI speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    /// All languages.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language of a tag such as `de-AT`; English where we do not speak it.
    pub(crate) fn of_tag(tag: &str) -> Self {
        let main = tag.split(['-', '_']).next().unwrap_or_default();
        if main.eq_ignore_ascii_case("de") {
            Self::German
        } else {
            Self::English
        }
    }

    /// The tag for the page and for the browser's formats.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What it says.
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &en::WORDS,
            Self::German => &de::WORDS,
        }
    }
}

/// A sentence without gaps.
type Plain = &'static str;
/// A sentence with one word put in.
pub(crate) type With1 = fn(&str) -> String;
/// A sentence with two words put in.
pub(crate) type With2 = fn(&str, &str) -> String;
/// A sentence with three words put in.
pub(crate) type With3 = fn(&str, &str, &str) -> String;
/// A sentence with a number put in.
pub(crate) type WithCount = fn(u64) -> String;
/// A sentence with two numbers put in.
pub(crate) type WithCounts = fn(u64, u64) -> String;

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(words: &'static Words) -> Vec<(&'static str, &'static str)> {
        let mut all = words.plain();
        all.extend(words.setup.plain());
        all.extend(words.vault.plain());
        all.extend(words.owner.plain());
        all.extend(words.acts.plain());
        all.extend(words.keeps.plain());
        all.extend(words.shown.plain());
        all.extend(words.servers.plain());
        all.extend(words.usage.plain());
        all
    }

    #[test]
    fn every_sentence_is_there_in_every_language() {
        for language in Language::ALL {
            for (name, text) in plain(language.words()) {
                assert!(!text.trim().is_empty(), "{name} is empty in {language:?}");
                assert!(!text.contains('!'), "{name} cheers in {language:?}");
            }
        }
    }

    #[test]
    fn german_is_not_a_copy_of_english() {
        // Words that both languages share.
        const SAME: &[&str] = &[
            "tab_feed",
            "version",
            "feed_title",
            "licence_words",
            "system",
            "backup_path_example",
        ];
        let english = plain(Language::English.words());
        let german = plain(Language::German.words());
        let same: Vec<_> = english
            .iter()
            .zip(&german)
            .filter(|((name, one), (_, other))| {
                one == other && one.contains(' ') && !SAME.contains(name)
            })
            .map(|((name, _), _)| *name)
            .collect();
        assert!(same.is_empty(), "still English in German: {same:?}");
    }

    #[test]
    fn a_tag_with_a_country_chooses_the_language() {
        assert_eq!(Language::of_tag("de-AT"), Language::German);
        assert_eq!(Language::of_tag("DE"), Language::German);
        assert_eq!(
            Language::of_tag("fr-FR"),
            Language::English,
            "we do not speak French yet"
        );
        assert_eq!(Language::of_tag(""), Language::English);
    }
}
