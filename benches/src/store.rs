//! What encryption costs: the same inserts and searches in the store and in plain SQLite.
//!
//! Both sides are the same code with the same schema and statements; only one has a key. They take
//! turns within each round, and who is first alternates.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use base::{ConversationId, MessageId, Timestamp};
use store::{ConversationFilter, ConversationRow, MessageRow, MessageState, Role, Store, StoreKey};

use crate::figures::Figures;

/// How much slower than plain SQLite the store may be.
const RATIO_MAX: f64 = 1.3;

/// Messages that are there before anything is measured: years of talking.
const MESSAGES: u64 = 20_000;

/// Messages of one conversation.
const MESSAGES_PER_TALK: u64 = 100;

/// Words of a message, about a paragraph.
const WORDS_PER_MESSAGE: u64 = 60;

/// Different words of all messages; rare ones are rarer the further down they stand.
const VOCABULARY: u64 = 30_000;

/// Rounds of inserting.
const INSERT_ROUNDS: u64 = 20;

/// Messages that are inserted one after the other in a round, each acknowledged before the next.
const SINGLES: u64 = 30;

/// Messages that are inserted together in a round, and by how many writers.
const TOGETHER: u64 = 1_000;
const WRITERS: u64 = 64;

/// Rounds over all searches.
const SEARCH_ROUNDS: u64 = 12;

/// How many conversations a search lists, as the window asks for.
const LISTED: u32 = 50;

pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (sealed_folder, plain_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let key = StoreKey::from_bytes([0x5a; 32]);
    let sealed = Store::open(sealed_folder.path(), key)?;
    let plain = Store::open_plain(plain_folder.path())?;
    runtime.block_on(async {
        let mut pair = Pair::filled(sealed, plain).await?;
        ensure_as_named(sealed_folder.path(), plain_folder.path())?;
        pair.measure_searches().await?;
        pair.measure_inserts().await?;
        pair.end().await
    })
}

/// The two sides, and what was measured.
struct Pair {
    sides: [Side; 2],
    words: Words,
    clock: u64,
}

struct Side {
    name: &'static str,
    store: Store,
    talk: ConversationId,
}

impl Pair {
    async fn filled(sealed: Store, plain: Store) -> anyhow::Result<Self> {
        let talk = ConversationId::new(moment(0), unique(0));
        let side = |name, store| Side { name, store, talk };
        let mut pair = Self {
            sides: [side("encrypted", sealed), side("plain", plain)],
            words: Words::new(),
            clock: 0,
        };
        for number in 0..MESSAGES / MESSAGES_PER_TALK {
            let id = ConversationId::new(moment(number), unique(number));
            let row = ConversationRow {
                id,
                title: pair.words.text(4),
                model: None,
                head: None,
                created: moment(number),
                updated: moment(number),
            };
            let rows: Vec<_> = (0..MESSAGES_PER_TALK).map(|_| pair.row(id)).collect();
            let head = rows.last().context("a talk has messages")?.id;
            for side in &mut pair.sides {
                side.talk = id;
                side.store.start_conversation(row.clone()).await?;
                side.store
                    .add_messages(id, rows.clone(), head, moment(number))
                    .await?;
            }
        }
        for side in &pair.sides {
            let bytes = std::fs::metadata(side.store.path())?.len();
            println!("{:9} {MESSAGES} messages, {} kB", side.name, bytes / 1000);
        }
        Ok(pair)
    }

    /// A message that is a little later than the one before.
    fn row(&mut self, conversation: ConversationId) -> MessageRow {
        self.clock += 1;
        MessageRow {
            id: MessageId::new(moment(self.clock), unique(self.clock)),
            conversation,
            parent: None,
            role: Role::User,
            text: self.words.text(WORDS_PER_MESSAGE),
            reasoning: None,
            state: MessageState::Done,
            fault: None,
            model: None,
            ran_on: None,
            usage: None,
            private: false,
            created: moment(self.clock),
        }
    }

    async fn measure_searches(&mut self) -> anyhow::Result<()> {
        let searches = self.words.searches();
        let mut figures = [Figures::default(), Figures::default()];
        let mut totals = [0.0, 0.0];
        for round in 0..=SEARCH_ROUNDS {
            for (number, search) in searches.iter().enumerate() {
                let mut found = [0, 0];
                for place in order(round + number as u64) {
                    let filter = ConversationFilter {
                        search: Some(search.clone()),
                        limit: LISTED,
                        before: None,
                    };
                    let began = Instant::now();
                    let list = self.sides[place].store.list_conversations(filter).await?;
                    let took = began.elapsed();
                    found[place] = list.len();
                    // The first round only fills the caches of both.
                    if round > 0 {
                        figures[place].add_ms(took);
                        totals[place] += took.as_secs_f64();
                    }
                }
                ensure!(
                    found[0] == found[1],
                    "{search:?} found {found:?} conversations"
                );
            }
        }
        self.tell("search, ms each", &figures);
        tell_ratio("all searches together", totals);
        Ok(())
    }

