//! `hai-net usage`: how much the models have worked, and for whom.

use contract::usage::{
    ReadUsage, USAGE_DAYS_MAX, UsageBasis, UsageBy, UsageCaller, UsageReport, UsageSums,
};

use crate::args::Scene;
use crate::failure::Failure;
use crate::link::with_any;
use crate::screen::{short, text_of};

/// Characters of a name in the table.
const NAME_SHOWN: usize = 40;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many days, today included
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(USAGE_DAYS_MAX))
    )]
    days: u32,
    /// What to tell apart; may be given several times
    #[arg(long, value_name = "WHAT", value_enum)]
    by: Vec<By>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// Days, which begin at midnight UTC
    Day,
    /// Models
    Model,
    /// You, and each token
    Caller,
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let by = args.by.iter().map(|by| match by {
        By::Day => UsageBy::Day,
        By::Model => UsageBy::Model,
        By::Caller => UsageBy::Caller,
    });
    let ask = ReadUsage {
        days: args.days,
        by: by.collect(),
    };
    let report = with_any(scene, async |link| link.ask(ask).await).await?;
    scene.screen.show(&report, || words(&report, scene))
}

fn words(report: &UsageReport, scene: &Scene) -> String {
    let span = format!("{} to {}, days of UTC", report.from, report.to);
    if report.rows.is_empty() {
        return format!("No model has worked yet ({span}).");
    }
    let mut table = scene.screen.table(&[
        "DAY", "MODEL", "FOR", "REQUESTS", "READ", "WRITTEN", "TIME", "ENERGY", "COST", "AVOIDED",
    ]);
    for row in &report.rows {
        let mut cells = vec![
            row.day.clone().unwrap_or_else(|| "all".to_owned()),
            row.model
                .as_deref()
                .map_or_else(|| "all".to_owned(), |name| short(name, NAME_SHOWN)),
            row.caller.as_ref().map_or_else(|| "all".to_owned(), caller),
        ];
        cells.extend(figures(&row.sums));
        table.add_row(cells);
    }
    let mut total = vec!["total".to_owned(), String::new(), String::new()];
    total.extend(figures(&report.total));
    table.add_row(total);
    format!("{}\n{span}.\n{}", text_of(&table), method(&report.basis))
}

fn caller(caller: &UsageCaller) -> String {
    match caller {
        UsageCaller::Own => "you".to_owned(),
        UsageCaller::Open => "no token".to_owned(),
        UsageCaller::Token { label, .. } => label.as_deref().map_or_else(
            || "a token that is gone".to_owned(),
            |label| short(label, NAME_SHOWN),
        ),
    }
}

fn figures(sums: &UsageSums) -> [String; 7] {
    let money = |amount: Option<f64>| amount.map_or_else(String::new, |it| format!("{it:.4}"));
    [
        sums.requests.to_string(),
        sums.prompt_tokens.to_string(),
        sums.completion_tokens.to_string(),
        format!("{}.{:03} s", sums.busy_ms / 1_000, sums.busy_ms % 1_000),
        energy(sums),
        money(sums.cost),
        money(sums.avoided),
    ]
}

/// The energy with its tier.
fn energy(sums: &UsageSums) -> String {
    let tier = |wh: Option<f64>, tier: char| wh.map(|wh| format!("{wh:.3} Wh ({tier})"));
    let parts = [tier(sums.measured_wh, 'A'), tier(sums.stated_wh, 'B')];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" + ")
}

/// Where the figures come from. What is not stated is not shown, and this says how to state it.
fn method(basis: &UsageBasis) -> String {
    let stated = |value: f64, key: &str, known: String| {
        if value > 0.0 {
            known
        } else {
            format!("not shown; state it with `hai-net settings set {key} NUMBER`")
        }
    };
    let watts = basis.watts;
    let (kwh, million) = (basis.price_per_kwh, basis.avoided_per_million);
    [
        "Time: answers that were written together share it; loading counts.".to_owned(),
        "Energy, on this device only:".to_owned(),
        "  A  measured by the processor's meter (RAPL), the whole processor, nothing taken off."
            .to_owned(),
        format!(
            "  B  {}",
            stated(
                watts,
                "usage.watts",
                format!("{watts} W, stated by you, times the time that was not measured.")
            )
        ),
        format!(
            "Cost: {}",
            stated(
                kwh,
                "usage.price_per_kwh",
                format!("energy times {kwh} for a kWh, stated by you.")
            )
        ),
        format!(
            "Avoided: {}",
            stated(
                million,
                "usage.avoided_per_million",
                format!("tokens made on this device times {million} for a million, stated by you.")
            )
        ),
    ]
    .join("\n")
}
