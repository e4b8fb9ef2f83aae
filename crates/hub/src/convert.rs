//! Between the rows of the store, the words of the workshops, and what front ends see.

use base::{ByteCount, TokenCount};
use contract::conversation::{
    ConversationSummary, FoundText, MessageState, MessageView, Role, UsageView,
};
use contract::model::{InstalledModel, ModelHeader};
use contract::setting::{SettingKey, Values};
use contract::{Code, Fault};
use llm::{EngineFault, ModelError, ShelfError};
use store::{MARK_END, MARK_START, MessageRow, StoreError};
use vault::{BackupError, KeychainError, VaultError};

/// An error with all its causes, for the log and for details to copy.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

pub(crate) fn internal(error: &dyn std::error::Error) -> Fault {
    Fault::broken(
        Code::Internal,
        "HAI-Net has a fault of its own.",
        chain(error),
    )
}

pub(crate) fn store_fault(error: &StoreError) -> Fault {
    match error {
        StoreError::Full { .. } => Fault::broken(
            Code::DiskFull,
            "The disk is full; nothing was saved.",
            chain(error),
        ),
        StoreError::UnknownConversation(_) => {
            Fault::refused(Code::NotFound, "There is no such conversation.")
        }
        StoreError::UnknownMessage(_) => Fault::refused(
            Code::NotFound,
            "There is no such message in this conversation.",
        ),
        StoreError::Locked { .. } => locked(),
        StoreError::Gone { .. } => Fault::refused(Code::Closing, "HAI-Net is closing."),
        _ => Fault::broken(Code::Store, "The store could not do this.", chain(error)),
    }
}

/// The vault is locked.
pub(crate) fn locked() -> Fault {
    Fault::refused(Code::Locked, "HAI-Net is locked.")
}

/// Nobody owns this hub yet.
pub(crate) fn unowned() -> Fault {
    Fault::refused(Code::NoIdentity, "Nobody owns this hub yet.")
}

/// A message of an error as the beginning of a sentence.
pub(crate) fn capital(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

pub(crate) fn open_fault(error: &store::OpenError) -> Fault {
    let message = format!("{}.", capital(&error.to_string()));
    match error {
        store::OpenError::WrongKey { .. } | store::OpenError::Corrupt { .. } => {
            Fault::broken(Code::Store, message, chain(error)).advising(
                "Nothing was changed. Restore a backup into a new data folder, and keep this one.",
            )
        }
        store::OpenError::Full { .. } => Fault::broken(Code::DiskFull, message, chain(error)),
        _ => Fault::broken(Code::Store, message, chain(error)),
    }
}

pub(crate) fn vault_fault(error: &VaultError) -> Fault {
    let message = format!("{}.", capital(&error.to_string()));
    match error {
        VaultError::WrongKey => Fault::refused(
            Code::WrongKey,
            "This passphrase, or these words, do not open it.",
        ),
        VaultError::BackOff { wait } => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let message =
                format!("Too many wrong passphrases. The next can be tried in {seconds} s.");
            Fault::refused(Code::TryLater, message).retrying_after(seconds)
        }
        VaultError::Exists { .. } => Fault::refused(Code::IdentityExists, message),
        VaultError::Absent { .. } => Fault::refused(Code::NoIdentity, message),
        VaultError::TooLong => Fault::refused(Code::InvalidAsk, message),
        VaultError::Full { .. } => Fault::broken(Code::DiskFull, message, chain(error)),
        _ => Fault::broken(Code::VaultFile, message, chain(error)),
    }
}

pub(crate) fn keychain_fault(error: &KeychainError) -> Fault {
    let message = format!("{}.", capital(&error.to_string()));
    match error {
        KeychainError::Vault(cause) => vault_fault(cause),
        _ => Fault::refused(Code::Keychain, message),
    }
}

pub(crate) fn backup_fault(error: &BackupError) -> Fault {
    let message = format!("{}.", capital(&error.to_string()));
    match error {
        BackupError::Cancelled => {
            Fault::refused(Code::Backup, "It was stopped. Nothing is left of it.")
                .advising("Begin it again when you like.")
        }
        BackupError::WrongKey => Fault::refused(
            Code::WrongKey,
            "This passphrase, or these words, do not open the backup.",
        ),
        BackupError::NoFile { .. } | BackupError::Exists { .. } => {
            Fault::refused(Code::Backup, message).advising("Choose another file.")
        }
        BackupError::NotEmpty { .. } => Fault::refused(Code::IdentityExists, message),
        BackupError::Damaged { .. } | BackupError::Newer => Fault::refused(Code::Backup, message),
        BackupError::Full { .. } => Fault::broken(Code::DiskFull, message, chain(error)),
        BackupError::Vault(cause) => vault_fault(cause),
        _ => Fault::broken(Code::Backup, message, chain(error)),
    }
}

