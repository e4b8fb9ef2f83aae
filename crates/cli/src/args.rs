//! The command line as a whole: the verbs, and what all of them understand.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use contract::{Code, Fault};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::passphrase::Sources;
use crate::screen::Screen;
use crate::verb;

/// Your own AI on your own devices.
#[derive(Debug, Parser)]
#[command(
    name = "hai-net",
    version,
    about,
    after_help = Exit::table(),
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// Where the data lie. Else HAI_NET_DATA_DIR, else STORAGE_PATH, else the user's own data folder
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Print JSON: one value, or one value a line where things come one after the other
    #[arg(long, global = true)]
    json: bool,
    /// Read the passphrase from this file, which only you may read. Else HAI_NET_PASSPHRASE_FILE
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "passphrase_fd"
    )]
    passphrase_file: Option<PathBuf>,
    /// Read the passphrase from this open file descriptor
    #[arg(long, global = true, value_name = "NUMBER")]
    passphrase_fd: Option<u32>,
    #[command(subcommand)]
    verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run a hub: the browser page, the API and this command line find it
    Serve(verb::serve::Args),
    /// Make this hub yours: identity, passphrase, recovery words, and a model
    Setup(verb::setup::Args),
    /// Make, show and change the identity that owns this hub
    Identity(verb::identity::Args),
    /// Open the vault of the running hub
    Unlock(verb::unlock::Args),
    /// Lock the vault of the running hub
    Lock,
    /// Change the passphrase
    Passphrase(verb::passphrase::Args),
    /// Make, check and restore backups of everything
    Backup(verb::backup::Args),
    /// Erase identity, conversations, settings and log from this machine
    Erase(verb::erase::Args),
    /// Show what the running hub does
    Status,
    /// End the running hub and start it again with the same options
    Restart,
    /// End the running hub
    Stop,
    /// Show what this machine has and how busy it is
    Resources,
    /// Ask the model; without TEXT, talk with it
    Chat(verb::chat::Args),
    /// List, download and remove language models
    Models(verb::models::Args),
    /// List, read, export and delete conversations
    Conversations(verb::conversations::Args),
    /// Show agents, pause and cancel them
    Agents(verb::agents::Args),
    /// Answer what agents may not do by themselves
    Approvals(verb::approvals::Args),
    /// Say what agents may do, and in which folders
    Tools(verb::tools::Args),
    /// Be a server of tools (MCP) for another program, on the running hub
    Mcp,
    /// Show and change what the AI remembers
    Memory(verb::memory::Args),
    /// Show what the AI did
    Feed(verb::feed::Args),
    /// Show and check the record of what left and what was allowed
    Audit(verb::audit::Args),
    /// Make and revoke tokens with which other programs use the API
    Token(verb::token::Args),
    /// Show how much the models have worked, for you and for each token
    Usage(verb::usage::Args),
    /// Show the log
    Logs(verb::logs::Args),
    /// Show and change settings
    Settings(verb::settings::Args),
    /// Open the browser page, with a fresh sign-in link
    Open(verb::open::Args),
    /// Find what is private in a text; needs no hub
    Guardian(verb::guardian::Args),
    /// Examine whether everything that is needed is there and whole
    Doctor,
    /// Print a script that completes commands in a shell
    Completion(verb::completion::Args),
}

/// What all verbs know.
#[derive(Debug)]
pub(crate) struct Scene {
    /// The data folder that was named; `None` for the user's own.
    pub(crate) data_folder: Option<PathBuf>,
    pub(crate) screen: Screen,
    /// Where a passphrase comes from.
    pub(crate) passphrase: Sources,
}

/// What is to be done with a command line.
pub(crate) enum Started {
    Run(Scene, Box<Verb>),
    /// It is done already: help was shown, or it was wrong.
    Ended(Exit),
}

/// Reads the command line.
pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Started {
    let args: Vec<OsString> = args.into_iter().collect();
    match Cli::try_parse_from(&args) {
        Ok(cli) => {
            let scene = Scene {
                data_folder: hub::data_folder(cli.data_dir),
                screen: Screen::new(cli.json),
                passphrase: Sources::new(cli.passphrase_file, cli.passphrase_fd),
            };
            Started::Run(scene, Box::new(cli.verb))
        }
        Err(error) => Started::Ended(refuse(&error, args.iter().any(|arg| arg == "--json"))),
    }
}

/// The description of the command line, for completion.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

fn refuse(error: &clap::Error, json: bool) -> Exit {
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if is_help {
        // Nobody is left to tell when help cannot be printed.
        let _ = error.print();
        return Exit::Done;
    }
    if json {
        let message = error.to_string();
        let message = message
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let fault = Fault::refused(Code::InvalidAsk, message)
            .advising("Look at `hai-net --help` and `hai-net VERB --help`.");
        return Screen::new(true).failure(Failure::Fault(fault));
    }
    let _ = error.print();
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_of_the_command_line_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn every_verb_has_a_manual_page() {
        let folder = "../../docs/cli";
        for verb in command().get_subcommands() {
            let page = std::path::Path::new(folder).join(format!("{}.md", verb.get_name()));
            assert!(page.exists(), "{} is missing", page.display());
        }
    }
}
