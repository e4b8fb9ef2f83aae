//! Names of people, as far as lists and habits of writing tell: known given and family names, titles,
//! and phrases that introduce someone.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::kind::Kind;
use crate::window::{Found, Window};
use crate::words::{Membership, Words};

/// The lists of [`LISTS`].
const GIVEN: usize = 0;
const FAMILY: usize = 1;
const OTHER: usize = 2;

/// Given names, family names and other words. All of them have a large first letter.
static LISTS: LazyLock<Words> = LazyLock::new(|| {
    Words::together(&[
        Words::read(include_str!("../../data/given_names.txt")),
        Words::read(include_str!("../../data/family_names.txt")),
        Words::read(OTHER_WORDS),
    ])
});

/// Words with a large first letter that are no names, though they stand beside some.
const OTHER_WORDS: &str = "The This That These Those There Then They Dear Hello Hi Hey Please Contact Call Ask Tell Thanks Thank Regards \
         Best Kind Sincerely Yours From To Cc Bcc Subject Re Fwd Sent Date Time And But Or If When Where Who What Why How \
         I We You He She It My Our Your His Her Its Their In On At By For With Of As Is Are Was Were Be Not No Yes Monday \
         Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August September October \
         November December Email Mail Phone Tel Mobile Address Name Street Road Avenue Lane Drive Court City State Country \
         Bank Card Account Number Order Invoice Customer Client Patient User Employee Manager Director Doctor Hospital \
         University School College Company Inc Ltd LLC GmbH AG Corp Group Holding Team Department Office Meeting Project \
         Conference Hotel Restaurant Airport Station Church Museum Park Bridge River Lake Mount Island Valley Beach North \
         South East West New Old Great Saint Liebe Lieber Hallo Guten Sehr Herr Frau Die Der Das Den Dem Ein Eine Und Oder \
         Ich Wir Sie Er Es Mein Meine Unser Ihr Ihre Bitte Danke Grüße Gruß Montag Dienstag Mittwoch Donnerstag Freitag \
         Samstag Sonntag Januar Februar März Mai Juni Juli Oktober Dezember Bonjour Cher Chère Madame Monsieur Le La Les Un \
         Une Et Je Nous Vous Il Elle Mon Ma Mes Notre Votre Merci Hola Querido Querida Señor Señora El Los Las Y Yo \
         Nosotros Mi Su Gracias Estimado Estimada Ciao Caro Cara Gentile Signor Signora Lo Gli Io Noi Grazie Beste Geachte \
         Meneer Mevrouw De Het Een En Ik Wij Dank Cześć Drogi Droga Szanowny Szanowna Pan Pani Dziękuję Olá Prezado Prezada \
         Senhor Senhora O A Os As Um Uma Eu Obrigado Obrigada Hej Kära Bästa Jag Vi Tack Mr Mrs Ms Miss Dr Prof Sir Lady \
         Hai HAI-Net Windows Linux Google Microsoft Apple Amazon Facebook Internet English German French Spanish Italian Dutch Polish \
         Swedish American British European Can Could Would Should Will Did Do Does Has Have Had Let Send Write Reply Visit \
         Once Nobody Everyone Everybody Someone Somebody Something Nothing Everything After Before While During Since Because Although \
         Though However Therefore Also Only Even Just Still Yet Each Every Some Many Most Few Several All Any Both Either Neither Another \
         Other Such Same Here Now Soon Later First Second Third Last Next Finally Maybe Perhaps Until Unless Without Within About Above \
         Below Between Under Over Through Against Among Around Behind Beside Beyond Inside Outside Instead Indeed Again Always Never Often \
         Sometimes Usually Almost Quite Rather Very More Less Much Little Two Three Four Five Ten One People Water Wir Nach Vor Mit Von Bei \
         Aus Auf Für Durch Ohne Gegen Um Zu Zum Zur Wenn Weil Dass Ob Als Auch Noch Nur Schon Alle Viele Mehr Sehr Hier Dort Heute Morgen \
         Born Lives Live Pay Paid Ship Deliver Transfer Note Today Tomorrow Yesterday";

