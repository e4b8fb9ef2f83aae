//! Numbers that a state gave to one person, as far as they are digits only.
//!
//! A check digit lets one of ten random numbers pass, so that it alone is not enough: a number without
//! the usual divisions counts where its inner structure is strict, or where the text names it.

use crate::kind::Kind;
use crate::rule::check::{is_day, luhn, mod11_10, number, value, verhoeff, weighted};
use crate::rule::number::Candidate;
use crate::window::Found;

/// How a number shows that it is one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Its digits alone are proof enough.
    Nothing,
    /// The usual divisions, or a word of the text.
    ShapeOrWord,
    /// The word, however it is written.
    Word,
}

struct Id {
    rule: &'static str,
    digits: usize,
    /// The usual groups, and the text that divides them; `*` for any one blank, dot or hyphen.
    shapes: &'static [(&'static [usize], &'static str)],
    needs: Needs,
    /// Words that name it, in small letters.
    words: &'static [&'static str],
    check: fn(&[u8]) -> bool,
}

/// Words that name an identity number in general.
const GENERAL: &[&str] = &[
    "national id",
    "identity number",
    "personal id",
    "id number",
    "id no",
    "passport",
];

const IDS: &[Id] = &[
    Id {
        rule: "us_ssn",
        digits: 9,
        shapes: &[(&[3, 2, 4], "-"), (&[3, 2, 4], "\u{20}")],
        needs: Needs::ShapeOrWord,
        words: &["ssn", "social security", "itin"],
        check: us_ssn,
    },
    Id {
        rule: "de_tax_id",
        digits: 11,
        shapes: &[(&[2, 3, 3, 3], "*")],
        needs: Needs::Nothing,
        words: &["steuer", "tax", "idnr", "tin"],
        check: de_tax_id,
    },
    Id {
        rule: "fr_nir",
        digits: 15,
        shapes: &[(&[1, 2, 2, 2, 3, 3, 2], "*"), (&[13, 2], "*")],
        needs: Needs::Nothing,
        words: &["nir", "sécu", "insee"],
        check: fr_nir,
    },
    Id {
        rule: "nl_bsn",
        digits: 9,
        shapes: &[(&[4, 2, 3], ".")],
        needs: Needs::ShapeOrWord,
        words: &["bsn", "burgerservice", "sofi"],
        check: nl_bsn,
    },
    Id {
        rule: "pl_pesel",
        digits: 11,
        shapes: &[],
        needs: Needs::Nothing,
        words: &["pesel"],
        check: pl_pesel,
    },
    Id {
        rule: "pl_nip",
        digits: 10,
        shapes: &[(&[3, 3, 2, 2], "-"), (&[3, 2, 2, 3], "-")],
        needs: Needs::ShapeOrWord,
        words: &["nip"],
        check: pl_nip,
    },
    Id {
        rule: "br_cpf",
        digits: 11,
        shapes: &[(&[3, 3, 3, 2], "cpf")],
        needs: Needs::Nothing,
        words: &["cpf"],
        check: br_cpf,
    },
    Id {
        rule: "uk_nhs",
        digits: 10,
        shapes: &[],
        needs: Needs::Word,
        words: &["nhs", "health"],
        check: uk_nhs,
    },
    Id {
        rule: "se_personnummer",
        digits: 10,
        shapes: &[(&[6, 4], "-")],
        needs: Needs::ShapeOrWord,
        words: &["personnummer", "pnr", "samordning", "ssn"],
        check: se_short,
    },
    Id {
        rule: "se_personnummer",
        digits: 12,
        shapes: &[(&[8, 4], "-")],
        needs: Needs::Nothing,
        words: &["personnummer"],
        check: se_long,
    },
    Id {
        rule: "in_aadhaar",
        digits: 12,
        shapes: &[(&[4, 4, 4], "*")],
        needs: Needs::ShapeOrWord,
        words: &["aadhaar", "aadhar", "uidai", "uid"],
        check: in_aadhaar,
    },
    // A number with a slip in it is still someone's, where the text names it.
    Id {
        rule: "in_aadhaar",
        digits: 12,
        shapes: &[],
        needs: Needs::Word,
        words: &["aadhaar", "aadhar", "uidai"],
        check: any,
    },
    Id {
        rule: "no_fodselsnummer",
        digits: 11,
        shapes: &[(&[6, 5], "*")],
        needs: Needs::Nothing,
        words: &["fødselsnummer"],
        check: no_fnr,
    },
    Id {
        rule: "dk_cpr",
        digits: 10,
        shapes: &[(&[6, 4], "-")],
        needs: Needs::ShapeOrWord,
        words: &["cpr"],
        check: dk_cpr,
    },
    Id {
        rule: "ch_ahv",
        digits: 13,
        shapes: &[(&[3, 4, 4, 2], ".")],
        needs: Needs::Nothing,
        words: &["ahv", "avs"],
        check: ch_ahv,
    },
    Id {
        rule: "at_svnr",
        digits: 10,
        shapes: &[(&[4, 6], " ")],
        needs: Needs::ShapeOrWord,
        words: &["svnr", "sozialvers", "sv-nummer"],
        check: at_svnr,
    },
    Id {
        rule: "be_national_number",
        digits: 11,
        shapes: &[(&[2, 2, 2, 3, 2], "be")],
        needs: Needs::Nothing,
        words: &["rijksregister", "registre national", "insz", "niss"],
        check: be_number,
    },
    Id {
        rule: "cz_rodne_cislo",
        digits: 10,
        shapes: &[(&[6, 4], "/")],
        needs: Needs::ShapeOrWord,
        words: &["rodné", "rodne"],
        check: cz_number,
    },
    Id {
        rule: "ro_cnp",
        digits: 13,
        shapes: &[],
        needs: Needs::Nothing,
        words: &["cnp"],
        check: ro_cnp,
    },
    Id {
        rule: "bg_egn",
        digits: 10,
        shapes: &[],
        needs: Needs::Word,
        words: &["егн", "egn"],
        check: bg_egn,
    },
    Id {
        rule: "hr_oib",
        digits: 11,
        shapes: &[],
        needs: Needs::Word,
        words: &["oib"],
        check: mod11_10,
    },
    Id {
        rule: "tr_kimlik",
        digits: 11,
        shapes: &[],
        needs: Needs::Nothing,
        words: &["kimlik"],
        check: tr_kimlik,
    },
    Id {
        rule: "ca_sin",
        digits: 9,
        shapes: &[(&[3, 3, 3], "*")],
        needs: Needs::ShapeOrWord,
        words: &["sin", "social insurance", "assurance sociale"],
        check: ca_sin,
    },
    Id {
        rule: "au_tfn",
        digits: 9,
        shapes: &[],
        needs: Needs::Word,
        words: &["tfn", "tax file"],
        check: au_tfn,
    },
    Id {
        rule: "pt_nif",
        digits: 9,
        shapes: &[],
        needs: Needs::Word,
        words: &["nif", "contribuinte"],
        check: pt_nif,
    },
    Id {
        rule: "kr_rrn",
        digits: 13,
        shapes: &[(&[6, 7], "-")],
        needs: Needs::ShapeOrWord,
        words: &["주민"],
        check: kr_rrn,
    },
    Id {
        rule: "cn_resident_id",
        digits: 18,
        shapes: &[],
        needs: Needs::Nothing,
        words: &["身份证"],
        check: cn_id,
    },
    Id {
        rule: "za_id",
        digits: 13,
        shapes: &[],
        needs: Needs::Nothing,
        words: &["south african id"],
        check: za_id,
    },
    Id {
        rule: "il_id",
        digits: 9,
        shapes: &[],
        needs: Needs::Word,
        words: &["teudat", "ת.ז", "ת\"ז"],
        check: luhn,
    },
    Id {
        rule: "jp_my_number",
        digits: 12,
        shapes: &[],
        needs: Needs::Word,
        words: &["my number", "マイナンバー", "個人番号"],
        check: jp_number,
    },
    Id {
        rule: "es_social_security",
        digits: 12,
        shapes: &[(&[2, 8, 2], "*"), (&[2, 10], "/")],
        needs: Needs::ShapeOrWord,
        words: &["seguridad social", "nuss", "naf"],
        check: es_social,
    },
];

