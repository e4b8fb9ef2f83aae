//! Postal addresses: a street with its number, and what follows it: flat, post code, town.

use std::sync::LazyLock;

use crate::kind::Kind;
use crate::window::{Found, Window};
use crate::words::Words;

/// Words that end the name of a street in English.
static SUFFIXES: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        "Street St Avenue Ave Road Rd Lane Ln Drive Dr Court Ct Boulevard Blvd Way Place Pl Square Sq Terrace Ter \
         Parkway Pkwy Circle Cir Trail Trl Loop Alley Branch Bridge Brook Brooks Burg Burgs Bypass Camp Canyon Cape \
         Causeway Center Centers Circles Cliff Cliffs Club Common Corner Corners Course Courts Cove Coves Creek Crescent \
         Crest Crossing Crossroad Curve Dale Dam Divide Drives Estate Estates Expressway Extension Extensions Fall Falls \
         Ferry Field Fields Flat Flats Ford Fords Forest Forge Forges Fork Forks Fort Freeway Garden Gardens Gateway Glen \
         Glens Green Greens Grove Groves Harbor Harbors Haven Heights Highway Hwy Hill Hills Hollow Inlet Island Islands \
         Isle Junction Junctions Key Keys Knoll Knolls Lake Lakes Land Landing Light Lights Lock Locks Lodge Mall Manor \
         Manors Meadow Meadows Mews Mill Mills Mission Motorway Mount Mountain Mountains Neck Orchard Oval Overpass Park \
         Parks Parkways Pass Passage Path Pike Pine Pines Plain Plains Plaza Point Points Port Ports Prairie Radial Ramp \
         Ranch Rapid Rapids Rest Ridge Ridges River Roads Route Row Rue Run Shoal Shoals Shore Shores Skyway Spring Springs \
         Spur Spurs Squares Station Stravenue Stream Streets Summit Terrace Throughway Trace Track Trafficway Tunnel \
         Turnpike Underpass Union Unions Valley Valleys Via Viaduct View Views Village Villages Ville Vista Walk Walks Wall \
         Ways Well Wells Close Rise Wharf Quay Parade Nagar Marg Chowk Ganj Zila",
    )
});

/// How the names of streets end in German, Dutch and the languages of the north.
const ENDINGS: &[&str] = &[
    "straße",
    "strasse",
    "str.",
    "weg",
    "platz",
    "allee",
    "gasse",
    "ring",
    "ufer",
    "damm",
    "chaussee",
    "steig",
    "stieg",
    "markt",
    "hof",
    "park",
    "berg",
    "graben",
    "straat",
    "laan",
    "gracht",
    "plein",
    "kade",
    "singel",
    "dijk",
    "dreef",
    "pad",
    "steeg",
    "hof",
    "baan",
    "ring",
    "boulevard",
    "gatan",
    "vägen",
    "gränd",
    "torget",
    "stigen",
    "backen",
    "allén",
    "gata",
    "väg",
    "vej",
    "gade",
    "gate",
    "veien",
    "vegen",
    "katu",
    "tie",
    "kuja",
    "polku",
];

/// Words in front of the name of a street: French, Spanish, Italian, Portuguese, Polish.
pub(crate) const PREFIXES: &[&str] = &[
    "rue",
    "avenue",
    "boulevard",
    "chemin",
    "place",
    "impasse",
    "allée",
    "quai",
    "route",
    "cours",
    "passage",
    "square",
    "av.",
    "bd",
    "calle",
    "c/",
    "avenida",
    "avda.",
    "avda",
    "plaza",
    "paseo",
    "camino",
    "carrer",
    "ronda",
    "pasaje",
    "cañada",
    "urbanización",
    "callejón",
    "rambla",
    "acceso",
    "alameda",
    "glorieta",
    "vial",
    "cuesta",
    "travesía",
    "via",
    "viale",
    "piazza",
    "corso",
    "strada",
    "vicolo",
    "borgo",
    "largo",
    "contrada",
    "incrocio",
    "canale",
    "rotonda",
    "stretto",
    "rua",
    "travessa",
    "praça",
    "rodovia",
    "estrada",
    "ladeira",
    "viela",
    "ul.",
    "ulica",
    "al.",
    "aleja",
    "aleje",
    "plac",
    "pl.",
    "os.",
    "osiedle",
    "am",
    "an der",
    "im",
    "in der",
    "auf der",
    "unter den",
    "zum",
    "zur",
    "área",
    "trevo",
    "vereda",
    "esplanada",
    "sítio",
    "trecho",
    "campo",
    "chácara",
    "colônia",
    "condomínio",
    "conjunto",
    "distrito",
    "favela",
    "fazenda",
    "feira",
    "jardim",
    "lago",
    "lagoa",
    "loteamento",
    "morro",
    "núcleo",
    "parque",
    "passarela",
    "pátio",
    "praia",
    "quadra",
    "recanto",
    "residencial",
    "setor",
    "vale",
    "viaduto",
    "vila",
    "aeroporto",
    "estação",
];

