//! What texts mean, as the chosen model sees it: for searches that find other words for the same thing.
//!
//! Memories and pieces of documents are saved at once and get their meaning afterwards, in small batches
//! while the engine has nothing else to do, so that nobody waits for it. Where there is none yet, or the
//! model does not say it in time, a search goes by words alone.

use std::time::Duration;

use contract::Notice;
use contract::model::EngineView;
use llm::Model;
use store::{Embedding, Fit, HybridSearch, MemoryFilter};

use crate::convert;
use crate::house::Hub;

/// How long texts wait that could not be given their meaning at once, since somebody waits for an answer.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(20);

/// How often it is looked for texts without a meaning when nobody has told of one: the vault was opened, or
/// another model chosen.
const LOOKED_FOR_EVERY: Duration = Duration::from_secs(5 * 60);

/// How long a search waits for the meaning of its words.
///
/// A loaded model takes some hundredths of a second; one that is still to be loaded is not waited for.
const MEANING_PATIENCE: Duration = Duration::from_millis(500);

/// Texts whose meanings are asked for together: a second or two of the starter model, in which an answer
/// that a person waits for is computed beside it.
const TOGETHER: u32 = 4;

/// Characters of a text that its meaning is made of: a piece of a document, and the longest memory nearly.
const READ_CHARS: usize = 1_000;

/// Texts that are found by their meaning alone. A model finds something near to everything; what stands behind
/// these only looks like a find.
const NEAREST_MAX: usize = 3;

/// What of a search is shown as found: all that has the words, and what is nearest in meaning. The order stays.
pub(crate) fn found<T>(hits: Vec<T>, fit: impl Fn(&T) -> Fit) -> Vec<T> {
    let mut by_meaning = 0;
    let is_near = |hit: &T| {
        let by_words = fit(hit).by_words;
        by_meaning += usize::from(!by_words);
        by_words || by_meaning <= NEAREST_MAX
    };
    hits.into_iter().filter(is_near).collect()
}

impl Hub {
    /// What to search for by words, and by their meaning where it is known in time.
    pub(crate) async fn search_for(&self, text: String, limit: u32) -> HybridSearch {
        let embedding = self.meaning_of_search(&text).await;
        HybridSearch {
            text,
            embedding,
            limit,
        }
    }

    async fn meaning_of_search(&self, text: &str) -> Option<Embedding> {
        if !matches!(*self.house.engine_view.borrow(), EngineView::Ready { .. })
            || !self.has_texts().await
        {
            return None;
        }
        let asked = async {
            let model = self.installed_model(None).await.ok()?;
            let mut meanings = meanings(&*model, vec![text.to_owned()]).await?;
            meanings.pop()
        };
        let told = tokio::time::timeout(MEANING_PATIENCE, asked).await;
        told.ok().flatten()
    }

    /// Whether there is anything to compare with.
    async fn has_texts(&self) -> bool {
        let store = &self.house.store;
        let one = MemoryFilter {
            limit: 1,
            ..MemoryFilter::default()
        };
        let has_memories = store.memories(one).await.is_ok_and(|rows| !rows.is_empty());
        has_memories
            || store
                .documents(None)
                .await
                .is_ok_and(|rows| !rows.is_empty())
    }
}

/// Gives texts their meaning that have none of the chosen model yet, until the hub closes.
pub(crate) async fn complete(hub: Hub) {
    let mut watch = hub.watch();
    loop {
        let pause = match hub.house.store.is_open() {
            true => pass(&hub).await,
            false => LOOKED_FOR_EVERY,
        };
        let told = async {
            while let Some(notice) = watch.next().await {
                if notice == Notice::MemoriesChanged {
                    return true;
                }
            }
            false
        };
        // Both ends mean: look again; a watch that ends means that the hub closes.
        if tokio::time::timeout(pause, told).await == Ok(false) {
            return;
        }
    }
}

/// Goes through all texts once; how long to pause before the next time.
async fn pass(hub: &Hub) -> Duration {
    match complete_all(hub).await {
        Ok(true) => LOOKED_FOR_EVERY,
        Ok(false) => TRIED_AGAIN_AFTER,
        Err(error) => {
            tracing::warn!(
                "texts could not be given their meaning: {}",
                convert::chain(&error)
            );
            LOOKED_FOR_EVERY
        }
    }
}

/// Whether there is nothing left to do.
async fn complete_all(hub: &Hub) -> Result<bool, store::StoreError> {
    if !hub.has_texts().await {
        return Ok(true);
    }
    // Whoever has no model here, or chose one that is broken, searches by words. Servers are not asked: what is
    // remembered stays.
    let Ok(model) = hub.installed_model(None).await else {
        return Ok(true);
    };
    let store = &hub.house.store;
    while !hub.closing().is_cancelled() {
        if is_answering(hub) {
            return Ok(false);
        }
        let memories = store
            .memories_without_embedding(model.name(), TOGETHER)
            .await?;
        if !memories.is_empty() {
            let texts = memories.iter().map(|row| row.text.clone()).collect();
            let Some(meanings) = meanings(&*model, texts).await else {
                return Ok(true);
            };
            for (row, meaning) in memories.into_iter().zip(meanings) {
                store
                    .set_memory_embedding(row.id, row.text, meaning)
                    .await?;
            }
            continue;
        }
        let chunks = store
            .chunks_without_embedding(model.name(), TOGETHER)
            .await?;
        if chunks.is_empty() {
            break;
        }
        let (numbers, texts): (Vec<_>, Vec<_>) = chunks.into_iter().unzip();
        let Some(meanings) = meanings(&*model, texts).await else {
            return Ok(true);
        };
        let known = numbers.into_iter().zip(meanings).collect();
        store.set_chunk_embeddings(known).await?;
    }
    Ok(true)
}

/// Whether somebody waits for an answer, which goes first.
fn is_answering(hub: &Hub) -> bool {
    matches!(
        &*hub.house.engine_view.borrow(),
        EngineView::Ready { answering: 1.., .. }
    )
}

/// What these texts mean; nothing where the model does not say.
async fn meanings(model: &dyn Model, texts: Vec<String>) -> Option<Vec<Embedding>> {
    let read = |text: String| text.chars().take(READ_CHARS).collect();
    let texts = texts.into_iter().map(read).collect();
    let told = model.embed(texts).await;
    let told = told.inspect_err(|error| tracing::debug!("a model gave no meaning: {error}"));
    let of = |values| Embedding {
        model: model.name().to_owned(),
        values,
    };
    Some(told.ok()?.vectors.into_iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_has_the_words_is_found_and_little_that_is_only_near() {
        let hits: Vec<(u32, bool)> = (0..10).map(|place| (place, place % 5 == 4)).collect();
        let found = found(hits, |(_, by_words)| Fit {
            score: 1.0,
            cosine: None,
            by_words: *by_words,
        });
        let places: Vec<u32> = found.into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, [0, 1, 2, 4, 9]);
    }
}
