//! Under which names a model is offered, so that programs written for another service work as they
//! are.

/// The name of the role that an asked name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The model that answers conversations.
    Chat,
    /// The model that answers quickly.
    Fast,
    /// The model that turns texts into vectors.
    Embeddings,
}

/// Names that are not the name of a file on this machine, and the role each stands for.
///
/// The first three are our own, the others those of the OpenAI API that programs ask for.
pub const ALIASES: [(&str, Role); 7] = [
    ("hai-net-admin", Role::Chat),
    ("hai-net-fast", Role::Fast),
    ("hai-net-embeddings", Role::Embeddings),
    ("gpt-4", Role::Chat),
    ("gpt-4o", Role::Chat),
    ("gpt-3.5-turbo", Role::Fast),
    ("text-embedding-ada-002", Role::Embeddings),
];

/// Which installed model answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// This one.
    Model(String),
    /// The asked name is neither installed nor an alias.
    Unknown,
    /// Nothing is installed that could answer.
    NothingInstalled,
}

/// Decides which of the `installed` models answers when `asked` is asked for; `chosen` is the one
/// that the person chose in the settings.
///
/// An installed model of the asked name always comes first. An alias, or no name, means the chosen
/// model, or, where that is not installed, the first one.
#[must_use]
pub fn resolve(asked: Option<&str>, chosen: &str, installed: &[String]) -> Resolution {
    let named = |name: &str| {
        installed
            .iter()
            .find(|model| model.eq_ignore_ascii_case(name))
            .cloned()
    };
    if let Some(asked) = asked {
        if let Some(model) = named(asked) {
            return Resolution::Model(model);
        }
        if !ALIASES
            .iter()
            .any(|(alias, _)| alias.eq_ignore_ascii_case(asked))
        {
            return Resolution::Unknown;
        }
    }
    match named(chosen).or_else(|| installed.first().cloned()) {
        Some(model) => Resolution::Model(model),
        None => Resolution::NothingInstalled,
    }
}

/// Whether a name is an alias, and not that of a model.
#[must_use]
pub fn is_alias(name: &str) -> bool {
    ALIASES
        .iter()
        .any(|(alias, _)| alias.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed() -> Vec<String> {
        vec!["qwen".to_owned(), "smollm2-135m-instruct".to_owned()]
    }

    #[test]
    fn alias_of_another_service_means_the_chosen_model() {
        let found = resolve(Some("gpt-4"), "smollm2-135m-instruct", &installed());
        assert_eq!(found, Resolution::Model("smollm2-135m-instruct".into()));
    }

    #[test]
    fn installed_model_wins_over_an_alias_of_its_name() {
        let installed = vec!["gpt-4".to_owned(), "other".to_owned()];
        let found = resolve(Some("GPT-4"), "other", &installed);
        assert_eq!(found, Resolution::Model("gpt-4".into()));
    }

    #[test]
    fn unknown_name_is_never_answered_by_some_other_model() {
        assert_eq!(
            resolve(Some("gpt-99"), "qwen", &installed()),
            Resolution::Unknown
        );
    }

    #[test]
    fn chosen_model_that_was_removed_gives_way_to_one_that_is_there() {
        assert_eq!(
            resolve(None, "gone", &installed()),
            Resolution::Model("qwen".into())
        );
        assert_eq!(resolve(None, "gone", &[]), Resolution::NothingInstalled);
    }
}