static STREETS: LazyLock<Words> = LazyLock::new(|| Words::of(PREFIXES));

/// Their first words.
static STREETS_FIRST: LazyLock<Words> = LazyLock::new(|| {
    let first = |prefix: &&'static str| prefix.split(' ').next().unwrap_or(prefix);
    Words::of(&PREFIXES.iter().map(first).collect::<Vec<_>>())
});

/// With which two bytes they begin: most words are passed over by this.
struct FirstTwo(Vec<u64>);

static FIRST_TWO: LazyLock<FirstTwo> = LazyLock::new(|| {
    let mut bits = vec![0; 1024];
    for prefix in PREFIXES {
        if let [one, two, ..] = prefix.as_bytes() {
            let bit = usize::from(*one) << 8 | usize::from(*two);
            bits[bit / 64] |= 1 << (bit % 64);
        }
    }
    FirstTwo(bits)
});

impl FirstTwo {
    fn has(&self, one: u8, two: u8) -> bool {
        if one >= 0x80 {
            return true;
        }
        let bit =
            usize::from(one.to_ascii_lowercase()) << 8 | usize::from(two.to_ascii_lowercase());
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }
}

/// Of these a name follows often without being a street; a number must come.
pub(crate) const WEAK: &[&str] = &[
    "place",
    "square",
    "passage",
    "cours",
    "route",
    "am",
    "an der",
    "im",
    "in der",
    "auf der",
    "unter den",
    "zum",
    "zur",
    "via",
    "área",
    "campo",
    "distrito",
    "feira",
    "jardim",
    "lago",
    "lagoa",
    "morro",
    "núcleo",
    "parque",
    "pátio",
    "praia",
    "quadra",
    "recanto",
    "setor",
    "vale",
    "vila",
    "aeroporto",
    "conjunto",
    "estação",
    "fazenda",
    "favela",
];

/// Small words inside names of streets and towns.
const SMALL: &[&str] = &[
    "de", "la", "le", "les", "du", "des", "del", "los", "las", "el", "di", "da", "do", "dos",
    "das", "della", "dei", "van", "der", "den", "am", "an", "im", "in", "bei", "ob", "sur", "sous",
    "en", "y", "e", "et", "the", "of", "upon", "sul", "nel", "św.", "gen.", "i", "zu",
];

/// Looks at a number that may stand in front of a street: `12 Main Street`, `12, rue de la Paix`.
pub(crate) fn number_first(window: &Window<'_>, at: usize) -> Option<Found> {
    if window.word_before(at) || matches!(window.byte_before(at), b'.' | b',' | b'-' | b'$' | b'/')
    {
        return None;
    }
    let end = house_number(window, at)?;
    let mut next = end;
    for between in [", ", " bis ", " ter ", " "] {
        if let Some(rest) = window.text[end..].strip_prefix(between) {
            next = window.text.len() - rest.len();
            break;
        }
    }
    if next == end {
        return postcode_town(window, at);
    }
    let street = prefixed(window, next, false).or_else(|| suffixed(window, next));
    match street {
        Some(street) => Some(found(at, tail(window, street), "address_street", 85)),
        None => postcode_town(window, at),
    }
}

