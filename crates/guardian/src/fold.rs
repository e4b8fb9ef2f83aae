//! Letters in disguise: what a character stands for when it is written in an unusual way.
//!
//! [`plain`] undoes what changes no word: zero-width characters go, digits of all scripts become those
//! that rules read, wide and mathematical letters become ordinary ones. [`skeleton`] goes further and is
//! for comparing only: no case, no diacritics, no blanks, no look-alikes.

use unicode_normalization::char::decompose_compatible;

/// What a character is to the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    /// What it is.
    Same,
    /// Nothing: it is not seen.
    Nothing,
    /// Another, plain character.
    Is(char),
}

/// Where ten digits of a script begin.
const ZEROS: [u32; 58] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1e140, 0x1e2f0, 0x1e950,
];

/// What stands behind an unusual character.
pub(crate) fn plain(letter: char) -> Plain {
    let code = u32::from(letter);
    match code {
        0xa0 | 0x1680 | 0x2000..=0x200a | 0x202f | 0x205f | 0x3000 => Plain::Is(' '),
        0x85 | 0x2028 | 0x2029 => Plain::Is('\n'),
        0xad
        | 0x34f
        | 0x61c
        | 0x115f
        | 0x1160
        | 0x17b4
        | 0x17b5
        | 0x180b..=0x180e
        | 0x200b..=0x200f
        | 0x202a..=0x202e
        | 0x2060..=0x206f
        | 0x3164
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xffa0
        | 0xe0000..=0xe0fff => Plain::Nothing,
        0xb2 => Plain::Is('2'),
        0xb3 => Plain::Is('3'),
        0xb9 => Plain::Is('1'),
        0..0x250 => Plain::Same,
        0x2010..=0x2015 | 0x2212 | 0xfe58 | 0xfe63 => Plain::Is('-'),
        0x2024 | 0xff61 => Plain::Is('.'),
        0x2044 | 0x2215 => Plain::Is('/'),
        0x2236 | 0xa789 => Plain::Is(':'),
        0xfe6b => Plain::Is('@'),
        0x2070 | 0x2080 | 0x24ea => Plain::Is('0'),
        0x2074..=0x2079 => shifted(code - 0x2070, '0'),
        0x2081..=0x2089 => shifted(code - 0x2080, '0'),
        0x2460..=0x2468 => shifted(code - 0x245f, '0'),
        0x24b6..=0x24cf => shifted(code - 0x24b6, 'A'),
        0x24d0..=0x24e9 => shifted(code - 0x24d0, 'a'),
        0xff01..=0xff5e => shifted(code - 0xff01, '!'),
        // Thirteen alphabets of 26 large and 26 small letters, one after the other.
        0x1d400..=0x1d6a3 => match (code - 0x1d400) % 52 {
            large @ 0..26 => shifted(large, 'A'),
            small => shifted(small - 26, 'a'),
        },
        0x1d7ce..=0x1d7ff => shifted((code - 0x1d7ce) % 10, '0'),
        0x1fbf0..=0x1fbf9 => shifted(code - 0x1fbf0, '0'),
        // Signs and the letters of East Asia are frequent, and no digits are among them.
        0x1c5a..0xa620 => Plain::Same,
        _ => match ZEROS
            .iter()
            .find(|zero| (**zero..**zero + 10).contains(&code))
        {
            Some(zero) => shifted(code - zero, '0'),
            None => Plain::Same,
        },
    }
}

fn shifted(by: u32, from: char) -> Plain {
    char::from_u32(u32::from(from) + by).map_or(Plain::Same, Plain::Is)
}

/// Gives the letters and digits that remain of a character when only its word counts.
pub(crate) fn skeleton(letter: char, mut give: impl FnMut(char)) {
    if letter.is_ascii() {
        if letter.is_ascii_alphanumeric() {
            give(letter.to_ascii_lowercase());
        }
        return;
    }
    let letter = match plain(letter) {
        Plain::Same => letter,
        Plain::Nothing => return,
        Plain::Is(other) => other,
    };
    decompose_compatible(letter, |part| {
        for small in part.to_lowercase() {
            match small {
                'ß' => "ss".chars().for_each(&mut give),
                'æ' => "ae".chars().for_each(&mut give),
                'œ' => "oe".chars().for_each(&mut give),
                'þ' => "th".chars().for_each(&mut give),
                other if other.is_alphanumeric() => give(lookalike(other)),
                _ => {}
            }
        }
    });
}

/// The Latin letter that a letter is, or looks like.
fn lookalike(letter: char) -> char {
    match letter {
        'ø' | 'о' | 'ο' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ı' | 'і' | 'ι' => 'i',
        'а' | 'α' => 'a',
        'е' | 'ε' => 'e',
        'р' | 'ρ' => 'p',
        'с' | 'ς' => 'c',
        'х' | 'χ' => 'x',
        'у' | 'υ' => 'y',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'т' | 'τ' => 't',
        'н' => 'h',
        'в' | 'β' => 'b',
        'ѕ' => 's',
        'ј' => 'j',
        'ν' => 'v',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bones(text: &str) -> String {
        let mut bones = String::new();
        for letter in text.chars() {
            skeleton(letter, |bone| bones.push(bone));
        }
        bones
    }

    #[test]
    fn words_in_disguise_have_the_skeleton_of_the_word() {
        for disguise in [
            "Müller",
            "MÜLLER",
            "mu\u{308}ller",
            "M ü-l.l_e r",
            "ｍｕｌｌｅｒ",
            "𝐌𝐮𝐥𝐥𝐞𝐫",
        ] {
            assert_eq!(bones(disguise), "muller", "{disguise}");
        }
        assert_eq!(bones("Straße"), "strasse");
        assert_eq!(
            bones("рaypаl"),
            bones("paypal"),
            "Cyrillic letters that look Latin"
        );
        assert_ne!(bones("Muller"), bones("Miller"));
    }

    #[test]
    fn digits_of_every_script_are_digits() {
        for zero in ZEROS {
            let seven = char::from_u32(zero + 7).unwrap();
            assert!(seven.is_numeric(), "{zero:x} begins no digits");
            assert_eq!(plain(seven), Plain::Is('7'));
        }
        assert_eq!(plain('７'), Plain::Is('7'));
        assert_eq!(plain('𝟟'), Plain::Is('7'));
        assert_eq!(plain('⑦'), Plain::Is('7'));
    }

    #[test]
    fn ordinary_letters_stay_and_unseen_ones_go() {
        for letter in ['a', 'é', 'ß', 'я', '李', '’', '„'] {
            assert_eq!(plain(letter), Plain::Same, "{letter}");
        }
        assert_eq!(plain('\u{200b}'), Plain::Nothing);
        assert_eq!(plain('\u{a0}'), Plain::Is(' '));
    }
}