/// How far in front of a number the word may stand that names it.
const WORD_BYTES: usize = 64;

pub(crate) fn look(candidate: &Candidate<'_>) -> Option<Found> {
    let window = candidate.window;
    if !(9..=18).contains(&candidate.digits.len()) || !candidate.alone() {
        return None;
    }
    let mut before = None;
    for id in IDS.iter().filter(|id| id.digits == candidate.digits.len()) {
        if !(id.check)(candidate.digits) {
            continue;
        }
        let shaped = id
            .shapes
            .iter()
            .any(|(lengths, gap)| candidate.shaped(lengths) && gaps_fit(candidate, gap));
        let bare = candidate.groups.len() == 1;
        let before = before.get_or_insert_with(|| window.before(candidate.start(), WORD_BYTES));
        let named =
            || crate::window::says(before, id.words) || crate::window::says(before, GENERAL);
        let score = match id.needs {
            Needs::Nothing if shaped || bare => 90,
            Needs::ShapeOrWord if shaped => 90,
            _ if named() && candidate.even_gap().is_some_and(|gap| gap.len() <= 1) => 95,
            _ => continue,
        };
        return Some(candidate.found(Kind::NationalId, id.rule, score));
    }
    None
}

fn gaps_fit(candidate: &Candidate<'_>, wanted: &str) -> bool {
    match wanted {
        "*" => matches!(candidate.even_gap(), Some(" " | "-" | ".")),
        "cpf" => {
            candidate.gap(0) == "."
                && candidate.gap(1) == "."
                && matches!(candidate.gap(2), "-" | ".")
        }
        "be" => {
            candidate.gap(0) == "."
                && candidate.gap(1) == "."
                && matches!(candidate.gap(2), "-" | " ")
                && matches!(candidate.gap(3), "." | " ")
        }
        gap => candidate.gaps_are(gap),
    }
}

