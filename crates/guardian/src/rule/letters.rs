//! Numbers with letters: bank accounts (IBAN) and the identity numbers that have letters in them.

use crate::kind::Kind;
use crate::rule::check::{is_day, mod97, number, value, weighted};
use crate::window::{Found, Window};

/// Length of an IBAN by country.
const IBAN: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// Looks at a word that has digits, from its first letter or digit.
pub(crate) fn look(window: &Window<'_>, at: usize) -> Option<Found> {
    if window.word_before(at) || window.byte_before(at) == b'_' {
        return None;
    }
    iban(window, at).or_else(|| id(window, at))
}

/// Letters and digits from a place on, without single blanks and hyphens between them, and where each
/// ends.
fn gathered(window: &Window<'_>, at: usize, most: usize) -> Vec<(u8, usize)> {
    let bytes = window.bytes();
    let (mut letters, mut place) = (Vec::with_capacity(most + 1), at);
    while letters.len() <= most && place < bytes.len() {
        match bytes[place] {
            letter if letter.is_ascii_alphanumeric() => {
                letters.push((letter.to_ascii_uppercase(), place + 1));
            }
            b' ' | b'-' | b'.' | b'/' if place > at && bytes[place - 1].is_ascii_alphanumeric() => {
            }
            _ => break,
        }
        place += 1;
    }
    letters
}

fn iban(window: &Window<'_>, at: usize) -> Option<Found> {
    let country = [
        window.byte(at).to_ascii_uppercase(),
        window.byte(at + 1).to_ascii_uppercase(),
    ];
    if !country.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let (_, length) = IBAN.iter().find(|(known, _)| **known == country)?;
    let letters = gathered(window, at, *length);
    if letters.len() < *length || !letters[2].0.is_ascii_digit() || !letters[3].0.is_ascii_digit() {
        return None;
    }
    let turned = letters[4..*length]
        .iter()
        .chain(&letters[..4])
        .map(|(letter, _)| *letter);
    if mod97(turned) != 1 {
        return None;
    }
    let end = letters[length - 1].1;
    (!window.word_after(end)).then_some(Found {
        start: at,
        end,
        kind: Kind::Iban,
        rule: "iban_mod97",
        score: 99,
    })
}

/// A form with letters: `9` for a digit, `A` for a letter, `*` for either; checked by the function.
struct Form {
    rule: &'static str,
    form: &'static [u8],
    check: fn(&[u8]) -> bool,
    /// Whether blanks, dots and hyphens may divide it.
    divided: bool,
    /// Words one of which must stand in front, where the form alone proves too little.
    words: &'static [&'static str],
}

const FORMS: &[Form] = &[
    Form {
        rule: "es_dni",
        form: b"99999999A",
        check: es_dni,
        divided: true,
        words: &[],
    },
    Form {
        rule: "es_nie",
        form: b"A9999999A",
        check: es_nie,
        divided: true,
        words: &[],
    },
    Form {
        rule: "sg_nric",
        form: b"A9999999A",
        check: sg_nric,
        divided: false,
        words: &[],
    },
    Form {
        rule: "it_codice_fiscale",
        form: b"AAAAAA**A**A***A",
        check: it_codice,
        divided: true,
        words: &[],
    },
    Form {
        rule: "uk_nino",
        form: b"AA999999A",
        check: uk_nino,
        divided: true,
        words: &[],
    },
    Form {
        rule: "uk_nino",
        form: b"AA999999A",
        check: any,
        divided: true,
        words: &[
            "national insurance",
            "nino",
            "ni number",
            "national id",
            "insurance number",
        ],
    },
    Form {
        rule: "fi_hetu",
        form: b"999999A999*",
        check: fi_hetu,
        divided: false,
        words: &[],
    },
    Form {
        rule: "fi_hetu",
        form: b"999999999*",
        check: fi_hetu_hyphen,
        divided: true,
        words: &["hetu", "henkilötunnus"],
    },
    Form {
        rule: "ie_pps",
        form: b"9999999A",
        check: ie_pps,
        divided: false,
        words: &[],
    },
    Form {
        rule: "ie_pps",
        form: b"9999999AA",
        check: ie_pps,
        divided: false,
        words: &[],
    },
    Form {
        rule: "mx_curp",
        form: b"AAAA999999AAAAAA*9",
        check: mx_curp,
        divided: false,
        words: &[],
    },
    Form {
        rule: "de_pension",
        form: b"99999999A999",
        check: de_pension,
        divided: true,
        words: &[],
    },
    Form {
        rule: "cl_rut",
        form: b"99999999*",
        check: cl_rut,
        divided: true,
        words: &["rut", "run "],
    },
    Form {
        rule: "cl_rut",
        form: b"9999999*",
        check: cl_rut,
        divided: true,
        words: &["rut", "run "],
    },
    Form {
        rule: "cn_resident_id",
        form: b"99999999999999999A",
        check: cn_id,
        divided: false,
        words: &[],
    },
    Form {
        rule: "in_pan",
        form: b"AAAAA9999A",
        check: in_pan,
        divided: false,
        words: &[],
    },
    Form {
        rule: "passport",
        form: b"A99999999",
        check: any,
        divided: false,
        words: PASSPORT,
    },
    Form {
        rule: "passport",
        form: b"AA9999999",
        check: any,
        divided: false,
        words: PASSPORT,
    },
    Form {
        rule: "passport",
        form: b"A********",
        check: has_digits,
        divided: false,
        words: PASSPORT,
    },
    Form {
        rule: "passport",
        form: b"99AA99999",
        check: any,
        divided: false,
        words: PASSPORT,
    },
];