/// Looks at a word that may begin the name of a street: `Hauptstraße 5`, `Calle Mayor 3`, `ul. Długa 7`.
pub(crate) fn word_first(window: &Window<'_>, at: usize) -> Option<Found> {
    if window.word_before(at) || window.byte_before(at) == b'-' {
        return None;
    }
    if let Some(found) = flat_first(window, at) {
        return Some(found);
    }
    let street = prefixed(window, at, true).or_else(|| compound(window, at))?;
    Some(found(at, tail(window, street), "address_street", 80))
}

/// `Flat 12, Miller Valleys, …`, and the boxes of soldiers abroad: `PSC 1234, Box 5678, APO AE 09012`.
fn flat_first(window: &Window<'_>, at: usize) -> Option<Found> {
    const BEFORE: &[&str] = &[
        "Flat ",
        "Studio ",
        "Apt. ",
        "Apt ",
        "Suite ",
        "Unit ",
        "H.No. ",
        "House No. ",
        "PSC ",
        "CMR ",
    ];
    const ABROAD: &[&str] = &["APO A", "FPO A", "DPO A"];
    if !matches!(
        window.byte(at),
        b'F' | b'S' | b'A' | b'U' | b'H' | b'P' | b'C'
    ) {
        return None;
    }
    let word = BEFORE
        .iter()
        .find(|word| window.text[at..].starts_with(**word))?;
    let mut end = at + word.len();
    let begin = end;
    while window.byte(end).is_ascii_alphanumeric() || matches!(window.byte(end), b'/' | b'-') {
        end += 1;
    }
    if end == begin || !window.bytes()[begin..end].iter().any(u8::is_ascii_digit) {
        return None;
    }
    let behind = |at: usize| {
        [", ", "\n", ",\n", " "]
            .iter()
            .find_map(|gap| window.text[at..].strip_prefix(gap))
            .map(|rest| window.text.len() - rest.len())
    };
    let next = behind(end)?;
    if let Some(rest) = window.text[next..].strip_prefix("Box ") {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let last = behind(window.text.len() - rest.len() + digits)?;
        let code = last + "APO AE ".len();
        let digits = (code..code + 5).all(|place| window.byte(place).is_ascii_digit());
        let abroad = ABROAD
            .iter()
            .any(|word| window.text[last..].starts_with(word))
            && digits;
        return abroad.then(|| found(at, code + 5, "address_abroad", 90));
    }
    let street = match house_number(window, next).and_then(behind) {
        Some(named) => suffixed(window, named),
        None => suffixed(window, next),
    }?;
    Some(found(at, tail(window, street), "address_street", 85))
}

/// Whether a word in small letters may begin an address.
pub(crate) fn may_begin(window: &Window<'_>, at: usize) -> bool {
    let end = word_end(window, at);
    STREETS.has(&window.text[at..end]) && !WEAK.contains(&&window.text[at..end])
}

fn found(start: usize, end: usize, rule: &'static str, score: u8) -> Found {
    Found {
        start,
        end,
        kind: Kind::Address,
        rule,
        score,
    }
}

fn house_number(window: &Window<'_>, at: usize) -> Option<usize> {
    let mut end = at;
    while window.byte(end).is_ascii_digit() {
        end += 1;
    }
    if !(1..=5).contains(&(end - at)) {
        return None;
    }
    if window.byte(end).is_ascii_alphabetic() && !window.word_after(end + 1) {
        end += 1;
    }
    if matches!(window.byte(end), b'-' | b'/') && window.byte(end + 1).is_ascii_digit() {
        let mut behind = end + 1;
        while window.byte(behind).is_ascii_digit() {
            behind += 1;
        }
        if behind - end <= 5 && !window.word_after(behind) {
            end = behind;
        }
    }
    (!window.word_after(end)).then_some(end)
}

