//! Several writings that are on disk together or not at all.

use rusqlite::Connection;

use crate::Store;
use crate::error::{JobError, StoreError};

/// A transaction that is open: what a job does through it is kept together, or not at all.
///
/// It only exists while the job runs, on the thread that writes. A job that met an error must return it:
/// one that swallows it keeps what was done before.
#[derive(Debug)]
pub struct Transaction<'a> {
    connection: &'a Connection,
    doing: &'static str,
}

impl Store {
    /// Runs `job` and keeps all that it wrote in one transaction; `Ok` means that it is on disk.
    /// `doing` says in errors what was being done.
    ///
    /// `job` may run twice: when a transaction of many jobs is lost (a full disk), each of them is
    /// tried again alone. It blocks all other writers, so it should only write. A caller that no longer
    /// waits does not undo its job.
    ///
    /// # Errors
    ///
    /// What `job` returns; else as every writing. Nothing of what it wrote is kept then.
    pub async fn transact<T, F>(&self, doing: &'static str, job: F) -> Result<T, StoreError>
    where
        F: Fn(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.write(doing, move |connection| {
            Ok(job(&Transaction::on(connection, doing))?)
        })
        .await
    }
}

impl<'a> Transaction<'a> {
    pub(crate) fn on(connection: &'a Connection, doing: &'static str) -> Self {
        Self { connection, doing }
    }

    /// Does one of the writings.
    pub(crate) fn run<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, JobError>,
    ) -> Result<T, StoreError> {
        work(self.connection).map_err(|error| error.while_doing(self.doing))
    }
}
