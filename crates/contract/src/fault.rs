//! What went wrong, in words for a person and with a code for a program.

use serde::{Deserialize, Serialize};

/// Why an ask was not granted.
///
/// `Display` gives the sentence for a person. `advice` says what to do, `details` what to copy into a
/// report; neither ever holds what a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// For programs, and for the page of errors.
    pub code: Code,
    /// Whether to try something else, or to report it.
    pub kind: FaultKind,
    /// What happened.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// Technical details to copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// In how many seconds it may be tried again, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// Whether to try something else, or to report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Not now, or not like this: everything works as it should.
    Refused,
    /// Something is broken.
    Broken,
}

impl Fault {
    /// Not now, or not like this.
    #[must_use]
    pub fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, FaultKind::Refused, message.into())
    }

    /// Something is broken. `details` is the whole chain of causes.
    #[must_use]
    pub fn broken(code: Code, message: impl Into<String>, details: impl Into<String>) -> Self {
        Self {
            details: Some(details.into()),
            ..Self::new(code, FaultKind::Broken, message.into())
        }
    }

    /// The same fault with advice that fits better than that of its code.
    #[must_use]
    pub fn advising(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// The same fault, which is over after so many seconds.
    #[must_use]
    pub fn retrying_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    fn new(code: Code, kind: FaultKind, message: String) -> Self {
        Self {
            code,
            kind,
            message,
            advice: code.cure().to_owned(),
            details: None,
            retry_after_s: None,
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $wire:literal, $cure:literal;)+) => {
        /// What kind of thing went wrong. Each has a line on the page of errors (`docs/errors.md`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[doc = $doc])+ #[serde(rename = $wire)] $name,)+
        }

        impl Code {
            /// All codes, in the order of the page of errors.
            #[must_use]
            pub fn all() -> &'static [Self] {
                &[$(Self::$name,)+]
            }

            /// The name on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $wire,)+ }
            }

            /// What it means.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// What to do, unless a fault knows better.
            #[must_use]
            pub fn cure(self) -> &'static str {
                match self { $(Self::$name => $cure,)+ }
            }
        }
    };
}

codes! {
    /// The ask itself is wrong: empty, too long, or with values that do not exist.
    InvalidAsk = "invalid_ask", "Change what you entered and try again.";
    /// There is no such conversation, message, token or download.
    NotFound = "not_found", "It may have been deleted. Reload the list.";
    /// The door does not let this through: not signed in, or not from here.
    NotAllowed = "not_allowed", "Open HAI-Net with a fresh sign-in link: run `hai-net open`.";
    /// No model is installed.
    NoModel = "no_model", "Install one: `hai-net models pull smollm2-135m-instruct`.";
    /// There is no model of this name.
    UnknownModel = "model_not_found", "Look at the names with `hai-net models list`.";
    /// The model file is missing, broken or unsafe, and was not opened.
    ModelFile = "model_file", "Remove it and pull it again: `hai-net models rm NAME`.";
    /// The model could not be loaded, often because memory is short.
    ModelLoad = "model_load", "Close other programs or choose a smaller model.";
    /// The model is in use.
    ModelInUse = "model_in_use", "Wait for the answer or stop it, then try again.";
    /// The conversation is longer than the model can hold.
    ContextLengthExceeded = "context_length_exceeded",
        "Begin a new conversation, shorten the message, or choose a model with a longer context.";
    /// The model process stopped while it was answering. It was started again.
    EngineStopped = "engine_stopped", "Ask again. If it keeps happening, choose another model.";
    /// An agent could not go on with its work.
    AgentFailed = "agent_failed", "Look at its steps in Visualize, and ask again in other words.";
    /// A server of tools cannot be reached, or does not do what it should.
    ToolServer = "tool_server", "Look at its command or address in Settings, and try it again.";
    /// The model process cannot be started.
    EngineMissing = "engine_missing", "Install HAI-Net again: a program of it is missing.";
    /// The server of the model does not answer, or broke off.
    ServerDown = "server_down",
        "Start the server, or choose another model. The list of servers tells how each one is.";
    /// The server of the model does not take this question, model or key.
    ServerRefused = "server_refused", "Check the name of the model, and the key in Settings, Models.";
    /// Models of other people's computers are switched off.
    ExternalOff = "external_off",
        "Allow them in Settings, Models, or choose a model of your own devices.";
    /// The guardian keeps the question from leaving.
    KeptIn = "kept_in", "Take it out of the conversation, look at what would leave and send it once, or choose a model of your own devices.";
    /// More questions wait than the model takes.
    Busy = "busy", "Wait a moment and try again.";
    /// The hub ended while this answer was written.
    Interrupted = "interrupted", "Have it answered again.";
    /// A download failed.
    Download = "download", "Check the connection. The next try goes on where this one ended.";
    /// The downloaded file is not what it should be. It was deleted.
    DownloadDiffers = "download_differs", "Try again; if it stays, the source offers another file.";
    /// The disk is full.
    DiskFull = "disk_full", "Make room on the disk. Nothing stored was lost.";
    /// The store could not be read or written.
    Store = "store", "Run `hai-net doctor`.";
    /// A setting has a value that it cannot have.
    InvalidSetting = "invalid_setting", "Look at the allowed values with `hai-net settings get`.";
    /// The setting is fixed from outside and cannot be changed here.
    SettingFixed = "setting_fixed", "Remove the environment variable that fixes it, and restart.";
    /// The vault is locked: what is stored cannot be read.
    Locked = "locked", "Unlock it: in the window, or with `hai-net unlock`.";
    /// Nobody owns this hub yet.
    NoIdentity = "no_identity", "Create an identity: in the window, or with `hai-net setup`.";
    /// This hub has an owner already.
    IdentityExists = "identity_exists",
        "Use it, or name another data folder with --data-dir for a second one.";
    /// The passphrase or the recovery words do not open this.
    WrongKey = "wrong_key", "Check capital letters and the keyboard layout, or use your recovery words.";
    /// After several wrong passphrases the next one has to wait.
    TryLater = "try_later", "Wait, or use your recovery words: those need not wait.";
    /// The passphrase could be guessed.
    WeakPassphrase = "weak_passphrase", "Take a longer one, such as six ordinary words in random order.";
    /// The keychain of this computer is missing, locked, hanging, or holds another key.
    Keychain = "keychain", "Use your passphrase. The keychain can be set anew in Settings afterwards.";
    /// The file of the vault is damaged, or written by a newer version.
    VaultFile = "vault_file", "Open it with the keychain, or restore a backup into a new data folder.";
    /// The backup cannot be read, is not whole, or is none.
    Backup = "backup", "Choose another backup. Nothing was changed.";
    /// The hub is closing.
    Closing = "closing", "Wait until it is back.";
    /// No hub answers.
    NoHub = "no_hub", "Start it: `hai-net serve`.";
    /// A fault of the program itself.
    Internal = "internal", "Please report it with the details.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_what_it_means_and_what_to_do() {
        for code in Code::all() {
            assert!(code.meaning().ends_with('.'), "{code} must have a sentence");
            assert!(code.cure().ends_with('.'), "{code} must have advice");
            let wire = serde_json::to_string(code).expect("plain data");
            assert_eq!(
                wire,
                format!("\"{}\"", code.name()),
                "one name on the wire and in the docs"
            );
        }
    }
}
