//! Search by words and by meaning at once.
//!
//! Words are ranked by FTS5's bm25, meaning by the cosine between vectors that a model has made. The two
//! ranks are joined by reciprocal rank fusion, which needs no common scale: Cormack, Clarke and
//! Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods",
//! SIGIR 2009.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::columns::number;
use crate::error::{JobError, StoreError};
use crate::search;

/// The most numbers that an embedding has: twice what the largest common models make.
pub const EMBEDDING_NUMBERS_MAX: usize = 8_192;

/// The most hits of one search, whatever it asks.
pub const HITS_MAX: u32 = 100;

/// How many of the best by words and of the best by meaning are joined.
///
/// What stands behind the hundredth place of one list adds so little that it changes nothing in front.
const CANDIDATES: u32 = HITS_MAX;

/// The constant of reciprocal rank fusion, as in the paper: it keeps the first place of one list from
/// outweighing a good place in both.
const FUSION_K: f64 = 60.0;

/// A number of a kept vector takes so many bytes.
///
/// A search takes the time that reading takes, since each page is decrypted, and 16 bits are half of a
/// float. For a vector of length one they do as well: a cosine differs by some hundred-thousandths.
/// Measured with 50,000 vectors of 576 numbers in an encrypted database (2 cores, no optimised build):
/// 0.42 s of processor time so, 1.0 s with floats. In the same run sqlite-vec 0.1.9 took 1.0 s with its
/// function over a column of floats, and 0.5 to 0.6 s with a `vec0` table, which is tied to one size of
/// vector and opens only where the extension is loaded: so it is not used.
const NUMBER_BYTES: usize = 2;

/// The number one as it is kept.
const ONE: f32 = i16::MAX as f32;

/// The meaning of a text, as a model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// The model that made it. Only vectors of one model are compared.
    pub model: String,
    /// The vector. Its length does not matter, only its direction.
    pub values: Vec<f32>,
}

/// What to search for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HybridSearch {
    /// Words; a text with any of them may be found, rare words count more.
    pub text: String,
    /// The meaning of what is searched; `None` searches by words alone.
    pub embedding: Option<Embedding>,
    /// How many at most; never more than [`HITS_MAX`].
    pub limit: u32,
}

/// How well a text fits a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The joined score; a higher one is better. It only orders the hits of one search.
    pub score: f64,
    /// The cosine between the meanings, where both have one and it is among the best.
    pub cosine: Option<f32>,
    /// Whether it is among the best by words.
    pub by_words: bool,
}

/// The tables to search in.
pub(crate) struct Place {
    /// The full-text index.
    pub(crate) words: &'static str,
    /// The vectors, by the row id of the texts.
    pub(crate) vectors: &'static str,
    /// The row ids to search among, as a query with the one parameter `?3`; empty for all.
    pub(crate) among: &'static str,
}

/// The row ids of the best hits, the best first.
pub(crate) fn hits(
    connection: &Connection,
    place: &Place,
    search: &HybridSearch,
    among: Option<[u8; 16]>,
) -> Result<Vec<(i64, Fit)>, JobError> {
    let mut hits: HashMap<i64, Fit> = HashMap::new();
    let by_words = by_words(connection, place, &search.text, among)?;
    for (rank, seq) in (1_u32..).zip(by_words) {
        let fit = hits.entry(seq).or_insert(NOTHING);
        fit.score += 1.0 / (FUSION_K + f64::from(rank));
        fit.by_words = true;
    }
    if let Some(embedding) = &search.embedding {
        let by_meaning = by_meaning(connection, place, embedding, among)?;
        for (rank, (cosine, seq)) in (1_u32..).zip(by_meaning) {
            let fit = hits.entry(seq).or_insert(NOTHING);
            fit.score += 1.0 / (FUSION_K + f64::from(rank));
            fit.cosine = Some(cosine);
        }
    }
    let mut hits: Vec<(i64, Fit)> = hits.into_iter().collect();
    // Among equals the newer one comes first.
    hits.sort_by(|(a, of_a), (b, of_b)| of_b.score.total_cmp(&of_a.score).then(b.cmp(a)));
    hits.truncate(search.limit.min(HITS_MAX) as usize);
    Ok(hits)
}

const NOTHING: Fit = Fit {
    score: 0.0,
    cosine: None,
    by_words: false,
};

