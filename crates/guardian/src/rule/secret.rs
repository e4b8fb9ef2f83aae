//! Keys and tokens: known begins, signed tokens, random letters, and what the text calls a password.

use crate::kind::Kind;
use crate::window::{Found, Window, is_word};

/// How keys of services begin, and how many letters follow at least.
const BEGINS: &[(&str, usize)] = &[
    ("sk-", 16),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("pk_live_", 10),
    ("pk_test_", 10),
    ("rk_live_", 10),
    ("rk_test_", 10),
    ("whsec_", 16),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("gldt-", 16),
    ("glrt-", 16),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AROA", 16),
    ("AIDA", 16),
    ("ABIA", 16),
    ("xoxb-", 10),
    ("xoxa-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("xoxe-", 10),
    ("xoxe.", 10),
    ("xapp-", 10),
    ("hai_sk_", 8),
    ("hai_", 24),
    ("hf_", 20),
    ("AIza", 30),
    ("ya29.", 20),
    ("GOCSPX-", 20),
    ("npm_", 20),
    ("pypi-", 20),
    ("SG.", 20),
    ("shpat_", 20),
    ("shpss_", 20),
    ("shpca_", 20),
    ("dop_v1_", 20),
    ("doo_v1_", 20),
    ("EAACEdEose0cBA", 10),
    ("AGE-SECRET-KEY-1", 20),
    ("sq0atp-", 16),
    ("sq0csp-", 16),
    ("lin_api_", 16),
    ("figd_", 16),
    ("tskey-", 16),
    ("sbp_", 16),
    ("r8_", 20),
    ("gsk_", 20),
    ("pplx-", 20),
    ("nvapi-", 20),
    ("xai-", 20),
    ("key-", 24),
    ("dckr_pat_", 16),
    ("ntn_", 20),
    ("secret_", 24),
    ("PMAK-", 20),
    ("pat-", 20),
    ("pnu_", 20),
    ("rubygems_", 20),
    ("cio", 30),
    ("phc_", 20),
    ("phx_", 20),
    ("sntrys_", 20),
    ("glsa_", 20),
    ("eyJrIjoi", 20),
    ("hvs.", 20),
    ("hvb.", 20),
    ("dapi", 30),
    ("nfp_", 20),
    ("fo1_", 20),
    ("AQVN", 30),
    ("xkeysib-", 20),
    ("squ_", 30),
    ("sqp_", 30),
    ("tvly-", 16),
    ("ATATT3", 20),
    ("ATCTT3", 20),
    ("nsec1", 40),
    ("xprv", 80),
    ("ops_", 40),
    ("v1.0-", 40),
];

/// Letters of a run from which on its randomness is measured.
const ENTROPY_LETTERS: usize = 20;

/// Bits per letter beyond which a run is a key. Words have about four at most.
const ENTROPY_BITS: f64 = 4.5;

/// A key goes over these letters.
fn in_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Looks at a run of text without blanks that is long enough for a key.
pub(crate) fn look(window: &Window<'_>, from: usize, to: usize, out: &mut Vec<Found>) {
    let mut at = from;
    while at < to {
        if window.word_before(at) || !window.byte(at).is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        match jwt(window, at).or_else(|| begins(window, at)) {
            Some(found) => {
                at = found.end;
                out.push(found);
            }
            None => at += 1,
        }
    }
    random(window, from, to, out);
}

fn begins(window: &Window<'_>, at: usize) -> Option<Found> {
    let rest = &window.bytes()[at..];
    let (begin, least) = BEGINS
        .iter()
        .find(|(begin, _)| rest.starts_with(begin.as_bytes()))?;
    let mut end = at + begin.len();
    while in_key(window.byte(end))
        || (matches!(window.byte(end), b'.' | b'=' | b'+' | b'/') && in_key(window.byte(end + 1)))
    {
        end += 1;
    }
    let body = &window.bytes()[at + begin.len()..end];
    let large = |letters: &[u8]| {
        letters
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let mixed = body.iter().any(u8::is_ascii_digit)
        || body.len() >= 32
        || (body.iter().any(u8::is_ascii_uppercase) && body.iter().any(u8::is_ascii_lowercase))
        || (large(begin.as_bytes()) && large(body));
    (body.len() >= *least && mixed).then(|| found(at, end, Kind::ApiKey, "key_begin", 97))
}

/// Three parts in base64, the first of which is JSON.
fn jwt(window: &Window<'_>, at: usize) -> Option<Found> {
    if !window.bytes()[at..].starts_with(b"eyJ") {
        return None;
    }
    let (mut end, mut points, mut part) = (at, 0, at);
    loop {
        match window.byte(end) {
            b'.' if points < 4 && end > part => {
                points += 1;
                part = end + 1;
            }
            byte if in_key(byte) || byte == b'=' => {}
            _ => break,
        }
        end += 1;
    }
    while end > at && window.byte(end - 1) == b'.' {
        end -= 1;
        points -= 1;
    }
    (points >= 1 && end - at >= 24).then(|| found(at, end, Kind::Jwt, "jwt", 98))
}

fn random(window: &Window<'_>, from: usize, to: usize, out: &mut Vec<Found>) {
    let bytes = window.bytes();
    let wide = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'_' | b'-' | b'=');
    let mut at = from;
    while at < to {
        let mut end = at;
        while end < to && wide(bytes[end]) {
            end += 1;
        }
        let run = &bytes[at..end];
        if run.len() >= ENTROPY_LETTERS && mixed(run) && entropy(run) > ENTROPY_BITS {
            let (mut start, mut stop) = (at, end);
            let whole = |byte: u8| wide(byte) || byte == b'/';
            while start > from && whole(bytes[start - 1]) {
                start -= 1;
            }
            while stop < to && whole(bytes[stop]) {
                stop += 1;
            }
            out.push(found(start, stop, Kind::HighEntropy, "entropy", 60));
            end = stop;
        }
        at = end + 1;
    }
}

/// Large and small letters and digits: identifiers in programs have the first two only.
fn mixed(run: &[u8]) -> bool {
    run.iter().any(u8::is_ascii_lowercase)
        && run.iter().any(u8::is_ascii_uppercase)
        && run.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2
}

/// Bits per letter.
pub(crate) fn entropy(run: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in run {
        counts[usize::from(*byte)] += 1;
    }
    let total = f64::from(u32::try_from(run.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

/// Names of values that are secrets, in small letters, without what divides their words.
pub(crate) const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "pwd",
    "psw",
    "pass",
    "secret",
    "token",
    "apikey",
    "apitoken",
    "apisecret",
    "accesstoken",
    "accesskey",
    "secretkey",
    "secretaccesskey",
    "authtoken",
    "auth",
    "clientsecret",
    "privatekey",
    "refreshtoken",
    "idtoken",
    "sessiontoken",
    "sessionid",
    "bearer",
    "credentials",
    "contraseña",
    "contrasena",
    "clave",
    "motdepasse",
    "mdp",
    "wachtwoord",
    "hasło",
    "haslo",
    "senha",
    "lösenord",
    "losenord",
    "kennwort",
    "adgangskode",
    "passord",
    "salasana",
    "heslo",
    "пароль",
    "parola",
    "şifre",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
    "pin",
    "pincode",
    "encryptionkey",
    "masterkey",
    "dbpassword",
    "connectionstring",
];

/// What stands between the name of a secret and its value: `: `, ` = `, ` is `, `":"`.
const IS: &[&str] = &[
    " is: ", " is ", " ist: ", " ist ", " es ", " est ", " è ", " lautet ",
];

/// Looks at a word that may name a secret; what follows it is the secret.
pub(crate) fn named(window: &Window<'_>, at: usize) -> Option<Found> {
    let mut end = at;
    while end - at < 40 && (is_word(window.byte(end)) || matches!(window.byte(end), b'_' | b'-')) {
        end += 1;
    }
    let name: String = window
        .text
        .get(at..end)?
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    let mut strict = name == "pin" || name == "auth" || name == "pass" || name == "clave";
    if name == "mot" && window.text[end..].starts_with(" de passe") {
        end += " de passe".len();
    } else if name == "api" && window.text[end..].to_lowercase().starts_with(" key") {
        end += " key".len();
    } else if !NAMES
        .iter()
        .any(|known| name == *known || (known.len() > 5 && name.ends_with(known)))
    {
        return None;
    }
    let mut value = end;
    let quoted = matches!(window.byte(value), b'"' | b'\'')
        && matches!(window.byte(value + 1), b':' | b'=' | b' ');
    value += usize::from(quoted);
    while window.byte(value) == b' ' && value - end < 4 {
        value += 1;
    }
    let marked = if matches!(window.byte(value), b':' | b'=') {
        while matches!(window.byte(value), b':' | b'=' | b'>' | b' ') && value - end < 8 {
            value += 1;
        }
        true
    } else if name == "bearer" && window.byte(end) == b' ' {
        value = end + 1;
        strict = true;
        true
    } else if let Some(is) = IS.iter().find(|is| window.text[end..].starts_with(**is)) {
        value = end + is.len();
        // In prose the value must look like one: "the password is wrong".
        strict = true;
        true
    } else {
        false
    };
    if !marked {
        return None;
    }
    let (value, stop) = value_at(window, value);
    let secret = window.text.get(value..stop)?;
    is_secret(secret, strict, &name).then(|| found(value, stop, Kind::Password, "named_secret", 85))
}

/// Where the value begins and ends that stands here, without its quotes.
fn value_at(window: &Window<'_>, mut value: usize) -> (usize, usize) {
    let bytes = window.bytes();
    let quote = matches!(window.byte(value), b'"' | b'\'' | b'`').then(|| window.byte(value));
    value += usize::from(quote.is_some());
    if window.text[value..].starts_with("Bearer ") || window.text[value..].starts_with("Basic ") {
        value += if window.byte(value + 1) == b'e' { 7 } else { 6 };
    }
    let mut stop = value;
    while stop < bytes.len() {
        let byte = bytes[stop];
        let ends = match quote {
            Some(quote) => byte == quote || byte == b'\n',
            None => {
                byte.is_ascii_whitespace()
                    || matches!(
                        byte,
                        b'"' | b'\'' | b'`' | b',' | b';' | b'<' | b'>' | b')' | b'&' | b'}' | b']'
                    )
            }
        };
        if ends {
            break;
        }
        stop += 1;
    }
    while stop > value && quote.is_none() && matches!(bytes[stop - 1], b'.' | b'!' | b'?' | b':') {
        stop -= 1;
    }
    (value, stop)
}

/// Whether a value with this name is a secret, as a key of JSON names it.
pub(crate) fn is_named(name: &str, value: &str) -> bool {
    let name: String = name
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    let known = NAMES
        .iter()
        .any(|known| name == *known || (known.len() > 5 && name.ends_with(known)));
    known
        && !value.contains(' ')
        && is_secret(
            value,
            name == "auth" || name == "pass" || name == "clave",
            &name,
        )
}

fn is_secret(value: &str, strict: bool, name: &str) -> bool {
    let letters = value.chars().count();
    let digits = value.chars().any(|letter| letter.is_ascii_digit());
    let marks = value.chars().any(|letter| !letter.is_alphanumeric());
    if name.starts_with("pin") {
        return (4..=8).contains(&letters) && value.bytes().all(|byte| byte.is_ascii_digit());
    }
    let placeholder = matches!(
        value.to_lowercase().as_str(),
        "none"
            | "null"
            | "true"
            | "false"
            | "required"
            | "optional"
            | "string"
            | "wrong"
            | "here"
            | "undefined"
            | "nil"
    ) || value
        .bytes()
        .all(|byte| matches!(byte, b'*' | b'x' | b'X' | b'.' | b'-'))
        || value.starts_with(['$', '{', '<', '%', '[']) && !digits;
    (4..=4096).contains(&letters)
        && !placeholder
        && (!strict || (letters >= 5 && (digits || marks && letters >= 8)))
}

fn found(start: usize, end: usize, kind: Kind, rule: &'static str, score: u8) -> Found {
    Found {
        start,
        end,
        kind,
        rule,
        score,
    }
}
