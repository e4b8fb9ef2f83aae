//! Phone numbers: international, and national forms by the habits of writing them.

use crate::kind::Kind;
use crate::rule::number::Candidate;
use crate::window::Found;

/// Country codes with the fewest and the most digits that follow them.
const COUNTRIES: &[(&str, usize, usize)] = &[
    ("1", 10, 10),
    ("7", 10, 10),
    ("20", 8, 10),
    ("211", 9, 9),
    ("212", 9, 9),
    ("213", 8, 9),
    ("216", 8, 8),
    ("218", 8, 10),
    ("220", 7, 7),
    ("221", 9, 9),
    ("223", 8, 8),
    ("225", 8, 10),
    ("226", 8, 8),
    ("227", 8, 8),
    ("228", 8, 8),
    ("229", 8, 10),
    ("230", 7, 8),
    ("231", 7, 9),
    ("233", 9, 9),
    ("234", 7, 10),
    ("237", 8, 9),
    ("243", 9, 9),
    ("244", 9, 9),
    ("248", 7, 7),
    ("249", 9, 9),
    ("250", 9, 9),
    ("251", 9, 9),
    ("254", 9, 10),
    ("255", 9, 9),
    ("256", 9, 9),
    ("258", 8, 9),
    ("260", 9, 9),
    ("261", 9, 10),
    ("263", 8, 10),
    ("264", 8, 9),
    ("265", 7, 9),
    ("27", 9, 9),
    ("297", 7, 7),
    ("30", 10, 10),
    ("31", 9, 10),
    ("32", 8, 9),
    ("33", 9, 9),
    ("34", 9, 9),
    ("350", 8, 8),
    ("351", 9, 9),
    ("352", 6, 11),
    ("353", 7, 9),
    ("354", 7, 9),
    ("355", 8, 9),
    ("356", 8, 8),
    ("357", 8, 8),
    ("358", 6, 11),
    ("359", 7, 9),
    ("36", 8, 9),
    ("370", 8, 8),
    ("371", 8, 8),
    ("372", 7, 8),
    ("373", 8, 8),
    ("374", 8, 8),
    ("375", 9, 10),
    ("376", 6, 9),
    ("377", 8, 9),
    ("378", 6, 10),
    ("380", 9, 9),
    ("381", 8, 9),
    ("382", 8, 8),
    ("383", 8, 9),
    ("385", 8, 9),
    ("386", 8, 8),
    ("387", 8, 8),
    ("389", 8, 8),
    ("39", 6, 12),
    ("40", 9, 9),
    ("41", 9, 10),
    ("420", 9, 9),
    ("421", 9, 9),
    ("423", 7, 9),
    ("43", 7, 13),
    ("44", 9, 10),
    ("45", 8, 8),
    ("46", 7, 10),
    ("47", 8, 8),
    ("48", 9, 9),
    ("49", 6, 12),
    ("501", 7, 7),
    ("502", 8, 8),
    ("503", 8, 8),
    ("504", 8, 8),
    ("505", 8, 8),
    ("506", 8, 8),
    ("507", 7, 8),
    ("509", 8, 8),
    ("51", 8, 9),
    ("52", 10, 11),
    ("53", 6, 8),
    ("54", 10, 11),
    ("55", 10, 11),
    ("56", 9, 9),
    ("57", 8, 10),
    ("58", 10, 10),
    ("591", 8, 8),
    ("592", 7, 7),
    ("593", 8, 9),
    ("595", 9, 9),
    ("597", 6, 7),
    ("598", 8, 8),
    ("60", 7, 10),
    ("61", 9, 9),
    ("62", 8, 12),
    ("63", 8, 10),
    ("64", 8, 10),
    ("65", 8, 8),
    ("66", 8, 9),
    ("673", 7, 7),
    ("675", 7, 8),
    ("679", 7, 7),
    ("81", 9, 10),
    ("82", 8, 10),
    ("84", 8, 10),
    ("850", 8, 10),
    ("852", 8, 8),
    ("853", 8, 8),
    ("855", 8, 9),
    ("856", 8, 10),
    ("86", 10, 11),
    ("880", 8, 10),
    ("886", 8, 9),
    ("90", 10, 10),
    ("91", 10, 10),
    ("92", 9, 10),
    ("93", 9, 9),
    ("94", 9, 9),
    ("95", 8, 10),
    ("960", 7, 7),
    ("961", 7, 8),
    ("962", 8, 9),
    ("963", 8, 9),
    ("964", 8, 10),
    ("965", 8, 8),
    ("966", 8, 9),
    ("967", 7, 9),
    ("968", 8, 8),
    ("970", 8, 9),
    ("971", 8, 9),
    ("972", 8, 9),
    ("973", 8, 8),
    ("974", 8, 8),
    ("975", 8, 8),
    ("976", 8, 8),
    ("977", 8, 10),
    ("98", 10, 10),
    ("992", 9, 9),
    ("993", 8, 8),
    ("994", 9, 9),
    ("995", 9, 9),
    ("996", 9, 9),
    ("998", 9, 9),
];

