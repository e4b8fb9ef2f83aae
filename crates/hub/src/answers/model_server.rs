//! Answers about servers of models.

use contract::model_server::{
    AddModelServer, FindModelServers, FoundModelServer, FoundModelServers, ListModelChoices,
    ListModelServers, ModelChoice, ModelChoices, ModelServerList, ModelServerView,
    OrderModelServers, RemoveModelServer, SERVER_NAME_CHARS_MAX, ServerHealth, ServerKind,
    ServerPlace, UseModel,
};
use contract::setting::SettingKey;
use contract::{Code, Done, Fault, Notice};
use store::{AuditKind, ModelServerKind, ModelServerRow};
use zeroize::Zeroizing;

use super::Answer;
use crate::convert;
use crate::desk::Input;
use crate::house::Hub;
use crate::model_servers::{Known, kind_view, place_view, runs_on};

impl Answer<AddModelServer> for Hub {
    async fn answer_to(&self, ask: AddModelServer) -> Result<ModelServerView, Fault> {
        let name = ask.name.trim().to_owned();
        let is_plain = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter)
        };
        if name.is_empty() || name.len() > SERVER_NAME_CHARS_MAX || !name.chars().all(is_plain) {
            let message = format!(
                "The name of a server has 1 to {SERVER_NAME_CHARS_MAX} small letters, digits, - and _."
            );
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let key = ask.key.filter(|key| !key.is_empty());
        if key
            .as_ref()
            .is_some_and(|key| !llm::served::ApiKey::new(key.expose()).is_usable())
        {
            let message = "The key holds a space or another letter that keys do not have.";
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let row = ModelServerRow {
            name,
            kind: match ask.kind {
                ServerKind::Ollama => ModelServerKind::Ollama,
                ServerKind::Openai => ModelServerKind::OpenAi,
            },
            address: ask.address.trim().to_owned(),
            own_device: ask.own_device,
            key: key.map(|key| Zeroizing::new(key.expose().to_owned())),
            key_in_keychain: false,
            added: self.now(),
        };
        let known = Known::new(row.clone(), Ok(row.key.clone()))?;
        if known.address.port() == self.own_port() && is_here(&known) {
            let message = "This is the address of HAI-Net itself.";
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let added = self.house.store.add_model_server(row).await;
        if !added.map_err(|error| convert::store_fault(&error))? {
            let message = "There is a server of this name already, or as many as there may be.";
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        self.settle_server_keys().await?;
        let place = runs_on(&known);
        self.note_on_record(AuditKind::Consent, format!("model server added: {place}"))
            .await;
        tracing::info!("a model server was added: {place}");
        self.bring(Input::Tell(Notice::ModelsChanged)).await;
        Ok(view(self, &known).await)
    }
}

impl Answer<RemoveModelServer> for Hub {
    async fn answer_to(&self, ask: RemoveModelServer) -> Result<Done, Fault> {
        let removed = self.house.store.remove_model_server(&ask.name).await;
        if !removed.map_err(|error| convert::store_fault(&error))? {
            return Err(unknown(&ask.name));
        }
        self.settle_server_keys().await?;
        self.note_on_record(
            AuditKind::Consent,
            format!("model server removed: {}", ask.name),
        )
        .await;
        self.bring(Input::Tell(Notice::ModelsChanged)).await;
        Ok(Done {})
    }
}

impl Answer<OrderModelServers> for Hub {
    async fn answer_to(&self, ask: OrderModelServers) -> Result<Done, Fault> {
        let servers = self.servers().await?;
        if let Some(name) = ask
            .names
            .iter()
            .find(|name| !servers.iter().any(|known| known.row.name == **name))
        {
            return Err(unknown(name));
        }
        let ordered = self.house.store.order_model_servers(ask.names).await;
        ordered.map_err(|error| convert::store_fault(&error))?;
        self.house.model_servers.changed();
        self.bring(Input::Tell(Notice::ModelsChanged)).await;
        Ok(Done {})
    }
}

impl Answer<ListModelServers> for Hub {
    async fn answer_to(&self, _ask: ListModelServers) -> Result<ModelServerList, Fault> {
        let servers = self.servers().await?;
        let views = servers.iter().map(|known| view(self, known));
        Ok(ModelServerList {
            servers: futures::future::join_all(views).await,
            external_allowed: self.values().switch(SettingKey::LlmExternal),
        })
    }
}

impl Answer<FindModelServers> for Hub {
    async fn answer_to(&self, _ask: FindModelServers) -> Result<FoundModelServers, Fault> {
        let servers = self.servers().await?;
        let here = servers.iter().filter(|known| is_here(known));
        let known_ports: Vec<u16> = here
            .filter_map(|known| known.address.port())
            .chain(self.own_port())
            .collect();
        let mut found: Vec<FoundModelServer> = Vec::new();
        for server in llm::served::find(&known_ports, &[]).await {
            let is_taken = |name: &str| {
                servers.iter().any(|known| known.row.name == name)
                    || found.iter().any(|other| other.name == name)
            };
            let mut name = server.name.clone();
            let mut number = 2;
            while is_taken(&name) {
                name = format!("{}-{number}", server.name);
                number += 1;
            }
            found.push(FoundModelServer {
                name,
                kind: match server.kind {
                    llm::served::ServerKind::Ollama => ServerKind::Ollama,
                    llm::served::ServerKind::OpenAi => ServerKind::Openai,
                },
                address: server.address.to_string(),
                models: server.models,
            });
        }
        Ok(FoundModelServers { found })
    }
}

impl Answer<ListModelChoices> for Hub {
    async fn answer_to(&self, _ask: ListModelChoices) -> Result<ModelChoices, Fault> {
        let offered = self.offered_models().await?;
        let usual = self.usual_model().await?;
        let mut models: Vec<ModelChoice> = offered
            .into_iter()
            .filter(|model| model.stands_for.is_none() && model.server.is_none())
            .map(|model| ModelChoice {
                name: model.id,
                runs_on: "this device".to_owned(),
                place: ServerPlace::ThisDevice,
            })
            .collect();
        let served = self.served_models().await?.into_iter();
        models.extend(served.map(|(name, known)| ModelChoice {
            name,
            runs_on: runs_on(&known),
            place: place_view(known.address.place()),
        }));
        Ok(ModelChoices { models, usual })
    }
}

impl Answer<UseModel> for Hub {
    async fn answer_to(&self, ask: UseModel) -> Result<Done, Fault> {
        if let Some(name) = &ask.model {
            // A name that does not exist is told now, not at the next question.
            self.model(Some(name)).await?;
        }
        let chosen = self
            .house
            .store
            .set_conversation_model(ask.conversation, ask.model, self.now())
            .await;
        chosen.map_err(|error| convert::store_fault(&error))?;
        self.bring(Input::Tell(Notice::ConversationChanged {
            conversation: ask.conversation,
        }))
        .await;
        Ok(Done {})
    }
}

async fn view(hub: &Hub, known: &Known) -> ModelServerView {
    let health: ServerHealth = hub.health_of(known).await;
    ModelServerView {
        name: known.row.name.clone(),
        kind: kind_view(known.row.kind),
        address: known.address.to_string(),
        place: place_view(known.address.place()),
        own_device: known.row.own_device,
        has_key: known.row.key.is_some() || known.row.key_in_keychain,
        added: known.row.added,
        health,
    }
}

fn is_here(known: &Known) -> bool {
    known.address.place() == llm::served::Place::ThisDevice
}

fn unknown(name: &str) -> Fault {
    Fault::refused(
        Code::NotFound,
        format!("There is no model server named {name}."),
    )
}
