//! A hall for tests, and a client that sends exactly the bytes it is told to.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base::{ByteCount, Timestamp, TokenCount, TokenId};
use contract::model::{EngineView, InstalledModel, ModelHeader, ModelsView};
use contract::token::Scope;
use contract::{AnyAsk, Code, Fault, Notice};
use futures::StreamExt;
use futures::stream::BoxStream;
use hub::{Figures, Grant, KeptResponse, OfferedModel, Turns};
use llm::{
    About, Answering, Embeddings, EngineFault, FinishReason, Generation, Happening, LikelyToken,
    Model, ModelError, Prompt, TokenLogprob, Usage,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::hall::Hall;
use crate::serve::{Serving, open};

pub(crate) const TOKEN: &str = "hai_sk_good";
pub(crate) const SESSION: &str = "good-session";
pub(crate) const TICKET: &str = "good-ticket";

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct FakeHall {
    pub(crate) model: Arc<FakeModel>,
    pub(crate) closing: CancellationToken,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) kept: Mutex<Vec<KeptResponse>>,
    redeemed: AtomicUsize,
    pub(crate) locked: std::sync::atomic::AtomicBool,
    pub(crate) turns: LazyTurns,
    /// What the token does not allow.
    pub(crate) forbidden: Mutex<Option<Scope>>,
    /// What the engine does.
    pub(crate) engine: Mutex<Option<EngineView>>,
}

/// The real lines, before an engine of this many places.
pub(crate) struct LazyTurns(pub(crate) Turns);

impl Default for LazyTurns {
    fn default() -> Self {
        Self(Turns::new(ENGINE_PLACES))
    }
}

/// Answers that the engine takes at once.
pub(crate) const ENGINE_PLACES: usize = 16;

#[async_trait]
impl Hall for FakeHall {
    async fn ask(&self, ask: AnyAsk) -> Result<Value, Fault> {
        self.asked
            .lock()
            .expect("no panic")
            .push(ask.name().to_owned());
        match ask {
            AnyAsk::ListModels(_) => Ok(serde_json::to_value(models()).expect("plain data")),
            AnyAsk::StopAnswer(_) => Err(Fault::refused(Code::NotFound, "There is no answer.")),
            _ => Ok(json!({"fine": true})),
        }
    }