/// Words in front of a number that say it is a phone number, in small letters.
pub(crate) const CUES: &[&str] = &[
    "tel",
    "tél",
    "phone",
    "call",
    "mobile",
    "mobil",
    "cell",
    "fax",
    "whatsapp",
    "sms",
    "text me",
    "reach me",
    "reach us",
    "handy",
    "anruf",
    "ruf ",
    "rufen",
    "rückruf",
    "erreich",
    "durchwahl",
    "appel",
    "joindre",
    "joignable",
    "portable",
    "gsm",
    "móvil",
    "movil",
    "llam",
    "cellulare",
    "chiam",
    "bel ",
    "bellen",
    "mobiel",
    "komórk",
    "zadzwoń",
    "dzwoń",
    "numer tel",
    "celular",
    "ligue",
    "ligar",
    "ring ",
    "nummer",
    "puh",
    "телефон",
    "тел",
    "звон",
    "signal",
    "dial",
    "hotline",
    "contact ",
    "contact number",
    "contact no",
];

/// Words that say that the number is something else.
const OTHER: &[&str] = &[
    "order",
    "invoice",
    "ticket",
    "isbn",
    "version",
    "serial",
    "tracking",
    "bestell",
    "rechnung",
    "artikel",
    "facture",
    "commande",
    "pedido",
    "factura",
    "ordine",
    "fattura",
    "zamówien",
    "faktur",
    "build",
    "commit",
    "case",
    "sku",
    "part n",
    "room",
    "page",
    "account",
    "konto",
    "population",
];

/// How far in front of a number the word may stand that says what it is.
const CUE_BYTES: usize = 64;

pub(crate) fn look(candidate: &Candidate<'_>) -> Option<Found> {
    let count = candidate.digits.len();
    if !(6..=16).contains(&count) {
        return None;
    }
    let (window, mut start) = (candidate.window, candidate.start());
    let mut plus = false;
    // `+49`, `(030)`, `(+49)`, `+(49)`.
    for _ in 0..2 {
        match window.byte_before(start) {
            b'+' => {
                plus = true;
                start -= 1;
            }
            b'(' if window.bytes()[start..candidate.end()].contains(&b')') => start -= 1,
            _ => break,
        }
    }
    if !brackets_match(&window.text[start..candidate.end()]) {
        return None;
    }
    let end = extension(candidate);
    let free = candidate.alone_from(start) || (end > candidate.end() && !window.word_before(start));
    if !free {
        return None;
    }
    let (rule, score) = judge(candidate, plus, start)?;
    Some(Found {
        start,
        end,
        kind: Kind::Phone,
        rule,
        score,
    })
}

fn brackets_match(text: &str) -> bool {
    let open = text.bytes().filter(|byte| *byte == b'(').count();
    let closed = text.bytes().filter(|byte| *byte == b')').count();
    open == closed && open <= 2
}

/// Where the number ends with its extension: `x123`, ` ext. 12`.
fn extension(candidate: &Candidate<'_>) -> usize {
    let (window, end) = (candidate.window, candidate.end());
    let rest = &window.text[end..];
    for mark in ["x", " x", " ext. ", " ext ", " ext.", "ext", ", ext. "] {
        if let Some(behind) = rest.strip_prefix(mark) {
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            if (1..=6).contains(&digits) {
                return end + mark.len() + digits;
            }
        }
    }
    end
}

