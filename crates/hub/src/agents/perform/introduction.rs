//! The first conversation: what the AI says of itself, and what becomes of the person's answers.

use contract::approval::{Permission, SetToolPermission};
use contract::show::{Field, FieldKind, Form, Shown};
use domain::introduction::{self, Pages, Words};
use domain::language::Language;
use serde_json::json;

use super::super::tools;
use super::{Brought, CallError, Errand, brought, fact, once, tell_memories_changed, view};

/// The tool that fetches pages.
const FETCH: &str = "fetch_page";

pub(super) async fn introduce(errand: &Errand, language: &str) -> Result<Brought, CallError> {
    let words = Language::of(language).words();
    let said = words.greeting.replace("{model}", &errand.root.model);
    let form = view(&Shown::Form(form(words)));
    Ok(brought(format!("{said}\n{form}"), tools::PUBLIC))
}

fn form(words: &Words) -> Form {
    let question = |label: &str, options: &[&str]| Field {
        label: label.to_owned(),
        kind: match options.is_empty() {
            true => FieldKind::Text,
            false => FieldKind::Choice,
        },
        options: options.iter().copied().map(str::to_owned).collect(),
        required: false,
    };
    Form {
        title: words.title.to_owned(),
        fields: vec![
            question(words.name, &[]),
            question(words.likes, &[]),
            question(words.help, &words.helps),
            question(words.pages, &words.pages_answers),
        ],
    }
}

pub(super) async fn set_up(errand: &Errand, message: &str) -> Result<Brought, CallError> {
    let (language, answers) = introduction::read(message)
        .ok_or_else(|| CallError::Broken("these are no answers to the introduction".to_owned()))?;
    if let Some(pages) = answers.pages {
        let permission = match pages {
            Pages::Ask => Permission::Ask,
            Pages::Never => Permission::Never,
        };
        let tool = FETCH.to_owned();
        let set = errand.hub.answer(SetToolPermission { tool, permission });
        set.await
            .map_err(|fault| CallError::Broken(fault.message))?;
    }
    let facts = introduction::facts(language, &answers);
    let told = introduction::reply(language, &answers, &facts);
    let mint = &errand.hub.house.mint;
    let rows: Vec<_> = facts
        .into_iter()
        .map(|text| fact(errand, mint.memory(), text))
        .collect();
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let outcome = json!({ "text": told, "undo": { "memories": ids } });
    let done = once(errand, outcome, move |together| {
        rows.iter()
            .try_for_each(|row| together.add_memory(row, None))
    })
    .await?;
    tell_memories_changed(errand).await;
    Ok(done)
}