/// Where the word at this place ends; a point at its end belongs to it.
fn word_end(window: &Window<'_>, at: usize) -> usize {
    let bytes = window.bytes();
    let mut end = at;
    while end < bytes.len() {
        let byte = bytes[end];
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'\'' | b'.' | b'/') {
            end += 1;
        } else if byte < 0x80 {
            break;
        } else {
            let Some(letter) = window.text[end..].chars().next() else {
                break;
            };
            if !(letter.is_alphanumeric()
                || letter == '’'
                || ('\u{300}'..'\u{370}').contains(&letter))
            {
                break;
            }
            end += letter.len_utf8();
        }
    }
    end
}

fn is_large(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// One to five words in large letters, one of which is a word for a street.
fn suffixed(window: &Window<'_>, at: usize) -> Option<usize> {
    let (mut place, mut end) = (at, None);
    for count in 0..5 {
        let stop = word_end(window, place);
        let word = window.text[place..stop].trim_end_matches('.');
        let counted = count == 0
            && word.starts_with(|first: char| first.is_ascii_digit())
            && word.ends_with(['t', 'd', 'h']);
        if !is_large(word) && !counted {
            break;
        }
        if count > 0 && SUFFIXES.has(word) {
            let point = usize::from(
                window.byte(place + word.len()) == b'.'
                    && window.byte(place + word.len() + 1) != b'\n',
            );
            end = Some(place + word.len() + if word.len() <= 4 { point } else { 0 });
        }
        if window.byte(stop) != b' ' {
            break;
        }
        place = stop + 1;
    }
    end
}

/// The word in small letters, if it may be the first one of [`PREFIXES`].
fn small(word: &str) -> Option<String> {
    let small = word.to_lowercase();
    (small.starts_with("c/") || STREETS_FIRST.has(&small)).then_some(small)
}

/// A word for a street, its name, and with `numbered` the number behind it.
fn prefixed(window: &Window<'_>, at: usize, numbered: bool) -> Option<usize> {
    if !FIRST_TWO.has(window.byte(at), window.byte(at + 1)) {
        return None;
    }
    let mut end = word_end(window, at);
    let mut word = small(&window.text[at..end])?;
    if word.starts_with("c/") && word.len() > 2 {
        word = "c/".to_owned();
        end = at + 2;
    }
    let two = window.text[end..]
        .find([' ', '\n'])
        .filter(|gap| *gap == 0)
        .map(|_| {
            let second = word_end(window, end + 1);
            (
                format!("{word} {}", window.text[end + 1..second].to_lowercase()),
                second,
            )
        });
    if let Some((both, second)) = two.filter(|(both, _)| STREETS.has(both)) {
        word = both;
        end = second;
    } else if !STREETS.has(&word) {
        return None;
    }
    let weak = WEAK.contains(&word.as_str());
    let (mut large, mut name_end) = (0, end);
    for _ in 0..6 {
        let next = match window.byte(name_end) {
            b' ' => name_end + 1,
            _ if word == "c/" && large == 0 => name_end,
            _ => break,
        };
        let stop = word_end(window, next);
        let part = &window.text[next..stop];
        if is_large(part) {
            large += 1;
        } else if !SMALL.contains(&part.trim_end_matches('.')) && !SMALL.contains(&part) {
            break;
        }
        name_end = stop;
        if part.ends_with('.') && part.chars().count() > 4 {
            name_end -= 1;
            break;
        }
    }
    if large == 0 {
        return None;
    }
    if !numbered {
        return Some(name_end);
    }
    match number_behind(window, name_end) {
        Some(end) => Some(end),
        None if weak => None,
        None => Some(name_end),
    }
}

/// `, 12`, ` nº 12`, ` 12a`.
fn number_behind(window: &Window<'_>, at: usize) -> Option<usize> {
    for between in [", nº ", " nº ", ", n. ", " n. ", ", n° ", " n° ", ", ", " "] {
        if let Some(rest) = window.text[at..].strip_prefix(between) {
            let next = window.text.len() - rest.len();
            // Five digits behind a street are the post code.
            if let Some(end) = house_number(window, next).filter(|end| end - next < 5) {
                return Some(end);
            }
        }
    }
    None
}

/// `Hauptstraße 5`, `Heinz-Müller-Gasse 12`, `Lange Straße 3`.
fn compound(window: &Window<'_>, at: usize) -> Option<usize> {
    let mut place = at;
    for _ in 0..3 {
        let stop = word_end(window, place);
        let word = &window.text[place..stop];
        if !is_large(word) {
            return None;
        }
        if window.byte(stop) != b' ' {
            return None;
        }
        if window.byte(stop + 1).is_ascii_digit() {
            let small = word.to_lowercase();
            let ends = ENDINGS.iter().any(|ending| {
                small.ends_with(ending) && (small.len() > ending.len() || place > at)
            });
            return ends.then(|| house_number(window, stop + 1)).flatten();
        }
        place = stop + 1;
    }
    None
}

/// What goes on behind a street: flats, post codes, towns, states.
fn tail(window: &Window<'_>, street: usize) -> usize {
    let mut end = street;
    for _ in 0..6 {
        let Some(next) = [", ", ",\n", " , ", " \n", "\n", " - ", " ", ",", " | "]
            .iter()
            .find_map(|gap| window.text[end..].strip_prefix(gap))
            .map(|rest| window.text.len() - rest.len())
        else {
            break;
        };
        let spaced = window.byte(end) == b' ' && next == end + 1;
        let more = flat(window, next)
            .or_else(|| code_and_town(window, next))
            .or_else(|| (!spaced).then(|| town_and_code(window, next)).flatten());
        match more {
            Some(further) => end = further,
            None => break,
        }
    }
    end
}

fn flat(window: &Window<'_>, at: usize) -> Option<usize> {
    const WORDS: &[&str] = &[
        "Apt. ",
        "Apt ",
        "Suite ",
        "Unit ",
        "Flat ",
        "Studio ",
        "Floor ",
        "Room ",
        "Piso ",
        "Puerta ",
        "Apartamento ",
        "apt. ",
        "Appartamento ",
        "Interno ",
        "Piano ",
        "m. ",
        "lok. ",
        "bus ",
        "Apto ",
        "#",
        "Box ",
        "lgh ",
    ];
    let rest = WORDS
        .iter()
        .find_map(|word| window.text[at..].strip_prefix(word))?;
    let letters = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    (1..=6)
        .contains(&letters)
        .then(|| window.text.len() - rest.len() + letters)
}

/// Where a post code ends that begins here, and whether it can be nothing else.
fn postcode(window: &Window<'_>, at: usize) -> Option<(usize, bool)> {
    let form: String = window.bytes()[at..]
        .iter()
        .take(10)
        .map(|byte| match byte {
            b'0'..=b'9' => '9',
            b'A'..=b'Z' => 'A',
            b' ' | b'-' => char::from(*byte),
            _ => '.',
        })
        .collect();
    const FORMS: &[(&str, bool)] = &[
        ("AA99 9AA", true),
        ("AA9A 9AA", true),
        ("A9A 9AA", true),
        ("AA9 9AA", true),
        ("A99 9AA", true),
        ("A9 9AA", true),
        ("AA999AA", true),
        ("AA99AA", true),
        ("A9A 9A9", true),
        ("9999 AA", true),
        ("9999AA", true),
        ("99999-999", true),
        ("99999-9999", true),
        ("99-999", true),
        ("999 99", false),
        ("9999-999", true),
        ("99999", false),
        ("A-9999", true),
        ("D-99999", true),
        ("99999999", false),
        ("999999", false),
        ("9999", false),
    ];
    let (form, strict) = FORMS
        .iter()
        .find(|(wanted, _)| form.starts_with(wanted) && !window.word_after(at + wanted.len()))?;
    Some((at + form.len(), *strict))
}

fn code_and_town(window: &Window<'_>, at: usize) -> Option<usize> {
    let (end, strict) = postcode(window, at)?;
    let named = [" ", ", ", "\n", ",\n"]
        .iter()
        .find_map(|gap| window.text[end..].strip_prefix(gap))
        .and_then(|rest| town(window, window.text.len() - rest.len()));
    match named {
        Some(end) => Some(end),
        None => strict.then_some(end),
    }
}

/// `Springfield, IL 62704`, `London SW1A 1AA`, `Milano (MI)`.
fn town_and_code(window: &Window<'_>, at: usize) -> Option<usize> {
    if let Some(end) = state_and_zip(window, at) {
        return Some(end);
    }
    let end = town(window, at)?;
    for gap in [", ", " ", "\n", ",\n", " - ", " / ", "-", " -"] {
        let Some(rest) = window.text[end..].strip_prefix(gap) else {
            continue;
        };
        let next = window.text.len() - rest.len();
        if let Some(end) = state_and_zip(window, next) {
            return Some(end);
        }
        if let Some(end) = code_and_town(window, next) {
            return Some(end);
        }
        if let Some((end, _)) = postcode(window, next) {
            return Some(end);
        }
    }
    None
}

fn state_and_zip(window: &Window<'_>, at: usize) -> Option<usize> {
    let state = window.text.get(at..at + 2)?;
    if !state.bytes().all(|byte| byte.is_ascii_uppercase()) || window.byte(at + 2) != b' ' {
        return None;
    }
    let mut end = at + 3;
    while window.byte(end).is_ascii_digit() {
        end += 1;
    }
    if end != at + 8 {
        return None;
    }
    if window.byte(end) == b'-' && (1..=4).all(|place| window.byte(end + place).is_ascii_digit()) {
        end += 5;
    }
    (!window.word_after(end)).then_some(end)
}

fn town(window: &Window<'_>, at: usize) -> Option<usize> {
    let (mut place, mut end) = (at, None);
    for count in 0..4 {
        let stop = word_end(window, place);
        let mut word = window.text[place..stop].trim_end_matches('.');
        // `Hapur-163726`: the post code is read by who asked for the town.
        let coded = word
            .find(|letter: char| letter.is_ascii_digit())
            .filter(|at| *at > 0 && word.as_bytes()[at - 1] == b'-');
        if let Some(at) = coded {
            word = &word[..at - 1];
        }
        if is_large(word) && !word.bytes().any(|byte| byte.is_ascii_digit()) {
            end = Some(place + word.len());
        } else if count == 0 || !SMALL.contains(&word) {
            break;
        }
        if coded.is_some()
            || window.byte(stop) != b' '
            || window.byte(stop.saturating_sub(1)) == b'.'
        {
            break;
        }
        place = stop + 1;
    }
    let end = end?;
    // `(MI)`
    let province = window.text[end..].strip_prefix(" (").is_some_and(|rest| {
        rest.len() > 2
            && rest.as_bytes()[..2].iter().all(u8::is_ascii_uppercase)
            && rest.as_bytes()[2] == b')'
    });
    let state = window.text[end..].strip_prefix(" / ").is_some_and(|rest| {
        rest.len() >= 2
            && rest.as_bytes()[..2].iter().all(u8::is_ascii_uppercase)
            && !window.word_after(end + 5)
    });
    Some(if province || state { end + 5 } else { end })
}

/// A post code with its town, without a street.
fn postcode_town(window: &Window<'_>, at: usize) -> Option<Found> {
    let (end, strict) = postcode(window, at)?;
    let called = || {
        window.says_before(
            at,
            24,
            &[
                "plz",
                "postal",
                "post code",
                "postcode",
                "zip",
                "code postal",
                "cap ",
                "kod pocztowy",
                "postnummer",
                "cep",
            ],
        )
    };
    let named = window.text[end..]
        .strip_prefix(' ')
        .and_then(|rest| town(window, window.text.len() - rest.len()));
    match named {
        Some(town) if strict || called() => Some(found(at, town, "address_post_code", 65)),
        _ => called().then(|| found(at, end, "address_post_code", 65)),
    }
}

/// Looks at large letters that may be a British or Canadian post code.
pub(crate) fn letters_first(window: &Window<'_>, at: usize) -> Option<Found> {
    if window.word_before(at) {
        return None;
    }
    let (end, strict) = postcode(window, at)?;
    let spaced = window.text[at..end].contains(' ');
    (strict && spaced).then(|| found(at, end, "address_post_code", 70))
}