    fn watch(&self) -> BoxStream<'static, Notice> {
        let first = Notice::Watching {
            version: "1".into(),
        };
        let closing = self.closing.clone();
        let last = async move {
            closing.cancelled().await;
            Notice::HubClosing
        };
        futures::stream::iter([first])
            .chain(futures::stream::once(last))
            .boxed()
    }

    async fn model(
        &self,
        name: Option<&str>,
        grant: Option<&Grant>,
    ) -> Result<Arc<dyn Model>, Fault> {
        match name {
            None | Some("tiny" | "gpt-4") => {
                let model = Arc::clone(&self.model) as Arc<dyn Model>;
                Ok(self
                    .turns
                    .0
                    .for_program(model, grant.map(|grant| grant.token)))
            }
            Some(_) => Err(Fault::refused(
                Code::UnknownModel,
                "There is no model of this name",
            )),
        }
    }

    async fn offered_models(&self) -> Result<Vec<OfferedModel>, Fault> {
        let offered = |id: &str, stands_for: Option<&str>| OfferedModel {
            id: id.into(),
            stands_for: stands_for.map(str::to_owned),
            created: Timestamp::from_millis(1_700_000_000_000),
            server: None,
        };
        Ok(vec![
            offered("tiny", None),
            offered("gpt-4", Some("tiny")),
            offered("a/b", None),
        ])
    }

    fn is_locked(&self) -> bool {
        self.locked.load(Ordering::SeqCst)
    }

    async fn admit(&self, secret: &str) -> Option<Grant> {
        let forbidden = *self.forbidden.lock().expect("no panic");
        (secret == TOKEN).then(|| Grant {
            token: TokenId::new(Timestamp::from_millis(1), [1; 10]),
            scopes: Scope::ALL.map(|scope| (forbidden != Some(scope)).then_some(scope)),
            rate_per_minute: None,
            quota_tokens: None,
        })
    }

    async fn let_in(&self, grant: Option<&Grant>, scope: Scope) -> Result<(), Fault> {
        grant.map_or(Ok(()), |grant| grant.check(scope))
    }

    fn programs_waiting(&self) -> usize {
        self.turns.0.programs_len()
    }

    fn engine(&self) -> EngineView {
        let engine = self.engine.lock().expect("no panic").clone();
        engine.unwrap_or(EngineView::Asleep)
    }

    async fn redeem(&self, ticket: &str) -> Option<String> {
        let first = || self.redeemed.fetch_add(1, Ordering::SeqCst) == 0;
        (ticket == TICKET && first()).then(|| SESSION.to_owned())
    }

    async fn signed_in(&self, session: &str) -> bool {
        session == SESSION
    }

    async fn has_token(&self, _now: Timestamp) -> Result<bool, Fault> {
        Ok(true)
    }

    async fn keep_response(&self, response: KeptResponse) -> Result<(), Fault> {
        let mut kept = self.kept.lock().expect("no panic");
        kept.retain(|other| other.id != response.id);
        kept.push(response);
        Ok(())
    }

    async fn kept_responses(
        &self,
        id: &str,
        token: Option<TokenId>,
    ) -> Result<Vec<KeptResponse>, Fault> {
        let kept = self.kept.lock().expect("no panic");
        let mut next = Some(id.to_owned());
        let mut chain = Vec::new();
        while let Some(found) = next
            .take()
            .and_then(|id| kept.iter().find(|one| one.id == id))
        {
            if found.token == token {
                next.clone_from(&found.previous);
                chain.push(found.clone());
            }
        }
        match chain.is_empty() {
            true => Err(Fault::refused(Code::NotFound, "There is no such response.")),
            false => Ok(chain),
        }
    }

    async fn forget_response(&self, id: &str, token: Option<TokenId>) -> Result<(), Fault> {
        let mut kept = self.kept.lock().expect("no panic");
        let before = kept.len();
        kept.retain(|one| one.id != id || one.token != token);
        match kept.len() == before {
            true => Err(Fault::refused(Code::NotFound, "There is no such response.")),
            false => Ok(()),
        }
    }

    async fn guardian(&self) -> guardian::Guardian {
        guardian::Guardian::default()
    }

    fn figures(&self) -> Figures {
        Figures {
            answers_done: 7,
            ..Figures::default()
        }
    }

    fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }
}

/// One model that works and is in memory, and a file that is none.
fn models() -> ModelsView {
    let model = |name: &str, header| InstalledModel {
        name: name.into(),
        path: "/secret/place".into(),
        file_bytes: ByteCount(98_000_000),
        header,
        added: Timestamp::from_millis(1_700_000_000_000),
        verified: true,
    };
    let header = ModelHeader {
        architecture: "llama".into(),
        title: Some("Tiny".into()),
        quantisation: "Q4_1".into(),
        parameters: 134_515_008,
        context: TokenCount(2048),
        has_chat_template: true,
        licence: Some("apache-2.0".into()),
        memory_about: ByteCount(200_000_000),
    };
    let broken = Fault::refused(Code::ModelFile, "It is none.");
    ModelsView {
        installed: vec![model("tiny", Ok(header)), model("broken", Err(broken))],
        catalogue: vec![],
        pulls: vec![],
        engine: EngineView::Ready {
            model: "tiny".into(),
            device: "CPU".into(),
            context: TokenCount(2048),
            answering: 0,
        },
        chosen: None,
    }
}

/// A model that is told by the last message what to do; see [`FakeModel::play`].
#[derive(Default)]
pub(crate) struct FakeModel {
    pub(crate) writing: Arc<AtomicUsize>,
    pub(crate) seen: Mutex<Vec<Generation>>,
}

