//! The models that HAI-Net recommends: `assets/models.toml`, compiled in.
//!
//! Downloads look names, sizes and checksums up here; the shelf names files by it. It knows nothing
//! of what is installed.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

/// Share of a machine's memory that a model may take, as a divisor: half is left to the person.
const MEMORY_DIVISOR: u64 = 2;

/// All recommended models, smallest need of memory first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    models: Vec<CatalogueModel>,
}

/// A recommended model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueModel {
    /// The name that a person types, such as `qwen3-4b`.
    pub name: String,
    /// The name as its makers write it.
    pub title: String,
    /// Other names under which it is found.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Name of the file.
    pub file: String,
    /// Size of the file.
    pub bytes: u64,
    /// Sha256 of the file in lower-case hex; without it, the checksum is not pinned.
    #[serde(default)]
    pub sha256: Option<String>,
    /// How its numbers are stored.
    pub quantisation: String,
    /// Numbers in it.
    pub parameters: u64,
    /// Tokens of context that it was trained for.
    pub context_tokens: u64,
    /// Memory that it needs with 4096 tokens of conversation.
    pub memory_bytes: u64,
    /// Licence, as an SPDX expression.
    pub licence: String,
    /// What it is good for, in a sentence or two.
    pub good_for: String,
    /// The repository on the model hub, as `owner/name`.
    pub repository: String,
    /// The commit of the repository that holds this very file.
    #[serde(default = "main_branch")]
    pub revision: String,
    /// Where set-up takes the file from, if it comes with the program.
    #[serde(default)]
    pub bundled: Option<String>,
}

fn main_branch() -> String {
    "main".to_owned()
}

impl CatalogueModel {
    /// How far a download can be checked, in words for a person.
    #[must_use]
    pub fn checksum_note(&self) -> &'static str {
        if self.sha256.is_some() {
            "checksum pinned"
        } else {
            "checksum not pinned; verified only against what the server announces"
        }
    }
}

/// What is wrong with a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// It is not the TOML that is expected.
    #[error("the catalogue cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// An entry breaks a rule.
    #[error("the catalogue entry {name:?}: {rule}")]
    Entry {
        /// Name of the entry.
        name: String,
        /// The rule.
        rule: &'static str,
    },
    /// There is no entry.
    #[error("the catalogue is empty")]
    Empty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    model: Vec<CatalogueModel>,
}