pub(crate) fn shelf_fault(error: &ShelfError) -> Fault {
    match error {
        ShelfError::NotFound { name } => unknown_model(name),
        ShelfError::Ambiguous { .. } => Fault::refused(Code::UnknownModel, error.to_string()),
        ShelfError::InUse { name } => Fault::refused(
            Code::ModelInUse,
            format!("The model {name} is answering right now."),
        ),
        ShelfError::Folder { .. } | ShelfError::Remove { .. } => {
            Fault::broken(Code::ModelFile, format!("{error}."), chain(error))
                .advising("Check that the folder exists and belongs to you.")
        }
    }
}

pub(crate) fn unknown_model(name: &str) -> Fault {
    Fault::refused(
        Code::UnknownModel,
        format!("There is no model named {name}."),
    )
}

pub(crate) fn model_fault(error: &ModelError) -> Fault {
    let details = || chain(error);
    match error {
        ModelError::File { reason } => Fault::broken(
            Code::ModelFile,
            "The model file cannot be used and was not opened.",
            reason.clone(),
        ),
        ModelError::Load { .. } => {
            Fault::broken(Code::ModelLoad, "The model could not be loaded.", details())
        }
        ModelError::WorkerDied => Fault::broken(
            Code::EngineStopped,
            "The engine stopped while it was answering. It is being started again.",
            details(),
        ),
        ModelError::WorkerMissing { .. } => Fault::broken(
            Code::EngineMissing,
            "The engine cannot be started.",
            details(),
        ),
        ModelError::Agent { reason } => Fault::refused(
            Code::AgentFailed,
            format!("The work could not be finished: {reason}."),
        ),
        ModelError::ServerUnreachable { server, reason } => Fault::broken(
            Code::ServerDown,
            format!("The model server {server} does not answer."),
            reason.clone(),
        ),
        ModelError::ServerBrokeOff { server, reason } => Fault::broken(
            Code::ServerDown,
            format!("The model server {server} broke off in mid-answer."),
            reason.clone(),
        ),
        ModelError::ServerRefused {
            server,
            status,
            reason,
        } => Fault::broken(
            Code::ServerRefused,
            format!("The model server {server} refused the question ({status})."),
            reason.clone(),
        ),
        ModelError::ServerBusy {
            server,
            retry_after_s,
        } => {
            let fault = Fault::refused(Code::Busy, format!("The model server {server} is busy."));
            match retry_after_s {
                Some(seconds) => fault.retrying_after(*seconds),
                None => fault,
            }
        }
        ModelError::KeptIn { reason } => Fault::refused(
            Code::KeptIn,
            format!("The guardian kept the question here: {reason}."),
        ),
        ModelError::Closing => Fault::refused(Code::Closing, "HAI-Net is closing."),
        ModelError::Engine(fault) => engine_fault(fault),
    }
}

fn engine_fault(fault: &EngineFault) -> Fault {
    match fault {
        EngineFault::ContextLengthExceeded { asked, limit } => Fault::refused(
            Code::ContextLengthExceeded,
            format!("This conversation has {asked} tokens, and the model can hold {limit}."),
        ),
        EngineFault::BadConstraint { reason } => Fault::refused(
            Code::InvalidAsk,
            format!("The asked answer format cannot be used: {reason}"),
        ),
        EngineFault::BadRequest { reason } => Fault::refused(Code::InvalidAsk, reason.clone()),
        EngineFault::Busy => {
            Fault::refused(Code::Busy, "Too many questions are waiting for the model.")
        }
        EngineFault::NoModel => Fault::refused(Code::NoModel, "No model is loaded."),
        EngineFault::Failed { reason } => Fault::broken(
            Code::EngineStopped,
            "The engine reported an error.",
            reason.clone(),
        ),
    }
}

/// Refuses a model that needs more memory than the person allows.
pub(crate) fn fits_memory_limit(model: &llm::InstalledModel, values: &Values) -> Result<(), Fault> {
    let limit = values
        .integer(SettingKey::ResourcesMemoryGb)
        .saturating_mul(1_000_000_000);
    let context = values.integer(SettingKey::LlmContextTokens);
    let needs = model
        .header()
        .map_or(model.file_bytes, |header| header.memory_bytes(context));
    if limit == 0 || needs <= limit {
        return Ok(());
    }
    let (needs, limit) = (ByteCount(needs), ByteCount(limit));
    let message = format!("{} needs about {needs}, and you allow {limit}.", model.name);
    Err(Fault::refused(Code::ModelLoad, message)
        .advising("Raise `resources.memory_gb` in Settings, or choose a smaller model."))
}

