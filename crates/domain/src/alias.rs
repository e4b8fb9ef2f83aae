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

/// Our own names for the roles. They always mean them.
const OWN: [(&str, Role); 3] = [
    ("hai-net-admin", Role::Chat),
    ("hai-net-fast", Role::Fast),
    ("hai-net-embeddings", Role::Embeddings),
];

/// The most aliases.
///
/// More than all names that programs of other services ask for by themselves.
pub const ALIASES_MAX: usize = 64;

/// Names that are not the name of a model, and what each stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aliases(Vec<(String, Target)>);

/// What an alias stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Role(Role),
    /// A model by its own name.
    Model(String),
}

/// Why aliases cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AliasError {
    /// A part is no pair of names.
    #[error("`{0}` is no alias: write `name=model`, and a space or a comma between two of them")]
    NoPair(String),
    /// One of our own names was to mean something else.
    #[error("`{0}` is a name of HAI-Net's own and always means the same")]
    Own(String),
    /// A name stands there twice.
    #[error("`{0}` stands there twice")]
    Twice(String),
    /// There are too many.
    #[error("there are more than {ALIASES_MAX} aliases")]
    TooMany,
}

impl Aliases {
    /// Reads aliases such as `gpt-4=hai-net-admin, small=qwen`: each stands for one of our own names, or for a
    /// model.
    ///
    /// # Errors
    /// See [`AliasError`].
    pub fn parse(text: &str) -> Result<Self, AliasError> {
        let mut found: Vec<(String, Target)> = OWN
            .iter()
            .map(|(name, role)| ((*name).to_owned(), Target::Role(*role)))
            .collect();
        let parts = text.split(|letter: char| letter == ',' || letter.is_whitespace());
        for part in parts.filter(|part| !part.is_empty()) {
            let pair = part.split_once('=');
            let pair = pair.filter(|(name, model)| !name.is_empty() && !model.is_empty());
            let (name, model) = pair.ok_or_else(|| AliasError::NoPair(part.to_owned()))?;
            if own(name).is_some() {
                return Err(AliasError::Own(name.to_owned()));
            }
            if found
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                return Err(AliasError::Twice(name.to_owned()));
            }
            if found.len() >= ALIASES_MAX + OWN.len() {
                return Err(AliasError::TooMany);
            }
            let target = match own(model) {
                Some(role) => Target::Role(role),
                None => Target::Model(model.to_owned()),
            };
            found.push((name.to_owned(), target));
        }
        Ok(Self(found))
    }

    /// All aliases, our own names first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The role that a name stands for, where it is no model's own.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Role> {
        match self.target(name)? {
            Target::Role(role) => Some(*role),
            Target::Model(_) => None,
        }
    }

    /// The name to ask for in place of this one: that of the model that an alias stands for, else itself.
    #[must_use]
    pub fn model<'a>(&'a self, name: &'a str) -> &'a str {
        match self.target(name) {
            Some(Target::Model(model)) => model,
            Some(Target::Role(_)) | None => name,
        }
    }

    fn target(&self, name: &str) -> Option<&Target> {
        let found = self
            .0
            .iter()
            .find(|(alias, _)| alias.eq_ignore_ascii_case(name));
        found.map(|(_, target)| target)
    }

    /// Decides which of the `installed` models answers when `asked` is asked for; `chosen` is the one that the
    /// person chose in the settings.
    ///
    /// An installed model of the asked name always comes first. The name of a role, or no name, means the
    /// chosen model, or, where that is not installed, the first one.
    #[must_use]
    pub fn resolve(&self, asked: Option<&str>, chosen: &str, installed: &[String]) -> Resolution {
        let named = |name: &str| {
            installed
                .iter()
                .find(|model| model.eq_ignore_ascii_case(name))
                .cloned()
        };
        if let Some(asked) = asked {
            if let Some(model) = named(asked).or_else(|| named(self.model(asked))) {
                return Resolution::Model(model);
            }
            if self.role(asked).is_none() {
                return Resolution::Unknown;
            }
        }
        match named(chosen).or_else(|| installed.first().cloned()) {
            Some(model) => Resolution::Model(model),
            None => Resolution::NothingInstalled,
        }
    }
}

fn own(name: &str) -> Option<Role> {
    let found = OWN.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, role)| *role)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn installed() -> Vec<String> {
        vec!["qwen".to_owned(), "smollm2-135m-instruct".to_owned()]
    }

    fn aliases() -> Aliases {
        Aliases::parse("gpt-4=hai-net-admin, text-embedding-ada-002=hai-net-embeddings small=qwen")
            .expect("they are well formed")
    }

    #[test]
    fn alias_of_another_service_means_the_chosen_model() {
        let found = aliases().resolve(Some("gpt-4"), "smollm2-135m-instruct", &installed());
        assert_eq!(found, Resolution::Model("smollm2-135m-instruct".into()));
        assert_eq!(aliases().role("GPT-4"), Some(Role::Chat));
        assert_eq!(aliases().role("hai-net-fast"), Some(Role::Fast));
    }

    #[test]
    fn alias_of_the_persons_own_means_its_model() {
        let found = aliases().resolve(Some("small"), "smollm2-135m-instruct", &installed());
        assert_eq!(found, Resolution::Model("qwen".into()));
        assert_eq!(aliases().role("small"), None);
        assert_eq!(aliases().model("small"), "qwen");
        assert_eq!(aliases().model("other"), "other");
    }

    #[test]
    fn installed_model_wins_over_an_alias_of_its_name() {
        let installed = vec!["gpt-4".to_owned(), "other".to_owned()];
        let found = aliases().resolve(Some("GPT-4"), "other", &installed);
        assert_eq!(found, Resolution::Model("gpt-4".into()));
    }

    #[test]
    fn unknown_name_is_never_answered_by_some_other_model() {
        let aliases = Aliases::parse("small=gone").expect("well formed");
        for name in ["gpt-99", "small"] {
            assert_eq!(
                aliases.resolve(Some(name), "qwen", &installed()),
                Resolution::Unknown
            );
        }
    }

    #[test]
    fn chosen_model_that_was_removed_gives_way_to_one_that_is_there() {
        assert_eq!(
            aliases().resolve(None, "gone", &installed()),
            Resolution::Model("qwen".into())
        );
        assert_eq!(
            aliases().resolve(None, "gone", &[]),
            Resolution::NothingInstalled
        );
    }

    #[test]
    fn aliases_that_cannot_be_read_are_refused_with_the_reason() {
        let refused = |text: &str| Aliases::parse(text).expect_err(text);
        assert_eq!(refused("gpt-4"), AliasError::NoPair("gpt-4".to_owned()));
        assert_eq!(refused("=x"), AliasError::NoPair("=x".to_owned()));
        assert_eq!(
            refused("hai-net-admin=x"),
            AliasError::Own("hai-net-admin".to_owned())
        );
        assert_eq!(refused("a=x,A=y"), AliasError::Twice("A".to_owned()));
        let many: Vec<String> = (0..=ALIASES_MAX).map(|at| format!("a{at}=x")).collect();
        assert_eq!(refused(&many.join(",")), AliasError::TooMany);
        assert_eq!(Aliases::parse("").expect("none at all").names().count(), 3);
    }
}