    async fn measure_inserts(&mut self) -> anyhow::Result<()> {
        let mut single = [Figures::default(), Figures::default()];
        let mut together = [Figures::default(), Figures::default()];
        for round in 0..INSERT_ROUNDS {
            for step in 0..SINGLES {
                let row = self.row(self.sides[0].talk);
                for place in order(round + step) {
                    let began = Instant::now();
                    self.sides[place].add(row.clone()).await?;
                    single[place].add_ms(began.elapsed());
                }
            }
            let rows: Vec<_> = (0..TOGETHER)
                .map(|_| self.row(self.sides[0].talk))
                .collect();
            for place in order(round) {
                let began = Instant::now();
                self.sides[place].add_together(rows.clone()).await?;
                together[place].add_ms(began.elapsed());
            }
        }
        self.tell("one acknowledged message, ms", &single);
        let what = format!("{TOGETHER} messages by {WRITERS} writers, ms");
        self.tell(&what, &together);
        Ok(())
    }

    fn tell(&self, what: &str, figures: &[Figures; 2]) {
        for (side, figures) in self.sides.iter().zip(figures) {
            println!("{what}, {}: {}", side.name, figures.line());
        }
        tell_ratio(what, [figures[0].median(), figures[1].median()]);
    }

    async fn end(self) -> anyhow::Result<()> {
        let mut wrong = Vec::new();
        for side in self.sides {
            let problems = side.store.integrity_check().await?;
            wrong.extend(problems.into_iter().map(|found| (side.name, found)));
            side.store.close().await?;
        }
        ensure!(wrong.is_empty(), "the stores are not sound: {wrong:?}");
        Ok(())
    }
}

impl Side {
    async fn add(&self, row: MessageRow) -> anyhow::Result<()> {
        let (talk, id, created) = (row.conversation, row.id, row.created);
        Ok(self
            .store
            .add_messages(talk, vec![row], id, created)
            .await?)
    }

    async fn add_together(&self, rows: Vec<MessageRow>) -> anyhow::Result<()> {
        let rows = Arc::new(std::sync::Mutex::new(rows));
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let (store, rows) = (self.store.clone(), Arc::clone(&rows));
                tokio::spawn(async move {
                    let next = || rows.lock().expect("no writer panics").pop();
                    while let Some(row) = next() {
                        let (talk, id, created) = (row.conversation, row.id, row.created);
                        store.add_messages(talk, vec![row], id, created).await?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        for writer in writers {
            writer.await??;
        }
        Ok(())
    }
}

fn tell_ratio(what: &str, [sealed, plain]: [f64; 2]) {
    println!(
        "{what}: encrypted / plain (aim ≤ {RATIO_MAX}): {:.2}",
        sealed / plain
    );
}

/// Who is first in this turn.
fn order(turn: u64) -> [usize; 2] {
    if turn.is_multiple_of(2) {
        [0, 1]
    } else {
        [1, 0]
    }
}

/// That the comparison is one: plain SQLite starts its files with its name.
fn ensure_as_named(sealed: &Path, plain: &Path) -> anyhow::Result<()> {
    let is_plain = |folder: &Path| {
        let bytes = std::fs::read(folder.join(store::DATABASE_FILE))?;
        anyhow::Ok(bytes.starts_with(b"SQLite format 3\0"))
    };
    ensure!(!is_plain(sealed)?, "the encrypted side is not encrypted");
    ensure!(is_plain(plain)?, "the plain side is not plain");
    Ok(())
}

/// A moment that is later the higher the number.
pub(crate) fn moment(number: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + number)
}

fn unique(number: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// Texts whose words are as unevenly common as those of a language, the same in every run.
struct Words(u64);

impl Words {
    fn new() -> Self {
        Self(1)
    }

    /// Splitmix64: any even spread will do.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn text(&mut self, words: u64) -> String {
        let mut text = String::new();
        for _ in 0..words {
            // Multiplying shares makes the first words common and the last ones rare.
            let share = (self.next() % 1_000) * (self.next() % 1_000) * (self.next() % 1_000);
            text.push_str(&word(share * VOCABULARY / 1_000_000_000));
            text.push(' ');
        }
        text
    }

    /// What people type: common words, rare ones, two at once, and a word not yet whole.
    fn searches(&mut self) -> Vec<String> {
        let mut searches: Vec<String> = [20, 200, 1_000, 3_000, 8_000, 15_000]
            .iter()
            .flat_map(|rank| (0..3).map(move |step| word(rank + step)))
            .collect();
        for rank in [100, 500, 2_000] {
            searches.push(format!("{} {}", word(rank), word(rank * 2)));
            searches.push(word(rank * 3).chars().take(5).collect());
        }
        searches
    }
}

/// The word of a rank: syllables that stand for its digits.
fn word(rank: u64) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "da", "fe", "gi", "ho", "ju", "pa",
        "we",
    ];
    // Spread out, so that neighbours in rank do not begin alike.
    let spread = rank.wrapping_mul(0x9e37_79b9) & 0xffff_ffff;
    (0..4)
        .map(|place| SYLLABLES[usize::try_from((spread >> (4 * place + 8)) & 15).expect("4 bits")])
        .collect()
}
