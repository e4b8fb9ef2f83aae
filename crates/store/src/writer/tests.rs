//! The writer alone: jobs together, failing jobs, closing.

use std::time::Duration;

use super::*;

fn writer_with_table() -> Writer {
    counting_writer_with_table().0
}

/// Of no database: nothing here is written to the journal.
fn no_tail(connection: &Connection) -> Tail {
    let nowhere = std::path::Path::new("no such folder/t.db");
    let key = crate::StoreKey::from_bytes([1; 32]);
    Tail::open(nowhere, &key, connection).expect("there is none")
}

fn counting_writer_with_table() -> (Writer, Arc<Tally>) {
    let connection = Connection::open_in_memory().expect("in memory");
    connection
        .execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
        .expect("schema");
    let tally = Arc::new(Tally::default());
    let tail = no_tail(&connection);
    let writer = Writer::start(connection, tail, || None, Arc::clone(&tally)).expect("thread");
    (writer, tally)
}

fn insert(number: i64) -> impl Fn(&Connection) -> Result<(), JobError> + Send + 'static {
    move |connection| {
        connection.execute("INSERT INTO t VALUES (?1)", [number])?;
        Ok(())
    }
}

async fn numbers(writer: &Writer) -> Vec<i64> {
    writer
        .write("reading back", |connection| {
            let mut statement = connection.prepare("SELECT n FROM t ORDER BY n")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
        .expect("read")
}

/// Keeps the thread busy, so that the jobs behind this one wait together.
fn hold(writer: &Writer) -> tokio::task::JoinHandle<Result<(), StoreError>> {
    let writer = writer.clone();
    tokio::spawn(async move {
        let nap = |_: &Connection| {
            std::thread::sleep(Duration::from_millis(200));
            Ok(())
        };
        writer.write("holding the writer", nap).await
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failing_job_is_undone_alone_and_its_neighbours_are_kept() {
    let (writer, tally) = counting_writer_with_table();
    let held = hold(&writer);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let half_done = |connection: &Connection| -> Result<(), JobError> {
        connection.execute("INSERT INTO t VALUES (1000)", [])?;
        connection.execute("INSERT INTO t VALUES (1000)", [])?;
        Ok(())
    };
    let jobs: Vec<_> = (0..20)
        .map(|number| {
            let writer = writer.clone();
            tokio::spawn(async move {
                if number % 5 == 0 {
                    writer.write("failing", half_done).await
                } else {
                    writer.write("inserting", insert(number)).await
                }
            })
        })
        .collect();
    held.await.expect("joined").expect("held");
    for (number, job) in jobs.into_iter().enumerate() {
        let outcome = job.await.expect("joined");
        if number % 5 == 0 {
            assert!(matches!(
                outcome,
                Err(StoreError::AlreadyThere { doing: "failing" })
            ));
        } else {
            outcome.expect("a neighbour's failure is not its own");
        }
    }
    assert!(
        tally.counts().transactions <= 3,
        "they shared: {:?}",
        tally.counts()
    );
    let kept: Vec<i64> = (0..20).filter(|number| number % 5 != 0).collect();
    assert_eq!(numbers(&writer).await, kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_of_a_lost_transaction_are_tried_alone() {
    let writer = writer_with_table();
    let held = hold(&writer);
    tokio::time::sleep(Duration::from_millis(50)).await;
    // As SQLite itself does when the disk is full in the middle of a statement.
    let spoiler = |connection: &Connection| -> Result<(), JobError> {
        connection.execute_batch("ROLLBACK")?;
        Err(StoreError::Full { doing: "spoiling" }.into())
    };
    let tasks = [
        tokio::spawn({
            let writer = writer.clone();
            async move { writer.write("inserting", insert(1)).await }
        }),
        tokio::spawn({
            let writer = writer.clone();
            async move { writer.write("spoiling", spoiler).await }
        }),
        tokio::spawn({
            let writer = writer.clone();
            async move { writer.write("inserting", insert(2)).await }
        }),
    ];
    held.await.expect("joined").expect("held");
    let [first, spoilt, last] = tasks;
    first.await.expect("joined").expect("kept");
    assert!(matches!(
        spoilt.await.expect("joined"),
        Err(StoreError::Full { .. })
    ));
    last.await.expect("joined").expect("kept");
    assert_eq!(numbers(&writer).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_does_what_was_asked_before_and_refuses_what_comes_after() {
    let writer = writer_with_table();
    let held = hold(&writer);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let asked: Vec<_> = (0..50)
        .map(|number| {
            let writer = writer.clone();
            tokio::spawn(async move { writer.write("inserting", insert(number)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    writer.close().await.expect("closed");
    held.await.expect("joined").expect("held");
    for job in asked {
        job.await
            .expect("joined")
            .expect("asked before the closing");
    }
    writer.close().await.expect("closing twice is harmless");
    let late = writer.write("inserting", insert(99)).await;
    assert!(matches!(late, Err(StoreError::Gone { doing: "inserting" })));
}

/// The thread that does a job.
async fn place_of_work(writer: &Writer) -> Option<String> {
    let here = |_: &Connection| Ok(std::thread::current().name().map(str::to_owned));
    writer.write("looking where", here).await.expect("done")
}

#[tokio::test]
async fn job_that_comes_alone_is_done_where_it_was_asked_for() {
    let (writer, tally) = counting_writer_with_table();
    let here = std::thread::current();
    assert_eq!(place_of_work(&writer).await.as_deref(), here.name());
    writer.write("inserting", insert(1)).await.expect("kept");
    let again = writer.write("inserting", insert(1)).await;
    assert!(matches!(again, Err(StoreError::AlreadyThere { .. })));
    assert_eq!(numbers(&writer).await, [1], "the second was undone");
    assert_eq!(tally.counts().jobs, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_come_together_are_done_by_the_thread() {
    let writer = writer_with_table();
    let held = hold(&writer);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let together: Vec<_> = (0..8)
        .map(|_| {
            let writer = writer.clone();
            tokio::spawn(async move { place_of_work(&writer).await })
        })
        .collect();
    for place in together {
        let place = place.await.expect("joined");
        assert_eq!(place.as_deref(), Some("store-writer"));
    }
    held.await.expect("joined").expect("held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn job_that_panics_closes_the_file_and_is_undone() {
    for is_alone in [true, false] {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("t.db");
        let connection = Connection::open(&file).expect("made");
        let schema = "CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT";
        connection.execute_batch(schema).expect("schema");
        let tail = no_tail(&connection);
        let writer = Writer::start(connection, tail, || None, Arc::default()).expect("thread");
        let held = (!is_alone).then(|| hold(&writer));
        tokio::time::sleep(Duration::from_millis(50)).await;
        let breaks = |connection: &Connection| -> Result<(), JobError> {
            connection.execute("INSERT INTO t VALUES (1)", [])?;
            panic!("in the middle");
        };
        for _ in 0..2 {
            let outcome = writer.write("breaking", breaks).await;
            assert!(matches!(outcome, Err(StoreError::Gone { .. })));
        }
        if let Some(held) = held {
            held.await.expect("joined").expect("held");
        }
        let left = Connection::open(&file).expect("a file");
        left.execute("INSERT INTO t VALUES (2)", [])
            .expect("nobody holds it");
        let kept: i64 = left
            .query_row("SELECT sum(n) FROM t", [], |row| row.get(0))
            .expect("summed");
        assert_eq!(kept, 2);
        writer.close().await.expect("closed already");
    }
}
