//! `hai-net logs`: the log, and what is added to it.

use contract::Notice;
use contract::log::{Level, LogLine, PAGE_LINES_MAX, ReadLogs};
use control::Watching;

use crate::args::Scene;
use crate::failure::Failure;
use crate::interrupt::Interrupts;
use crate::link::{Link, with_any, with_running};
use crate::screen::{Colour, tame};
use crate::when;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Go on showing lines as they are written
    #[arg(short, long)]
    follow: bool,
    /// Only lines at least this serious: trace, debug, info, warn, error
    #[arg(long)]
    level: Option<Level>,
    /// Only lines of this part, such as `hub` or `engine`
    #[arg(long, value_name = "PART")]
    source: Option<String>,
    /// Only lines that hold this text
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// This many of the newest lines
    #[arg(short = 'n', long, default_value_t = 50)]
    lines: u32,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    if args.follow {
        return with_running(scene, async |link| follow(link, &args, scene).await).await;
    }
    let lines = with_any(scene, async |link| newest(link, &args).await).await?;
    show(&lines, scene)
}

async fn follow(link: &Link, args: &Args, scene: &Scene) -> Result<(), Failure> {
    let mut interrupts = Interrupts::new().map_err(|error| Failure::internal(&error))?;
    // The watch begins before the log is read, so that no line falls between the two.
    let mut watching = link.watch().await?;
    let lines = newest(link, args).await?;
    let mut last = lines.iter().map(|line| line.number).max();
    show(&lines, scene)?;
    tokio::select! {
        ended = on_and_on(link, &mut watching, args, &mut last, scene) => ended,
        () = interrupts.next() => Err(Failure::interrupted()),
    }
}

async fn on_and_on(
    link: &Link,
    watching: &mut Watching,
    args: &Args,
    last: &mut Option<i64>,
    scene: &Scene,
) -> Result<(), Failure> {
    while let Some(notice) = watching.next().await {
        let lines = match notice {
            Notice::LogsWritten { lines } => {
                lines.into_iter().filter(|line| fits(line, args)).collect()
            }
            Notice::Missed { .. } => {
                newest(
                    link,
                    &Args {
                        lines: PAGE_LINES_MAX,
                        ..clone(args)
                    },
                )
                .await?
            }
            Notice::HubClosing => {
                scene.screen.remark("HAI-Net has stopped.");
                return Ok(());
            }
            _ => continue,
        };
        let fresh: Vec<LogLine> = lines
            .into_iter()
            .filter(|line| last.is_none_or(|last| line.number > last))
            .collect();
        *last = fresh.iter().map(|line| line.number).max().or(*last);
        show(&fresh, scene)?;
    }
    Err(Failure::lost())
}

fn clone(args: &Args) -> Args {
    Args {
        source: args.source.clone(),
        search: args.search.clone(),
        ..*args
    }
}

/// The newest lines that fit, the oldest first.
async fn newest(link: &Link, args: &Args) -> Result<Vec<LogLine>, Failure> {
    let mut lines: Vec<LogLine> = Vec::new();
    let mut before = None;
    let wanted = args.lines as usize;
    while lines.len() < wanted {
        let missing = u32::try_from(wanted - lines.len()).unwrap_or(PAGE_LINES_MAX);
        let ask = ReadLogs {
            level_min: args.level,
            source: args.source.clone(),
            search: args.search.clone(),
            before,
            limit: Some(missing.min(PAGE_LINES_MAX)),
        };
        let page = link.ask(ask).await?;
        before = page.lines.last().map(|line| line.number);
        lines.extend(page.lines);
        if !page.more || before.is_none() {
            break;
        }
    }
    lines.truncate(wanted);
    lines.reverse();
    Ok(lines)
}

/// As the hub's own selection.
fn fits(line: &LogLine, args: &Args) -> bool {
    let holds = |text: &String| line.text.to_lowercase().contains(&text.to_lowercase());
    args.level.is_none_or(|least| line.level >= least)
        && args
            .source
            .as_ref()
            .is_none_or(|source| *source == line.source)
        && args.search.as_ref().is_none_or(holds)
}

fn show(lines: &[LogLine], scene: &Scene) -> Result<(), Failure> {
    for line in lines {
        if scene.screen.is_json() {
            scene.screen.json(line)?;
        } else {
            scene.screen.line(&words(line, scene))?;
        }
    }
    Ok(())
}

fn words(line: &LogLine, scene: &Scene) -> String {
    let level = format!("{:<5}", line.level.name().to_uppercase());
    let colour = match line.level {
        Level::Error => Colour::Bad,
        Level::Warn => Colour::Careful,
        Level::Info => Colour::Good,
        Level::Debug | Level::Trace => Colour::Quiet,
    };
    format!(
        "{}  {}  {:<8} {}",
        scene.screen.paint(Colour::Quiet, &when::second(line.at)),
        scene.screen.paint(colour, &level),
        tame(&line.source),
        // One line of the log is one line of the terminal.
        tame(&line.text).replace('\n', " ⏎ "),
    )
}

#[cfg(test)]
mod tests {
    use base::Timestamp;

    use super::*;

    fn args(level: Option<Level>, source: Option<&str>, search: Option<&str>) -> Args {
        let own = |text: &str| text.to_owned();
        Args {
            follow: true,
            level,
            source: source.map(own),
            search: search.map(own),
            lines: 1,
        }
    }

    #[test]
    fn followed_lines_are_chosen_as_the_hub_chooses_them() {
        let line = LogLine {
            number: 1,
            at: Timestamp::from_millis(0),
            level: Level::Warn,
            source: "engine".to_owned(),
            text: "The model was loaded".to_owned(),
        };
        assert!(fits(&line, &args(None, None, None)));
        assert!(fits(
            &line,
            &args(Some(Level::Warn), Some("engine"), Some("MODEL"))
        ));
        assert!(!fits(&line, &args(Some(Level::Error), None, None)));
        assert!(!fits(&line, &args(None, Some("hub"), None)));
        assert!(!fits(&line, &args(None, None, Some("unloaded"))));
    }
}
