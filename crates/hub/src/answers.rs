//! The table of answers. Each ask of the contract has one here, or the hub does not compile.

mod advice;
mod agent;
mod approval;
mod audit;
pub(crate) mod conversation;
mod export;
mod feed;
mod identity;
mod log;
mod memory;
mod model;
mod model_server;
mod setting;
mod system;
mod token;
mod tool_server;
mod usage;

use std::future::Future;

use contract::{AnyAsk, Ask, Fault};
use serde_json::Value;

use crate::convert;
use crate::house::Hub;

/// How the hub answers one kind of ask.
trait Answer<A: Ask> {
    /// Answers it. Whatever it changes is on disk when this returns.
    fn answer_to(&self, ask: A) -> impl Future<Output = Result<A::View, Fault>> + Send;
}

/// A page of at most `limit` rows, and whether more follow: one row more was read than the page has.
fn page<T>(mut read: Vec<T>, limit: u32) -> (Vec<T>, bool) {
    let more = read.len() > limit as usize;
    read.truncate(limit as usize);
    (read, more)
}

macro_rules! table {
    ($($path:path, $name:ident => $view:ty, $reach:ident;)+) => {
        /// Answers any ask.
        pub(crate) async fn dispatch(hub: &Hub, ask: AnyAsk) -> Result<Value, Fault> {
            match ask {
                $(AnyAsk::$name(ask) => {
                    // Boxed, so that the future of the table is not as large as the largest answer.
                    let view: $view = Box::pin(Answer::<$path>::answer_to(hub, ask)).await?;
                    serde_json::to_value(view).map_err(|error| convert::internal(&error))
                })+
            }
        }
    };
}

contract::for_each_ask!(table);
