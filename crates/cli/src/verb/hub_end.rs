//! `hai-net stop` and `hai-net restart`.

use std::path::Path;
use std::time::{Duration, Instant};

use contract::system::{RestartHub, ShowStatus, StatusView, StopHub};
use contract::{Code, Fault};
use machine::DataFolderLock;
use serde_json::json;

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::{Link, with_running};

/// How long a hub may take to end. It finishes what it writes to the disk; a slow disk needs time.
const END_PATIENCE: Duration = Duration::from_secs(30);

/// How long a hub may take to be back.
const RETURN_PATIENCE: Duration = Duration::from_secs(60);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Ends the hub and waits until it has let its data folder go.
pub(crate) async fn stop(scene: &Scene) -> Result<(), Failure> {
    let before = with_running(scene, async |link| {
        let before = link.ask(ShowStatus {}).await?;
        link.ask(StopHub {}).await?;
        Ok(before)
    })
    .await?;
    let begun = Instant::now();
    while is_held(Path::new(&before.data_folder)) {
        if begun.elapsed() > END_PATIENCE {
            return Err(too_slow(before.pid, END_PATIENCE));
        }
        tokio::time::sleep(PAUSE).await;
    }
    let view = json!({ "stopped": true, "pid": before.pid });
    scene.screen.show(&view, || {
        format!("HAI-Net has stopped (process {}).", before.pid)
    })
}

/// Ends the hub and waits until one that started later answers.
pub(crate) async fn restart(scene: &Scene) -> Result<(), Failure> {
    let before = with_running(scene, async |link| {
        let before = link.ask(ShowStatus {}).await?;
        link.ask(RestartHub {}).await?;
        Ok(before)
    })
    .await?;
    let begun = Instant::now();
    loop {
        if let Some(now) = status(scene).await
            && now.started > before.started
        {
            return scene.screen.show(&now, || {
                format!("HAI-Net runs again (process {}).", now.pid)
            });
        }
        if begun.elapsed() > RETURN_PATIENCE {
            return Err(too_slow(before.pid, RETURN_PATIENCE));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What the hub does; `None` while none answers.
async fn status(scene: &Scene) -> Option<StatusView> {
    Link::running(scene)
        .await
        .ok()?
        .ask(ShowStatus {})
        .await
        .ok()
}

fn is_held(folder: &Path) -> bool {
    DataFolderLock::is_taken(folder)
}

fn too_slow(pid: u32, patience: Duration) -> Failure {
    let message = format!(
        "The hub (process {pid}) is not done after {} s.",
        patience.as_secs()
    );
    Failure::Fault(
        Fault::refused(Code::Busy, message)
            .advising("Wait a little, then look at `hai-net status` and `hai-net logs`."),
    )
}
