//! `hai-net audit`: the record that cannot be quietly changed.

use contract::audit::{
    AuditCheck, AuditEntry, AuditPage, PAGE_ENTRIES_MAX, ReadAudit, VerifyAudit,
};

use crate::args::Scene;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::link::{Link, with_any};
use crate::screen::{Colour, tame};
use crate::when;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: AuditVerb,
}

#[derive(Debug, clap::Subcommand)]
enum AuditVerb {
    /// Show the newest entries
    List {
        /// Only entries of this kind, such as `egress` or `approval`
        #[arg(long)]
        kind: Option<String>,
        /// Only entries that hold this text
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// This many of the newest entries
        #[arg(short = 'n', long, default_value_t = 50)]
        lines: u32,
    },
    /// Check that no entry was changed, taken out or put in
    Verify,
    /// Print all entries as JSON, one a line, the newest first
    Export,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        AuditVerb::List {
            kind,
            search,
            lines,
        } => {
            let ask = ReadAudit {
                kind,
                search,
                before: None,
                limit: Some(lines.min(PAGE_ENTRIES_MAX)),
            };
            let page = with_any(scene, async |link| link.ask(ask).await).await?;
            scene.screen.show(&page, || words(&page, scene))
        }
        AuditVerb::Verify => verify(scene).await,
        AuditVerb::Export => with_any(scene, async |link| export(link, scene).await).await,
    }
}

fn words(page: &AuditPage, scene: &Scene) -> String {
    if page.entries.is_empty() {
        return "There is no such entry.".to_owned();
    }
    let one = |entry: &AuditEntry| {
        format!(
            "{}  {:>6}  {:<10}  {}  {}",
            scene.screen.paint(Colour::Quiet, &when::second(entry.at)),
            entry.number,
            tame(&entry.kind),
            tame(&entry.actor),
            tame(&entry.subject),
        )
    };
    page.entries.iter().map(one).collect::<Vec<_>>().join("\n")
}

async fn verify(scene: &Scene) -> Result<(), Failure> {
    let check = with_any(scene, async |link| link.ask(VerifyAudit {}).await).await?;
    scene.screen.show(&check, || check_words(&check))?;
    match check.wrong {
        None => Ok(()),
        Some(_) => Err(Failure::Told(Exit::Broken)),
    }
}

fn check_words(check: &AuditCheck) -> String {
    match &check.wrong {
        None => format!(
            "The record holds: {} entries and {} signed heads were checked.",
            check.entries, check.heads
        ),
        Some(wrong) => format!(
            "The record was changed: {} ({} entries before it hold).",
            tame(wrong),
            check.entries
        ),
    }
}

async fn export(link: &Link, scene: &Scene) -> Result<(), Failure> {
    let mut before = None;
    loop {
        let ask = ReadAudit {
            before,
            limit: Some(PAGE_ENTRIES_MAX),
            ..Default::default()
        };
        let page = link.ask(ask).await?;
        for entry in &page.entries {
            scene.screen.json(entry)?;
        }
        before = page.entries.last().map(|entry| entry.number);
        if !page.more || before.is_none() {
            return Ok(());
        }
    }
}
