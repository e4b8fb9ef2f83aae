//! Answers about use.

use std::collections::{BTreeMap, HashMap};

use base::{Timestamp, TokenId};
use contract::setting::SettingKey;
use contract::usage::{
    ReadUsage, USAGE_DAYS_MAX, UsageBasis, UsageBy, UsageCaller, UsageReport, UsageRow, UsageSums,
};
use contract::{Code, Fault};
use domain::allowance::{DAY_MS, day_of};
use store::{UsageFigures, UsageKey};

use super::Answer;
use crate::convert;
use crate::house::Hub;
use crate::ledger::{OPEN, OWN};

/// Joules of a watt hour.
const JOULES_PER_WH: f64 = 3_600.0;

/// What a row is for: only what rows are told apart by.
type Group = (Option<u64>, Option<String>, Option<UsageCaller>);

impl Answer<ReadUsage> for Hub {
    async fn answer_to(&self, ask: ReadUsage) -> Result<UsageReport, Fault> {
        if ask.days == 0 || ask.days > USAGE_DAYS_MAX {
            let message = format!("Figures are read of 1 to {USAGE_DAYS_MAX} days.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        // What was just used counts too.
        self.write_ledger().await;
        let today = day_of(self.now());
        let first = (today + 1).saturating_sub(ask.days.into());
        let store = &self.house.store;
        let found = store.usage_since(first).await;
        let found = found.map_err(|error| convert::store_fault(&error))?;
        let tokens = store.tokens().await;
        let tokens = tokens.map_err(|error| convert::store_fault(&error))?;
        let labels = tokens.into_iter().map(|row| (row.id, row.label)).collect();
        let values = self.values();
        let basis = UsageBasis {
            watts: values.decimal(SettingKey::UsageWatts),
            price_per_kwh: values.decimal(SettingKey::UsagePricePerKwh),
            avoided_per_million: values.decimal(SettingKey::UsageAvoidedPerMillion),
        };
        Ok(report(found, &ask.by, &labels, basis, (first, today)))
    }
}

/// Puts figures together.
fn report(
    found: Vec<(UsageKey, UsageFigures)>,
    by: &[UsageBy],
    labels: &HashMap<TokenId, String>,
    basis: UsageBasis,
    (first, last): (u64, u64),
) -> UsageReport {
    let (mut groups, mut total) = (BTreeMap::<Group, Sums>::new(), Sums::default());
    for (key, figures) in found {
        let is_by = |what| by.is_empty() || by.contains(&what);
        let group = (
            is_by(UsageBy::Day).then_some(key.day),
            is_by(UsageBy::Model).then(|| key.model.clone()),
            is_by(UsageBy::Caller).then(|| caller(&key.caller, labels)),
        );
        groups.entry(group).or_default().add(&figures, key.here);
        total.add(&figures, key.here);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((day, ..), sums)| {
        let tokens = sums.all.prompt_tokens + sums.all.completion_tokens;
        std::cmp::Reverse((*day, tokens))
    });
    let rows = groups
        .into_iter()
        .map(|((day, model, caller), sums)| UsageRow {
            day: day.map(date),
            model,
            caller,
            sums: sums.view(basis),
        });
    UsageReport {
        from: date(first),
        to: date(last),
        rows: rows.collect(),
        total: total.view(basis),
        basis,
    }
}

fn caller(name: &str, labels: &HashMap<TokenId, String>) -> UsageCaller {
    match (name, name.parse::<TokenId>()) {
        (OWN, _) => UsageCaller::Own,
        (OPEN, _) | (_, Err(_)) => UsageCaller::Open,
        (_, Ok(id)) => UsageCaller::Token {
            id,
            label: labels.get(&id).cloned(),
        },
    }
}

/// A day as people write it for machines.
fn date(day: u64) -> String {
    let (year, month, day, ..) = Timestamp::from_millis(day * DAY_MS).civil();
    format!("{year:04}-{month:02}-{day:02}")
}

#[derive(Default)]
struct Sums {
    all: UsageFigures,
    here: UsageFigures,
}

impl Sums {
    fn add(&mut self, figures: &UsageFigures, here: bool) {
        self.all.add(figures);
        if here {
            self.here.add(figures);
        }
    }

    fn view(&self, basis: UsageBasis) -> UsageSums {
        let here = &self.here;
        let measured_wh =
            (here.measured_us > 0).then(|| number(here.measured_mj) / 1_000.0 / JOULES_PER_WH);
        let unmeasured_s = number(here.busy_us.saturating_sub(here.measured_us)) / 1e6;
        let is_stated = basis.watts > 0.0 && unmeasured_s > 0.0;
        let stated_wh = is_stated.then(|| basis.watts * unmeasured_s / JOULES_PER_WH);
        let energy_wh = match (measured_wh, stated_wh) {
            (None, None) => None,
            (measured, stated) => Some(measured.unwrap_or(0.0) + stated.unwrap_or(0.0)),
        };
        let tokens_here = number(here.prompt_tokens + here.completion_tokens);
        UsageSums {
            requests: self.all.requests,
            prompt_tokens: self.all.prompt_tokens,
            completion_tokens: self.all.completion_tokens,
            busy_ms: self.all.busy_us / 1_000,
            busy_here_ms: here.busy_us / 1_000,
            measured_wh,
            stated_wh,
            cost: energy_wh
                .filter(|_| basis.price_per_kwh > 0.0)
                .map(|energy_wh| energy_wh / 1_000.0 * basis.price_per_kwh),
            avoided: (basis.avoided_per_million > 0.0 && tokens_here > 0.0)
                .then(|| tokens_here / 1e6 * basis.avoided_per_million),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate for people: 53 bits are more than it is worth"
)]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(day: u64, caller: &str, here: bool) -> (UsageKey, UsageFigures) {
        let key = UsageKey {
            day,
            model: "tiny".to_owned(),
            caller: caller.to_owned(),
            here,
        };
        let figures = UsageFigures {
            requests: 1,
            prompt_tokens: 600_000,
            completion_tokens: 400_000,
            busy_us: 3_600_000_000,
            ..UsageFigures::default()
        };
        (key, figures)
    }

    fn near(one: Option<f64>, other: f64) -> bool {
        one.is_some_and(|one| (one - other).abs() < 1e-9)
    }

    #[test]
    fn nothing_is_estimated_from_what_nobody_stated() {
        let report = report(
            vec![row(0, OWN, true)],
            &[],
            &HashMap::new(),
            UsageBasis::default(),
            (0, 1),
        );
        let sums = report.total;
        assert_eq!((sums.measured_wh, sums.stated_wh), (None, None));
        assert_eq!((sums.cost, sums.avoided), (None, None));
        assert_eq!(
            (report.from.as_str(), report.to.as_str()),
            ("1970-01-01", "1970-01-02")
        );
    }

    #[test]
    fn energy_and_money_follow_the_stated_figures_and_only_for_work_on_this_device() {
        let basis = UsageBasis {
            watts: 50.0,
            price_per_kwh: 0.4,
            avoided_per_million: 2.0,
        };
        let rows = vec![row(0, OWN, true), row(0, OPEN, false)];
        let report = report(rows, &[UsageBy::Day], &HashMap::new(), basis, (0, 0));
        assert_eq!(report.rows.len(), 1, "told apart by day only");
        let sums = report.rows[0].sums;
        assert_eq!(sums.requests, 2);
        assert!(near(sums.stated_wh, 50.0), "an hour at 50 W: {sums:?}");
        assert!(near(sums.cost, 0.02), "{sums:?}");
        assert!(near(sums.avoided, 2.0), "a million tokens here: {sums:?}");
    }

    #[test]
    fn measured_energy_is_never_counted_again_as_stated() {
        let mut measured = row(0, OWN, true);
        measured.1.measured_us = 1_800_000_000;
        measured.1.measured_mj = 36_000_000;
        let basis = UsageBasis {
            watts: 50.0,
            ..UsageBasis::default()
        };
        let report = report(vec![measured], &[], &HashMap::new(), basis, (0, 0));
        assert!(near(report.total.measured_wh, 10.0), "{report:?}");
        assert!(
            near(report.total.stated_wh, 25.0),
            "the other half hour: {report:?}"
        );
    }

    #[test]
    fn rows_are_told_apart_by_what_was_asked() {
        let token = TokenId::new(Timestamp::from_millis(5), [1; 10]);
        let labels = HashMap::from([(token, "laptop".to_owned())]);
        let name = token.to_string();
        let rows = vec![row(1, OWN, true), row(2, &name, true), row(2, OWN, true)];
        let by =
            |by: &[UsageBy]| report(rows.clone(), by, &labels, UsageBasis::default(), (1, 2)).rows;
        assert_eq!(by(&[]).len(), 3);
        assert_eq!(by(&[UsageBy::Model]).len(), 1);
        let callers = by(&[UsageBy::Caller]);
        assert_eq!(
            callers[0].caller,
            Some(UsageCaller::Own),
            "the largest first"
        );
        let laptop = UsageCaller::Token {
            id: token,
            label: Some("laptop".to_owned()),
        };
        assert_eq!(callers[1].caller, Some(laptop));
        assert_eq!(by(&[UsageBy::Day])[0].day.as_deref(), Some("1970-01-03"));
    }
}
