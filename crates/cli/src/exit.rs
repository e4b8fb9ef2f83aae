//! Exit codes: the one table of them. `hai-net --help` and `docs/cli/exit-codes.md` show it.

use std::process::ExitCode;

use contract::{Code, Fault, FaultKind};

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Broken,
    Usage,
    Refused,
    NoHub,
    NotFound,
    Locked,
    WrongKey,
    Interrupted,
}

impl Exit {
    /// All of them, as the table shows them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Done,
        Self::Broken,
        Self::Usage,
        Self::Refused,
        Self::NoHub,
        Self::NotFound,
        Self::Locked,
        Self::WrongKey,
        Self::Interrupted,
    ];

    /// The number that the operating system gets.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Broken => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::NoHub => 4,
            Self::NotFound => 5,
            Self::Locked => 6,
            Self::WrongKey => 7,
            Self::Interrupted => 130,
        }
    }

    /// What it means.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Broken => "something is broken",
            Self::Usage => "the command or a value in it is wrong",
            Self::Refused => "not now, or not like this",
            Self::NoHub => "no hub is running",
            Self::NotFound => "there is no such conversation, model, token, device or setting",
            Self::Locked => "the vault is locked",
            Self::WrongKey => "the passphrase or the recovery words are wrong",
            Self::Interrupted => "interrupted with Ctrl-C",
        }
    }

    /// The code for a fault of the hub.
    pub(crate) fn of(fault: &Fault) -> Self {
        match (fault.code, fault.kind) {
            (Code::NoHub, _) => Self::NoHub,
            (Code::NotFound | Code::UnknownModel, _) => Self::NotFound,
            (Code::InvalidAsk | Code::InvalidSetting, _) => Self::Usage,
            (Code::Locked, _) => Self::Locked,
            (Code::WrongKey, _) => Self::WrongKey,
            (_, FaultKind::Refused) => Self::Refused,
            (_, FaultKind::Broken) => Self::Broken,
        }
    }

    /// The table, for the help page.
    pub(crate) fn table() -> String {
        let rows = Self::ALL.map(|exit| format!("  {:<5} {}", exit.number(), exit.meaning()));
        format!("Exit codes:\n{}", rows.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_page_of_exit_codes_lists_each_with_its_meaning() {
        let path = "../../docs/cli/exit-codes.md";
        let page = std::fs::read_to_string(path).expect("the manual page exists");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.number(), exit.meaning());
            assert!(page.contains(&row), "docs/cli/exit-codes.md lacks: {row}");
        }
    }

    #[test]
    fn refusal_and_breakage_have_different_codes() {
        assert_eq!(Exit::of(&Fault::refused(Code::Busy, "wait")), Exit::Refused);
        assert_eq!(
            Exit::of(&Fault::broken(Code::Store, "ouch", "")),
            Exit::Broken
        );
    }
}
