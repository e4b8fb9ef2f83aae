//! `hai-net doctor`: whether everything that is needed is there and whole.

use contract::system::{ExamineHealth, Finding, HealthView};

use crate::args::Scene;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::link::with_any_even_locked;
use crate::screen::{Colour, tame};

pub(crate) async fn run(scene: &Scene) -> Result<(), Failure> {
    let examined = with_any_even_locked(scene, async |link| {
        let mut health = link.ask(ExamineHealth {}).await?;
        health.findings.insert(0, running(link.is_own()));
        Ok(health)
    })
    .await;
    let health = match examined {
        Ok(health) => health,
        // What keeps a hub from opening is the first thing to know.
        Err(Failure::Fault(fault)) => HealthView {
            findings: vec![Finding {
                what: "hub".to_owned(),
                good: false,
                seen: fault.message,
                cure: Some(fault.advice),
            }],
        },
        Err(other) => return Err(other),
    };
    scene.screen.show(&health, || words(&health, scene))?;
    if health.findings.iter().all(|finding| finding.good) {
        Ok(())
    } else {
        Err(Failure::Told(Exit::Broken))
    }
}

/// That no hub runs is no illness: other verbs open one for themselves.
fn running(is_own: bool) -> Finding {
    let seen = if is_own {
        "can be opened; none is running"
    } else {
        "is running"
    };
    Finding {
        what: "hub".to_owned(),
        good: true,
        seen: seen.to_owned(),
        cure: None,
    }
}

fn words(health: &HealthView, scene: &Scene) -> String {
    let screen = &scene.screen;
    let mut lines = Vec::new();
    for finding in &health.findings {
        let mark = if finding.good {
            screen.paint(Colour::Good, "ok ")
        } else {
            screen.paint(Colour::Bad, "BAD")
        };
        lines.push(format!(
            "{mark}  {}: {}",
            tame(&finding.what),
            tame(&finding.seen)
        ));
        if let Some(cure) = finding.cure.as_ref().filter(|_| !finding.good) {
            lines.push(format!("     {}", tame(cure)));
        }
    }
    let bad = health
        .findings
        .iter()
        .filter(|finding| !finding.good)
        .count();
    lines.push(match bad {
        0 => "Everything is as it should be.".to_owned(),
        1 => "1 thing needs attention.".to_owned(),
        several => format!("{several} things need attention."),
    });
    lines.join("\n")
}
