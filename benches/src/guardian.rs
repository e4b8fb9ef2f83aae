//! What the detector finds and how fast: against presidio-analyzer with its small English model.
//!
//! `benches/peers/private_texts.py` makes texts with private values, the peer reads the same file. Both
//! need Python with `faker` and `presidio-analyzer`: `HAI_NET_BENCH_PYTHON` names the interpreter,
//! `HAI_NET_BENCH_SPACY_MODEL` the model's package. Without them only the speed is measured.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

use ::guardian::{Detector, Memory};
use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::figures::Figures;
use crate::place;

/// Texts that are made and scanned.
const TEXTS: &str = "3000";

/// Which texts: the same in every run.
const SEED: &str = "424242";

/// Bytes that are scanned for the speed, and how often.
const SPEED_BYTES: usize = 32 << 20;
const SPEED_ROUNDS: usize = 7;

/// What is aimed at.
const SPEED_AIM_MB: u32 = 200;
const RECALL_AIM: f64 = 0.99;
const PRECISION_AIM: f64 = 0.98;

/// Kinds whose form tells what they are.
const STRUCTURED: [&str; 17] = [
    "email",
    "phone",
    "card",
    "iban",
    "national_id",
    "ip",
    "mac",
    "coordinates",
    "birth_date",
    "api_key",
    "jwt",
    "password",
    "private_key",
    "seed_phrase",
    "url_secret",
    "user_name",
    "high_entropy",
];

/// Kinds that the peer has rules for. The others are left out of one comparison, so that it is fair.
const KNOWN_TO_THE_PEER: [&str; 9] = [
    "email",
    "phone",
    "card",
    "iban",
    "national_id",
    "ip",
    "mac",
    "person",
    "address",
];

/// Ordinary text: prose with a name, a number and a mark of punctuation here and there.
const PROSE: &str = "Once upon a time there was a small village near the river, where people lived quietly and worked \
on their fields. In the evening they met under the old tree and told each other stories about the mountains and the sea. \
Nobody knew who had planted the tree, but everyone agreed that it had been there before the first house was built.\n\
The council decided in 1987 that a new bridge should be built, since the old one could not carry the heavy carts any longer. \
It took almost two years until the work was done, and when it was finished the whole village came together to celebrate. \
There was music, dancing and a large table with bread, cheese and fruit.\n\
When you write software, it is often better to keep the first version small. A program that does one thing well can be read \
in an afternoon; a program that does everything cannot be read at all. The question is rarely what can be added, and nearly \
always what can be left out.\n";

#[derive(Debug, Deserialize)]
struct Sample {
    text: String,
    language: String,
    spans: Vec<(usize, usize, String)>,
}

#[derive(Debug, Deserialize)]
struct PeerSpans {
    all: Vec<(usize, usize, String)>,
    strict: Vec<(usize, usize, String)>,
}

pub(crate) fn run() -> anyhow::Result<()> {
    measure_speed()?;
    let Some(python) = std::env::var_os("HAI_NET_BENCH_PYTHON") else {
        println!(
            "quality: left out, HAI_NET_BENCH_PYTHON names no Python with faker and presidio-analyzer"
        );
        return Ok(());
    };
    let made = python_script(&python, "private_texts.py", &[TEXTS, SEED], None)?;
    let samples: Vec<Sample> = lines_of(&made)?;
    let ours = find_ours(&samples)?;
    tell_kinds(&samples, &ours);
    let model =
        std::env::var("HAI_NET_BENCH_SPACY_MODEL").unwrap_or_else(|_| "en_core_web_sm".into());
    let began = Instant::now();
    let told = python_script(&python, "presidio_spans.py", &[&model], Some(&made))?;
    println!(
        "presidio took {:.1} s, its start included",
        began.elapsed().as_secs_f64()
    );
    let peers: Vec<PeerSpans> = lines_of(&told)?;
    ensure!(
        peers.len() == samples.len(),
        "the peer read {} texts",
        peers.len()
    );
    tell_peers(&samples, &ours, &peers);
    Ok(())
}

fn measure_speed() -> anyhow::Result<()> {
    let mut text = String::with_capacity(SPEED_BYTES + PROSE.len());
    while text.len() < SPEED_BYTES {
        text.push_str(PROSE);
    }
    let detector = Detector::default();
    let mut figures = Figures::default();
    for _ in 0..SPEED_ROUNDS {
        let began = Instant::now();
        let scan = detector.scan(&text, &mut Memory::new())?;
        let took = began.elapsed().as_secs_f64();
        ensure!(
            scan.spans.is_empty(),
            "the text tells of nobody: {:?}",
            scan.spans.first()
        );
        figures.add(f64::from(u32::try_from(text.len())?) / 1e6 / took);
    }
    println!(
        "ordinary text, MB/s (aim ≥ {SPEED_AIM_MB}): {}",
        figures.line()
    );
    Ok(())
}

fn python_script(
    python: &std::ffi::OsStr,
    name: &str,
    args: &[&str],
    input: Option<&str>,
) -> anyhow::Result<String> {
    let script = place::peers().join(name);
    let folder = tempfile::tempdir()?;
    let input_file = folder.path().join("input");
    std::fs::write(&input_file, input.unwrap_or_default())?;
    let output = Command::new(python)
        .arg(&script)
        .args(args)
        .stdin(std::fs::File::open(&input_file)?)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("running {}", script.display()))?;
    ensure!(output.status.success(), "{name} failed");
    Ok(String::from_utf8(output.stdout)?)
}