const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "doctor",
    "sir",
    "dame",
    "lady",
    "lord",
    "rev",
    "fr",
    "hon",
    "herr",
    "herrn",
    "frau",
    "monsieur",
    "madame",
    "mademoiselle",
    "mme",
    "mlle",
    "señor",
    "señora",
    "señorita",
    "sr",
    "sra",
    "srta",
    "don",
    "doña",
    "signor",
    "signora",
    "sig",
    "sig.ra",
    "dott",
    "dott.ssa",
    "dhr",
    "mevr",
    "meneer",
    "mevrouw",
    "pan",
    "pani",
    "pana",
    "panią",
    "senhor",
    "senhora",
    "dona",
    "herra",
    "rouva",
    "ing",
    "mag",
    "capt",
    "lt",
    "sgt",
    "col",
    "shri",
    "smt",
    "uncle",
    "aunt",
    "auntie",
    "tante",
    "onkel",
    "oma",
    "opa",
];

/// What a title may stand behind.
const BEFORE_TITLE: [char; 5] = [' ', '\n', '(', '"', ','];

/// What stands right in front of a name that is introduced, in small letters.
const INTRODUCTIONS: &[&str] = &[
    "my name is ",
    "name is ",
    "name's ",
    "full name: ",
    "name: ",
    "named ",
    "ich heiße ",
    "mein name ist ",
    "heißt ",
    "je m'appelle ",
    "je m’appelle ",
    "s'appelle ",
    "mon nom est ",
    "nom : ",
    "nom: ",
    "me llamo ",
    "mi nombre es ",
    "se llama ",
    "nombre: ",
    "mi chiamo ",
    "si chiama ",
    "nome: ",
    "ik heet ",
    "mijn naam is ",
    "naam: ",
    "nazywam się ",
    "nazwisko: ",
    "meu nome é ",
    "me chamo ",
    "chamo-me ",
    "jag heter ",
    "mitt namn är ",
    "namn: ",
    "jeg heter ",
    "jeg hedder ",
    "signed by ",
    "dear ",
    "cher ",
    "chère ",
    "liebe ",
    "lieber ",
    "querido ",
    "querida ",
    "caro ",
    "cara ",
    "beste ",
    "kära ",
    "estimado ",
    "estimada ",
    "patient: ",
    "patient ",
    "customer: ",
    "client: ",
    "kunde: ",
    "employee: ",
    "contact: ",
    "contact ",
    "ask for ",
    "speak to ",
    "speak with ",
    "talk to ",
    "señora ",
    "señor ",
    "madame ",
    "monsieur ",
    "fragen sie nach ",
    "kontakt: ",
    "ansprechpartner: ",
    "name=\"",
    "\"name\": \"",
    "name\":\"",
    "signed, ",
    "attn: ",
    "attn ",
    "c/o ",
    "z.hd. ",
    "z. hd. ",
    "grüße ",
    "regards, ",
    "sincerely, ",
];

/// Small words inside family names.
const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la",
    "le", "el", "al", "bin", "ibn", "ter", "ten", "zu", "zum", "zur", "vom", "af", "av", "y", "e",
    "und",
];

/// Words of one name.
const WORDS_MAX: usize = 5;

#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    start: usize,
    end: usize,
    word: &'a str,
    small: bool,
    initial: bool,
    lists: Membership,
    /// The same for what stands in front of a hyphen.
    half: Membership,
}

impl Part<'_> {
    /// Whether the word, or its first half, is in a list of names, and whether it is marked there.
    fn is(&self, list: usize) -> Option<bool> {
        self.lists.of(list).or(self.half.of(list))
    }

    fn is_other(&self) -> bool {
        self.lists.of(OTHER).is_some()
    }
}

/// The word as lists have it.
fn listed(word: &str) -> Cow<'_, str> {
    if word.len() > 1 && word.chars().all(|letter| !letter.is_lowercase()) {
        let mut letters = word.chars();
        let first: String = letters.next().into_iter().collect();
        return Cow::Owned(first + &letters.as_str().to_lowercase());
    }
    Cow::Borrowed(word)
}

