//! Answers about the log.

use contract::Fault;
use contract::log::{LogPage, PAGE_LINES_MAX, ReadLogs};
use store::LogFilter;

use super::{Answer, page};
use crate::house::Hub;
use crate::{convert, logbook};

/// How many lines a page has when no limit is named.
const PAGE_LINES_USUAL: u32 = 200;

impl Answer<ReadLogs> for Hub {
    async fn answer_to(&self, ask: ReadLogs) -> Result<LogPage, Fault> {
        let limit = ask
            .limit
            .unwrap_or(PAGE_LINES_USUAL)
            .clamp(1, PAGE_LINES_MAX);
        let filter = LogFilter {
            level_min: ask.level_min.map_or(0, |level| level as u8),
            source: ask.source,
            search: ask.search,
            before_id: ask.before,
            after_id: None,
            // One more than asked tells whether there are more.
            limit: limit + 1,
        };
        let found = self
            .house
            .store
            .logs(filter)
            .await
            .map_err(|error| convert::store_fault(&error))?;
        let (found, more) = page(found, limit);
        Ok(LogPage {
            lines: found
                .into_iter()
                .map(|found| logbook::line(found.id, found.row))
                .collect(),
            more,
        })
    }
}