fn lines_of<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<Vec<T>> {
    Ok(text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?)
}

/// Spans of ours, with the names of their kinds.
type Spans = Vec<(usize, usize, String)>;

fn find_ours(samples: &[Sample]) -> anyhow::Result<Vec<Spans>> {
    let detector = Detector::default();
    let began = Instant::now();
    let mut found = Vec::with_capacity(samples.len());
    for sample in samples {
        let scan = detector.scan(&sample.text, &mut Memory::new())?;
        let spans = scan.spans.iter();
        let named = spans.map(|span| (span.start, span.end, span.kind.name().to_owned()));
        found.push(named.collect());
    }
    println!("hai-net took {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    Ok(found)
}

/// Recall and precision of ours for each kind. A value counts as found when each of its letters and
/// digits is covered; a span counts as right when it touches a value.
fn tell_kinds(samples: &[Sample], ours: &[Spans]) {
    let mut kinds: BTreeMap<&str, [f64; 4]> = BTreeMap::new();
    let mut structured = [0.0; 4];
    for (sample, found) in samples.iter().zip(ours) {
        let letters: Vec<char> = sample.text.chars().collect();
        for (start, end, kind) in &sample.spans {
            let whole = (*start..*end)
                .filter(|place| letters[*place].is_alphanumeric())
                .all(|place| {
                    found
                        .iter()
                        .any(|(from, to, _)| (*from..*to).contains(&place))
                });
            add(
                &mut kinds,
                &mut structured,
                kind,
                [1.0, f64::from(u8::from(whole)), 0.0, 0.0],
            );
        }
        for (start, end, kind) in found {
            let right = sample
                .spans
                .iter()
                .any(|(from, to, _)| from < end && start < to);
            add(
                &mut kinds,
                &mut structured,
                kind,
                [0.0, 0.0, 1.0, f64::from(u8::from(right))],
            );
        }
    }
    for (kind, counts) in kinds {
        println!("{kind:16} {}", line(counts));
    }
    println!(
        "structured kinds together (aims: recall ≥ {RECALL_AIM}, precision ≥ {PRECISION_AIM}): {}",
        line(structured)
    );
}

fn add<'a>(
    kinds: &mut BTreeMap<&'a str, [f64; 4]>,
    structured: &mut [f64; 4],
    kind: &'a str,
    more: [f64; 4],
) {
    let counts = kinds.entry(kind).or_default();
    for (count, more) in counts.iter_mut().zip(more) {
        *count += more;
    }
    if STRUCTURED.contains(&kind) {
        for (count, more) in structured.iter_mut().zip(more) {
            *count += more;
        }
    }
}

fn line([values, covered, spans, right]: [f64; 4]) -> String {
    format!(
        "values {values:5}  recall {:.4}  spans {spans:5}  precision {:.4}",
        covered / values.max(1.0),
        right / spans.max(1.0)
    )
}

fn tell_peers(samples: &[Sample], ours: &[Spans], peers: &[PeerSpans]) {
    for (what, english, known) in [
        ("all texts, all kinds", false, false),
        ("all texts, kinds that both know", false, true),
        ("English texts, all kinds", true, false),
        ("English texts, kinds that both know", true, true),
    ] {
        let chosen = |sample: &Sample| {
            (!english || matches!(sample.language.as_str(), "en" | "any"))
                && (!known
                    || sample
                        .spans
                        .iter()
                        .all(|(_, _, kind)| KNOWN_TO_THE_PEER.contains(&kind.as_str())))
        };
        let score = |side: &dyn Fn(usize) -> Vec<(usize, usize)>| {
            let mut counts = [0.0; 3];
            for (place, sample) in samples
                .iter()
                .enumerate()
                .filter(|(_, sample)| chosen(sample))
            {
                count_letters(sample, &side(place), &mut counts);
            }
            f2(counts)
        };
        let plain = |spans: &Spans| spans.iter().map(|(start, end, _)| (*start, *end)).collect();
        println!(
            "F2 by characters, {what}: hai-net {}; presidio {}; presidio without dates, nationalities and URLs {}",
            score(&|place| plain(&ours[place])),
            score(&|place| plain(&peers[place].all)),
            score(&|place| plain(&peers[place].strict)),
        );
    }
}

/// Adds characters that are rightly found, wrongly found, and missed.
fn count_letters(sample: &Sample, found: &[(usize, usize)], counts: &mut [f64; 3]) {
    for place in 0..sample.text.chars().count() {
        let private = sample
            .spans
            .iter()
            .any(|(start, end, _)| (*start..*end).contains(&place));
        let covered = found
            .iter()
            .any(|(start, end)| (*start..*end).contains(&place));
        match (private, covered) {
            (true, true) => counts[0] += 1.0,
            (false, true) => counts[1] += 1.0,
            (true, false) => counts[2] += 1.0,
            (false, false) => {}
        }
    }
}

fn f2([right, wrong, missed]: [f64; 3]) -> String {
    let (precision, recall) = (right / (right + wrong), right / (right + missed));
    let score = 5.0 * precision * recall / (4.0 * precision + recall);
    format!("{score:.4} (P {precision:.4}, R {recall:.4})")
}