fn any(_: &[u8]) -> bool {
    true
}

fn us_ssn(digits: &[u8]) -> bool {
    let area = number(&digits[..3]);
    area != 0 && area != 666 && number(&digits[3..5]) != 0 && number(&digits[5..]) != 0
}

/// Of the first ten digits exactly one comes twice or three times.
fn de_tax_id(digits: &[u8]) -> bool {
    let mut counts = [0_u8; 10];
    for digit in &digits[..10] {
        counts[usize::from((digit - b'0') % 10)] += 1;
    }
    let repeated: Vec<u8> = counts.into_iter().filter(|count| *count > 1).collect();
    digits[0] != b'0' && matches!(repeated[..], [2 | 3]) && mod11_10(digits)
}

fn fr_nir(digits: &[u8]) -> bool {
    let month = number(&digits[3..5]);
    matches!(digits[0], b'1' | b'2' | b'3' | b'4' | b'7' | b'8')
        && matches!(month, 1..=12 | 20 | 30..=42 | 50..=99)
        && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
}

fn nl_bsn(digits: &[u8]) -> bool {
    let sum = weighted(&digits[..8], &[9, 8, 7, 6, 5, 4, 3, 2]);
    number(digits) > 0 && sum % 11 == value(digits[8])
}

fn pl_pesel(digits: &[u8]) -> bool {
    let month = number(&digits[2..4]) % 20;
    let sum = weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    is_day(month, number(&digits[4..6])) && sum.is_multiple_of(10)
}

