//! `hai-net erase`: nothing of the person stays on this machine.

use contract::identity::{ERASE_CONFIRMATION, EraseEverything};
use contract::{Code, Fault};
use serde_json::json;

use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::with_any_even_locked_for_long;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Do not ask back, for scripts
    #[arg(long)]
    yes_erase_everything: bool,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let confirmation = if args.yes_erase_everything {
        ERASE_CONFIRMATION.to_owned()
    } else {
        typed(scene).await?
    };
    with_any_even_locked_for_long(scene, async |link| {
        link.ask(EraseEverything { confirmation }).await
    })
    .await?;
    scene.screen.show(&json!({ "erased": true }), || {
        "Everything is erased. Models stay: remove them with `hai-net models rm NAME`.".to_owned()
    })
}

async fn typed(scene: &Scene) -> Result<String, Failure> {
    if scene.screen.is_json() || !dialogue::is_possible() {
        return Err(Failure::Fault(
            Fault::refused(Code::InvalidAsk, "There is nobody to ask back.")
                .advising("A script that means it says --yes-erase-everything."),
        ));
    }
    dialogue::say(
        "Identity, conversations, settings, log and the backups in the data folder are erased from this\n\
         machine. Without a backup elsewhere nobody brings them back.",
    );
    let question = format!("Type \u{201c}{ERASE_CONFIRMATION}\u{201d} to go on: ");
    let typed = dialogue::line(&question).await?;
    if typed == ERASE_CONFIRMATION {
        return Ok(typed);
    }
    dialogue::say("Nothing was erased.");
    Err(Failure::interrupted())
}
