//! What a page may show: it follows from who owns the hub, whether it is open, and how far the first
//! start got.

use contract::identity::{BackupWork, IdentityView, VaultState};

/// How many steps the first start has.
pub(crate) const STEPS: u8 = 5;

/// What `ui.setup_step` says when all steps are done.
pub(crate) const DONE: u8 = STEPS + 1;

/// Whose hub it is, as far as that decides what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody owns it.
    Unowned,
    /// It is being filled from a backup.
    Restoring,
    /// It has an owner and is closed.
    Locked,
    /// It is open, and the recovery words were not asked back yet.
    Unconfirmed,
    /// It is open.
    Owned,
}

impl Standing {
    /// What the hub's own words come to.
    pub(crate) fn of(view: &IdentityView) -> Self {
        let restores = view
            .running
            .is_some_and(|running| running.doing == BackupWork::Restoring);
        let confirmed = view
            .owner
            .as_ref()
            .is_none_or(|owner| owner.words_confirmed);
        match view.vault {
            VaultState::Unowned | VaultState::Locked if restores => Self::Restoring,
            VaultState::Unowned => Self::Unowned,
            VaultState::Locked => Self::Locked,
            VaultState::Open if confirmed => Self::Owned,
            VaultState::Open => Self::Unconfirmed,
        }
    }
}

/// What fills the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Nothing is known of the hub yet.
    Unknown,
    /// It waits to be unlocked. Nothing else is shown, and nothing else is kept.
    Locked,
    /// The first start.
    Setup,
    /// New recovery words of a hub that was set up long ago.
    Words,
    /// Everything.
    Inside,
}

impl Gate {
    /// What is shown. `step` is the setting `ui.setup_step`, where it could be read.
    pub(crate) fn of(standing: Option<Standing>, step: Option<u8>) -> Self {
        // An owner is not led through the first start because a setting could not be read.
        let is_set_up = step.is_none_or(|step| step >= DONE);
        match standing {
            None => Self::Unknown,
            Some(Standing::Locked) => Self::Locked,
            Some(Standing::Unowned | Standing::Restoring) => Self::Setup,
            Some(Standing::Unconfirmed) if is_set_up => Self::Words,
            Some(Standing::Owned) if is_set_up => Self::Inside,
            Some(Standing::Unconfirmed | Standing::Owned) => Self::Setup,
        }
    }
}

/// A screen of the first start. Each asks one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The language.
    Language,
    /// A new identity, or one that exists.
    Choose,
    /// The name to be called by, and details for the guardian.
    Name,
    /// The passphrase of the new identity.
    Passphrase,
    /// The recovery words, to be written down.
    Words,
    /// Three of them, asked back.
    Quiz,
    /// From a backup, or from the words.
    RestoreFrom,
    /// Which backup, and what opens it.
    RestoreFile,
    /// The words and a name.
    RestoreWords,
    /// The passphrase of what was restored from words.
    RestorePassphrase,
    /// Who owns the hub: nothing is left to do in this step.
    Owned,
    /// What this machine can do, and which model fits.
    Machine,
    /// What stays here.
    Privacy,
    /// The first question.
    FirstAnswer,
}

impl Screen {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 14] = [
        Self::Language,
        Self::Choose,
        Self::Name,
        Self::Passphrase,
        Self::Words,
        Self::Quiz,
        Self::RestoreFrom,
        Self::RestoreFile,
        Self::RestoreWords,
        Self::RestorePassphrase,
        Self::Owned,
        Self::Machine,
        Self::Privacy,
        Self::FirstAnswer,
    ];

    /// To which of the five steps it belongs.
    pub(crate) fn step(self) -> u8 {
        match self {
            Self::Language => 1,
            Self::Choose
            | Self::Name
            | Self::Passphrase
            | Self::Words
            | Self::Quiz
            | Self::RestoreFrom
            | Self::RestoreFile
            | Self::RestoreWords
            | Self::RestorePassphrase
            | Self::Owned => 2,
            Self::Machine => 3,
            Self::Privacy => 4,
            Self::FirstAnswer => 5,
        }
    }

    /// Where the first start begins or goes on. What is stored of a step only counts as far as the
    /// identity lets it.
    pub(crate) fn start(step: u8, standing: Standing) -> Self {
        let of_identity = match standing {
            Standing::Restoring => return Self::RestoreFile,
            Standing::Unowned | Standing::Locked => Self::Choose,
            // The words come first, whatever is stored: they can be had only until they are confirmed.
            Standing::Unconfirmed => return Self::Words,
            Standing::Owned => Self::Owned,
        };
        match (step, standing) {
            (..=1, _) => Self::Language,
            (2, _) | (_, Standing::Unowned | Standing::Locked) => of_identity,
            (3, _) => Self::Machine,
            (4, _) => Self::Privacy,
            (5.., _) => Self::FirstAnswer,
        }
    }

    /// Whether it makes sense now. It stops to when another window or a terminal did what it asks for.
    pub(crate) fn fits(self, standing: Standing) -> bool {
        match self {
            Self::Language => standing != Standing::Restoring,
            Self::Choose
            | Self::Name
            | Self::Passphrase
            | Self::RestoreFrom
            | Self::RestoreWords
            | Self::RestorePassphrase => standing == Standing::Unowned,
            Self::RestoreFile => matches!(standing, Standing::Unowned | Standing::Restoring),
            Self::Words | Self::Quiz => standing == Standing::Unconfirmed,
            Self::Owned | Self::Machine | Self::Privacy | Self::FirstAnswer => {
                standing == Standing::Owned
            }
        }
    }

    /// The way back.
    pub(crate) fn back(self) -> Option<Self> {
        match self {
            Self::Language => None,
            Self::Choose | Self::Words | Self::Owned => Some(Self::Language),
            Self::Name | Self::RestoreFrom => Some(Self::Choose),
            Self::Passphrase => Some(Self::Name),
            Self::Quiz => Some(Self::Words),
            Self::RestoreFile | Self::RestoreWords => Some(Self::RestoreFrom),
            Self::RestorePassphrase => Some(Self::RestoreWords),
            Self::Machine => Some(Self::Owned),
            Self::Privacy => Some(Self::Machine),
            Self::FirstAnswer => Some(Self::Privacy),
        }
    }

    /// The name in hooks and styles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Choose => "choose",
            Self::Name => "name",
            Self::Passphrase => "passphrase",
            Self::Words => "words",
            Self::Quiz => "quiz",
            Self::RestoreFrom => "restore-from",
            Self::RestoreFile => "restore-file",
            Self::RestoreWords => "restore-words",
            Self::RestorePassphrase => "restore-passphrase",
            Self::Owned => "owned",
            Self::Machine => "machine",
            Self::Privacy => "privacy",
            Self::FirstAnswer => "first-answer",
        }
    }
}

#[cfg(test)]
mod tests;
