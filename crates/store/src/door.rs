//! The door of a store: open, locked, or closed for good; and how it goes from one to another.
//!
//! Every call looks at the door first and, where it is open, takes the room behind it along. So what
//! was begun before the door was shut is finished in the old room, while what comes later is refused.
//! Shutting empties the room on a task of its own: a caller that stops waiting does not stop it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rusqlite::Connection;
use tokio::sync::watch;

use crate::agents::lines::Lines;
use crate::error::{JobError, OpenError, StoreError};
use crate::open::Place;
use crate::readers::Readers;
use crate::writer::{Tally, Writer};

/// What all clones of a store share.
pub(crate) struct Door {
    state: RwLock<State>,
    /// Held while the store is being opened, so that two who open it do not both do so.
    opening: Mutex<()>,
    tally: Arc<Tally>,
}

enum State {
    Open(Room),
    Shut {
        /// It cannot be opened any more.
        for_good: bool,
        /// What becomes of the room that was left, while it is being emptied.
        emptied: Option<watch::Receiver<Emptied>>,
    },
}

/// The outcome, once there is one.
type Emptied = Option<Result<(), StoreError>>;

/// What there is while the store is open.
#[derive(Clone)]
struct Room {
    writer: Writer,
    readers: Arc<Readers>,
    place: Arc<Place>,
    /// Why calls in this room come to nothing: it was locked, not closed for good.
    locked: Arc<AtomicBool>,
}

impl Door {
    pub(crate) fn locked() -> Self {
        let state = State::Shut {
            for_good: false,
            emptied: None,
        };
        Self {
            state: RwLock::new(state),
            opening: Mutex::new(()),
            tally: Arc::default(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(*self.look(), State::Open(_))
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Opens the door to the database that `prepare` finds.
    ///
    /// The state is not held meanwhile, since opening may take as long as a migration does, and
    /// those who ask would wait for it on the threads of the runtime.
    pub(crate) fn open(
        &self,
        prepare: impl FnOnce() -> Result<Place, OpenError>,
    ) -> Result<(), OpenError> {
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        self.refuse_opening()?;
        let room = Room::furnish(prepare()?, &self.tally)?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open(_) => Err(OpenError::AlreadyOpen),
            State::Shut { for_good: true, .. } => Err(OpenError::Closed),
            State::Shut {
                for_good: false, ..
            } => {
                *state = State::Open(room);
                Ok(())
            }
        }
    }

    /// Shuts the door and waits until the room behind it is empty: all that was asked is done, the
    /// log is folded in, the files are closed and the key is wiped.
    pub(crate) async fn shut(&self, for_good: bool) -> Result<(), StoreError> {
        let Some(mut emptied) = self.leave(for_good) else {
            return Ok(());
        };
        match emptied.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Ok(())),
            // The runtime is stopping; the writer ends by itself.
            Err(_) => Ok(()),
        }
    }

    pub(crate) async fn write<T, F>(&self, doing: &'static str, job: F) -> Result<T, StoreError>
    where
        F: Fn(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        let room = self.room(doing)?;
        room.say_why(room.writer.write(doing, job).await)
    }

    /// As [`Self::write`], where nothing is to be written but lines of the journal.
    pub(crate) async fn write_lines(
        &self,
        doing: &'static str,
        lines: Arc<Lines>,
    ) -> Result<u64, StoreError> {
        let room = self.room(doing)?;
        room.say_why(room.writer.write_lines(doing, lines).await)
    }

    /// Brings what lies in the journal's tail to where [`Self::read`] and [`Self::copy`] find it.
    pub(crate) async fn fold_tail(&self, doing: &'static str) -> Result<(), StoreError> {
        let room = self.room(doing)?;
        room.say_why(room.writer.fold_tail(doing).await)
    }

    pub(crate) async fn read<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        let room = self.room(doing)?;
        room.say_why(Readers::read(&room.readers, doing, work).await)
    }

    /// As [`Self::read`], with a connection of its own that may write to other files.
    pub(crate) async fn copy<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Place) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        let room = self.room(doing)?;
        room.say_why(Readers::copy(&room.readers, doing, work).await)
    }

    fn look(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self, doing: &'static str) -> Result<Room, StoreError> {
        match &*self.look() {
            State::Open(room) => Ok(room.clone()),
            State::Shut { for_good: true, .. } => Err(StoreError::Gone { doing }),
            State::Shut {
                for_good: false, ..
            } => Err(StoreError::Locked { doing }),
        }
    }

    fn refuse_opening(&self) -> Result<(), OpenError> {
        match &*self.look() {
            State::Open(_) => Err(OpenError::AlreadyOpen),
            State::Shut { for_good: true, .. } => Err(OpenError::Closed),
            State::Shut {
                for_good: false,
                emptied,
            } => match emptied {
                Some(emptied) if is_under_way(emptied) => Err(OpenError::Locking),
                Some(_) | None => Ok(()),
            },
        }
    }

    /// Shuts the door; `None` when there is nothing to wait for.
    fn leave(&self, for_good: bool) -> Option<watch::Receiver<Emptied>> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let room = match &mut *state {
            State::Open(room) => room.clone(),
            State::Shut {
                for_good: already,
                emptied,
            } => {
                *already |= for_good;
                return emptied.clone().filter(is_under_way);
            }
        };
        let (tell, emptied) = watch::channel(None);
        *state = State::Shut {
            for_good,
            emptied: Some(emptied.clone()),
        };
        // Before anybody can be refused in that room.
        room.locked.store(!for_good, Ordering::Release);
        drop(state);
        tokio::spawn(async move {
            let outcome = room.empty().await;
            tell.send_replace(Some(outcome));
        });
        Some(emptied)
    }
}

fn is_under_way(emptied: &watch::Receiver<Emptied>) -> bool {
    // A sender that is gone without an outcome fell with its runtime.
    emptied.borrow().is_none() && emptied.has_changed().is_ok()
}

impl Room {
    fn furnish(place: Place, tally: &Arc<Tally>) -> Result<Self, OpenError> {
        let place = Arc::new(place);
        let connection = place.connect_writer()?;
        let tail = place.open_tail(&connection)?;
        let again = Arc::clone(&place);
        let reopen = move || again.connect_writer().ok();
        let writer =
            Writer::start(connection, tail, reopen, Arc::clone(tally)).map_err(|source| {
                OpenError::Thread {
                    source: Arc::new(source),
                }
            })?;
        Ok(Self {
            writer,
            readers: Arc::new(Readers::new(Arc::clone(&place))),
            place,
            locked: Arc::default(),
        })
    }

    async fn empty(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        let outcome = self.writer.close().await;
        // Not left to the last clone of this room: a call that nobody polls may hold one for long.
        self.place.forget();
        outcome
    }

    /// A call that came too late for this room was refused because the store was locked, not closed.
    fn say_why<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match outcome {
            Err(StoreError::Gone { doing }) if self.locked.load(Ordering::Acquire) => {
                Err(StoreError::Locked { doing })
            }
            other => other,
        }
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &*self.look() {
            State::Open(_) => "open",
            State::Shut { for_good: true, .. } => "closed",
            State::Shut {
                for_good: false, ..
            } => "locked",
        })
    }
}
