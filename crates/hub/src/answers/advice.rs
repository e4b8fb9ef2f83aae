//! Which model fits this machine, with a speed that is measured here.

use base::ByteCount;
use contract::Fault;
use contract::identity::{MeasuredSpeed, ModelAdvice, ModelChoice, RecommendModel};
use domain::advice::{self, Candidate, Measured};
use llm::{Catalogue, ChatTurn, Generation, Happening, Overflow, Prompt, Sampling};

use super::Answer;
use crate::convert;
use crate::house::Hub;

/// Tokens that are written to measure the speed: a second or two on a slow machine.
const MEASURED_TOKENS: u32 = 32;

impl Answer<RecommendModel> for Hub {
    async fn answer_to(&self, _ask: RecommendModel) -> Result<ModelAdvice, Fault> {
        let installed = self.installed_models().await?;
        let seen = self.look_at_machine().await?;
        let measured = self.measure().await;
        let of_file = measured.as_ref().and_then(|speed| {
            let model = installed.iter().find(|model| model.name == speed.model)?;
            Some(Measured {
                file_bytes: model.file_bytes,
                tokens_per_second: speed.tokens_per_second,
            })
        });
        let mut models: Vec<_> = Catalogue::builtin().models().iter().collect();
        models.sort_by_key(|model| model.bytes);
        let candidates: Vec<_> = models
            .iter()
            .map(|model| Candidate {
                file_bytes: model.bytes,
                memory_bytes: model.memory_bytes,
            })
            .collect();
        let (verdicts, chosen) = advice::judge(&candidates, seen.memory_available_bytes, of_file);
        let choices = models.iter().zip(verdicts).enumerate();
        Ok(ModelAdvice {
            memory_available: ByteCount(seen.memory_available_bytes),
            measured,
            choices: choices
                .map(|(place, (model, verdict))| ModelChoice {
                    name: model.name.clone(),
                    title: model.title.clone(),
                    good_for: model.good_for.clone(),
                    file_bytes: ByteCount(model.bytes),
                    memory_needed: ByteCount(model.memory_bytes),
                    fits: verdict.fits,
                    tokens_per_second_about: verdict.tokens_per_second,
                    installed: installed.iter().any(|found| found.name == model.name),
                    recommended: chosen == Some(place),
                })
                .collect(),
        })
    }
}

impl Hub {
    /// How quickly the chosen model writes; `None` where there is none or it cannot be used.
    async fn measure(&self) -> Option<MeasuredSpeed> {
        let model = self.model(None).await.ok()?;
        let what = Generation {
            prompt: Prompt::Chat(vec![ChatTurn {
                role: "user".to_owned(),
                text: "Describe a quiet morning by the sea.".to_owned(),
            }]),
            sampling: Sampling::default(),
            constraint: None,
            tokens_max: Some(MEASURED_TOKENS),
            stop: Vec::new(),
            logprobs: None,
            overflow: Overflow::Stop,
            holds_private: false,
            is_whole: false,
        };
        let mut answering = model
            .generate(what)
            .await
            .inspect_err(|error| tracing::warn!("not measured: {}", convert::chain(error)))
            .ok()?;
        while let Some(happening) = answering.next().await {
            if let Happening::Finished { usage, .. } = happening {
                #[expect(clippy::cast_precision_loss, reason = "a rate, shown with two digits")]
                let seconds = usage.decode_us as f32 / 1e6;
                // The first token comes out of reading the prompt.
                #[expect(clippy::cast_precision_loss, reason = "a few dozen tokens")]
                let tokens = usage.completion_tokens.saturating_sub(1) as f32;
                return (seconds > 0.0 && tokens > 0.0).then(|| MeasuredSpeed {
                    model: model.name().to_owned(),
                    tokens_per_second: tokens / seconds,
                });
            }
        }
        None
    }
}