const PASSPORT: &[&str] = &[
    "passport",
    "reisepass",
    "ausweis",
    "passeport",
    "carte d'identité",
    "pasaporte",
    "passaporto",
    "paspoort",
    "paszport",
    "identity card",
    "id card",
    "licence",
    "license",
    "führerschein",
];

fn id(window: &Window<'_>, at: usize) -> Option<Found> {
    let letters = gathered(window, at, 19);
    for form in FORMS {
        let length = form.form.len();
        if letters.len() < length {
            continue;
        }
        let fits = form
            .form
            .iter()
            .zip(&letters)
            .all(|(wanted, (letter, _))| match wanted {
                b'9' => letter.is_ascii_digit(),
                b'A' => letter.is_ascii_uppercase(),
                _ => true,
            });
        let end = letters[length - 1].1;
        if !fits || window.word_after(end) || matches!(window.byte(end), b'_' | b'-') {
            continue;
        }
        if !form.divided && end - at != length {
            continue;
        }
        let plain: Vec<u8> = letters[..length]
            .iter()
            .map(|(letter, _)| *letter)
            .collect();
        let written_large = window.bytes()[at..end]
            .iter()
            .all(|byte| !byte.is_ascii_lowercase());
        let named = || form.words.is_empty() || window.says_before(at, 48, form.words);
        if (form.check)(&plain) && (written_large || plain.len() >= 16) && named() {
            return Some(Found {
                start: at,
                end,
                kind: Kind::NationalId,
                rule: form.rule,
                score: 92,
            });
        }
    }
    None
}

fn any(_: &[u8]) -> bool {
    true
}

fn has_digits(letters: &[u8]) -> bool {
    letters
        .iter()
        .filter(|letter| letter.is_ascii_digit())
        .count()
        >= 4
}

const DNI: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn es_dni(letters: &[u8]) -> bool {
    DNI.get((number(&letters[..8]) % 23) as usize) == Some(&letters[8])
}

fn es_nie(letters: &[u8]) -> bool {
    let first = match letters[0] {
        b'X' => b'0',
        b'Y' => b'1',
        b'Z' => b'2',
        _ => return false,
    };
    let mut digits = letters[..8].to_vec();
    digits[0] = first;
    DNI.get((number(&digits) % 23) as usize) == Some(&letters[8])
}

fn sg_nric(letters: &[u8]) -> bool {
    let sum = weighted(&letters[1..8], &[2, 7, 6, 5, 4, 3, 2]);
    let (sum, ends): (u32, &[u8; 11]) = match letters[0] {
        b'S' => (sum, b"JZIHGFEDCBA"),
        b'T' => (sum + 4, b"JZIHGFEDCBA"),
        b'F' => (sum, b"XWUTRQPNMLK"),
        b'G' => (sum + 4, b"XWUTRQPNMLK"),
        _ => return false,
    };
    ends[(sum % 11) as usize] == letters[8]
}

