//! Answers about models.

use base::ByteCount;
use contract::model::{
    CancelPull, EngineView, ListModels, ModelDetail, ModelsView, PullModel, PullView,
    RecommendedModel, RemoveModel, ShowModel, UnloadModel,
};
use contract::setting::SettingKey;
use contract::{Code, Done, Fault, Notice};
use llm::Catalogue;

use super::Answer;
use crate::desk::Input;
use crate::house::Hub;
use crate::{convert, pulling};

impl Answer<ListModels> for Hub {
    async fn answer_to(&self, _ask: ListModels) -> Result<ModelsView, Fault> {
        let models = self.installed_models().await?;
        let values = self.values();
        let context = values.integer(SettingKey::LlmContextTokens);
        let memory = self.look_at_machine().await?.memory_total_bytes;
        let names: Vec<_> = models.iter().map(|model| model.name.clone()).collect();
        let chosen = self.usual_model().await?;
        let catalogue = Catalogue::builtin().models().iter();
        Ok(ModelsView {
            installed: models
                .iter()
                .map(|model| convert::installed_model(model, context))
                .collect(),
            catalogue: catalogue
                .map(|model| recommended(model, &names, memory))
                .collect(),
            pulls: self.consult(|reply| Input::ListPulls { reply }).await?,
            engine: self.house.engine_view.borrow().clone(),
            chosen,
        })
    }
}

fn recommended(model: &llm::CatalogueModel, installed: &[String], memory: u64) -> RecommendedModel {
    RecommendedModel {
        name: model.name.clone(),
        title: model.title.clone(),
        good_for: model.good_for.clone(),
        file_bytes: ByteCount(model.bytes),
        quantisation: model.quantisation.clone(),
        memory_needed: ByteCount(model.memory_bytes),
        licence: model.licence.clone(),
        installed: installed.contains(&model.name),
        fits: model.memory_bytes <= memory,
    }
}

impl Answer<ShowModel> for Hub {
    async fn answer_to(&self, ask: ShowModel) -> Result<ModelDetail, Fault> {
        let shelf = self.house.shelf.clone();
        let found = self.blocking(move || shelf.find(&ask.name)).await?;
        let model = found.map_err(|error| convert::shelf_fault(&error))?;
        let context = self.values().integer(SettingKey::LlmContextTokens);
        let aliases = self.offered_models().await?.into_iter();
        Ok(ModelDetail {
            aliases: aliases
                .filter(|offered| offered.stands_for.as_ref() == Some(&model.name))
                .map(|offered| offered.id)
                .collect(),
            sha256: model.sha256.clone(),
            source: model.source.clone(),
            model: convert::installed_model(&model, context),
        })
    }
}

impl Answer<PullModel> for Hub {
    async fn answer_to(&self, ask: PullModel) -> Result<PullView, Fault> {
        pulling::begin(self, ask).await
    }
}

impl Answer<CancelPull> for Hub {
    async fn answer_to(&self, ask: CancelPull) -> Result<Done, Fault> {
        match self
            .consult(|reply| Input::CancelPull {
                pull: ask.pull,
                reply,
            })
            .await?
        {
            true => Ok(Done {}),
            false => Err(Fault::refused(
                Code::NotFound,
                "There is no such download under way.",
            )),
        }
    }
}

impl Answer<RemoveModel> for Hub {
    async fn answer_to(&self, ask: RemoveModel) -> Result<Done, Fault> {
        let (in_memory, answering) = match &*self.house.engine_view.borrow() {
            EngineView::Ready {
                model, answering, ..
            } => (Some(model.clone()), *answering > 0),
            EngineView::Loading { model, .. } => (Some(model.clone()), true),
            EngineView::Asleep | EngineView::Starting | EngineView::Failed { .. } => (None, false),
        };
        if in_memory.is_some() && !answering {
            // Lets go of the file, so that its room on the disk comes free at once.
            self.house.engine.unload().await;
        }
        let shelf = self.house.shelf.clone();
        let removed = self.blocking(move || {
            shelf.remove(&ask.name, |model| {
                answering && in_memory.as_ref() == Some(&model.name)
            })
        });
        let model = removed
            .await?
            .map_err(|error| convert::shelf_fault(&error))?;
        tracing::info!(model = model.name, "a model was removed");
        self.bring(Input::Tell(Notice::ModelsChanged)).await;
        Ok(Done {})
    }
}

impl Answer<UnloadModel> for Hub {
    async fn answer_to(&self, _ask: UnloadModel) -> Result<Done, Fault> {
        self.house.engine.unload().await;
        Ok(Done {})
    }
}
