//! Brings each run of letters that the survey marked to the rules that may know it.

use crate::decode;
use crate::disguise;
use crate::error::ScanError;
use crate::lexicon::Lexicon;
use crate::limits::DECODING_DEPTH_MAX;
use crate::rule::{
    address, date, email, home, letters, lookalike, net, number, person, secret, seed, url,
};
use crate::survey::{Run, SEED_TAIL, Survey, mark};
use crate::window::{Found, Mapped, Window};

/// What rules look with: the known values, and how deep in encodings they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inspector<'a> {
    pub(crate) known: [&'a Lexicon; 2],
    pub(crate) depth: usize,
}

impl Inspector<'_> {
    /// Finds what begins in the unit, and the little in front of it that is only recognised there.
    ///
    /// `surveyed` is the survey of the unit, where one was taken already; `disguised` says whether the
    /// window has letters in disguise.
    pub(crate) fn look(
        &self,
        window: &Window<'_>,
        disguised: bool,
        surveyed: Option<&Survey>,
        out: &mut Vec<Found>,
    ) -> Result<(), ScanError> {
        if disguised {
            let mapped = Mapped::plain(window.text);
            let plain = Window {
                text: &mapped.text,
                from: mapped.place_of(window.from),
                to: mapped.place_of(window.to),
            };
            let mut found = Vec::new();
            self.look_plain(&plain, None, &mut found)?;
            out.extend(found.into_iter().filter_map(|found| mapped.back(found)));
            return Ok(());
        }
        self.look_plain(window, surveyed, out)
    }

    fn look_plain(
        &self,
        window: &Window<'_>,
        surveyed: Option<&Survey>,
        out: &mut Vec<Found>,
    ) -> Result<(), ScanError> {
        let mut own = Survey::default();
        let survey = match surveyed {
            Some(survey) => survey,
            None => {
                own.take(window.bytes(), window.from, window.to, self.known);
                &own
            }
        };
        self.look_surveyed(window, survey, out)?;
        if survey.rot13 {
            self.look_turned(window, out)?;
        }
        Ok(())
    }

    fn look_surveyed(
        &self,
        window: &Window<'_>,
        survey: &Survey,
        out: &mut Vec<Found>,
    ) -> Result<(), ScanError> {
        if survey.seed {
            seed::look(window, SEED_TAIL, out);
        }
        for run in &survey.runs {
            self.run(window, *run, out)?;
        }
        Ok(())
    }

    /// The same once more with every letter turned by 13: places stay as they are.
    fn look_turned(&self, window: &Window<'_>, out: &mut Vec<Found>) -> Result<(), ScanError> {
        let turned = decode::rot13(window.text);
        let window = Window {
            text: &turned,
            ..*window
        };
        let mut survey = Survey::default();
        survey.take(window.bytes(), window.from, window.to, self.known);
        self.look_surveyed(&window, &survey, out)
    }

    fn run(&self, window: &Window<'_>, run: Run, out: &mut Vec<Found>) -> Result<(), ScanError> {
        let Run { start, end, marks } = run;
        let has = |wanted: u16| marks & wanted != 0;
        if has(mark::KNOWN) {
            each_word(window, run, |at| {
                for lexicon in self.known {
                    lexicon.look(window, at, out);
                }
            });
        }
        if has(mark::LONG) {
            secret::look(window, start, end, out);
        }
        if has(mark::AT) {
            for at in memchr::memchr_iter(b'@', &window.bytes()[start..end]) {
                out.extend(email::look(window, start + at));
            }
        }
        if has(mark::OPEN) {
            brackets(window, run, out);
        }
        if has(mark::COLON) {
            colons(window, run, out);
        }
        if has(mark::SLASH) {
            for at in memchr::memchr2_iter(b'/', b'\\', &window.bytes()[start..end]) {
                out.extend(home::look(window, start + at));
            }
        }
        if has(mark::CUE) {
            each_word(window, run, |at| {
                out.extend(secret::named(window, at));
                if address::may_begin(window, at) {
                    out.extend(address::word_first(window, at));
                }
            });
        }
        if has(mark::DIGIT) {
            each_word(window, run, |at| {
                if !covered(out, at) {
                    let found = letters::look(window, at)
                        .or_else(|| net::mac(window, at))
                        .or_else(|| address::letters_first(window, at));
                    out.extend(found);
                }
            });
            number::look(window, start, end, out);
        }
        if has(mark::LARGE) {
            each_word(window, run, |at| large(window, at, out));
        }
        if has(mark::ESCAPE) {
            self.escaped(window, run, out)?;
        }
        if has(mark::LONG) {
            self.encoded(window, run, out)?;
        }
        Ok(())
    }

    /// What is found in a run once its escapes are undone.
    fn escaped(
        &self,
        window: &Window<'_>,
        run: Run,
        out: &mut Vec<Found>,
    ) -> Result<(), ScanError> {
        let Some(mapped) = decode::escapes(&window.text[run.start..run.end]) else {
            return Ok(());
        };
        for found in self.deeper(&mapped.text)? {
            if let Some(found) = mapped.back(found) {
                out.push(Found {
                    start: found.start + run.start,
                    end: found.end + run.start,
                    ..found
                });
            }
        }
        Ok(())
    }

    /// What is found in runs of base64 and hex: the whole run is what it holds.
    fn encoded(
        &self,
        window: &Window<'_>,
        run: Run,
        out: &mut Vec<Found>,
    ) -> Result<(), ScanError> {
        for encoded in decode::runs(&window.text[run.start..run.end]) {
            let worst = self
                .deeper(&encoded.text)?
                .into_iter()
                .min_by_key(|found| found.kind);
            out.extend(worst.map(|found| Found {
                start: run.start + encoded.start,
                end: run.start + encoded.end,
                ..found
            }));
        }
        Ok(())
    }

    fn deeper(&self, text: &str) -> Result<Vec<Found>, ScanError> {
        if self.depth >= DECODING_DEPTH_MAX {
            return Err(ScanError::EncodedTooOften {
                max: DECODING_DEPTH_MAX,
            });
        }
        let inside = Inspector {
            depth: self.depth + 1,
            ..*self
        };
        let mut found = Vec::new();
        inside.look(&Window::whole(text), disguise::any(text), None, &mut found)?;
        if let Some(at) = memchr::memmem::find(text.as_bytes(), b"-----BEGIN ") {
            found.push(Found {
                start: at,
                end: text.len(),
                kind: crate::kind::Kind::PrivateKey,
                rule: "pem",
                score: 99,
            });
        }
        Ok(found)
    }
}