#[async_trait]
impl Model for FakeModel {
    fn about(&self) -> About<'_> {
        About::embedded("tiny")
    }

    async fn generate(&self, what: Generation) -> Result<Answering, ModelError> {
        let order = match &what.prompt {
            Prompt::Chat(turns) => turns
                .last()
                .map(|turn| turn.text.clone())
                .unwrap_or_default(),
            Prompt::Text(text) => text.clone(),
            Prompt::Tokens(tokens) => format!("say {}", tokens.len()),
        };
        let logprobs = what.logprobs.is_some();
        self.seen.lock().expect("no panic").push(what);
        match order.as_str() {
            "busy" => return Err(EngineFault::Busy.into()),
            "broken worker" => return Err(ModelError::WorkerDied),
            "silent start" => std::future::pending().await,
            "load" => tokio::time::sleep(Duration::from_millis(3_600)).await,
            _ => {}
        }
        let (sender, receiver) = mpsc::channel(4);
        let stop = CancellationToken::new();
        let writing = Arc::clone(&self.writing);
        writing.fetch_add(1, Ordering::SeqCst);
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = play(order, logprobs, sender) => {}
                () = stopped.cancelled() => {}
            }
            writing.fetch_sub(1, Ordering::SeqCst);
        });
        Ok(Answering::new(receiver, stop.drop_guard()))
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError> {
        let vectors = texts.iter().map(|_| vec![0.6, 0.8]).collect();
        Ok(Embeddings {
            vectors,
            prompt_tokens: 3,
        })
    }

    async fn tokenize(&self, _text: String) -> Result<Vec<i32>, ModelError> {
        Ok(vec![1])
    }
}

async fn play(order: String, logprobs: bool, to: mpsc::Sender<Happening>) {
    if order == "too long" {
        let fault = EngineFault::ContextLengthExceeded { asked: 9, limit: 4 };
        let _ = to.send(Happening::Failed(fault.into())).await;
        return;
    }
    let _ = to
        .send(Happening::Started {
            prompt_tokens: 5,
            cached_tokens: 2,
        })
        .await;
    let mut written = 0;
    if order == "forever" {
        let piece = || Happening::Piece {
            text: "x".into(),
            logprobs: vec![],
        };
        while to.send(piece()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        return;
    }
    if order == "silence" {
        std::future::pending::<()>().await;
    }
    for word in order
        .strip_prefix("say ")
        .unwrap_or("hm")
        .split_inclusive(' ')
    {
        written += 1;
        let token = LikelyToken {
            id: 1,
            bytes: word.into(),
            logprob: -0.5,
        };
        let top = vec![
            token.clone(),
            LikelyToken {
                logprob: f32::NEG_INFINITY,
                ..token.clone()
            },
        ];
        let entry = TokenLogprob { token, top };
        let logprobs = if logprobs { vec![entry] } else { vec![] };
        let _ = to
            .send(Happening::Piece {
                text: word.into(),
                logprobs,
            })
            .await;
    }
    if order == "break" {
        let _ = to.send(Happening::Failed(ModelError::WorkerDied)).await;
        return;
    }
    let usage = Usage {
        prompt_tokens: 5,
        cached_tokens: 2,
        completion_tokens: written,
        ..Usage::default()
    };
    let _ = to
        .send(Happening::Finished {
            reason: FinishReason::Stop,
            usage,
        })
        .await;
}

/// A gateway on a free port of loopback.
pub(crate) struct House {
    pub(crate) hall: Arc<FakeHall>,
    pub(crate) serving: Serving,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(true).await
    }

    pub(crate) async fn with(token_required: bool) -> Self {
        let hall = Arc::new(FakeHall::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let shared = Arc::clone(&hall) as Arc<dyn Hall>;
        let serving = open(shared, listener, address, token_required);
        Self { hall, serving }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.serving.address()
    }

    pub(crate) async fn line(&self) -> Line {
        Line::to(self.address()).await
    }

    /// Sends one request with our Host and these header lines.
    pub(crate) async fn send(&self, method: &str, path: &str, lines: &str, body: &str) -> Reply {
        exchange(self.address(), method, path, lines, body).await
    }

    /// `POST`s JSON to the API with a good token.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        let lines = format!("authorization: Bearer {TOKEN}\r\n");
        self.send("POST", path, &lines, &body.to_string()).await
    }

    /// Waits until the model writes so many answers.
    pub(crate) async fn writes(&self, count: usize) {
        let reached = async {
            while self.hall.model.writing.load(Ordering::SeqCst) != count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .expect("the number of answers is reached");
    }
}

/// Sends one request on a connection of its own.
pub(crate) async fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    lines: &str,
    body: &str,
) -> Reply {
    let mut line = Line::to(address).await;
    line.send(&request(address, method, path, lines, body))
        .await;
    line.reply(method).await
}

