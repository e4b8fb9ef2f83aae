//! A model that fits this machine, for the first answer.

use contract::identity::{ModelAdvice, RecommendModel};

use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::Link;
use crate::screen::{short, tame, text_of};
use crate::verb::models::pull;

/// Characters of a remark in the table.
const REMARK_SHOWN: usize = 48;

/// Says which models fit, and downloads one if the person wants that.
pub(super) async fn offer(link: &Link, scene: &Scene) -> Result<(), Failure> {
    dialogue::say("\nLooking which model fits this machine …");
    let advice = link.ask(RecommendModel {}).await?;
    dialogue::say(&words(&advice, scene));
    if let Some(here) = advice.choices.iter().find(|choice| choice.installed) {
        dialogue::say(&format!("{} is here already.", tame(&here.name)));
        return Ok(());
    }
    let Some(choice) = advice.choices.iter().find(|choice| choice.recommended) else {
        dialogue::say("None of them fits now. Close other programs, then: hai-net models list");
        return Ok(());
    };
    let (name, size) = (&choice.name, choice.file_bytes);
    let question = format!("Download {} ({size}) now?", tame(name));
    if dialogue::yes(&question, true).await? {
        pull::run(link, &pull::Args::named(name.clone()), scene).await
    } else {
        dialogue::say(&format!("Later: hai-net models pull {}", tame(name)));
        Ok(())
    }
}

fn words(advice: &ModelAdvice, scene: &Scene) -> String {
    let heads = ["MODEL", "SIZE", "MEMORY", "SPEED", "GOOD FOR"];
    let mut table = scene.screen.table(&heads);
    for choice in &advice.choices {
        let memory = if choice.fits {
            choice.memory_needed.to_string()
        } else {
            format!("{} (too much)", choice.memory_needed)
        };
        let speed = choice.tokens_per_second_about;
        let name = if choice.recommended {
            format!("{} (recommended)", choice.name)
        } else {
            choice.name.clone()
        };
        table.add_row([
            short(&name, REMARK_SHOWN),
            choice.file_bytes.to_string(),
            memory,
            speed.map_or_else(|| "?".to_owned(), |speed| format!("~{speed:.0} tokens/s")),
            short(&choice.good_for, REMARK_SHOWN),
        ]);
    }
    format!(
        "{} of memory can be had.\n{}",
        advice.memory_available,
        text_of(&table)
    )
}