fn pl_nip(digits: &[u8]) -> bool {
    weighted(&digits[..9], &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == value(digits[9])
        && digits[0] != b'0'
}

fn br_cpf(digits: &[u8]) -> bool {
    let check = |count: usize| {
        let weights: Vec<u32> = (2..=11).rev().skip(10 - count).collect();
        weighted(&digits[..count], &weights) * 10 % 11 % 10 == value(digits[count])
    };
    digits.iter().any(|digit| *digit != digits[0]) && check(9) && check(10)
}

fn uk_nhs(digits: &[u8]) -> bool {
    let sum = weighted(&digits[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    match 11 - sum % 11 {
        11 => digits[9] == b'0',
        10 => false,
        check => check == value(digits[9]),
    }
}

fn se_short(digits: &[u8]) -> bool {
    let day = number(&digits[4..6]);
    is_day(number(&digits[2..4]), if day > 60 { day - 60 } else { day }) && luhn(digits)
}

fn se_long(digits: &[u8]) -> bool {
    matches!(&digits[..2], b"18" | b"19" | b"20") && se_short(&digits[2..])
}

fn in_aadhaar(digits: &[u8]) -> bool {
    digits[0] >= b'2' && verhoeff(digits)
}

fn no_fnr(digits: &[u8]) -> bool {
    let first = 11 - weighted(&digits[..9], &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11;
    let second = 11 - weighted(&digits[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let day = number(&digits[..2]);
    is_day(
        number(&digits[2..4]) % 40,
        if day > 40 { day - 40 } else { day },
    ) && first % 11 == value(digits[9])
        && second % 11 == value(digits[10])
}

/// Since 2007 there are numbers without a check digit: the date is all that can be checked.
fn dk_cpr(digits: &[u8]) -> bool {
    is_day(number(&digits[2..4]), number(&digits[..2]))
}

fn ean13(digits: &[u8]) -> bool {
    weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

fn ch_ahv(digits: &[u8]) -> bool {
    digits.starts_with(b"756") && ean13(digits)
}

fn at_svnr(digits: &[u8]) -> bool {
    let sum = weighted(&digits[..3], &[3, 7, 9]) + weighted(&digits[4..], &[5, 8, 4, 2, 1, 6]);
    digits[0] != b'0'
        && sum % 11 == value(digits[3])
        && is_day(number(&digits[6..8]) % 12 + 1, number(&digits[4..6]))
}

fn be_number(digits: &[u8]) -> bool {
    let (begin, check) = (number(&digits[..9]), number(&digits[9..]));
    let month = number(&digits[2..4]);
    is_day(month, number(&digits[4..6]))
        && (97 - begin % 97 == check || 97 - (2_000_000_000 + begin) % 97 == check)
}

fn cz_number(digits: &[u8]) -> bool {
    let month = number(&digits[2..4]) % 50 % 20;
    is_day(month, number(&digits[4..6])) && number(digits).is_multiple_of(11)
}

fn ro_cnp(digits: &[u8]) -> bool {
    let rest = weighted(&digits[..12], &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    matches!(digits[0], b'1'..=b'8')
        && is_day(number(&digits[3..5]), number(&digits[5..7]))
        && (1..=52).contains(&number(&digits[7..9]))
        && (if rest == 10 { 1 } else { rest }) == value(digits[12])
}

fn bg_egn(digits: &[u8]) -> bool {
    let rest = weighted(&digits[..9], &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    is_day(number(&digits[2..4]) % 20, number(&digits[4..6])) && rest == value(digits[9])
}

fn tr_kimlik(digits: &[u8]) -> bool {
    let digit = |place: usize| value(digits[place]);
    let odd: u32 = (0..9).step_by(2).map(digit).sum();
    let even: u32 = (1..8).step_by(2).map(digit).sum();
    let all: u32 = (0..10).map(digit).sum();
    digits[0] != b'0' && (odd * 7 + 90 - even) % 10 == digit(9) && all % 10 == digit(10)
}

fn ca_sin(digits: &[u8]) -> bool {
    !matches!(digits[0], b'0' | b'8') && luhn(digits)
}

fn au_tfn(digits: &[u8]) -> bool {
    weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

fn pt_nif(digits: &[u8]) -> bool {
    let check = 11 - weighted(&digits[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    (if check > 9 { 0 } else { check }) == value(digits[8])
}

fn kr_rrn(digits: &[u8]) -> bool {
    let sum = weighted(&digits[..12], &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    // Numbers given out since October 2020 have no check digit.
    let since_2020 = number(&digits[..2]) >= 20 && matches!(digits[6], b'3' | b'4' | b'7' | b'8');
    is_day(number(&digits[2..4]), number(&digits[4..6]))
        && matches!(digits[6], b'1'..=b'8')
        && ((11 - sum % 11) % 10 == value(digits[12]) || since_2020)
}

fn cn_id(digits: &[u8]) -> bool {
    let sum = weighted(
        &digits[..17],
        &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
    );
    matches!(&digits[6..8], b"19" | b"20")
        && is_day(number(&digits[10..12]), number(&digits[12..14]))
        && b"10X98765432"[(sum % 11) as usize] == digits[17]
}

fn za_id(digits: &[u8]) -> bool {
    is_day(number(&digits[2..4]), number(&digits[4..6]))
        && digits[10] < b'2'
        && matches!(digits[11], b'8' | b'9')
        && luhn(digits)
}

fn jp_number(digits: &[u8]) -> bool {
    let rest = weighted(&digits[..11], &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest <= 1 { 0 } else { 11 - rest }) == value(digits[11])
}

fn es_social(digits: &[u8]) -> bool {
    let (province, rest) = (number(&digits[..2]), number(&digits[2..10]));
    let whole = if rest < 10_000_000 {
        rest + province * 10_000_000
    } else {
        number(&digits[..10])
    };
    province != 0 && whole % 97 == number(&digits[10..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that authorities publish as examples.
    const EXAMPLES: &[(&str, &str)] = &[
        ("de_tax_id", "86095742719"),
        ("fr_nir", "255081416802538"),
        ("nl_bsn", "111222333"),
        ("pl_pesel", "44051401359"),
        ("br_cpf", "11144477735"),
        ("uk_nhs", "9434765919"),
        ("se_personnummer", "8112189876"),
        ("no_fodselsnummer", "13097248022"),
        ("ch_ahv", "7569217076985"),
        ("ro_cnp", "1800101221144"),
        ("tr_kimlik", "10000000146"),
        ("ca_sin", "130692544"),
        ("pt_nif", "123456789"),
        ("za_id", "8001015009087"),
        ("bg_egn", "7523169263"),
        ("hr_oib", "94577403194"),
        ("be_national_number", "85073003328"),
    ];

    #[test]
    fn published_examples_have_the_right_check_digit() {
        for (rule, digits) in EXAMPLES {
            let fits = IDS.iter().any(|id| {
                id.rule == *rule && id.digits == digits.len() && (id.check)(digits.as_bytes())
            });
            assert!(fits, "{rule}: {digits}");
        }
    }

    #[test]
    fn a_changed_check_digit_is_refused() {
        for (rule, digits) in EXAMPLES {
            let mut wrong = digits.as_bytes().to_vec();
            let last = wrong.len() - 1;
            wrong[last] = b'0' + (wrong[last] - b'0' + 1) % 10;
            let fits = IDS
                .iter()
                .any(|id| id.rule == *rule && id.digits == wrong.len() && (id.check)(&wrong));
            assert!(!fits, "{rule}: the last digit of {digits} changed");
        }
    }
}
