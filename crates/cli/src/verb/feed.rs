//! `hai-net feed`: what the AI did, in plain words.

use contract::feed::{FeedEntry, FeedPage, PAGE_ENTRIES_MAX, ReadFeed, UndoFeedEntry};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any;
use crate::screen::{Colour, tame};
use crate::when;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only what holds these words
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// This many of the newest entries
    #[arg(short = 'n', long, default_value_t = 30)]
    lines: u32,
    /// Undo the entry of this number
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["search", "lines"])]
    undo: Option<i64>,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    if let Some(number) = args.undo {
        with_any(scene, async |link| link.ask(UndoFeedEntry { number }).await).await?;
        let view = serde_json::json!({ "undone": number });
        return scene.screen.show(&view, || format!("Undid {number}."));
    }
    let ask = ReadFeed {
        search: args.search,
        limit: Some(args.lines.min(PAGE_ENTRIES_MAX)),
        ..Default::default()
    };
    let page = with_any(scene, async |link| link.ask(ask).await).await?;
    scene.screen.show(&page, || words(&page, scene))
}

fn words(page: &FeedPage, scene: &Scene) -> String {
    if page.entries.is_empty() {
        return "The AI has done nothing like that yet.".to_owned();
    }
    let one = |entry: &FeedEntry| {
        let mut text = format!(
            "{}  {:>5}  {}",
            scene.screen.paint(Colour::Quiet, &when::minute(entry.at)),
            entry.number,
            tame(&entry.text).replace('\n', " ⏎ "),
        );
        if entry.undone.is_some() {
            text += " (undone)";
        } else if entry.can_undo {
            text += " (can be undone)";
        }
        text
    };
    page.entries.iter().map(one).collect::<Vec<_>>().join("\n")
}