fn by_words(
    connection: &Connection,
    place: &Place,
    text: &str,
    among: Option<[u8; 16]>,
) -> Result<Vec<i64>, JobError> {
    let Some(query) = search::any_of(text) else {
        return Ok(Vec::new());
    };
    let Place { words, .. } = place;
    let only = only(place.among, "rowid");
    let mut statement = connection.prepare_cached(&format!(
        "SELECT rowid FROM {words} WHERE {words} MATCH ?1 {only} ORDER BY rank, rowid DESC LIMIT ?2"
    ))?;
    let rows = statement.query_map(params![query, CANDIDATES, among], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Looks at every vector of the model, which is what a search of this size needs: no index is exact.
fn by_meaning(
    connection: &Connection,
    place: &Place,
    embedding: &Embedding,
    among: Option<[u8; 16]>,
) -> Result<Vec<(f32, i64)>, JobError> {
    let wanted = unit(embedding)?;
    let Place { vectors, .. } = place;
    let only = only(place.among, "owner");
    let mut statement = connection.prepare_cached(&format!(
        "SELECT owner, vector FROM {vectors} WHERE model = ?1 AND length(vector) = ?2 {only}"
    ))?;
    let length = number((wanted.len() * NUMBER_BYTES) as u64);
    let mut rows = statement.query(params![embedding.model, length, among])?;
    let mut found: Vec<(f32, i64)> = Vec::new();
    while let Some(row) = rows.next()? {
        let vector = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        found.push((cosine(&wanted, vector), row.get(0)?));
    }
    found.sort_unstable_by(|(a, of_a), (b, of_b)| b.total_cmp(a).then(of_b.cmp(of_a)));
    found.truncate(CANDIDATES as usize);
    Ok(found)
}

/// The condition that a row is one of those to search among. Both forms have the parameter `?3`.
fn only(among: &str, row: &str) -> String {
    if among.is_empty() {
        "AND ?3 IS NULL".to_owned()
    } else {
        format!("AND {row} IN ({among})")
    }
}

/// Keeps the meaning of a text in place of an earlier one.
pub(crate) fn keep(
    connection: &Connection,
    vectors: &str,
    owner: i64,
    embedding: &Embedding,
) -> Result<(), JobError> {
    #[expect(clippy::cast_possible_truncation, reason = "none is beyond ±1 · ONE")]
    let bytes: Vec<u8> = unit(embedding)?
        .into_iter()
        .flat_map(|value| ((value * ONE).round() as i16).to_le_bytes())
        .collect();
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO {vectors} (owner, model, vector) VALUES (?1, ?2, ?3)"
        ))?
        .execute(params![owner, embedding.model, bytes])?;
    Ok(())
}

/// The vector with length one, so that a cosine is a sum of products.
fn unit(embedding: &Embedding) -> Result<Vec<f32>, StoreError> {
    let values = &embedding.values;
    let length = values
        .iter()
        .map(|value| f64::from(*value).powi(2))
        .sum::<f64>()
        .sqrt();
    if values.len() > EMBEDDING_NUMBERS_MAX || !length.is_normal() {
        return Err(StoreError::NoDirection);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "back to the size it came in"
    )]
    let unit = values
        .iter()
        .map(|value| (f64::from(*value) / length) as f32)
        .collect();
    Ok(unit)
}

/// The sum of products of a unit vector and one that [`keep`] has kept: in eight lanes, which a
/// processor adds up at once.
fn cosine(wanted: &[f32], kept: &[u8]) -> f32 {
    const LANES: usize = 8;
    let number = |bytes: &[u8]| f32::from(i16::from_le_bytes([bytes[0], bytes[1]]));
    let mut sums = [0.0_f32; LANES];
    let (here, there) = (
        wanted.chunks_exact(LANES),
        kept.chunks_exact(NUMBER_BYTES * LANES),
    );
    let rest: f32 = here
        .remainder()
        .iter()
        .zip(there.remainder().chunks_exact(NUMBER_BYTES))
        .map(|(a, b)| a * number(b))
        .sum();
    for (here, there) in here.zip(there) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += here[lane] * number(&there[NUMBER_BYTES * lane..]);
        }
    }
    (sums.iter().sum::<f32>() + rest) / ONE
}
