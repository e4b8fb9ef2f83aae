//! A running `hai-net serve`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base::{ConversationId, MessageId};
use contract::conversation::{
    ConversationView, MessageSent, MessageState, MessageView, ReadConversation, SendMessage,
};
use contract::{Ask, Fault};
use rustix::process::Signal;

use crate::home::Home;
use crate::process;
use crate::socket::{Line, NoView};
use crate::wait;

/// The engine's program.
const WORKER: &str = "hai-net-llm";

/// A running `hai-net serve`, killed when dropped.
#[derive(Debug)]
pub struct Hub {
    /// The home that it runs in.
    pub home: Home,
    /// The page's address, such as `http://localhost:40001`.
    pub address: String,
    /// The link that signs one browser in, once.
    pub sign_in: String,
    /// The port.
    pub port: u16,
    /// From the start of the program until `/health` answered.
    pub ready_after: Duration,
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Hub {
    /// Starts a hub in a home of its own with the starter model.
    ///
    /// # Panics
    /// It does not become ready.
    #[must_use]
    pub fn fresh() -> Self {
        Home::new().serve()
    }

    /// Starts a hub on a free port and waits until it is ready.
    ///
    /// # Panics
    /// It does not become ready.
    #[must_use]
    pub fn start(home: Home) -> Self {
        let mut command = home.hai_net_command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
        Self::started(home, &mut command)
    }

    /// As [`Self::start`], with a command of the caller's own that ends in the same program.
    ///
    /// # Panics
    /// It does not become ready.
    #[must_use]
    pub fn started(home: Home, command: &mut std::process::Command) -> Self {
        let begun = Instant::now();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let said = Arc::new(Mutex::new(String::new()));
        listen(child.stdout.take().expect("it was asked for"), &said);
        listen(child.stderr.take().expect("it was asked for"), &said);
        let mut hub = Self {
            home,
            address: String::new(),
            sign_in: String::new(),
            port: 0,
            ready_after: Duration::ZERO,
            child,
            said,
        };
        hub.sign_in = hub.wait_for_sign_in();
        hub.address = hub
            .sign_in
            .split("/sign-in")
            .next()
            .unwrap_or_default()
            .to_owned();
        let digits = hub.address.rsplit(':').next().unwrap_or_default();
        hub.port = digits.parse().expect("the address ends with a port");
        wait::until("the hub's /health", wait::START, || {
            hub.is_healthy().then_some(())
        });
        hub.ready_after = begun.elapsed();
        hub
    }

    fn wait_for_sign_in(&mut self) -> String {
        let begun = Instant::now();
        loop {
            if let Some(link) = link_in(&self.said()) {
                return link;
            }
            let ended = self.child.try_wait().expect("it was started");
            assert!(
                ended.is_none(),
                "the hub ended ({ended:?}) and said:\n{}",
                self.said()
            );
            assert!(
                begun.elapsed() < wait::START,
                "no sign-in link in:\n{}",
                self.said()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn is_healthy(&self) -> bool {
        // In a network of its own only its own processes reach it; the control socket tells as much.
        crate::http::get(self.port, "/health", &[]).is_ok_and(|answer| answer.status == 200)
            || self
                .status_address()
                .is_some_and(|address| address == self.address)
    }

    fn status_address(&self) -> Option<String> {
        let mut line = Line::connect(&self.home.socket()?).ok()?;
        line.ask(contract::system::ShowStatus {}).ok()?.address
    }

    /// All that it printed until now.
    #[must_use]
    pub fn said(&self) -> String {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What its log has of warnings and errors, for a test that fails.
    #[must_use]
    pub fn warnings(&self) -> String {
        self.home.hai_net(&["logs", "--level", "warn"]).stdout
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        // A wrapper such as `unshare` replaces itself, so that this is the program's own.
        self.child.id()
    }

    /// The engine's process.
    ///
    /// # Panics
    /// There is none in time.
    #[must_use]
    pub fn worker(&self) -> u32 {
        process::child_named(self.pid(), WORKER)
    }

    /// The engine's process, if there is one.
    #[must_use]
    pub fn worker_now(&self) -> Option<u32> {
        let mut children = process::children(self.pid()).into_iter();
        children
            .find(|(_, name)| name == WORKER)
            .map(|(pid, _)| pid)
    }

    /// A connection to its control socket.
    ///
    /// # Panics
    /// It does not listen.
    #[must_use]
    pub fn line(&self) -> Line {
        wait::until("the control socket", wait::START, || {
            Line::connect(&self.home.socket()?).ok()
        })
    }

    /// Asks over the control socket.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn ask<A: Ask>(&self, ask: A) -> Result<A::View, Fault> {
        self.line().ask(ask).map_err(NoView::fault)
    }

    /// Says something in a new conversation.
    ///
    /// # Errors
    /// The hub refuses.
    pub fn say(&self, text: &str) -> Result<MessageSent, Fault> {
        self.ask(message(None, text))
    }

    /// A conversation as it is now.
    ///
    /// # Panics
    /// There is no such conversation.
    #[must_use]
    pub fn conversation(&self, conversation: ConversationId) -> ConversationView {
        self.ask(ReadConversation { conversation })
            .expect("the conversation is there")
    }

    /// A message as it is now.
    ///
    /// # Panics
    /// There is no such message.
    #[must_use]
    pub fn message(&self, conversation: ConversationId, message: MessageId) -> MessageView {
        let view = self.conversation(conversation);
        let found = view.messages.into_iter().find(|one| one.id == message);
        found.expect("the message is there")
    }

    /// Waits until an answer has ended.
    ///
    /// # Panics
    /// It does not end.
    #[must_use]
    pub fn ended(&self, sent: MessageSent) -> MessageView {
        wait::until("the end of an answer", wait::ANSWER, || {
            let answer = self.message(sent.conversation, sent.answer);
            (answer.state != MessageState::Writing).then_some(answer)
        })
    }

    /// Waits until an answer has some text and is still being written.
    ///
    /// # Panics
    /// It ended before.
    #[must_use]
    pub fn writing(&self, sent: MessageSent) -> MessageView {
        wait::until("the first words of an answer", wait::ANSWER, || {
            let answer = self.message(sent.conversation, sent.answer);
            assert_eq!(
                answer.state,
                MessageState::Writing,
                "it must be long: {answer:?}"
            );
            (!answer.text.is_empty()).then_some(answer)
        })
    }

    /// Ends it at once, as a power cut would, and returns its home.
    ///
    /// # Panics
    /// It does not end.
    pub fn kill(mut self) -> Home {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it was started");
        self.home.clone()
    }

    /// Asks it to end as the system does at shutdown, and waits.
    ///
    /// # Panics
    /// It does not end.
    pub fn terminate(mut self) -> ExitStatus {
        process::send(self.pid(), Signal::TERM);
        self.wait_for_end()
    }

    /// Waits until it has ended of its own accord.
    ///
    /// # Panics
    /// It does not end.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let child = &mut self.child;
        wait::until("the end of the hub", wait::START, || {
            child.try_wait().expect("it was started")
        })
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let worker = self.worker_now();
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(worker) = worker {
            process::kill(worker);
        }
    }
}

/// The ask that says something.
#[must_use]
pub fn message(conversation: Option<ConversationId>, text: &str) -> SendMessage {
    SendMessage {
        conversation,
        parent: None,
        text: text.to_owned(),
        model: None,
    }
}

/// The sign-in link, wherever it stands in what was printed.
fn link_in(said: &str) -> Option<String> {
    let at = said.find("/sign-in?ticket=")?;
    let start = said[..at].rfind("http")?;
    let rest = &said[start..];
    let end = rest.find(|letter: char| letter.is_whitespace() || "\"'<>".contains(letter))?;
    Some(rest[..end].to_owned())
}

/// Gathers what a stream says; its end ends the thread.
fn listen(stream: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
        }
    });
}
