//! Which model answers: installed here, or a server's, by its name, an alias, or the person's choice.

use std::sync::Arc;

use base::Timestamp;
use contract::setting::SettingKey;
use contract::token::Scope;
use contract::{Code, Fault};
use domain::alias::{self, Aliases};
use domain::standing_in;
use llm::Model;

use crate::admit::Grant;
use crate::agents::ForPrograms;
use crate::house::Hub;
use crate::model_servers::ServedModel;
use crate::{convert, model_servers};

/// A model as the API offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedModel {
    /// The name to ask for.
    pub id: String,
    /// The installed model that it stands for, when it is an alias.
    pub stands_for: Option<String>,
    /// When the model, or the server that has it, came here.
    pub created: Timestamp,
    /// The server that has it; `None` when it is installed here.
    pub server: Option<String>,
}

impl Hub {
    /// The model that answers to this name, or, without a name, the chosen one. It is for the person and
    /// their agents, and so goes before all programs.
    ///
    /// # Errors
    /// As [`Self::model_for_program`].
    pub async fn model(&self, name: Option<&str>) -> Result<Arc<dyn Model>, Fault> {
        self.used();
        let model = self.find_model(name).await?;
        Ok(self.house.turns.for_person(model))
    }

    /// The same for a program: it waits for its turn among the others, and what it uses is counted for its
    /// token; `None` stands for a program without one. Where the name stands for the admin and the token allows
    /// it, it is the admin with its tools.
    ///
    /// # Errors
    /// [`Code::UnknownModel`], [`Code::NoModel`], or [`Code::ModelFile`] when its file is broken; or its
    /// server does not answer, or is not allowed.
    pub async fn model_for_program(
        &self,
        name: Option<&str>,
        grant: Option<&Grant>,
    ) -> Result<Arc<dyn Model>, Fault> {
        self.used();
        let model = self.find_model(name).await?;
        let aliases = self.aliases();
        let is_admin = name.is_some_and(|name| {
            aliases.role(name) == Some(alias::Role::Chat)
                && !model.name().eq_ignore_ascii_case(name)
        });
        let token = grant.map(|grant| grant.token);
        let model = self.house.turns.for_program(model, token);
        let may = grant.is_some_and(|grant| grant.check(Scope::Agents).is_ok());
        let is_on = self.values().switch(SettingKey::AgentsEnabled);
        Ok(match is_admin && is_on && may {
            true => Arc::new(ForPrograms {
                hub: self.clone(),
                model,
            }),
            false => model,
        })
    }

    /// As [`Self::model`], for a person in a conversation: where a server's model was chosen for it and does
    /// not answer, the usual model stands in. Each answer tells which one wrote it.
    pub(crate) async fn model_for_person(
        &self,
        name: Option<&str>,
    ) -> Result<Arc<dyn Model>, Fault> {
        match self.model(name).await {
            Err(fault) if fault.code == Code::ServerDown && name.is_some() => {
                let usual = self.installed_model(None).await;
                let usual = usual.map_err(|_| fault.clone())?;
                tell_who_stands_in(&*usual, &fault);
                Ok(self.house.turns.for_person(usual))
            }
            other => other,
        }
    }

    /// The model that answers to this name, or, without a name, the chosen one, outside of any line. Where the
    /// chosen one is a server's and neither it nor another server answers, an installed one does; a model that
    /// was asked for by its own name is never replaced by another.
    pub(crate) async fn find_model(&self, name: Option<&str>) -> Result<Arc<dyn Model>, Fault> {
        let (wanted, is_own_name) = self.wanted(name);
        match self.served_model(&wanted).await {
            Ok(Some(model)) => Ok(model),
            Ok(None) => self.installed_model(name).await,
            Err(fault) if is_own_name => Err(fault),
            Err(fault) => {
                let model = self.installed_model(name).await;
                let model = model.map_err(|_| fault.clone())?;
                tell_who_stands_in(&*model, &fault);
                Ok(model)
            }
        }
    }

    /// The model of a server that this name means, and no other. It has no place in a line.
    ///
    /// # Errors
    /// The model is none of a server, or as [`Self::model_for_program`].
    pub(crate) async fn model_elsewhere(&self, name: Option<&str>) -> Result<ServedModel, Fault> {
        let (wanted, _) = self.wanted(name);
        let model = self.model_of_server(&wanted).await?;
        model.ok_or_else(|| {
            let message = "This model runs on this device: nothing leaves it.";
            Fault::refused(Code::InvalidAsk, message)
        })
    }

    /// The name that is meant: the one of a model, whatever stands for it, or the chosen one. And whether it
    /// was asked for by its own name.
    fn wanted(&self, name: Option<&str>) -> (String, bool) {
        let aliases = self.aliases();
        let own_name = name.filter(|name| aliases.role(name).is_none());
        match own_name {
            Some(name) => (aliases.model(name).to_owned(), true),
            None => (self.values().text(SettingKey::LlmModel), false),
        }
    }

