//! The hall of the house: the single owner of all state.
//!
//! Doors (the control socket, the gateway) call [`Hub::ask`] and [`Hub::watch`]; everything below is
//! called from here. The [`desk`] owns what changes while the hub runs and takes one closed kind of
//! input; long work runs on the hub's task tracker and comes back to the desk as an input, so that
//! serving one ask never blocks another. What must survive is in the store before it is acknowledged.
//!
//! The hub opens no port and no socket: that is for the doors.

mod admit;
mod agents;
mod answers;
mod clock;
mod convert;
mod desk;
mod environment;
mod exit;
mod figures;
mod house;
mod ledger;
mod logbook;
mod meaning;
mod model_servers;
mod models;
mod open;
mod pulling;
mod record;
mod responses;
mod safe;
mod token_book;
mod tool_servers;
mod turns;
mod upkeep;
mod watch;
mod writing;

pub use admit::Grant;
pub use domain::line::WAITING_PER_PROGRAM_MAX;
pub use environment::data_folder;
pub use figures::Figures;
pub use house::{Ending, Hub};
pub use models::OfferedModel;
pub use open::{OpenError, Start};
pub use responses::KeptResponse;
pub use store::in_place;
pub use turns::Turns;
pub use watch::Watch;
