//! Waiting for a backup, with a view of how far it is.

use contract::identity::{BackupProgress, BackupWork, CancelBackup};
use contract::{Ask, Code, Notice};
use indicatif::ProgressBar;

use crate::args::Scene;
use crate::bar;
use crate::failure::Failure;
use crate::interrupt::Interrupts;
use crate::link::Link;

/// Asks, and shows how far it is until there is an answer. Ctrl-C has the hub stop it; a second one
/// does not wait for that.
pub(super) async fn follow<A: Ask>(link: &Link, scene: &Scene, ask: A) -> Result<A::View, Failure> {
    // The watch begins first, so that no step falls between the two.
    let mut watching = link.watch().await?;
    let mut interrupts = Interrupts::new().map_err(|error| Failure::internal(&error))?;
    let bar = bar::new(scene);
    let mut stopping = Stopping::Not;
    let work = link.ask(ask);
    tokio::pin!(work);
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            notice = watching.next() => match notice {
                Some(Notice::BackupChanged { progress: Some(progress) }) => {
                    step(&bar, progress);
                    if stopping == Stopping::Wanted {
                        stopping = stop(link).await?;
                    }
                }
                Some(_) => {}
                // The hub ends; what became of the work is all that is left to hear.
                None => break work.await,
            },
            () = interrupts.next() => {
                if stopping != Stopping::Not {
                    bar.finish_and_clear();
                    return Err(Failure::interrupted());
                }
                stopping = stop(link).await?;
            }
        }
    };
    bar.finish_and_clear();
    match outcome {
        Err(_) if stopping != Stopping::Not => {
            scene.screen.remark("Stopped. Nothing was changed.");
            Err(Failure::interrupted())
        }
        // It was done before it could be stopped.
        other => other,
    }
}

/// How far stopping is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopping {
    Not,
    /// The hub is not so far yet that there is anything to stop.
    Wanted,
    Told,
}

async fn stop(link: &Link) -> Result<Stopping, Failure> {
    match link.ask(CancelBackup {}).await {
        Ok(_) => Ok(Stopping::Told),
        Err(Failure::Fault(fault)) if fault.code == Code::NotFound => Ok(Stopping::Wanted),
        Err(failure) => Err(failure),
    }
}

fn step(bar: &ProgressBar, progress: BackupProgress) {
    let doing = match progress.doing {
        BackupWork::Creating => "written",
        BackupWork::Verifying => "checked",
        BackupWork::Restoring => "restored",
    };
    bar.set_style(bar::style(true));
    bar.set_length(progress.total.0);
    bar.set_message(doing);
    bar.set_position(progress.done.0);
}
