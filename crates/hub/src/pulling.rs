//! Downloads of models, as the hub keeps and shows them.

use base::ByteCount;
use contract::model::{PullModel, PullState, PullView};
use contract::{Code, Fault, FaultKind};
use llm::{Progress, PullError, PullSource};
use store::AuditKind;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::convert;
use crate::desk::Input;
use crate::house::Hub;

/// Begins a download, or finds the one of the same source that is running.
pub(crate) async fn begin(hub: &Hub, ask: PullModel) -> Result<PullView, Fault> {
    let refused = |error: llm::SourceError| Fault::refused(Code::InvalidAsk, sentence(&error));
    let mut source: PullSource = ask.source.parse().map_err(refused)?;
    if let Some(sha256) = ask.sha256 {
        source = source.pinned(&sha256).map_err(refused)?;
    }
    let have = ByteCount(0);
    let pull = PullView {
        id: hub.house.mint.pull(),
        source: ask.source,
        state: PullState::Running {
            have,
            total: None,
            per_second: have,
        },
    };
    let stop = hub.closing().child_token();
    let (view, cancel) = (pull.clone(), stop.clone());
    let running = hub
        .consult(|reply| Input::PullBegan {
            pull: view,
            stop: cancel,
            reply,
        })
        .await?;
    if let Some(running) = running {
        return Ok(running);
    }
    // On record before it leaves. What leaves is the address, which the person gave.
    if let Err(fault) = hub.put_on_record(AuditKind::Egress, "model download").await {
        let state = PullState::Failed {
            fault: fault.clone(),
        };
        hub.bring(Input::PullChanged {
            pull: PullView { state, ..pull },
        })
        .await;
        return Err(fault);
    }
    tracing::info!(source = pull.source, "a model is being downloaded");
    hub.undertake(run(hub.clone(), pull.clone(), source, stop));
    Ok(pull)
}

async fn run(hub: Hub, pull: PullView, source: PullSource, stop: CancellationToken) {
    let (meter, mut progress) = watch::channel(Progress::default());
    let work = llm::pull(source, &hub.house.shelf, stop, meter);
    tokio::pin!(work);
    let ended = loop {
        tokio::select! {
            ended = &mut work => break ended,
            Ok(()) = progress.changed() => {
                let state = running(&progress.borrow_and_update());
                hub.bring(Input::PullChanged { pull: PullView { state, ..pull.clone() } }).await;
            }
        }
    };
    let state = match ended {
        Ok(model) => {
            tracing::info!(model = model.name, "a model was installed");
            PullState::Done { model: model.name }
        }
        Err(PullError::Cancelled) => PullState::Cancelled,
        Err(error) => {
            tracing::warn!("a download failed: {}", convert::chain(&error));
            PullState::Failed {
                fault: pull_fault(&error),
            }
        }
    };
    hub.bring(Input::PullChanged {
        pull: PullView { state, ..pull },
    })
    .await;
}

fn running(progress: &Progress) -> PullState {
    PullState::Running {
        have: ByteCount(progress.bytes),
        total: progress.total_bytes.map(ByteCount),
        per_second: ByteCount(progress.bytes_per_second),
    }
}

/// The words of the error are for a person already; its code tells a program what to do.
fn pull_fault(error: &PullError) -> Fault {
    let (code, kind) = match error {
        PullError::Source(_) | PullError::NameTaken { .. } => {
            (Code::InvalidAsk, FaultKind::Refused)
        }
        PullError::NotFound { .. } | PullError::Forbidden { .. } | PullError::WebPage { .. } => {
            (Code::Download, FaultKind::Refused)
        }
        PullError::AlreadyRunning | PullError::Cancelled => (Code::Busy, FaultKind::Refused),
        PullError::WrongSize { .. } | PullError::WrongChecksum { .. } | PullError::NotAModel(_) => {
            (Code::DownloadDiffers, FaultKind::Refused)
        }
        PullError::DiskFull { .. } => (Code::DiskFull, FaultKind::Refused),
        _ => (Code::Download, FaultKind::Broken),
    };
    let message = sentence(error);
    match kind {
        FaultKind::Refused => Fault::refused(code, message),
        FaultKind::Broken => Fault::broken(code, message, convert::chain(error)),
    }
}

/// An error's words as a sentence.
fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => text,
    }
}
