use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use contract::conversation::DeleteConversation;
use contract::model::{ListModels, ShowModel};
use contract::system::{ShowStatus, StopHub};
use contract::{AnyAsk, Done, Notice};
use serde_json::{Value, json};
use tokio::sync::{broadcast, oneshot};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::hall::NextNotice;
use crate::{AskError, Client, ConnectError};

/// A hub that does as each test says: `ShowStatus` waits until it is let go, the rest answers.
#[derive(Clone)]
struct StandIn(Arc<Inside>);

struct Inside {
    closing: CancellationToken,
    notices: broadcast::Sender<Notice>,
    held: Mutex<HashMap<usize, oneshot::Sender<()>>>,
    asked: AtomicUsize,
    finished: AtomicUsize,
}

impl StandIn {
    fn new() -> Self {
        Self(Arc::new(Inside {
            closing: CancellationToken::new(),
            notices: broadcast::channel(4_096).0,
            held: Mutex::default(),
            asked: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
        }))
    }

    async fn until_held(&self, count: usize) {
        within(async {
            while self.0.held.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    fn let_go(&self) {
        for (_, held) in self.0.held.lock().unwrap().drain() {
            let _ = held.send(());
        }
    }
}

impl Hall for StandIn {
    type Watch = StandInWatch;

    async fn ask(&self, ask: AnyAsk) -> Result<Value, Fault> {
        let number = self.0.asked.fetch_add(1, Ordering::SeqCst);
        let answer = match ask {
            AnyAsk::ShowStatus(_) => {
                let (held, free) = oneshot::channel();
                self.0.held.lock().unwrap().insert(number, held);
                let _ = free.await;
                Ok(json!({ "held": number }))
            }
            AnyAsk::ShowModel(ask) => Ok(json!({ "name": ask.name })),
            AnyAsk::StopHub(_) => {
                self.0.closing.cancel();
                Ok(json!({}))
            }
            AnyAsk::ListModels(_) => Ok(json!("x".repeat(wire::FRAME_BYTES_MAX + 1))),
            _ => Err(Fault::refused(Code::NotFound, "there is no such thing")),
        };
        self.0.finished.fetch_add(1, Ordering::SeqCst);
        answer
    }

    fn watch(&self) -> StandInWatch {
        let first = Some(Notice::Watching {
            version: "1".into(),
        });
        StandInWatch {
            first,
            notices: self.0.notices.subscribe(),
            closing: self.0.closing.clone(),
        }
    }

    fn closing(&self) -> CancellationToken {
        self.0.closing.clone()
    }
}

struct StandInWatch {
    first: Option<Notice>,
    notices: broadcast::Receiver<Notice>,
    closing: CancellationToken,
}

impl NextNotice for StandInWatch {
    async fn next(&mut self) -> Option<Notice> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        tokio::select! {
            notice = self.notices.recv() => match notice {
                Ok(notice) => Some(notice),
                Err(broadcast::error::RecvError::Lagged(count)) => Some(Notice::Missed { count }),
                Err(broadcast::error::RecvError::Closed) => None,
            },
            () = self.closing.cancelled() => Some(Notice::HubClosing),
        }
    }
}

struct House {
    hall: StandIn,
    serving: Serving,
    folder: tempfile::TempDir,
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hall = StandIn::new();
        let socket = folder.path().join("run/hub.sock");
        let serving = serve_hall(hall.clone(), socket).await.unwrap();
        Self {
            hall,
            serving,
            folder,
        }
    }

    async fn client(&self) -> Client {
        Client::connect(self.serving.socket()).await.unwrap()
    }

    async fn close(self) {
        self.hall.0.closing.cancel();
        within(self.serving.ended()).await;
    }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .expect("this must not hang")
}

fn show(name: impl Into<String>) -> AnyAsk {
    ShowModel { name: name.into() }.into()
}

#[tokio::test]
async fn socket_is_closed_to_other_users_and_gone_when_the_hub_has_closed() {
    let house = House::open().await;
    let socket = house.serving.socket().to_path_buf();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&socket), 0o600);
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
    let folder = house.folder.path().to_path_buf();
    assert!(folder.exists());
    house.close().await;
    assert!(!socket.exists(), "a closed hub leaves no socket behind");
}

