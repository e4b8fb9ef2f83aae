//! Conversations as files: Markdown for people, JSON for programs.

use std::fmt::Write as _;

use contract::Fault;
use contract::conversation::{
    ConversationView, ExportConversation, ExportFormat, ExportedConversation, Role,
};
use serde_json::{Value, json};

use super::{Answer, conversation};
use crate::convert;
use crate::house::Hub;

/// The name of our own format. A later change of its shape gets another number.
const FORMAT: &str = "hai-net/1";

/// The most characters of a file name that is made from a title.
const FILE_NAME_CHARS_MAX: usize = 60;

impl Answer<ExportConversation> for Hub {
    async fn answer_to(&self, ask: ExportConversation) -> Result<ExportedConversation, Fault> {
        let view = conversation::read(self, ask.conversation).await?;
        let (ending, text) = match ask.format {
            ExportFormat::Markdown => ("md", markdown(&view)),
            ExportFormat::Json => {
                let text = serde_json::to_string_pretty(&json_tree(&view));
                (
                    "json",
                    text.map_err(|error| convert::internal(&error))? + "\n",
                )
            }
        };
        Ok(ExportedConversation {
            file_name: format!("{}.{ending}", file_name(&view.title)),
            text,
        })
    }
}

fn markdown(view: &ConversationView) -> String {
    // A JSON string is also a YAML string, so a title cannot break out of the front matter.
    let mut text = format!(
        "---\ntitle: {}\nid: {}\ncreated_ms: {}\nupdated_ms: {}\n---\n",
        Value::from(view.title.as_str()),
        view.id,
        view.created.as_millis(),
        view.updated.as_millis(),
    );
    for message in view.shown() {
        let speaker = match (message.role, &message.model) {
            (Role::System, _) => "Instructions".to_owned(),
            (Role::User, _) => "You".to_owned(),
            (Role::Assistant, Some(model)) => format!("HAI ({model})"),
            (Role::Assistant, None) => "HAI".to_owned(),
        };
        let _ = write!(text, "\n## {speaker}\n\n{}\n", message.text.trim_end());
    }
    text
}

fn json_tree(view: &ConversationView) -> Value {
    json!({ "format": FORMAT, "conversation": view })
}

fn file_name(title: &str) -> String {
    let name: String = title
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .take(FILE_NAME_CHARS_MAX)
        .collect();
    let words: Vec<_> = name.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        "conversation".to_owned()
    } else {
        words.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_of_any_letters_becomes_a_file_name_that_every_system_takes() {
        assert_eq!(file_name("What is a fjord?"), "What-is-a-fjord");
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_name("???"), "conversation");
    }
}