impl Catalogue {
    /// The catalogue that is compiled in.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
            Catalogue::parse(include_str!("../../../assets/models.toml"))
                .expect("the catalogue in the program is checked by a test")
        });
        &BUILTIN
    }

    /// Reads and checks a catalogue.
    ///
    /// # Errors
    /// It cannot be read, or an entry breaks a rule.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let mut models = toml::from_str::<CatalogueFile>(text)?.model;
        if models.is_empty() {
            return Err(CatalogueError::Empty);
        }
        let mut names = HashSet::new();
        let mut files = HashSet::new();
        for model in &models {
            let broken = |rule| CatalogueError::Entry {
                name: model.name.clone(),
                rule,
            };
            if let Some(rule) = broken_rule(model) {
                return Err(broken(rule));
            }
            for name in std::iter::once(&model.name).chain(&model.aliases) {
                if !names.insert(name.clone()) {
                    return Err(broken("its name or alias is taken"));
                }
            }
            if !files.insert(model.file.to_lowercase()) {
                return Err(broken("its file is named twice"));
            }
        }
        models.sort_by_key(|model| model.memory_bytes);
        Ok(Self { models })
    }

    /// All models, smallest need of memory first.
    #[must_use]
    pub fn models(&self) -> &[CatalogueModel] {
        &self.models
    }

    /// The model of this name or alias; letter case does not matter.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&CatalogueModel> {
        self.models.iter().find(|model| {
            std::iter::once(&model.name)
                .chain(&model.aliases)
                .any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// The model of which this is the file, by checksum or by name.
    #[must_use]
    pub fn of_file(&self, file_name: &str, sha256: Option<&str>) -> Option<&CatalogueModel> {
        let by_sum = sha256.and_then(|sum| {
            self.models
                .iter()
                .find(|model| model.sha256.as_deref() == Some(sum))
        });
        by_sum.or_else(|| {
            let found = self
                .models
                .iter()
                .find(|model| model.file.eq_ignore_ascii_case(file_name))?;
            // A file of that name with another known sum is another model.
            match (sha256, &found.sha256) {
                (Some(_), Some(_)) => None,
                _ => Some(found),
            }
        })
    }

    /// The model that set-up installs.
    #[must_use]
    pub fn starter(&self) -> Option<&CatalogueModel> {
        self.models.iter().find(|model| model.bundled.is_some())
    }

    /// The best model for a machine with so much memory: the one with most parameters that leaves
    /// half of the memory free, else the smallest.
    #[must_use]
    pub fn recommend(&self, memory_total_bytes: u64) -> &CatalogueModel {
        self.models
            .iter()
            .filter(|model| model.memory_bytes <= memory_total_bytes / MEMORY_DIVISOR)
            .max_by_key(|model| model.parameters)
            .unwrap_or(&self.models[0])
    }
}

fn broken_rule(model: &CatalogueModel) -> Option<&'static str> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
    };
    let is_sum = |sum: &String| {
        sum.len() == 64
            && sum
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_repository =
        |text: &str| text.split('/').count() == 2 && text.split('/').all(|part| !part.is_empty());
    if !is_name(&model.name) || !model.aliases.iter().all(|alias| is_name(alias)) {
        Some("names are of lower-case letters, digits, hyphens and dots")
    } else if !model.file.ends_with(".gguf") || model.file.contains(['/', '\\']) {
        Some("its file is a plain name that ends in .gguf")
    } else if model.sha256.as_ref().is_some_and(|sum| !is_sum(sum)) {
        Some("its sha256 is 64 lower-case hex digits")
    } else if !is_repository(&model.repository) {
        Some("its repository is owner/name")
    } else if model.bytes == 0 || model.parameters == 0 || model.context_tokens == 0 {
        Some("its size, parameters and context are above 0")
    } else if model.memory_bytes < model.bytes {
        Some("it needs at least as much memory as its file is large")
    } else if model.title.is_empty() || model.licence.is_empty() || model.good_for.is_empty() {
        Some("its title, licence and use are named")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1024 * 1024 * 1024;

    #[test]
    fn catalogue_in_the_program_keeps_all_rules() {
        let catalogue = Catalogue::parse(include_str!("../../../assets/models.toml")).unwrap();
        assert!(
            catalogue.models().len() >= 6,
            "a person should have a choice"
        );
    }

    #[test]
    fn starter_is_the_smallest_and_has_a_pinned_checksum() {
        let catalogue = Catalogue::builtin();
        let starter = catalogue.starter().unwrap();
        assert_eq!(starter.name, "smollm2-135m-instruct");
        assert_eq!(starter, &catalogue.models()[0]);
        assert_eq!(starter.checksum_note(), "checksum pinned");
    }

    #[test]
    fn more_memory_never_recommends_a_smaller_model() {
        let catalogue = Catalogue::builtin();
        let mut before = 0;
        for gib in 0..64 {
            let parameters = catalogue.recommend(gib * GIB).parameters;
            assert!(parameters >= before, "{gib} GiB");
            before = parameters;
        }
        assert_eq!(catalogue.recommend(0).name, "smollm2-135m-instruct");
        assert_eq!(catalogue.recommend(8 * GIB).name, "qwen3-4b");
        assert_eq!(catalogue.recommend(16 * GIB).name, "qwen3-8b");
    }

    #[test]
    fn model_is_found_by_name_alias_and_in_any_letter_case() {
        let catalogue = Catalogue::builtin();
        for name in ["qwen3-4b", "Qwen3-4B"] {
            assert_eq!(catalogue.find(name).unwrap().name, "qwen3-4b");
        }
        assert_eq!(catalogue.find("starter"), catalogue.starter());
        assert_eq!(
            catalogue.find("qwen"),
            None,
            "a beginning is not a name here"
        );
    }

    #[test]
    fn file_with_the_name_but_another_checksum_is_another_model() {
        let catalogue = Catalogue::builtin();
        let starter = catalogue.starter().unwrap();
        assert_eq!(catalogue.of_file(&starter.file, None), Some(starter));
        assert_eq!(
            catalogue.of_file("renamed.gguf", starter.sha256.as_deref()),
            Some(starter)
        );
        assert_eq!(
            catalogue.of_file(&starter.file, Some(&"0".repeat(64))),
            None
        );
    }

    #[test]
    fn entry_that_breaks_a_rule_is_refused_with_its_name() {
        let good = include_str!("../../../assets/models.toml");
        for (from, to) in [
            ("name = \"qwen3-4b\"", "name = \"Qwen 3\""),
            (
                "file = \"Qwen3-4B-Q4_K_M.gguf\"",
                "file = \"../Qwen3-4B-Q4_K_M.gguf\"",
            ),
            ("sha256 = \"7485fe6f", "sha256 = \"7485FE6F"),
            ("bytes = 2_497_280_256", "bytes = 0"),
            ("memory_bytes = 3_300_000_000", "memory_bytes = 1"),
            (
                "repository = \"Qwen/Qwen3-4B-GGUF\"",
                "repository = \"Qwen3-4B\"",
            ),
            ("name = \"qwen3-4b\"", "name = \"qwen3-8b\""),
        ] {
            assert!(
                good.contains(from),
                "the test must change something: {from}"
            );
            let broken = good.replace(from, to);
            assert!(
                matches!(Catalogue::parse(&broken), Err(CatalogueError::Entry { .. })),
                "{to} was accepted"
            );
        }
        assert!(matches!(
            Catalogue::parse("model = []"),
            Err(CatalogueError::Empty)
        ));
        assert!(matches!(
            Catalogue::parse("x = 1"),
            Err(CatalogueError::Syntax(_))
        ));
    }
}
