//! A few read-only connections, opened when first needed and used on blocking threads.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::error::{JobError, StoreError};
use crate::open::Place;

/// How many may read at once.
///
/// Reading is short, and each that is used fills a page cache of its own (16 MB at most); more would
/// use memory for nothing on the small machines that this runs on.
const READERS: u32 = 4;

pub(crate) struct Readers {
    place: Arc<Place>,
    seats: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(place: Arc<Place>) -> Self {
        Self {
            place,
            seats: Arc::new(Semaphore::new(READERS as usize)),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Runs `work` in one transaction when a seat is free, so that several queries see the same
    /// commit. A caller that stops waiting does not stop the work.
    pub(crate) async fn read<T, F>(
        readers: &Arc<Self>,
        doing: &'static str,
        work: F,
    ) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        Self::seated(readers, doing, move |readers| readers.run(doing, work)).await
    }

    /// Takes a seat as [`Self::read`] does, but leaves the connection to `work`.
    pub(crate) async fn copy<T, F>(
        readers: &Arc<Self>,
        doing: &'static str,
        work: F,
    ) -> Result<T, StoreError>
    where
        F: FnOnce(&Place) -> Result<T, JobError> + Send + 'static,
        T: Send + 'static,
    {
        let work =
            move |readers: &Self| work(&readers.place).map_err(|error| error.while_doing(doing));
        Self::seated(readers, doing, work).await
    }

    async fn seated<T, F>(
        readers: &Arc<Self>,
        doing: &'static str,
        work: F,
    ) -> Result<T, StoreError>
    where
        F: FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let gone = StoreError::Gone { doing };
        let Ok(seat) = Arc::clone(&readers.seats).acquire_owned().await else {
            return Err(gone);
        };
        let readers = Arc::clone(readers);
        let reading = tokio::task::spawn_blocking(move || {
            let outcome = work(&readers);
            drop(seat);
            outcome
        });
        match reading.await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_runtime_stopped) => Err(gone),
        }
    }

    /// Waits for those who read, then closes all connections.
    pub(crate) async fn close(&self) {
        let all = self.seats.acquire_many(READERS).await;
        self.seats.close();
        drop(all);
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn run<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, JobError>,
    ) -> Result<T, StoreError> {
        let waiting = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match waiting {
            Some(connection) => connection,
            None => self
                .place
                .connect_reader()
                .map_err(|error| JobError::from(error).while_doing(doing))?,
        };
        let outcome = in_one_moment(&connection, work).map_err(|error| error.while_doing(doing));
        // SQLCipher keeps refusing on a connection that has met a damaged page.
        let healthy = !matches!(
            outcome,
            Err(StoreError::Corrupt { .. } | StoreError::Failed { .. })
        );
        if healthy {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
        outcome
    }
}

/// Reads inside one transaction, so that several queries see the same commit.
pub(crate) fn in_one_moment<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, JobError>,
) -> Result<T, JobError> {
    let transaction = connection.unchecked_transaction()?;
    let outcome = work(&transaction);
    transaction.finish()?;
    outcome
}