/// Finds known values in the unit, and nothing else. `disguised` is as in [`Inspector::look`].
pub(crate) fn look_known(
    known: &Lexicon,
    window: &Window<'_>,
    disguised: bool,
    out: &mut Vec<Found>,
) {
    if disguised {
        let mapped = Mapped::plain(window.text);
        let plain = Window {
            text: &mapped.text,
            from: mapped.place_of(window.from),
            to: mapped.place_of(window.to),
        };
        let mut found = Vec::new();
        each_word(&plain, whole_unit(&plain), |at| {
            known.look(&plain, at, &mut found);
        });
        out.extend(found.into_iter().filter_map(|found| mapped.back(found)));
        return;
    }
    each_word(window, whole_unit(window), |at| known.look(window, at, out));
}

fn whole_unit(window: &Window<'_>) -> Run {
    Run {
        start: window.from,
        end: window.to,
        marks: 0,
    }
}

fn covered(out: &[Found], at: usize) -> bool {
    out.iter().any(|found| found.start <= at && at < found.end)
}

/// Calls for the begin of each word in a run, and for digits behind letters.
fn each_word(window: &Window<'_>, run: Run, mut look: impl FnMut(usize)) {
    let bytes = window.bytes();
    for at in run.start..run.end {
        let begins = crate::window::is_word(bytes[at])
            && (!window.word_before(at)
                || bytes[at] >= 0xe3
                || (bytes[at].is_ascii_digit() && !bytes[at - 1].is_ascii_digit()))
            && window.text.is_char_boundary(at);
        if begins {
            look(at);
        }
    }
}

fn brackets(window: &Window<'_>, run: Run, out: &mut Vec<Found>) {
    for at in run.start..run.end {
        match window.byte(at) {
            b'[' => {
                out.extend(lookalike::look(window, at).or_else(|| email::look_spelled(window, at)));
            }
            b'(' | b'{' => out.extend(email::look_spelled(window, at)),
            _ => {}
        }
    }
}

fn colons(window: &Window<'_>, run: Run, out: &mut Vec<Found>) {
    let bytes = &window.bytes()[run.start..run.end];
    let count = memchr::memchr_iter(b':', bytes).count();
    for at in memchr::memchr_iter(b':', bytes).map(|at| run.start + at) {
        if window.text[at..].starts_with("://") {
            url::look(window, at, out);
        } else if count >= 2 && !covered(out, at) {
            out.extend(net::v6(window, at, run.start));
        }
    }
    if count >= 5 {
        each_word(window, run, |at| {
            if !covered(out, at) {
                out.extend(net::mac(window, at));
            }
        });
    }
}

/// A word in large letters: a name, the begin of an address, a month, an account number in parts.
fn large(window: &Window<'_>, at: usize, out: &mut Vec<Found>) {
    let first = window.byte(at);
    if !(first.is_ascii_uppercase() || first >= 0x80) || covered(out, at) {
        return;
    }
    if first >= 0x80
        && !window.text[at..]
            .chars()
            .next()
            .is_some_and(char::is_uppercase)
    {
        return;
    }
    if let Some(found) = address::word_first(window, at).or_else(|| person::look(window, at)) {
        out.push(found);
        return;
    }
    let second = window.byte(at + 1);
    if second.is_ascii_lowercase() {
        out.extend(date::month_first(window, at));
    } else if second.is_ascii_uppercase()
        && window.byte(at + 2) == b' '
        && window.byte(at + 3).is_ascii_digit()
    {
        out.extend(letters::look(window, at));
    }
}
