//! Looks for servers of models on this device: on loopback only, at the ports where they usually are, and
//! only when the person asks for it.

use std::time::Duration;

use futures::future::join_all;

use super::{Server, ServerAddress, ServerKind};

/// How long a program on this device takes to tell its models: it need not load one for that.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Where servers usually are, by the names that they get in the list.
const USUAL: [(&str, u16, ServerKind); 7] = [
    ("ollama", 11_434, ServerKind::Ollama),
    ("llama-server", 8_080, ServerKind::OpenAi),
    ("llama-server-2", 8_081, ServerKind::OpenAi),
    ("lm-studio", 1_234, ServerKind::OpenAi),
    ("jan", 1_337, ServerKind::OpenAi),
    ("vllm", 8_000, ServerKind::OpenAi),
    ("exo", 52_415, ServerKind::OpenAi),
];

/// A server that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundServer {
    /// A name for it.
    pub name: String,
    /// How it is spoken to.
    pub kind: ServerKind,
    /// Where it is.
    pub address: ServerAddress,
    /// Its models.
    pub models: Vec<String>,
}

/// Looks at the usual ports and at `more` ones, and passes those in `ours` over. Hubs are no servers of
/// models here.
pub async fn find(ours: &[u16], more: &[u16]) -> Vec<FoundServer> {
    let more = more
        .iter()
        .map(|port| ("server", *port, ServerKind::OpenAi));
    let places = USUAL
        .into_iter()
        .chain(more)
        .filter(|(_, port, _)| !ours.contains(port));
    let looks = places.map(|(name, port, kind)| look(name, port, kind));
    join_all(looks).await.into_iter().flatten().collect()
}

async fn look(name: &str, port: u16, kind: ServerKind) -> Option<FoundServer> {
    let address = ServerAddress::read(&format!("http://127.0.0.1:{port}"), false).ok()?;
    let server = Server::new(name, kind, &address, None).ok()?;
    let seen = server.look(PATIENCE).await.ok()?;
    if seen.is_hub {
        return None;
    }
    Some(FoundServer {
        name: name.to_owned(),
        kind,
        address,
        models: seen.models,
    })
}