/// Looks at a word that begins with a large letter.
pub(crate) fn look(window: &Window<'_>, at: usize) -> Option<Found> {
    if window.word_before(at) {
        return None;
    }
    let first = part(window, at)?;
    let family = first.is(FAMILY);
    if first.is_other() && family.is_none() && first.is(GIVEN).is_none() {
        return None;
    }
    let introduced = ENDS.has(window, at);
    if introduced && titled(window, at) {
        return Some(whole(&collect(window, first), "person_title", 92));
    }
    if first.is_other() && first.is(GIVEN).is_none() {
        return None;
    }
    if introduced && !first.initial {
        let before = window.before(at, 24);
        if INTRODUCTIONS
            .iter()
            .any(|phrase| ends_with_phrase(&before, phrase))
        {
            return Some(whole(&collect(window, first), "person_introduced", 88));
        }
    }
    let known = first.initial || family.is_some() || first.is(GIVEN).is_some();
    // A name that no list knows counts beside one that they know.
    let beside = || {
        window.byte(first.end) == b' '
            && (window.byte(first.end + 1).is_ascii_uppercase()
                || window.byte(first.end + 1) >= 0x80)
            && part(window, first.end + 1)
                .is_some_and(|next| next.initial || next.is(FAMILY).is_some())
    };
    // Nor does a list know all: what is done or said of two words in large letters makes them a name.
    let paired = || {
        let next = first.end + 1;
        window.byte(first.end) == b' '
            && (window.byte(next).is_ascii_uppercase()
                || window.byte(next) >= 0x80
                || window.text[next..].starts_with("van "))
    };
    if !known && !beside() {
        return paired()
            .then(|| followed(window, &collect(window, first)))
            .flatten();
    }
    let parts = collect(window, first);
    by_lists(window, &parts).or_else(|| followed(window, &parts))
}

/// What follows a name and little else.
const FOLLOWING: &[&str] = &[
    " was born",
    ", born",
    " lives",
    " told ",
    " said",
    " says",
    " wrote",
    " writes",
    " asked",
    " called",
    " works",
    " reads",
    ", geboren",
    " wohnt",
    " sagt",
    " schrieb",
    ", né",
    " habite",
    " a dit",
    " vous ",
    ", nato",
    ", nata",
    " abita",
    " ha detto",
    ", fecha de nac",
    ", nacid",
    " vive",
    " dijo",
    ", geboortedatum",
    ", geb",
    " woont",
    " zegt",
    ", data urodz",
    ", ur.",
    " mieszka",
    ", data de nasc",
    ", nascid",
    " mora ",
    " disse",
    ", född",
    " bor ",
    " säger",
    " mailed",
    " emailed",
    " phoned",
    " signed",
    ", aged",
    ", tel",
    ", phone",
    " <",
    "'s email",
    "'s phone",
    "’s email",
];

fn followed(window: &Window<'_>, parts: &[Part<'_>]) -> Option<Found> {
    if parts.len() < 2 {
        return None;
    }
    let end = parts[parts.len() - 1].end;
    let rest = &window.text[end..];
    let contact = || {
        rest.strip_prefix(" (")
            .is_some_and(|rest| rest.bytes().take(40).any(|byte| byte == b'@'))
    };
    let known = FOLLOWING.iter().any(|phrase| rest.starts_with(phrase)) || contact();
    known.then(|| whole(parts, "person_followed", 65))
}

/// How the phrases and titles end that may stand in front of a name. Most words in large letters follow
/// other ones, and are passed over by this.
struct Ends {
    /// A bit for each two bytes.
    twos: Vec<u64>,
    /// Last words, in order.
    words: Vec<u64>,
}

