//! Every limit, with its reason.

use std::time::Duration;

/// Messages that wait in one mailbox.
///
/// Enough that a sender and an actor that is as quick seldom wait for each other: with 128 places a quarter
/// of the time of a plain message was waiting and giving way. Few enough that a stuck actor holds some ten
/// kilobytes and its senders notice.
pub const MAILBOX_MESSAGES_MAX: usize = 512;

/// Messages after which an actor lets others have the thread.
///
/// Half a mailbox: the cost of giving way is spread over many messages, and with handlers of a few
/// microseconds a neighbour still waits about a millisecond.
pub const TURN_MESSAGES: u32 = 256;

/// Messages that an activation handles on the stack of the one who asked.
///
/// That is the question itself. Whoever asked is not kept from going on by the work of others.
pub(crate) const MESSAGES_HERE: u32 = 1;

/// Activations on one stack, each begun by the question of the one below it.
///
/// A chain of a few is common, a parent that asks a child. Each takes the stack of its handler, of which
/// nothing is known but that a task's stack of two megabytes is to be enough.
pub(crate) const DEPTH_HERE_MAX: u32 = 4;

/// Restarts within [`RESTART_WINDOW`] after which the supervisor gives up at the next failure.
///
/// A lost connection or a bad message is over after one or two; what fails six times in half a minute
/// is broken and would fail forever.
pub const RESTARTS_MAX: usize = 5;

/// How long a restart counts against [`RESTARTS_MAX`].
///
/// Long enough that an actor which fails after seconds of work is noticed as well.
pub const RESTART_WINDOW: Duration = Duration::from_secs(30);

/// Living actors of one crew.
///
/// Ten times what the house was measured with. An actor that spawns in a loop meets this limit at about
/// one gigabyte, before the machine runs out of memory.
pub const ACTORS_MAX: usize = 1_000_000;

/// Places for messages that a resting actor keeps.
///
/// One message at a time is the usual case; the room for it need not be asked for again and again.
pub(crate) const PLACES_KEPT: usize = 4;