fn it_codice(letters: &[u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    // Where two people have the same number, letters stand for digits.
    let digit = |letter: u8| letter.is_ascii_digit() || b"LMNPQRSTUV".contains(&letter);
    if ![6, 7, 9, 10, 12, 13, 14]
        .iter()
        .all(|place| digit(letters[*place]))
        || !b"ABCDEHLMPRST".contains(&letters[8])
    {
        return false;
    }
    let sum: u32 = letters[..15]
        .iter()
        .enumerate()
        .map(|(place, letter)| {
            let value = if letter.is_ascii_digit() {
                value(*letter)
            } else {
                u32::from(letter - b'A')
            };
            if place % 2 == 0 {
                ODD[value as usize]
            } else {
                value
            }
        })
        .sum();
    u32::from(letters[15] - b'A') == sum % 26
}

fn uk_nino(letters: &[u8]) -> bool {
    let refused: [&[u8]; 7] = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"];
    !b"DFIQUV".contains(&letters[0])
        && !b"DFIQUVO".contains(&letters[1])
        && !refused.contains(&&letters[..2])
        && matches!(letters[8], b'A'..=b'D')
}

const HETU: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

fn fi_hetu(letters: &[u8]) -> bool {
    let mut digits = letters[..6].to_vec();
    digits.extend_from_slice(&letters[7..10]);
    is_day(number(&letters[2..4]), number(&letters[..2]))
        && HETU.get((number(&digits) % 31) as usize) == Some(&letters[10])
}

fn fi_hetu_hyphen(letters: &[u8]) -> bool {
    is_day(number(&letters[2..4]), number(&letters[..2]))
        && HETU.get((number(&letters[..9]) % 31) as usize) == Some(&letters[9])
}

fn ie_pps(letters: &[u8]) -> bool {
    let second = letters.get(8).map_or(0, |letter| {
        if *letter == b'W' {
            0
        } else {
            u32::from(letter - b'A') + 1
        }
    });
    let sum = weighted(&letters[..7], &[8, 7, 6, 5, 4, 3, 2]) + second * 9;
    b"WABCDEFGHIJKLMNOPQRSTUV"[(sum % 23) as usize] == letters[7]
}

fn mx_curp(letters: &[u8]) -> bool {
    is_day(number(&letters[6..8]), number(&letters[8..10]))
        && matches!(letters[10], b'H' | b'M' | b'X')
}

/// Area, date of birth, first letter of the name at birth, serial number and check digit.
fn de_pension(letters: &[u8]) -> bool {
    let mut digits = letters[..8].to_vec();
    let name = letters[8] - b'A' + 1;
    digits.extend_from_slice(&[b'0' + name / 10, b'0' + name % 10, letters[9], letters[10]]);
    let sum: u32 = digits
        .iter()
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(digit, weight)| value(*digit) * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    is_day(number(&letters[4..6]), number(&letters[2..4])) && sum % 10 == value(letters[11])
}

fn cl_rut(letters: &[u8]) -> bool {
    let (check, digits) = (letters[letters.len() - 1], &letters[..letters.len() - 1]);
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([2, 3, 4, 5, 6, 7].iter().cycle())
        .map(|(digit, weight)| value(*digit) * weight)
        .sum();
    match 11 - sum % 11 {
        11 => check == b'0',
        10 => check == b'K',
        other => value(check) == other,
    }
}

fn cn_id(letters: &[u8]) -> bool {
    let sum = weighted(
        &letters[..17],
        &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
    );
    letters[17] == b'X'
        && sum % 11 == 2
        && is_day(number(&letters[10..12]), number(&letters[12..14]))
}

fn in_pan(letters: &[u8]) -> bool {
    b"ABCFGHLJPT".contains(&letters[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Option<&'static str> {
        look(&Window::whole(text), 0).map(|found| found.rule)
    }

    #[test]
    fn published_examples_are_known() {
        for (example, wanted) in [
            ("DE89 3704 0044 0532 0130 00", "iban_mod97"),
            ("GB82WEST12345698765432", "iban_mod97"),
            ("12345678Z", "es_dni"),
            ("X1234567L", "es_nie"),
            ("RSSMRA85T10A562S", "it_codice_fiscale"),
            ("AB 12 34 56 C", "uk_nino"),
            ("131052A308T", "fi_hetu"),
            ("1234567T", "ie_pps"),
            ("65 170839 J 003", "de_pension"),
            ("S1234567D", "sg_nric"),
        ] {
            assert_eq!(rule(example), Some(wanted), "{example}");
        }
    }

    #[test]
    fn wrong_check_letters_are_refused() {
        for wrong in [
            "DE88 3704 0044 0532 0130 00",
            "12345678A",
            "X1234567A",
            "RSSMRA85T10A562T",
            "S1234567E",
            "1234567A",
        ] {
            assert_eq!(rule(wrong), None, "{wrong}");
        }
    }
}
