//! The servers of models that the person named: how they are, and which is asked.
//!
//! A server is looked at when somebody needs to know, and what was seen counts for a moment. So a server
//! that died is noticed by the question after, which goes to the next in the order; nothing is asked in the
//! background. Those of other people's computers are left alone while they are not allowed.

mod asked;
mod keys;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use contract::model_server::{ServerHealth, ServerKind, ServerPlace};
use contract::setting::SettingKey;
use contract::{Code, Fault};
use domain::standing_in::{self, Distance};
use llm::served::{ApiKey, Place, Seen, Server, ServerAddress};
use llm::{Model, ModelError};
use store::{AuditEntry, AuditKind, AuditValue, ModelServerKind, ModelServerRow};
use zeroize::Zeroizing;

use crate::convert;
use crate::house::Hub;
pub(crate) use asked::ServedModel;

/// How long what was seen of a server at home counts.
const FRESH: Duration = Duration::from_secs(10);

/// How long what was seen of a server elsewhere counts: its list of models rarely changes, and each look is
/// a connection out.
const FRESH_ELSEWHERE: Duration = Duration::from_secs(300);

/// How long a server that did not answer is not asked again: a moment, in which the next one answers.
const RESTING: Duration = Duration::from_secs(5);

/// How long a server at home gets to tell its models. A device that sleeps takes some seconds.
const PATIENCE: Duration = Duration::from_secs(4);

/// The same for a server elsewhere.
const PATIENCE_ELSEWHERE: Duration = Duration::from_secs(10);

/// The servers that are known, each with what was last seen of it.
#[derive(Debug, Default)]
pub(crate) struct ServerBook {
    listed: Mutex<Listed>,
    /// One reading at a time; who waits takes what it found. Else many questions at once would each make
    /// clients of their own for the same servers.
    reading: tokio::sync::Mutex<()>,
    /// Keys are moved one time after the other.
    settling: tokio::sync::Mutex<()>,
}

/// The servers as they were last read. Each question asks for them, and they rarely change.
#[derive(Debug, Default)]
struct Listed {
    known: Vec<Arc<Known>>,
    /// How often the list was changed; what was read before a change is not current.
    changes: u64,
    is_current: bool,
    /// When it is read anew all the same: a key that is not at hand may be then.
    until: Option<Instant>,
}

impl ServerBook {
    fn listed(&self) -> MutexGuard<'_, Listed> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the servers with their keys.
    pub(crate) fn forget(&self) {
        self.changed();
        self.listed().known.clear();
    }

    /// What is kept of the servers is another now: it is read anew when it is needed.
    pub(crate) fn changed(&self) {
        let mut listed = self.listed();
        listed.changes += 1;
        listed.is_current = false;
    }
}

/// A server, and what was last seen of it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) row: ModelServerRow,
    pub(crate) address: ServerAddress,
    pub(crate) server: Server,
    /// Why its key is not at hand.
    without_key: Option<Fault>,
    seen: Mutex<Option<(Instant, Result<Seen, ModelError>)>>,
    /// One look at a time; who waits takes what it found.
    looking: tokio::sync::Mutex<()>,
}

impl Known {
    /// A server with the key that it asks for, or with what keeps that away.
    pub(crate) fn new(
        row: ModelServerRow,
        key: Result<Option<Zeroizing<String>>, Fault>,
    ) -> Result<Self, Fault> {
        let address = ServerAddress::read(&row.address, row.own_device).map_err(|error| {
            let message = format!("{}.", convert::capital(&error.to_string()));
            Fault::refused(Code::InvalidAsk, message)
        })?;
        let kind = match row.kind {
            ModelServerKind::Ollama => llm::served::ServerKind::Ollama,
            ModelServerKind::OpenAi => llm::served::ServerKind::OpenAi,
        };
        let (key, without_key) = match key {
            Ok(key) => (key, None),
            Err(fault) => (None, Some(fault)),
        };
        let key = key.map(|key| ApiKey::new(key.as_str()));
        let server = Server::new(&row.name, kind, &address, key);
        Ok(Self {
            server: server.map_err(|error| convert::model_fault(&error))?,
            without_key,
            row,
            address,
            seen: Mutex::default(),
            looking: tokio::sync::Mutex::default(),
        })
    }

    pub(crate) fn distance(&self) -> Distance {
        match self.address.place() {
            Place::ThisDevice => Distance::Here,
            Place::OwnNetwork if self.row.own_device => Distance::Own,
            Place::OwnNetwork => Distance::Near,
            Place::External => Distance::Far,
        }
    }

    /// It did not answer: the next question goes elsewhere.
    pub(crate) fn failed(&self, error: &ModelError) {
        let is_down = matches!(
            error,
            ModelError::ServerUnreachable { .. } | ModelError::ServerBrokeOff { .. }
        );
        if is_down {
            self.note(Err(error.clone()));
        }
    }

