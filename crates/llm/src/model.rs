//! The one trait that every language model stands behind.

use std::fmt;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;
use wire::engine::{EngineFault, FinishReason, Generation, TokenLogprob, Usage};

/// What computes a model in a process of this device.
const EMBEDDED: &str = "embedded";

/// What is known of a model before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About<'a> {
    /// The name under which it is installed, such as `smollm2-135m-instruct`.
    pub name: &'a str,
    /// Where it runs, in words for a person, such as `this device`.
    pub runs_on: &'a str,
    /// What computes it, in a word for programs.
    pub backend: &'a str,
    /// How a question gets there, in a word for programs: `local`, `own_network` or `external`.
    pub route: &'a str,
    /// Whether what is private by its origin may go there by itself.
    pub takes_private: bool,
}

impl<'a> About<'a> {
    /// A model in a process of this device.
    #[must_use]
    pub fn embedded(name: &'a str) -> Self {
        Self {
            name,
            runs_on: "this device",
            backend: EMBEDDED,
            route: "local",
            takes_private: true,
        }
    }
}

/// A language model that can be asked, wherever it runs.
#[async_trait]
pub trait Model: Send + Sync + 'static {
    /// What is known of it. Whoever stands before another model passes on what that one says, as a whole: a
    /// part that is forgotten would let something private leave.
    fn about(&self) -> About<'_>;

    /// Its name.
    fn name(&self) -> &str {
        self.about().name
    }

    /// Where it runs.
    fn runs_on(&self) -> &str {
        self.about().runs_on
    }

    /// What computes it.
    fn backend(&self) -> &str {
        self.about().backend
    }

    /// Whether the engine of this device computes it, and so loads it first.
    fn is_embedded(&self) -> bool {
        self.backend() == EMBEDDED
    }

    /// How a question gets there.
    fn route(&self) -> &str {
        self.about().route
    }

    /// Whether what is private may go there by itself.
    fn takes_private(&self) -> bool {
        self.about().takes_private
    }

    /// Begins to write. Loads the model first, if need be.
    ///
    /// # Errors
    /// The model cannot be loaded or does not take this work.
    async fn generate(&self, what: Generation) -> Result<Answering, ModelError>;

    /// Turns texts into vectors of length 1, in order.
    ///
    /// # Errors
    /// As [`Self::generate`].
    async fn embed(&self, texts: Vec<String>) -> Result<Embeddings, ModelError>;

    /// The tokens of a text, as this model counts them.
    ///
    /// # Errors
    /// As [`Self::generate`].
    async fn tokenize(&self, text: String) -> Result<Vec<i32>, ModelError>;
}

/// An answer that is being written, or came as a whole. Dropping it stops the writing within one token.
pub struct Answering {
    source: Source,
    watcher: Option<Watcher>,
}

/// Where happenings come from.
enum Source {
    Underway {
        happenings: mpsc::Receiver<Happening>,
        _stops_when_dropped: DropGuard,
    },
    Whole(std::vec::IntoIter<Happening>),
}

/// What looks at each happening as it is taken.
type Watcher = Box<dyn FnMut(&Happening) + Send + Sync>;

impl Answering {
    /// Joins the happenings of an answer with what stops it.
    #[must_use]
    pub fn new(happenings: mpsc::Receiver<Happening>, stop: DropGuard) -> Self {
        Self {
            source: Source::Underway {
                happenings,
                _stops_when_dropped: stop,
            },
            watcher: None,
        }
    }

    /// An answer of which all has happened.
    #[must_use]
    pub fn whole(happenings: Vec<Happening>) -> Self {
        Self {
            source: Source::Whole(happenings.into_iter()),
            watcher: None,
        }
    }

    /// Whether all of it has happened, so that nobody waits for more.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.source, Source::Whole(_))
    }

    /// Has each happening looked at when it is taken. It takes the place of an earlier watcher.
    #[must_use]
    pub fn watched(mut self, watcher: impl FnMut(&Happening) + Send + Sync + 'static) -> Self {
        self.watcher = Some(Box::new(watcher));
        self
    }

    /// The next happening; `None` after [`Happening::Finished`] or [`Happening::Failed`].
    pub async fn next(&mut self) -> Option<Happening> {
        let happening = match &mut self.source {
            Source::Underway { happenings, .. } => happenings.recv().await,
            Source::Whole(happenings) => happenings.next(),
        };
        self.seen(happening)
    }

    /// A happening that has come already; does not wait.
    pub fn next_now(&mut self) -> Option<Happening> {
        let happening = match &mut self.source {
            Source::Underway { happenings, .. } => happenings.try_recv().ok(),
            Source::Whole(happenings) => happenings.next(),
        };
        self.seen(happening)
    }

    fn seen(&mut self, happening: Option<Happening>) -> Option<Happening> {
        if let (Some(watcher), Some(happening)) = (&mut self.watcher, &happening) {
            watcher(happening);
        }
        happening
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Answering")
            .field("is_whole", &self.is_whole())
            .finish_non_exhaustive()
    }
}

/// What happens while an answer is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// The prompt is taken in.
    Started {
        /// Tokens of the prompt.
        prompt_tokens: u32,
        /// Of these, tokens that cost nothing.
        cached_tokens: u32,
    },
    /// Some more text, in whole characters.
    Piece {
        /// The text.
        text: String,
        /// One entry a token, when asked for.
        logprobs: Vec<TokenLogprob>,
    },
    /// The end; nothing follows.
    Finished {
        /// Why.
        reason: FinishReason,
        /// What it cost.
        usage: Usage,
    },
    /// It broke; nothing follows.
    Failed(ModelError),
}

/// The vectors of some texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// One vector a text, each of length 1.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of all texts together.
    pub prompt_tokens: u32,
}

/// Why a model gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The file is missing, broken or hostile; it was not given to the engine.
    #[error("the model file cannot be used: {reason}")]
    File {
        /// What is wrong with it.
        reason: String,
    },
    /// The engine could not load the model.
    #[error("the model could not be loaded: {reason}")]
    Load {
        /// What the engine said.
        reason: String,
    },
    /// The engine does not take this work.
    #[error(transparent)]
    Engine(#[from] EngineFault),
    /// The worker died while it worked on this. It is being started again.
    #[error("the engine stopped unexpectedly while it was answering")]
    WorkerDied,
    /// The worker program cannot be started.
    #[error("the engine program cannot be started: {reason}")]
    WorkerMissing {
        /// What the operating system said.
        reason: String,
    },
    /// The agent that was to answer could not go on.
    #[error("{reason}")]
    Agent {
        /// Why.
        reason: String,
    },
    /// The server of the model does not answer.
    #[error("the server {server} cannot be reached: {reason}")]
    ServerUnreachable {
        /// Which.
        server: String,
        /// What the connection said.
        reason: String,
    },
    /// The server of the model has too much to do.
    #[error("the server {server} is busy")]
    ServerBusy {
        /// Which.
        server: String,
        /// When it wants to be asked again, where it says so.
        retry_after_s: Option<u64>,
    },
    /// The server of the model does not take this work.
    #[error("the server {server} refused ({status}): {reason}")]
    ServerRefused {
        /// Which.
        server: String,
        /// The status of HTTP.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// The server of the model stopped in mid-answer.
    #[error("the server {server} broke off: {reason}")]
    ServerBrokeOff {
        /// Which.
        server: String,
        /// What it or the connection said.
        reason: String,
    },
    /// The guardian keeps the question in.
    #[error("the question stays here: {reason}")]
    KeptIn {
        /// Why.
        reason: String,
    },
    /// The hub is closing.
    #[error("HAI-Net is closing")]
    Closing,
}
