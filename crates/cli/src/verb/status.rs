//! `hai-net status`: what the running hub does.

use contract::identity::VaultState;
use contract::model::EngineView;
use contract::system::{NodeRole, SharingState, ShowStatus, StatusView};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_running;
use crate::when;

pub(crate) async fn run(scene: &Scene) -> Result<(), Failure> {
    let status = with_running(scene, async |link| link.ask(ShowStatus {}).await).await?;
    scene.screen.show(&status, || words(&status, scene))
}

fn words(status: &StatusView, scene: &Scene) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let role = match status.role {
        NodeRole::Primary => "primary",
        NodeRole::Helper => "helper",
    };
    let sharing = match status.sharing {
        SharingState::NotAvailable => "not in this version",
    };
    let conversations = match status.vault {
        VaultState::Locked => "not to be seen while the vault is locked".to_owned(),
        VaultState::Open | VaultState::Unowned => status.conversations.to_string(),
    };
    let running = format!(
        "{} since {} ({})",
        status.version,
        when::minute(status.started),
        when::span(status.uptime)
    );
    scene.screen.pairs(&[
        ("HAI-Net", running),
        ("Process", status.pid.to_string()),
        ("Address", or_none(&status.address)),
        ("Model", or_none(&status.model)),
        ("Engine", engine(&status.engine)),
        ("Vault", vault(status.vault).to_owned()),
        ("Conversations", conversations),
        ("Role", role.to_owned()),
        ("Sharing", sharing.to_owned()),
        ("Data folder", status.data_folder.clone()),
        ("Model folder", status.model_folder.clone()),
    ])
}

/// Whether the hub is owned and open, in words.
pub(crate) fn vault(vault: VaultState) -> &'static str {
    match vault {
        VaultState::Unowned => "nobody owns it yet; make it yours: hai-net setup",
        VaultState::Locked => "locked; open it: hai-net unlock",
        VaultState::Open => "open",
    }
}

/// What the engine does, in words.
pub(crate) fn engine(engine: &EngineView) -> String {
    match engine {
        EngineView::Asleep => "asleep until the first question".to_owned(),
        EngineView::Starting => "starting".to_owned(),
        EngineView::Loading { model, share } => {
            format!("loading {model} ({:.0} %)", share.clamp(0.0, 1.0) * 100.0)
        }
        EngineView::Ready {
            model,
            device,
            context,
            answering,
        } => {
            let busy = match answering {
                0 => "ready".to_owned(),
                1 => "writing 1 answer".to_owned(),
                several => format!("writing {several} answers"),
            };
            format!(
                "{model} on {device}, {} tokens of context, {busy}",
                context.0
            )
        }
        EngineView::Failed { fault } => format!("failed: {}", fault.message),
    }
}