pub(crate) fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    lines: &str,
    body: &str,
) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\n{lines}content-length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn say(order: &str, more: &Value) -> Value {
    let mut body = json!({"model": "tiny", "messages": [{"role": "user", "content": order}]});
    let fields = more.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(fields);
    body
}

/// A connection.
pub(crate) struct Line {
    pub(crate) stream: TcpStream,
    rest: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The data of each event of a stream.
    pub(crate) fn events(&self) -> Vec<&str> {
        self.body
            .split("\n\n")
            .filter_map(|event| event.strip_prefix("data: "))
            .collect()
    }
}

impl Line {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("open");
        Self {
            stream,
            rest: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("open");
    }

    async fn more(&mut self) -> bool {
        let mut buffer = vec![0; 16 * 1024];
        let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut buffer)).await;
        let count = read.expect("the gateway answers in time").unwrap_or(0);
        self.rest.extend_from_slice(&buffer[..count]);
        count > 0
    }

    /// Reads until these bytes came; gives everything up to and with them. `None` at the end.
    pub(crate) async fn until(&mut self, mark: &[u8]) -> Option<String> {
        loop {
            if let Some(at) = self
                .rest
                .windows(mark.len())
                .position(|window| window == mark)
            {
                let taken: Vec<u8> = self.rest.drain(..at + mark.len()).collect();
                return Some(String::from_utf8_lossy(&taken).into_owned());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Passes over so many bytes.
    pub(crate) async fn skip(&mut self, count: usize) {
        while self.rest.len() < count && self.more().await {}
        self.rest.drain(..count);
    }

    /// Whether the gateway has closed the connection, after reading what still came.
    pub(crate) async fn closed(&mut self) -> bool {
        while self.more().await {}
        true
    }

    pub(crate) async fn head(&mut self) -> Option<(u16, String)> {
        let head = self.until(b"\r\n\r\n").await?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok())
            .expect("a status");
        Some((status, head))
    }

    pub(crate) async fn reply(&mut self, method: &str) -> Reply {
        self.try_reply(method).await.expect("a response")
    }

    /// The next response; `None` when the connection ended.
    pub(crate) async fn try_reply(&mut self, method: &str) -> Option<Reply> {
        let (status, head) = self.head().await?;
        let mut reply = Reply {
            status,
            head,
            body: String::new(),
        };
        if method == "HEAD" || status == 304 {
            return Some(reply);
        }
        if let Some(length) = reply.header("content-length") {
            let length: usize = length.parse().expect("a number");
            while self.rest.len() < length && self.more().await {}
            let body: Vec<u8> = self.rest.drain(..length.min(self.rest.len())).collect();
            reply.body = String::from_utf8_lossy(&body).into_owned();
        } else {
            while let Some(size) = self.until(b"\r\n").await {
                let size = usize::from_str_radix(size.trim(), 16).expect("the size of a chunk");
                while self.rest.len() < size + 2 && self.more().await {}
                let chunk: Vec<u8> = self.rest.drain(..size + 2).collect();
                if size == 0 {
                    break;
                }
                reply
                    .body
                    .push_str(&String::from_utf8_lossy(&chunk[..size]));
            }
        }
        Some(reply)
    }
}