pub(crate) fn installed_model(model: &llm::InstalledModel, context_tokens: u64) -> InstalledModel {
    let header = match (model.header(), model.fault()) {
        (Some(header), _) => Ok(ModelHeader {
            architecture: header.architecture.clone(),
            title: header.name.clone().or_else(|| model.title.clone()),
            quantisation: header
                .quantisation
                .clone()
                .unwrap_or_else(|| "unknown".to_owned()),
            parameters: header.parameters,
            context: TokenCount(header.context_tokens.unwrap_or_default()),
            has_chat_template: header.has_chat_template,
            licence: header.licence.clone(),
            memory_about: ByteCount(header.memory_bytes(context_tokens)),
        }),
        (None, fault) => {
            let fault = fault.unwrap_or("The file cannot be read.");
            Err(Fault::refused(Code::ModelFile, fault))
        }
    };
    InstalledModel {
        name: model.name.clone(),
        path: model.path.display().to_string(),
        file_bytes: ByteCount(model.file_bytes),
        header,
        added: model.added,
        verified: model.verified,
    }
}

pub(crate) fn summary(found: store::ConversationFound) -> ConversationSummary {
    let store::ConversationFound {
        conversation,
        messages,
        snippet,
    } = found;
    ConversationSummary {
        id: conversation.id,
        title: conversation.title,
        created: conversation.created,
        updated: conversation.updated,
        messages,
        found: snippet.as_deref().map(found_texts).unwrap_or_default(),
    }
}

fn found_texts(snippet: &str) -> Vec<FoundText> {
    let mut pieces = Vec::new();
    let mut hit = false;
    for piece in snippet.split_inclusive([MARK_START, MARK_END]) {
        let begins_hit = piece.ends_with(MARK_START);
        let text = piece.trim_end_matches([MARK_START, MARK_END]);
        if !text.is_empty() {
            pieces.push(FoundText {
                text: text.to_owned(),
                hit,
            });
        }
        hit = begins_hit;
    }
    pieces
}

/// A message as it is shown; `live` is its text if it is being written now.
pub(crate) fn message(row: MessageRow, live: Option<String>) -> MessageView {
    let state = state(&row);
    MessageView {
        id: row.id,
        parent: row.parent,
        role: role(row.role),
        text: match live {
            Some(text) if state == MessageState::Writing => text,
            Some(_) | None => row.text,
        },
        state,
        created: row.created,
        model: row.model,
        ran_on: row.ran_on,
        usage: row.usage.map(usage_view),
    }
}

pub(crate) fn role(role: store::Role) -> Role {
    match role {
        store::Role::System => Role::System,
        store::Role::User => Role::User,
        store::Role::Assistant => Role::Assistant,
    }
}

fn state(row: &MessageRow) -> MessageState {
    match row.state {
        store::MessageState::Writing => MessageState::Writing,
        store::MessageState::Done => MessageState::Done,
        store::MessageState::CutOff => MessageState::CutOff,
        store::MessageState::Stopped => MessageState::Stopped,
        store::MessageState::Failed => {
            let fault = row
                .fault
                .clone()
                .and_then(|fault| serde_json::from_value(fault).ok());
            MessageState::Failed {
                fault: fault.unwrap_or_else(interrupted),
            }
        }
    }
}

/// What is told of an answer that was being written when the hub ended.
pub(crate) fn interrupted() -> Fault {
    Fault::refused(
        Code::Interrupted,
        "HAI-Net ended while this answer was being written.",
    )
}

/// How the store keeps a state, and the fault of a failed one.
pub(crate) fn stored_state(
    state: &MessageState,
) -> (store::MessageState, Option<serde_json::Value>) {
    match state {
        MessageState::Writing => (store::MessageState::Writing, None),
        MessageState::Done => (store::MessageState::Done, None),
        MessageState::CutOff => (store::MessageState::CutOff, None),
        MessageState::Stopped => (store::MessageState::Stopped, None),
        MessageState::Failed { fault } => (
            store::MessageState::Failed,
            serde_json::to_value(fault).ok(),
        ),
    }
}

fn usage_view(usage: store::Usage) -> UsageView {
    let tokens = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    UsageView {
        prompt_tokens: tokens(usage.prompt_tokens),
        cached_tokens: tokens(usage.cached_tokens),
        completion_tokens: tokens(usage.completion_tokens),
        first_token_ms: usage.first_token_ms,
        total_ms: usage.total_ms,
    }
}

pub(crate) fn stored_usage(usage: UsageView) -> store::Usage {
    store::Usage {
        prompt_tokens: usage.prompt_tokens.into(),
        cached_tokens: usage.cached_tokens.into(),
        completion_tokens: usage.completion_tokens.into(),
        first_token_ms: usage.first_token_ms,
        total_ms: usage.total_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_a_search_become_pieces_and_never_reach_the_screen() {
        let snippet = format!("the {MARK_START}tide{MARK_END} comes {MARK_START}in{MARK_END}");
        let pieces = found_texts(&snippet);
        let shown: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.text.as_str(), piece.hit))
            .collect();
        assert_eq!(
            shown,
            [
                ("the ", false),
                ("tide", true),
                (" comes ", false),
                ("in", true)
            ]
        );
    }
}