#[tokio::test]
async fn slow_answer_delays_no_other_on_the_same_connection() {
    let house = House::open().await;
    let client = house.client().await;
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.ask_any(ShowStatus {}.into()).await }
    });
    house.hall.until_held(1).await;
    for number in 0..100 {
        let view = within(client.ask_any(show(number.to_string())))
            .await
            .unwrap();
        assert_eq!(
            view,
            json!({ "name": number.to_string() }),
            "each gets its own answer"
        );
    }
    house.hall.let_go();
    assert_eq!(within(slow).await.unwrap().unwrap(), json!({ "held": 0 }));
    house.close().await;
}

#[tokio::test]
async fn refusal_arrives_as_the_fault_that_the_hub_gave() {
    let house = House::open().await;
    let client = house.client().await;
    let id = base::ConversationId::from_bytes([1; 16]);
    let refused = within(client.ask(DeleteConversation { conversation: id })).await;
    let Err(AskError::Fault(fault)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(fault.code, Code::NotFound);
    house.close().await;
}

#[tokio::test]
async fn answer_over_the_frame_limit_is_a_fault_and_the_connection_lives_on() {
    let house = House::open().await;
    let client = house.client().await;
    let refused = within(client.ask(ListModels {})).await;
    assert!(
        matches!(refused, Err(AskError::Fault(_))),
        "it must be told"
    );
    within(client.ask_any(show("next")))
        .await
        .expect("the connection is whole");
    house.close().await;
}

#[tokio::test]
async fn dropped_ask_is_forgotten_and_the_hub_finishes_it() {
    let house = House::open().await;
    let client = house.client().await;
    let impatient = client.ask_any(ShowStatus {}.into());
    let gave_up = tokio::time::timeout(Duration::from_millis(50), impatient).await;
    assert!(gave_up.is_err());
    house.hall.let_go();
    within(client.ask_any(show("next"))).await.unwrap();
    drop(client);
    within(async {
        while house.hall.0.finished.load(Ordering::SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    house.close().await;
}

#[tokio::test]
async fn stop_is_answered_before_the_hub_goes_and_watchers_hear_of_it() {
    let house = House::open().await;
    let client = house.client().await;
    let mut watching = client.watch().await;
    assert!(matches!(
        within(watching.next()).await,
        Some(Notice::Watching { .. })
    ));
    assert_eq!(within(client.ask(StopHub {})).await.unwrap(), Done {});
    assert_eq!(within(watching.next()).await, Some(Notice::HubClosing));
    assert_eq!(within(watching.next()).await, None);
    within(house.serving.ended()).await;
    let lost = within(client.ask_any(show("late"))).await;
    assert!(matches!(lost, Err(AskError::Lost)), "{lost:?}");
}

#[tokio::test]
async fn ask_in_flight_is_answered_when_the_hub_closes_meanwhile() {
    let house = House::open().await;
    let client = house.client().await;
    let slow = tokio::spawn(async move { client.ask_any(ShowStatus {}.into()).await });
    house.hall.until_held(1).await;
    house.hall.0.closing.cancel();
    tokio::time::sleep(Duration::from_millis(50)).await;
    house.hall.let_go();
    assert_eq!(within(slow).await.unwrap().unwrap(), json!({ "held": 0 }));
    within(house.serving.ended()).await;
}

#[tokio::test]
async fn client_that_never_reads_its_watch_delays_nobody() {
    let house = House::open().await;
    let stuck = UnixStream::connect(house.serving.socket()).await.unwrap();
    let (reader, mut writer) = stream_parts(stuck);
    wire::write_frame_async(&mut writer, &json!({ "id": 1, "watch": true }))
        .await
        .unwrap();
    let client = house.client().await;
    let mut watching = client.watch().await;
    assert!(within(watching.next()).await.is_some());
    let text = "x".repeat(4_096);
    for _ in 0..2_000 {
        let notice = Notice::SettingsChanged { key: text.clone() };
        house.hall.0.notices.send(notice).unwrap();
        assert!(within(watching.next()).await.is_some());
    }
    within(client.ask_any(show("still")))
        .await
        .expect("others are served");
    drop((reader, writer));
    house.close().await;
}

fn stream_parts(
    stream: UnixStream,
) -> (
    tokio::net::unix::OwnedReadHalf,
    tokio::net::unix::OwnedWriteHalf,
) {
    stream.into_split()
}

#[tokio::test]
async fn ended_watch_leaves_its_place_to_another() {
    let house = House::open().await;
    let client = house.client().await;
    for _ in 0..connection::WATCHES_MAX * 3 {
        let mut watching = client.watch().await;
        assert!(
            matches!(within(watching.next()).await, Some(Notice::Watching { .. })),
            "the place of the one before is free"
        );
    }
    house.close().await;
}

#[tokio::test]
async fn unknown_ask_is_told_and_the_connection_lives_on() {
    let house = House::open().await;
    let mut stream = UnixStream::connect(house.serving.socket()).await.unwrap();
    for (request, told) in [
        (
            json!({ "id": 5, "ask": { "ask": "MakeTea", "with": {} } }),
            "fault",
        ),
        (json!({ "id": 6 }), "fault"),
        (
            json!({ "id": 7, "ask": { "ask": "ShowModel", "with": { "name": "a" } } }),
            "view",
        ),
    ] {
        wire::write_frame_async(&mut stream, &request)
            .await
            .unwrap();
        let reply: Value = within(wire::read_frame_async(&mut stream))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(reply["id"], request["id"]);
        assert!(reply.get(told).is_some(), "{request} got {reply}");
    }
    house.close().await;
}

#[tokio::test]
async fn garbage_ends_only_the_connection_that_sent_it() {
    use tokio::io::AsyncWriteExt;

    let house = House::open().await;
    let client = house.client().await;
    let mut stream = UnixStream::connect(house.serving.socket()).await.unwrap();
    stream.write_all(&u32::MAX.to_le_bytes()).await.unwrap();
    let end: Option<Value> = within(wire::read_frame_async(&mut stream)).await.unwrap();
    assert_eq!(end, None, "it is hung up on");
    within(client.ask_any(show("still")))
        .await
        .expect("others are served");
    house.close().await;
}

#[tokio::test]
async fn one_connection_too_many_is_refused_with_a_reason() {
    let house = House::open().await;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        let client = house.client().await;
        within(client.ask_any(show("in"))).await.unwrap();
        clients.push(client);
    }
    let refused = within(house.client().await.ask_any(show("out"))).await;
    match refused {
        Err(AskError::Fault(fault)) => assert_eq!(fault.code, Code::Busy),
        // The refusal may come before the ask is on its way.
        Err(AskError::Lost) => {}
        Ok(view) => panic!("it was let in: {view}"),
    }
    house.close().await;
}

#[tokio::test]
async fn socket_of_a_dead_hub_is_replaced_and_a_living_one_is_refused_with_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("hub.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(matches!(
        Client::connect(&socket).await,
        Err(ConnectError::NotRunning)
    ));
    let hall = StandIn::new();
    let serving = serve_hall(hall.clone(), socket.clone())
        .await
        .expect("the old hub is dead");
    let refused = serve_hall(StandIn::new(), socket.clone())
        .await
        .expect_err("it lives");
    let ServeError::AnotherHub { pid } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(pid, Some(std::process::id()));
    hall.0.closing.cancel();
    within(serving.ended()).await;
    assert!(matches!(
        Client::connect(&socket).await,
        Err(ConnectError::NotRunning)
    ));
}

#[tokio::test]
async fn file_in_place_of_the_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("hub.sock");
    std::fs::write(&socket, "mine").unwrap();
    let refused = serve_hall(StandIn::new(), socket.clone()).await;
    assert!(matches!(refused, Err(ServeError::NotASocket { .. })));
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "mine");
}

#[tokio::test]
async fn hub_of_the_same_process_is_asked_without_a_socket_file() {
    let hall = StandIn::new();
    let client = Client::inside_hall(hall.clone()).unwrap();
    let mut watching = client.watch().await;
    assert!(matches!(
        within(watching.next()).await,
        Some(Notice::Watching { .. })
    ));
    assert_eq!(
        within(client.ask_any(show("near"))).await.unwrap(),
        json!({ "name": "near" })
    );
    hall.0.closing.cancel();
    assert_eq!(within(watching.next()).await, Some(Notice::HubClosing));
}
