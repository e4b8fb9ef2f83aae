//! `hai-net approvals`: what agents want to do and may not do by themselves.

use base::CallId;
use contract::approval::{AnswerApproval, ApprovalList, ApprovalView, Decision, ListApprovals};

use crate::args::Scene;
use crate::dialogue;
use crate::failure::Failure;
use crate::link::with_any;
use crate::pick::{self, short_id};
use crate::screen::tame;
use crate::when;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: ApprovalVerb,
}

#[derive(Debug, clap::Subcommand)]
enum ApprovalVerb {
    /// List the calls that wait for you
    List,
    /// Say yes to a call
    Accept {
        /// Its id, or the end of it
        call: String,
        /// For how long: this once, for this conversation, or always
        #[arg(long = "for", value_enum, default_value_t = Reach::Once)]
        reach: Reach,
        /// This once, with what the guardian found in it hidden
        #[arg(long, conflicts_with = "reach")]
        hide: bool,
    },
    /// Say no to a call
    Decline {
        /// Its id, or the end of it
        call: String,
        /// Also to all calls of this tool from now on
        #[arg(long)]
        forever: bool,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Reach {
    Once,
    Conversation,
    Always,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    match args.verb {
        ApprovalVerb::List => list(scene).await,
        ApprovalVerb::Accept { call, reach, hide } => {
            let decision = match reach {
                _ if hide => Decision::OnceHidden,
                Reach::Once => Decision::Once,
                Reach::Conversation => Decision::Conversation,
                Reach::Always => Decision::Always,
            };
            answer(&call, decision, "Accepted", scene).await
        }
        ApprovalVerb::Decline { call, forever } => {
            let decision = if forever {
                Decision::Never
            } else {
                Decision::Decline
            };
            answer(&call, decision, "Declined", scene).await
        }
    }
}

async fn answer(named: &str, decision: Decision, done: &str, scene: &Scene) -> Result<(), Failure> {
    let call = with_any(scene, async |link| {
        let call = pick::call(link, named).await?;
        let masked = match decision {
            Decision::OnceHidden => {
                let masked = masked(link.ask(ListApprovals {}).await?, call)?;
                look_at(&masked, scene).await?;
                Some(masked)
            }
            _ => None,
        };
        let answer = AnswerApproval {
            call,
            decision,
            masked,
        };
        link.ask(answer).await?;
        Ok(call)
    })
    .await?;
    let view = serde_json::json!({ "call": call, "decision": decision });
    scene
        .screen
        .show(&view, || format!("{done} {}.", short_id(&call)))
}

/// The arguments of a call with what is private in them hidden.
fn masked(list: ApprovalList, call: CallId) -> Result<String, Failure> {
    let mut waiting = list.waiting.into_iter();
    let masked = waiting
        .find(|waiting| waiting.call == call)
        .and_then(|waiting| waiting.masked);
    masked.ok_or_else(|| {
        Failure::usage("The guardian finds nothing in that call that it could hide.")
    })
}

/// Shows a person what is about to leave, and asks once more. A script has looked at the list.
async fn look_at(masked: &str, scene: &Scene) -> Result<(), Failure> {
    if scene.screen.is_json() || !dialogue::is_possible() {
        return Ok(());
    }
    dialogue::say(&tame(masked));
    match dialogue::yes("Go on with exactly this?", false).await? {
        true => Ok(()),
        false => Err(Failure::interrupted()),
    }
}

async fn list(scene: &Scene) -> Result<(), Failure> {
    let list = with_any(scene, async |link| link.ask(ListApprovals {}).await).await?;
    scene.screen.show(&list, || words(&list))
}

fn words(list: &ApprovalList) -> String {
    if list.waiting.is_empty() {
        return "Nothing waits for you.".to_owned();
    }
    let one = |waiting: &ApprovalView| {
        let mut text = format!(
            "{}  {}\n  tool: {}\n  arguments: {}\n  declined by itself: {}",
            short_id(&waiting.call),
            tame(&waiting.what),
            tame(&waiting.tool),
            tame(&waiting.arguments).replace('\n', " ⏎ "),
            when::minute(waiting.expires),
        );
        if waiting.leaves {
            text += "\n  it leaves this device";
        }
        if let Some(masked) = &waiting.masked {
            let masked = tame(masked).replace('\n', " ⏎ ");
            text += &format!("\n  private parts hidden: {masked}");
        }
        if !waiting.labels.is_empty() {
            text += &format!("\n  private parts from: {}", waiting.labels.join(", "));
        }
        text
    };
    list.waiting
        .iter()
        .map(one)
        .collect::<Vec<_>>()
        .join("\n\n")
}