static ENDS: LazyLock<Ends> = LazyLock::new(|| {
    let mut ends = Ends {
        twos: vec![0; 1024],
        words: Vec::new(),
    };
    for phrase in INTRODUCTIONS {
        ends.add(phrase.trim_end());
    }
    for title in TITLES {
        ends.add(title);
        ends.add(&format!("{title}."));
    }
    ends.words.sort_unstable();
    ends
});

impl Ends {
    fn add(&mut self, phrase: &str) {
        if let [.., one, two] = phrase.as_bytes() {
            let bit = usize::from(*one) << 8 | usize::from(*two);
            self.twos[bit / 64] |= 1 << (bit % 64);
        }
        self.words.extend(last_word(phrase.as_bytes()));
    }

    fn has(&self, window: &Window<'_>, at: usize) -> bool {
        let bytes = &window.bytes()[..at];
        let bytes = bytes.strip_suffix(b" ").unwrap_or(bytes);
        let [.., one, two] = bytes else {
            return false;
        };
        let bit =
            usize::from(one.to_ascii_lowercase()) << 8 | usize::from(two.to_ascii_lowercase());
        self.twos[bit / 64] & (1 << (bit % 64)) != 0
            && last_word(bytes).is_none_or(|word| self.words.binary_search(&word).is_ok())
    }
}

/// The last letters of the last word and how many marks follow them, as one number. Nothing where a
/// letter beyond ASCII is among them: small, it may be another one.
fn last_word(bytes: &[u8]) -> Option<u64> {
    const BYTES: usize = 6;
    let mut word = 0;
    for (place, byte) in bytes.iter().rev().take(BYTES).enumerate() {
        match byte {
            0x80.. => return None,
            byte if byte.is_ascii_alphanumeric() => {
                word |= u64::from(byte.to_ascii_lowercase()) << (8 * place);
            }
            _ if word != 0 => break,
            _ => {}
        }
    }
    Some(word)
}

fn by_lists(window: &Window<'_>, parts: &[Part<'_>]) -> Option<Found> {
    let first = parts[0];
    let given = first.is(GIVEN);
    let family = |part: &Part<'_>| part.is(FAMILY);
    let last_known = parts
        .iter()
        .skip(1)
        .rposition(|part| family(part).is_some())
        .map(|place| place + 1);
    if parts.len() > 1 {
        let second = &parts[1..];
        let follows = second
            .iter()
            .any(|part| family(part).is_some() || part.is(GIVEN).is_some());
        match given {
            Some(false) => {
                return Some(whole(
                    parts,
                    "person_given_family",
                    if follows { 90 } else { 75 },
                ));
            }
            Some(true) if follows => return Some(whole(parts, "person_given_family", 80)),
            _ => {}
        }
        if let Some(last) = last_known {
            let sure = family(&parts[last]) == Some(false);
            if first.initial
                || (sure && first.word.chars().count() > 2)
                || family(&first) == Some(false)
            {
                return Some(whole(parts, "person_family", 70));
            }
        }
    }
    if family(&first).is_some()
        && window.text[first.end..].starts_with(", ")
        && let Some(behind) = part(window, first.end + 2)
        && behind.is(GIVEN) == Some(false)
    {
        let mut all = vec![first];
        all.extend(collect(window, behind));
        return Some(whole(&all, "person_family_first", 88));
    }
    let letters = first.word.chars().count();
    if given == Some(false) && letters >= 3 {
        return Some(whole(&parts[..1], "person_given", 60));
    }
    (family(&first) == Some(false) && letters >= 4 && given.is_none() && !first.initial)
        .then(|| whole(&parts[..1], "person_family_alone", 50))
}