    fn note(&self, seen: Result<Seen, ModelError>) {
        let mut last = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), seen));
    }

    fn fresh(&self) -> Option<Result<Seen, ModelError>> {
        let last = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, seen) = last.as_ref()?;
        let counts_for = match (seen, self.distance()) {
            (Err(_), _) => RESTING,
            (Ok(_), Distance::Far) => FRESH_ELSEWHERE,
            (Ok(_), Distance::Here | Distance::Own | Distance::Near) => FRESH,
        };
        (at.elapsed() < counts_for).then(|| seen.clone())
    }
}

impl Hub {
    /// The servers in their order. None while the store cannot be read.
    pub(crate) async fn servers(&self) -> Result<Vec<Arc<Known>>, Fault> {
        if let Some(current) = self.current_servers() {
            return Ok(current);
        }
        let book = &self.house.model_servers;
        let _one = book.reading.lock().await;
        if let Some(current) = self.current_servers() {
            return Ok(current);
        }
        let (before, changes) = {
            let listed = book.listed();
            (listed.known.clone(), listed.changes)
        };
        let rows = self.server_rows().await?;
        let known = |row: &ModelServerRow| {
            let mut known = before.iter();
            known.find(|server| server.row == *row && server.without_key.is_none())
        };
        let fresh: Vec<_> = rows.iter().filter(|row| known(row).is_none()).collect();
        let keys = self.keys_of(&fresh).await;
        let mut servers = Vec::with_capacity(rows.len());
        for row in &rows {
            let server = match known(row) {
                Some(old) => Ok(Arc::clone(old)),
                None => Known::new(row.clone(), keys::key_of(row, &keys)).map(Arc::new),
            };
            match server {
                Ok(server) => servers.push(server),
                Err(fault) => tracing::warn!("a model server is passed over: {fault}"),
            }
        }
        let mut listed = book.listed();
        listed.known.clone_from(&servers);
        listed.is_current = listed.changes == changes && self.house.store.is_open();
        let lacks_key = servers.iter().any(|known| known.without_key.is_some());
        listed.until = lacks_key.then(|| Instant::now() + RESTING);
        Ok(servers)
    }

    /// The servers as they were last read, while that counts.
    fn current_servers(&self) -> Option<Vec<Arc<Known>>> {
        let listed = self.house.model_servers.listed();
        let is_fresh = listed.until.is_none_or(|until| Instant::now() < until);
        let counts = listed.is_current && is_fresh && self.house.store.is_open();
        counts.then(|| listed.known.clone())
    }

    /// What is kept of the servers. Nothing while the store cannot be read.
    async fn server_rows(&self) -> Result<Vec<ModelServerRow>, Fault> {
        if !self.house.store.is_open() {
            return Ok(Vec::new());
        }
        let rows = self.house.store.model_servers().await;
        rows.map_err(|error| convert::store_fault(&error))
    }

    /// Whether this server may be asked now.
    pub(crate) fn may_ask(&self, known: &Known) -> Result<(), Fault> {
        let is_far = known.distance() == Distance::Far;
        if is_far && !self.values().switch(SettingKey::LlmExternal) {
            let message = "Models of other people's computers are switched off.";
            return Err(Fault::refused(Code::ExternalOff, message));
        }
        Ok(())
    }

    /// What a server shows of itself, from a moment ago or from now.
    pub(crate) async fn look_at(&self, known: &Known) -> Result<Seen, Fault> {
        self.may_ask(known)?;
        if let Some(fault) = &known.without_key {
            return Err(fault.clone());
        }
        let _one = known.looking.lock().await;
        let seen = match known.fresh() {
            Some(seen) => seen,
            None => {
                self.put_model_on_record(known, "list of models", None)
                    .await?;
                let patience = match known.distance() {
                    Distance::Far => PATIENCE_ELSEWHERE,
                    Distance::Here | Distance::Own | Distance::Near => PATIENCE,
                };
                let seen = known.server.look(patience).await;
                known.note(seen.clone());
                seen
            }
        };
        seen.map_err(|error| convert::model_fault(&error))
    }

    /// How a server is, for a list.
    pub(crate) async fn health_of(&self, known: &Known) -> ServerHealth {
        match self.look_at(known).await {
            Ok(seen) => ServerHealth::Up {
                models: named(known, &seen),
            },
            Err(fault) if fault.code == Code::ExternalOff => ServerHealth::Off,
            Err(fault) => ServerHealth::Down { fault },
        }
    }

