//! `hai-net resources`: what this machine has and how busy it is.

use base::{ByteCount, Percent};
use contract::system::{ResourcesView, ShowResources};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any_even_locked;

pub(crate) async fn run(scene: &Scene) -> Result<(), Failure> {
    let resources =
        with_any_even_locked(scene, async |link| link.ask(ShowResources {}).await).await?;
    scene.screen.show(&resources, || words(&resources, scene))
}

fn words(resources: &ResourcesView, scene: &Scene) -> String {
    let percent = |share: Percent| format!("{} %", u8::from(share));
    let mut pairs = vec![
        ("Processor", resources.cpu.clone()),
        (
            "Cores",
            format!(
                "{}, of which the engine uses {}",
                resources.cores, resources.engine_threads
            ),
        ),
        (
            "Busy",
            format!(
                "{}, HAI-Net {}",
                percent(resources.cpu_busy),
                percent(resources.cpu_busy_by_us)
            ),
        ),
        (
            "Memory",
            room(resources.memory_available, resources.memory_total),
        ),
        ("HAI-Net uses", resources.memory_by_us.to_string()),
        ("Disk", room(resources.disk_free, resources.disk_total)),
    ];
    let gpus = match resources.gpus.as_slice() {
        [] => "none found".to_owned(),
        some => some.join(", "),
    };
    pairs.push(("Graphics", gpus));
    if let Some(charge) = resources.battery {
        pairs.push(("Battery", percent(charge)));
    }
    if let Some(speed) = resources.tokens_per_second {
        pairs.push(("Speed", format!("{speed:.1} tokens a second")));
    }
    scene.screen.pairs(&pairs)
}

fn room(free: ByteCount, total: ByteCount) -> String {
    format!("{free} free of {total}")
}