fn whole(parts: &[Part<'_>], rule: &'static str, score: u8) -> Found {
    Found {
        start: parts[0].start,
        end: parts[parts.len() - 1].end,
        kind: Kind::Person,
        rule,
        score,
    }
}

fn ends_with_phrase(before: &str, phrase: &str) -> bool {
    before
        .strip_suffix(phrase)
        .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}

fn titled(window: &Window<'_>, at: usize) -> bool {
    if window.byte_before(at) != b' ' {
        return false;
    }
    let before = window.before(at - 1, 12);
    let word = before
        .rsplit(BEFORE_TITLE)
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    TITLES.contains(&word) && word.len() > 1 && {
        // `don` and `pan` are words, `Don` and `Pan` are titles.
        let start = window.text[..at - 1]
            .rfind(BEFORE_TITLE)
            .map_or(0, |place| place + 1);
        window.byte(start).is_ascii_uppercase()
    }
}

fn part<'a>(window: &Window<'a>, at: usize) -> Option<Part<'a>> {
    let rest = &window.text[at..];
    // Most names are in plain letters as a whole.
    let plain = rest.bytes().position(|byte| !byte.is_ascii_alphabetic());
    let plain = plain.unwrap_or(rest.len());
    let mut end = plain;
    for (place, letter) in rest[plain..].char_indices() {
        let place = plain + place;
        let inside = is_letter(letter) || ('\u{300}'..'\u{370}').contains(&letter);
        let joined = matches!(letter, '-' | '\'' | '’')
            && place > 0
            && rest[place + letter.len_utf8()..]
                .chars()
                .next()
                .is_some_and(char::is_alphabetic);
        if !inside && !joined {
            break;
        }
        end = place + letter.len_utf8();
    }
    let mut word = &rest[..end];
    for genitive in ["'s", "’s"] {
        word = word.strip_suffix(genitive).unwrap_or(word);
    }
    let first = word.chars().next()?;
    let small = !first.is_uppercase();
    let initial = word.len() == first.len_utf8() && !small && rest[end..].starts_with('.');
    if matches!(window.byte(at + word.len()), b'_' | b'@' | b'0'..=b'9') {
        return None;
    }
    let (mut lists, mut half) = <(Membership, Membership)>::default();
    if !small {
        let whole = listed(word);
        lists = LISTS.membership(&whole);
        if let Some((first, _)) = whole.split_once('-') {
            half = LISTS.membership(first);
        }
    }
    Some(Part {
        start: at,
        end: at + word.len() + usize::from(initial),
        word,
        small,
        initial,
        lists,
        half,
    })
}

/// [`char::is_alphabetic`], quick for the letters of Latin.
fn is_letter(letter: char) -> bool {
    match letter {
        '×' | '÷' => false,
        '\u{c0}'..='\u{24f}' => true,
        _ => letter.is_alphabetic(),
    }
}

/// The words of a name from its first one on.
fn collect<'a>(window: &Window<'a>, first: Part<'a>) -> Vec<Part<'a>> {
    let mut parts = vec![first];
    while parts.len() < WORDS_MAX {
        let last = parts[parts.len() - 1];
        let gap = usize::from(window.byte(last.end) == b' ');
        if gap == 0 && !last.initial {
            break;
        }
        if !window.text.is_char_boundary(last.end + gap) {
            break;
        }
        let Some(next) = part(window, last.end + gap) else {
            break;
        };
        let fits = if next.small {
            PARTICLES.contains(&next.word)
        } else {
            (next.word.chars().count() > 1 || next.initial)
                && (!next.is_other() || next.is(FAMILY) == Some(false))
                && !(next.word.chars().count() > 3
                    && next.word.chars().all(char::is_uppercase)
                    && first.word.chars().any(char::is_lowercase))
        };
        if !fits {
            break;
        }
        parts.push(next);
    }
    while parts.last().is_some_and(|part| part.small) {
        parts.pop();
    }
    parts
}

/// Whether a short word is an ordinary one as well as a name: `may`, `will`, `mark`.
pub(crate) fn is_ordinary(value: &str) -> bool {
    let mut letters = value.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let word = first + &letters.as_str().to_lowercase();
    let lists = LISTS.membership(&word);
    lists.of(GIVEN) == Some(true) || lists.of(FAMILY) == Some(true) || lists.of(OTHER).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_unicode() {
        for letter in '\0'..=char::MAX {
            assert_eq!(is_letter(letter), letter.is_alphabetic(), "{letter:?}");
        }
    }
}