    /// A model of a server: of the named one, or of one that stands in for it. `None` when the name is not
    /// that of a server's model.
    pub(crate) async fn served_model(&self, name: &str) -> Result<Option<Arc<dyn Model>>, Fault> {
        let Some((server, model)) = standing_in::parts(name) else {
            return Ok(None);
        };
        let servers = self.servers().await?;
        let places: Vec<_> = servers
            .iter()
            .map(|known| (known.row.name.as_str(), known.distance()))
            .collect();
        let order = standing_in::order(server, &places);
        if order.is_empty() {
            return Ok(None);
        }
        let mut first_fault = None;
        for at in order {
            match self.model_of(&servers[at], model).await {
                Ok(model) => {
                    if let Some(fault) = &first_fault {
                        tracing::warn!(by = model.name(), "another server stands in: {fault}");
                    }
                    return Ok(Some(Arc::new(model)));
                }
                Err(fault) => {
                    first_fault.get_or_insert(fault);
                }
            }
        }
        Err(first_fault.unwrap_or_else(|| convert::unknown_model(name)))
    }

    /// The model of the named server, and of no other. `None` when there is no such server.
    pub(crate) async fn model_of_server(&self, name: &str) -> Result<Option<ServedModel>, Fault> {
        let Some((server, model)) = standing_in::parts(name) else {
            return Ok(None);
        };
        let servers = self.servers().await?;
        match servers.iter().find(|known| known.row.name == server) {
            Some(known) => self.model_of(known, model).await.map(Some),
            None => Ok(None),
        }
    }

    async fn model_of(&self, known: &Arc<Known>, model: &str) -> Result<ServedModel, Fault> {
        let seen = self.look_at(known).await?;
        let found = seen
            .models
            .iter()
            .find(|has| standing_in::is_same(has, model));
        let name = || format!("{}/{model}", known.row.name);
        let found = found.ok_or_else(|| convert::unknown_model(&name()))?;
        Ok(ServedModel::new(self, known, found, seen.flavour))
    }

    /// The models of all servers that answer, with their server. Servers that do not answer have none.
    pub(crate) async fn served_models(&self) -> Result<Vec<(String, Arc<Known>)>, Fault> {
        let servers = self.servers().await?;
        let looks = servers.iter().map(|known| self.look_at(known));
        let seen = futures::future::join_all(looks).await;
        let mut models = Vec::new();
        for (known, seen) in servers.iter().zip(seen) {
            let seen = seen.unwrap_or_default();
            let names = named(known, &seen).into_iter();
            models.extend(names.map(|name| (name, Arc::clone(known))));
        }
        Ok(models)
    }

    /// Puts on record that something goes to a server. What stays on this device leaves no entry.
    async fn put_model_on_record(
        &self,
        known: &Known,
        subject: &str,
        clearance: Option<&guardian::Clearance>,
    ) -> Result<(), Fault> {
        let place = match known.distance() {
            Distance::Here => return Ok(()),
            Distance::Own => "own device",
            Distance::Near => "own network",
            Distance::Far => "external",
        };
        let text = |text: &str| AuditValue::Text(text.to_owned());
        let mut details = BTreeMap::from([
            ("place".to_owned(), text(place)),
            ("server".to_owned(), text(&known.row.name)),
        ]);
        if let Some(clearance) = clearance {
            let basis = match clearance.basis {
                guardian::Basis::Scanned => "scanned",
                guardian::Basis::Approved => "approved",
                guardian::Basis::Home => "home",
            };
            details.insert("basis".to_owned(), text(basis));
            let found = i64::try_from(clearance.kinds.len()).unwrap_or(i64::MAX);
            details.insert("found".to_owned(), AuditValue::Number(found));
        }
        let entry = AuditEntry {
            at: self.now(),
            kind: AuditKind::Egress,
            actor: "person".to_owned(),
            subject: format!("model: {subject}"),
            digest: clearance.map(|clearance| *clearance.digest.bytes()),
            details,
        };
        let kept = self.house.store.append_audit(vec![entry]).await;
        kept.map(drop).map_err(|error| convert::store_fault(&error))
    }
}

/// The names of a server's models, as they are asked for.
fn named(known: &Known, seen: &Seen) -> Vec<String> {
    let name = |model: &String| format!("{}/{model}", known.row.name);
    seen.models.iter().map(name).collect()
}

/// Where a server is, as front ends see it.
pub(crate) fn place_view(place: Place) -> ServerPlace {
    match place {
        Place::ThisDevice => ServerPlace::ThisDevice,
        Place::OwnNetwork => ServerPlace::OwnNetwork,
        Place::External => ServerPlace::External,
    }
}

/// Where a model of a server runs, in words: `this device: ollama`.
pub(crate) fn runs_on(known: &Known) -> String {
    let place = match known.distance() {
        Distance::Here => "this device",
        Distance::Own => "own device",
        Distance::Near => "own network",
        Distance::Far => "external",
    };
    format!("{place}: {}", known.row.name)
}

/// How a server is spoken to, as front ends see it.
pub(crate) fn kind_view(kind: ModelServerKind) -> ServerKind {
    match kind {
        ModelServerKind::Ollama => ServerKind::Ollama,
        ModelServerKind::OpenAi => ServerKind::Openai,
    }
}