fn judge(candidate: &Candidate<'_>, plus: bool, start: usize) -> Option<(&'static str, u8)> {
    let digits = candidate.digits;
    let cue = || candidate.window.says_before(start, CUE_BYTES, CUES);
    let other = || candidate.window.says_before(start, 24, OTHER);
    if date_like(candidate) {
        return None;
    }
    if plus {
        let known = country(digits) || country(&without_trunk(candidate));
        return known.then_some(("phone_e164", 97));
    }
    if let Some(rest) = digits
        .strip_prefix(b"00")
        .or_else(|| digits.strip_prefix(b"011"))
        && candidate.groups[0].1 - candidate.groups[0].0 >= 2
        && country(rest)
        && !other()
    {
        return Some(("phone_international", 85));
    }
    if north_american(candidate) && !other() {
        return Some(("phone_north_america", 90));
    }
    if trunk(candidate) && (!other() || cue()) {
        return Some(("phone_trunk_zero", 80));
    }
    (cue() && !other() && plausible(candidate)).then_some(("phone_called_so", 75))
}

/// `+49 (0)170 …`: the zero is for those who call from within.
fn without_trunk(candidate: &Candidate<'_>) -> Vec<u8> {
    let mut digits = Vec::new();
    for (place, (start, end)) in candidate.groups.iter().enumerate() {
        let group = &candidate.window.bytes()[*start..*end];
        let bracketed = candidate.window.byte_before(*start) == b'(';
        match group.strip_prefix(b"0") {
            Some(rest) if place > 0 && bracketed => digits.extend_from_slice(rest),
            _ => digits.extend_from_slice(group),
        }
    }
    digits
}

fn country(digits: &[u8]) -> bool {
    COUNTRIES.iter().any(|(code, least, most)| {
        digits
            .strip_prefix(code.as_bytes())
            .is_some_and(|rest| (*least..=*most).contains(&rest.len()))
    })
}

/// Three, three and four digits, the first two groups beginning with 2 to 9.
fn north_american(candidate: &Candidate<'_>) -> bool {
    let (digits, groups) = (candidate.digits, candidate.groups);
    let national = match digits.len() {
        10 => digits,
        11 if digits[0] == b'1' && groups.len() == 4 => &digits[1..],
        13 if digits.starts_with(b"001") && groups.len() == 4 => &digits[3..],
        _ => return false,
    };
    if national[0] < b'2' || national[3] < b'2' {
        return false;
    }
    let shape = if digits.len() == 10 {
        groups
    } else {
        &groups[1..]
    };
    let lengths: Vec<usize> = shape.iter().map(|(start, end)| end - start).collect();
    let gaps_fit = (0..groups.len() - 1).all(|gap| {
        matches!(
            candidate.gap(gap),
            "-" | "." | " " | ") " | ")" | ")-" | " (" | "-("
        )
    });
    lengths == [3, 3, 4] && gaps_fit
}

/// National numbers that begin with the zero for other towns, as in most of Europe, Asia and Africa.
fn trunk(candidate: &Candidate<'_>) -> bool {
    let (digits, groups) = (candidate.digits, candidate.groups);
    if digits[0] != b'0' || digits[1] == b'0' || !(9..=12).contains(&digits.len()) {
        return false;
    }
    if groups.len() == 1 {
        return (10..=11).contains(&digits.len());
    }
    let first = groups[0].1 - groups[0].0;
    let gaps_fit = (0..groups.len() - 1).all(|gap| {
        matches!(
            candidate.gap(gap),
            "-" | "." | " " | "/" | " / " | ") " | ")" | " - " | ")-" | "/ "
        )
    });
    (2..=6).contains(&first) && gaps_fit
}

fn plausible(candidate: &Candidate<'_>) -> bool {
    (7..=13).contains(&candidate.digits.len())
        && candidate
            .digits
            .iter()
            .any(|digit| *digit != candidate.digits[0])
        && (0..candidate.groups.len() - 1).all(|gap| {
            matches!(
                candidate.gap(gap),
                "-" | "." | " " | "/" | ") " | ")" | " - " | ")-"
            )
        })
}

/// `2024-01-31`, `31.01.2024`: a date is no phone number.
fn date_like(candidate: &Candidate<'_>) -> bool {
    let lengths: Vec<usize> = candidate
        .groups
        .iter()
        .map(|(start, end)| end - start)
        .collect();
    match lengths[..] {
        [4, 2, 2] => matches!(&candidate.digits[..2], b"19" | b"20"),
        [2, 2, 4] | [1, 2, 4] | [2, 1, 4] | [1, 1, 4] => {
            candidate.even_gap().is_some_and(|gap| gap != " ")
        }
        [4, 4] => matches!(&candidate.digits[..2], b"19" | b"20") && candidate.digits[4] < b'2',
        _ => false,
    }
}
