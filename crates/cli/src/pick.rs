//! How a person names a thing that has a long id: by the id, by its end, or as `last`.

use std::str::FromStr;

use base::{AgentId, CallId, ConversationId, DocumentId, MemoryId, TokenId};
use contract::agent::{AGENTS_LISTED_MAX, ListAgents};
use contract::approval::ListApprovals;
use contract::conversation::{LIST_LIMIT_MAX, ListConversations};
use contract::identity::ShowIdentity;
use contract::memory::{ListDocuments, ListMemories, MEMORIES_LISTED_MAX};
use contract::token::ListTokens;

use crate::failure::Failure;
use crate::link::Link;

/// Characters at the end of an id that lists show. Ids begin with the time and end with chance, so that
/// eight characters tell four billion apart.
const SHOWN: usize = 8;

/// The fewest characters that name a thing.
const NEEDED: usize = 4;

/// The end of an id, as lists show it.
pub(crate) fn short_id(id: &impl ToString) -> String {
    let id = id.to_string();
    id[id.len().saturating_sub(SHOWN)..].to_owned()
}

/// The conversation that a person means.
pub(crate) async fn conversation(link: &Link, named: &str) -> Result<ConversationId, Failure> {
    if let Ok(id) = ConversationId::from_str(named) {
        return Ok(id);
    }
    let advice = "Look at the names with `hai-net conversations list`.";
    if named == "last" {
        let ask = ListConversations {
            limit: Some(1),
            ..Default::default()
        };
        let list = link.ask(ask).await?.conversations;
        return list
            .first()
            .map(|last| last.id)
            .ok_or_else(|| Failure::not_found("There is no conversation yet.", advice));
    }
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let ask = ListConversations {
            search: None,
            limit: Some(LIST_LIMIT_MAX),
            after,
        };
        let page = link.ask(ask).await?.conversations;
        found.extend(
            page.iter()
                .map(|one| one.id)
                .filter(|id| is_end_of(named, id)),
        );
        match page.last() {
            Some(last) if page.len() >= LIST_LIMIT_MAX as usize => after = Some(last.id),
            Some(_) | None => break,
        }
    }
    one_of(&found, "conversation", named, advice)
}

/// The token that a person means: by its label too.
pub(crate) async fn token(link: &Link, named: &str) -> Result<TokenId, Failure> {
    if let Ok(id) = TokenId::from_str(named) {
        return Ok(id);
    }
    let tokens = link.ask(ListTokens {}).await?.tokens;
    let valid = tokens.iter().filter(|token| token.revoked.is_none());
    let found: Vec<TokenId> = valid
        .filter(|token| token.label == named || is_end_of(named, &token.id))
        .map(|token| token.id)
        .collect();
    one_of(
        &found,
        "token",
        named,
        "Look at the names with `hai-net token list`.",
    )
}

/// The device that a person means, by the number of its certificate.
pub(crate) async fn device(link: &Link, named: &str) -> Result<String, Failure> {
    let devices = link.ask(ShowIdentity {}).await?.devices;
    let named = named.trim();
    let found: Vec<&str> = devices
        .iter()
        .filter(|device| is_end_of(named, &device.serial))
        .map(|device| device.serial.as_str())
        .collect();
    one_of(
        &found,
        "device",
        named,
        "Look at the numbers with `hai-net identity devices`.",
    )
    .map(str::to_owned)
}

/// The agent that a person means.
pub(crate) async fn agent(link: &Link, named: &str) -> Result<AgentId, Failure> {
    let ask = ListAgents {
        conversation: None,
        limit: Some(AGENTS_LISTED_MAX),
    };
    let agents = link.ask(ask).await?.agents;
    let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
    by_end(
        &ids,
        "agent",
        named,
        "Look at the ids with `hai-net agents list`.",
    )
}

/// The call that a person means.
pub(crate) async fn call(link: &Link, named: &str) -> Result<CallId, Failure> {
    let waiting = link.ask(ListApprovals {}).await?.waiting;
    let ids: Vec<CallId> = waiting.iter().map(|waiting| waiting.call).collect();
    by_end(
        &ids,
        "call",
        named,
        "Look at the ids with `hai-net approvals list`.",
    )
}

/// What a person means of what the AI remembers.
pub(crate) async fn memory(link: &Link, named: &str) -> Result<MemoryId, Failure> {
    let ask = ListMemories {
        search: None,
        limit: Some(MEMORIES_LISTED_MAX),
    };
    let memories = link.ask(ask).await?.memories;
    let ids: Vec<MemoryId> = memories.iter().map(|memory| memory.id).collect();
    by_end(
        &ids,
        "memory",
        named,
        "Look at the ids with `hai-net memory list`.",
    )
}

/// The document that a person means.
pub(crate) async fn document(link: &Link, named: &str) -> Result<DocumentId, Failure> {
    let documents = link.ask(ListDocuments {}).await?.documents;
    let ids: Vec<DocumentId> = documents.iter().map(|document| document.id).collect();
    let advice = "Look at the ids with `hai-net memory documents`.";
    by_end(&ids, "document", named, advice)
}

/// The one of these ids that a person means.
fn by_end<T: Copy + ToString>(
    ids: &[T],
    noun: &str,
    named: &str,
    advice: &str,
) -> Result<T, Failure> {
    let found: Vec<T> = ids
        .iter()
        .copied()
        .filter(|id| is_end_of(named, id))
        .collect();
    one_of(&found, noun, named, advice)
}

fn is_end_of(end: &str, id: &impl ToString) -> bool {
    end.len() >= NEEDED && id.to_string().ends_with(&end.to_ascii_lowercase())
}

fn one_of<T: Copy>(found: &[T], noun: &str, named: &str, advice: &str) -> Result<T, Failure> {
    match found {
        [one] => Ok(*one),
        [] => Err(Failure::not_found(
            format!("There is no {noun} `{named}`."),
            advice,
        )),
        several => {
            let count = several.len();
            let message = format!("`{named}` may be any of {count} {noun}s. Give more of the id.");
            Err(Failure::usage(message))
        }
    }
}

#[cfg(test)]
mod tests {
    use base::Timestamp;

    use super::*;

    #[test]
    fn id_is_named_by_its_end_but_not_by_a_piece_that_is_too_short() {
        let id = ConversationId::new(Timestamp::from_millis(1), [0xab; 10]);
        assert!(is_end_of("ABAB", &id));
        assert!(
            is_end_of(&short_id(&id), &id),
            "what a list shows can be entered"
        );
        assert!(!is_end_of("bab", &id), "three characters name too many");
        assert!(!is_end_of("ffff", &id));
    }

    #[test]
    fn name_that_fits_several_things_is_refused_instead_of_guessed() {
        assert!(one_of(&[1, 2], "token", "abcd", "").is_err());
        assert_eq!(one_of(&[7], "token", "abcd", "").expect("one"), 7);
    }
}
