//! The principles that HAI-Net acts by, as data: the guardian refers to them when it refuses, agents are
//! told them, and a community that changes its own keeps those that cannot be changed.
//!
//! A principle is named by its key and version. Its hash is that of its text, so that a changed text with
//! an old version is noticed. Deciding what a principle means for one action is not done here.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Which version of the whole set this is.
///
/// It goes up when a principle comes, goes or gets a new version.
pub const VERSION: u32 = 1;

/// One principle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principle {
    /// Its name in settings, logs and votes.
    pub key: &'static str,
    /// Which version its text is.
    pub version: u32,
    /// What a person reads as its name.
    pub title: &'static str,
    /// What it says.
    pub text: &'static str,
    /// Whether neither the person's settings nor any vote may change it or take it away.
    pub is_immutable: bool,
    /// The hash that the text must have, in hex. See [`Principle::hash`].
    pub sha256: &'static str,
}

/// The principles, in the order in which they go before each other.
pub const PRINCIPLES: [Principle; 5] = [
    Principle {
        key: "privacy",
        version: 1,
        title: "Privacy first",
        text: "What a person says, keeps and is belongs to that person. Nothing private leaves the person's \
               devices unless the person has seen exactly what leaves and has said yes to it.",
        is_immutable: true,
        sha256: "37abf5a135832eba3e7c992861b3140185b3e155e9c412f1ba017350775c2a68",
    },
    Principle {
        key: "local_control",
        version: 1,
        title: "Local control",
        text: "The person decides what their AI does, which machines it runs on and when it stops. What it \
               did and why is open to the person, can be halted at any moment, and works without any company \
               or network.",
        is_immutable: true,
        sha256: "85f81a754d16952e097308e148f2068d4d20a67891ecb1a1048b2b48b39b61f0",
    },
    Principle {
        key: "human_wellbeing",
        version: 1,
        title: "Human wellbeing and rights",
        text: "HAI-Net serves the wellbeing, the dignity and the rights of people. It does not deceive them, \
               does not try to keep their attention, and helps nobody to harm, watch or demean others.",
        is_immutable: true,
        sha256: "3366ef59081b08b1fa2394ea8b8ce961c5f47ff509625562533655ed7f685e99",
    },
    Principle {
        key: "community",
        version: 1,
        title: "Community and mutual aid",
        text: "Spare capacity may be lent to others, by consent and without payment. Communities decide \
               together, every member with one voice, in a way that anyone can recount. HAI-Net brings people \
               together and does not take the place of other people.",
        is_immutable: false,
        sha256: "f4d29f99600714f5d3118a6583e0d139e10941a625fc5f61419db074e9c79dea",
    },
    Principle {
        key: "environment",
        version: 1,
        title: "Environmental responsibility",
        text: "Use what is there before anything new is bought, prefer the smallest model that does the work, \
               and rest when nothing is asked. Figures of use and savings are shown only as honest as they are \
               known.",
        is_immutable: false,
        sha256: "87486645b2057a86176a85e6072d2a167db09e4815b24cb9eeb8999aea153a44",
    },
];

impl Principle {
    /// The SHA-256 of key, version, whether it is immutable, and text, each in a line of its own, in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        let standing = if self.is_immutable {
            "immutable"
        } else {
            "amendable"
        };
        hex_of(&format!(
            "{}\n{}\n{standing}\n{}\n",
            self.key, self.version, self.text
        ))
    }
}

/// The principle of a key.
#[must_use]
pub fn principle(key: &str) -> Option<&'static Principle> {
    PRINCIPLES.iter().find(|principle| principle.key == key)
}

/// The SHA-256 of the whole set, in hex: of its version and the hashes in their order.
#[must_use]
pub fn hash() -> String {
    let hashes = PRINCIPLES.iter().map(|principle| principle.sha256);
    hex_of(&format!(
        "{VERSION}\n{}\n",
        hashes.collect::<Vec<_>>().join("\n")
    ))
}

fn hex_of(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash of version 1 of the whole set. It changes only together with [`VERSION`].
    const HASH: &str = "75a9efba3dcec2fe1b801d52218191b9b0fb7f7b1131c87247d9e02b04d17a55";

    #[test]
    fn every_principle_has_the_text_that_its_hash_was_made_of() {
        for principle in PRINCIPLES {
            assert_eq!(
                principle.hash(),
                principle.sha256,
                "the text of {:?} changed: give it a new version and hash, and the set too",
                principle.key
            );
        }
        assert_eq!(
            (VERSION, hash().as_str()),
            (1, HASH),
            "the set changed without a new version"
        );
    }

    #[test]
    fn a_changed_word_version_or_standing_has_another_hash() {
        let [privacy, ..] = PRINCIPLES;
        let changed = [
            Principle {
                text: "Nothing is private.",
                ..privacy
            },
            Principle {
                version: 2,
                ..privacy
            },
            Principle {
                is_immutable: false,
                ..privacy
            },
        ];
        for changed in changed {
            assert_ne!(changed.hash(), privacy.sha256);
        }
    }

    #[test]
    fn privacy_local_control_and_human_rights_cannot_be_changed() {
        let fixed = PRINCIPLES.iter().filter(|principle| principle.is_immutable);
        let keys: Vec<&str> = fixed.map(|principle| principle.key).collect();
        assert_eq!(keys, ["privacy", "local_control", "human_wellbeing"]);
    }

    #[test]
    fn each_principle_is_found_by_its_key_and_no_key_comes_twice() {
        for known in &PRINCIPLES {
            assert_eq!(
                principle(known.key),
                Some(known),
                "the first of its key is itself"
            );
        }
        assert_eq!(principle("profit"), None);
    }
}