    /// The model that answers when none is named, as it is called.
    pub(crate) async fn usual_model(&self) -> Result<Option<String>, Fault> {
        let chosen = self.values().text(SettingKey::LlmModel);
        let servers = self.servers().await?;
        let is_served = standing_in::parts(&chosen)
            .is_some_and(|(server, _)| servers.iter().any(|known| known.row.name == server));
        if is_served {
            return Ok(Some(chosen));
        }
        let installed = self.usable_models().await?;
        let names: Vec<_> = installed.into_iter().map(|model| model.name).collect();
        Ok(match self.aliases().resolve(None, &chosen, &names) {
            alias::Resolution::Model(name) => Some(name),
            alias::Resolution::Unknown | alias::Resolution::NothingInstalled => None,
        })
    }

    /// The names under which programs find models. Aliases that cannot be read, which only the environment can
    /// bring, are as if there were none.
    fn aliases(&self) -> Aliases {
        let written = self.values().text(SettingKey::LlmAliases);
        Aliases::parse(&written).unwrap_or_else(|error| {
            tracing::warn!("aliases of models cannot be read: {error}");
            Aliases::parse("").expect("no aliases are well formed")
        })
    }

    /// The same among those that are installed here.
    pub(crate) async fn installed_model(
        &self,
        name: Option<&str>,
    ) -> Result<Arc<dyn Model>, Fault> {
        let mut installed = self.installed_models().await?;
        let named = installed
            .iter()
            .find(|model| name == Some(model.name.as_str()));
        if let Some(fault) = named.and_then(llm::InstalledModel::fault) {
            // It is there, and the list shows it: that it does not exist would be wrong.
            return Err(Fault::refused(Code::ModelFile, fault));
        }
        installed.retain(|model| model.header().is_some());
        let names: Vec<_> = installed.iter().map(|model| model.name.clone()).collect();
        let chosen = self.values().text(SettingKey::LlmModel);
        let name = match self.aliases().resolve(name, &chosen, &names) {
            alias::Resolution::Model(name) => name,
            alias::Resolution::Unknown => {
                return Err(convert::unknown_model(name.unwrap_or_default()));
            }
            alias::Resolution::NothingInstalled => {
                return Err(Fault::refused(Code::NoModel, "No model is installed yet."));
            }
        };
        let model = installed.iter().find(|model| model.name == name);
        let model = model.ok_or_else(|| convert::unknown_model(&name))?;
        convert::fits_memory_limit(model, &self.values())?;
        Ok(self.house.engine.model(&model.name, &model.path))
    }

    /// The models that the API offers: the installed ones, and aliases of the chosen one.
    ///
    /// # Errors
    /// The model folder cannot be read.
    pub async fn offered_models(&self) -> Result<Vec<OfferedModel>, Fault> {
        let installed = self.usable_models().await?;
        let names: Vec<_> = installed.iter().map(|model| model.name.clone()).collect();
        let chosen = self.values().text(SettingKey::LlmModel);
        let mut offered: Vec<_> = installed
            .iter()
            .map(|model| OfferedModel {
                id: model.name.clone(),
                stands_for: None,
                created: model.added,
                server: None,
            })
            .collect();
        offered.extend(
            self.served_models()
                .await?
                .into_iter()
                .map(|(id, known)| OfferedModel {
                    id,
                    stands_for: None,
                    created: known.row.added,
                    server: Some(model_servers::runs_on(&known)),
                }),
        );
        let aliases = self.aliases();
        for alias in aliases.names() {
            if let alias::Resolution::Model(model) = aliases.resolve(Some(alias), &chosen, &names)
                && model != alias
            {
                let created = installed.iter().find(|found| found.name == model);
                offered.push(OfferedModel {
                    id: alias.to_owned(),
                    created: created.map_or(self.house.started, |found| found.added),
                    stands_for: Some(model),
                    server: None,
                });
            }
        }
        Ok(offered)
    }

    async fn usable_models(&self) -> Result<Vec<llm::InstalledModel>, Fault> {
        let mut models = self.installed_models().await?;
        models.retain(|model| model.header().is_some());
        Ok(models)
    }

    /// All files in the model folder, also those that cannot be used.
    pub(crate) async fn installed_models(&self) -> Result<Vec<llm::InstalledModel>, Fault> {
        let shelf = self.house.shelf.clone();
        self.blocking(move || shelf.list())
            .await?
            .map_err(|error| convert::shelf_fault(&error))
    }
}

fn tell_who_stands_in(model: &dyn Model, fault: &Fault) {
    tracing::warn!(
        by = model.name(),
        "a model of this device stands in: {fault}"
    );
}
