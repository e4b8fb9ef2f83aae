//! Time to a running hub, and its memory without a model.

use std::time::Duration;

use crate::figures::Figures;
use crate::place::{RunningHub, pss_mb};

/// How often a hub is started.
const ROUNDS: u32 = 10;

/// How long an idle hub is left alone before its memory is read.
const REST: Duration = Duration::from_secs(2);

pub(crate) fn run() -> anyhow::Result<()> {
    let (mut ready, mut memory) = (Figures::default(), Figures::default());
    for _ in 0..ROUNDS {
        let hub = RunningHub::start()?;
        ready.add_ms(hub.ready_after);
        std::thread::sleep(REST);
        memory.add(pss_mb(hub.pid())?);
    }
    println!("ready after, ms (aim ≤ 300):      {}", ready.line());
    println!("idle memory, PSS in MB (aim ≤ 40): {}", memory.line());
    Ok(())
}
