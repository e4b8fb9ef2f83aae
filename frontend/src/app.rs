//! What the whole page shares: what is known of the hub, where the person is, what is open.

mod agents;
mod asks;
mod gifts;
mod notices;
mod reads;
#[cfg(test)]
mod tests;
mod vault;

use std::collections::HashMap;
use std::time::Duration;

use base::{AgentId, ConversationId, DocumentId, MessageId, TokenId};
use contract::identity::{BackupProgress, IdentityView};
use contract::model::{EngineView, ModelsView};
use contract::setting::{SettingView, SettingsView};
use contract::system::StatusView;
use contract::token::TokenList;
use contract::{Fault, Secret};
use leptos::prelude::*;

use crate::client::{Client, Retry};
use crate::page;
use crate::route::{Route, Tab};
use crate::sentences::Sentences;
use crate::state::{ApprovalBook, Crew, FeedBook, Gate, Gift, Logbook, Shelf, Standing, Thread};
use crate::words::{Language, Words, fault_words};

pub(crate) use self::vault::SETUP_STEP;

/// How long a short message stays: two sentences are read in that time.
const TOAST_PATIENCE: Duration = Duration::from_secs(6);

/// How long something can be taken back: long enough to read what happened, find the button and press it,
/// also with a keyboard.
const UNDO_PATIENCE: Duration = Duration::from_secs(20);

/// The beginning of the name of the starter model.
const STARTER: &str = "smollm2-135m";

/// How the page stands with the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// Not heard of it yet.
    Connecting,
    /// It tells what happens.
    Live,
    /// It does not answer; next try in so many seconds.
    Offline(u32),
    /// It does not let this browser in.
    SignedOut,
    /// It said that it closes.
    Closing,
}

/// A section of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    You,
    Models,
    May,
    Remembers,
    Api,
    Usage,
    Data,
    Limits,
    Appearance,
    About,
}

impl Section {
    /// All sections, in their order.
    pub(crate) const ALL: [Self; 10] = [
        Self::You,
        Self::Models,
        Self::May,
        Self::Remembers,
        Self::Api,
        Self::Usage,
        Self::Data,
        Self::Limits,
        Self::Appearance,
        Self::About,
    ];

    /// The id of its heading.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::You => "section-you",
            Self::Models => "section-models",
            Self::May => "section-may",
            Self::Remembers => "section-remembers",
            Self::Api => "section-api",
            Self::Usage => "section-usage",
            Self::Data => "section-data",
            Self::Limits => "section-limits",
            Self::Appearance => "section-appearance",
            Self::About => "section-about",
        }
    }

    /// Its name.
    pub(crate) fn title(self, words: &Words) -> &'static str {
        match self {
            Self::You => words.owner.section,
            Self::Models => words.section_models,
            Self::May => words.keeps.section_may,
            Self::Remembers => words.keeps.section_remembers,
            Self::Api => words.section_api,
            Self::Usage => words.usage.section,
            Self::Data => words.section_data,
            Self::Limits => words.section_limits,
            Self::Appearance => words.section_appearance,
            Self::About => words.section_about,
        }
    }

    /// Where a setting stands.
    pub(crate) fn of(key: &str) -> Self {
        match key.split('.').next().unwrap_or_default() {
            "llm" => Self::Models,
            "api" => Self::Api,
            "usage" => Self::Usage,
            "log" | "node" => Self::Data,
            "resources" => Self::Limits,
            "ui" => Self::Appearance,
            "vault" => Self::You,
            // A setting that a newer hub knows is shown, not hidden.
            _ => Self::About,
        }
    }
}

/// What stands over the page. One thing at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// All commands.
    Palette,
    /// All keys.
    Keys,
    /// A new title for a conversation.
    Rename(ConversationId, String),
    /// Whether a conversation is to go.
    Delete(ConversationId, String),
    /// Whether a model is to go; with its size in words.
    RemoveModel(String, String),
    /// Whether a token is to end.
    RevokeToken(TokenId, String),
    /// Whether a device is to lose its rights: its serial and its label.
    RevokeDevice(String, String),
    /// What an agent did.
    Steps(AgentId),
    /// An answer in place of an agent's.
    TakeOver(AgentId),
    /// Whether a document is to go.
    RemoveDocument(DocumentId, String),
    /// Whether a server of tools is to go.
    RemoveToolServer(String),
    /// Another passphrase.
    ChangePassphrase,
    /// A new key for the owner.
    RotateKey,
    /// Whether a backup is whole.
    CheckBackup,
    /// Whether everything is to go.
    EraseEverything,
    /// Why nothing is shared.
    AboutSharing,
    /// What stays private.
    AboutGuardian,
}

/// What the whole page shares. Copied freely: it holds only handles.
#[derive(Clone, Copy)]
pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) language: RwSignal<Language>,
    pub(crate) link: RwSignal<Link>,
    pub(crate) tab: RwSignal<Tab>,
    pub(crate) section: RwSignal<Option<Section>>,
    pub(crate) overlay: RwSignal<Option<Overlay>>,
    pub(crate) list_open: RwSignal<bool>,
    /// What is shown at all.
    pub(crate) gate: Memo<Gate>,
    /// Who owns the hub, and whether it is open; none before that was read.
    pub(crate) identity: RwSignal<Option<IdentityView>>,
    /// Why that could not be read.
    pub(crate) unknown: RwSignal<Option<Fault>>,
    /// Recovery words on their way to the person, until they were asked back.
    pub(crate) fresh_words: RwSignal<Vec<Secret>>,
    /// The backup that is being made, checked or restored.
    pub(crate) backup: RwSignal<Option<BackupProgress>>,
    /// Whether this page waits for a backup that it asked for.
    pub(crate) backing_up: RwSignal<bool>,
    /// Why the last backup could not be made.
    pub(crate) backup_fault: RwSignal<Option<Fault>>,
    pub(crate) status: RwSignal<Option<StatusView>>,
    pub(crate) engine: RwSignal<EngineView>,
    pub(crate) models: RwSignal<Option<ModelsView>>,
    pub(crate) settings: RwSignal<Option<SettingsView>>,
    pub(crate) tokens: RwSignal<Option<TokenList>>,
    pub(crate) shelf: RwSignal<Shelf>,
    /// Which conversation a person chose; none for a new one.
    pub(crate) chosen: RwSignal<Option<ConversationId>>,
    /// Why the chosen conversation could not be read.
    pub(crate) unreadable: RwSignal<Option<Fault>>,
    pub(crate) thread: RwSignal<Thread>,
    /// Counts up when an answer has more text; the thread is not touched otherwise then.
    pub(crate) grown: RwSignal<u64>,
    /// The message that is being edited.
    pub(crate) editing: RwSignal<Option<MessageId>>,
    /// Text that is not sent yet, for each conversation.
    pub(crate) drafts: RwSignal<HashMap<Option<ConversationId>, String>>,
    /// The model that was chosen for the next new conversation.
    pub(crate) wanted: RwSignal<Option<String>>,
    pub(crate) sending: RwSignal<bool>,
    /// Why the last message could not be sent.
    pub(crate) refusal: RwSignal<Option<Fault>>,
    pub(crate) feed: RwSignal<FeedBook>,
    /// Why the hub's feed could not be read.
    pub(crate) feed_fault: RwSignal<Option<Fault>>,
    /// How many conversations the feed tells of.
    pub(crate) feed_reach: RwSignal<usize>,
    pub(crate) logbook: RwSignal<Logbook>,
    /// The calls that wait for the person.
    pub(crate) approvals: RwSignal<ApprovalBook>,
    /// The agents of the conversation that is shown.
    pub(crate) crew: RwSignal<Crew>,
    /// Documents on their way to the AI.
    pub(crate) gifts: RwSignal<Vec<Gift>>,
    /// Counts up when the AI remembers something else; whoever shows it reads it again.
    pub(crate) remembered: RwSignal<u64>,
    /// Counts up when there are other servers of tools, or others of their tools.
    pub(crate) servers_changed: RwSignal<u64>,
    /// A short message that goes by itself.
    pub(crate) toast: RwSignal<Option<String>>,
    /// What takes back what it tells of.
    pub(crate) toast_undo: RwSignal<Option<Callback<()>>>,
    /// What a screen reader says at once: a call waits for the person.
    pub(crate) urgent: RwSignal<String>,
    /// What a screen reader says next.
    pub(crate) said: RwSignal<String>,
    /// Whether this page has the hub pass from one owner or state to another: what happens on the way is
    /// not shown.
    held: RwSignal<bool>,
    /// Whether that ended a moment ago: a notice of it may come late, and the hub is asked instead.
    doubtful: RwSignal<bool>,
    /// Counts up when the page forgets everything private: answers to what was asked before come too late.
    epoch: StoredValue<u64>,
    sentences: StoredValue<Option<(MessageId, Sentences)>>,
    retry: StoredValue<Option<Retry>>,
    hub_version: StoredValue<Option<String>>,
}

impl App {
    /// Nothing is known yet; the place comes from the address.
    pub(crate) fn new(client: Client, route: Route) -> Self {
        let remembered = page::recall("hai-net.language");
        let tag = remembered.filter(|tag| tag != "system");
        let language = Language::of_tag(&tag.unwrap_or_else(page::preferred_language));
        Self::with(client, route, language)
    }

    /// The same where there is no page to ask for the language.
    fn with(client: Client, route: Route, language: Language) -> Self {
        let identity = RwSignal::new(None::<IdentityView>);
        let settings = RwSignal::new(None::<SettingsView>);
        let gate = Memo::new(move |_| {
            let standing = identity.with(|view| view.as_ref().map(Standing::of));
            Gate::of(standing, settings.with(vault::setup_step))
        });
        Self {
            client,
            language: RwSignal::new(language),
            link: RwSignal::new(Link::Connecting),
            tab: RwSignal::new(route.tab),
            section: RwSignal::new(None),
            overlay: RwSignal::new(None),
            list_open: RwSignal::new(false),
            gate,
            identity,
            unknown: RwSignal::new(None),
            fresh_words: RwSignal::new(Vec::new()),
            backup: RwSignal::new(None),
            backing_up: RwSignal::new(false),
            backup_fault: RwSignal::new(None),
            status: RwSignal::new(None),
            engine: RwSignal::new(EngineView::Asleep),
            models: RwSignal::new(None),
            settings,
            tokens: RwSignal::new(None),
            shelf: RwSignal::new(Shelf::default()),
            chosen: RwSignal::new(route.conversation),
            unreadable: RwSignal::new(None),
            thread: RwSignal::new(Thread::default()),
            grown: RwSignal::new(0),
            editing: RwSignal::new(None),
            drafts: RwSignal::new(HashMap::new()),
            wanted: RwSignal::new(None),
            sending: RwSignal::new(false),
            refusal: RwSignal::new(None),
            feed: RwSignal::new(FeedBook::default()),
            feed_fault: RwSignal::new(None),
            feed_reach: RwSignal::new(20),
            logbook: RwSignal::new(Logbook::default()),
            approvals: RwSignal::new(ApprovalBook::default()),
            crew: RwSignal::new(Crew::default()),
            gifts: RwSignal::new(Vec::new()),
            remembered: RwSignal::new(0),
            servers_changed: RwSignal::new(0),
            toast: RwSignal::new(None),
            toast_undo: RwSignal::new(None),
            urgent: RwSignal::new(String::new()),
            said: RwSignal::new(String::new()),
            held: RwSignal::new(false),
            doubtful: RwSignal::new(false),
            epoch: StoredValue::new(0),
            sentences: StoredValue::new(None),
            retry: StoredValue::new(None),
            hub_version: StoredValue::new(None),
        }
    }

    /// What the page says, in the language of now.
    pub(crate) fn words(self) -> &'static Words {
        self.language.get().words()
    }

    /// The same where nothing is drawn anew when the language changes.
    pub(crate) fn words_now(self) -> &'static Words {
        self.language.get_untracked().words()
    }

    /// Connects at once.
    pub(crate) fn retry_now(self) {
        self.retry
            .with_value(|retry| retry.as_ref().map(Retry::now));
    }

    /// Shows a short message that goes by itself.
    pub(crate) fn tell(self, message: impl Into<String>) {
        self.show_toast(message.into(), None, TOAST_PATIENCE);
    }

    /// The same with a way to take back what it tells of.
    pub(crate) fn tell_with_undo(
        self,
        message: impl Into<String>,
        undo: impl Fn() + Send + Sync + 'static,
    ) {
        let undo = Callback::new(move |()| undo());
        self.show_toast(message.into(), Some(undo), UNDO_PATIENCE);
    }

    fn show_toast(self, message: String, undo: Option<Callback<()>>, patience: Duration) {
        // First, so that the message is drawn once and with its verb.
        self.toast_undo.set(undo);
        self.toast.set(Some(message.clone()));
        leptos::prelude::set_timeout(
            move || {
                if self
                    .toast
                    .with_untracked(|now| now.as_ref() == Some(&message))
                {
                    self.toast.set(None);
                    self.toast_undo.set(None);
                }
            },
            patience,
        );
    }

    /// Shows why something did not work, as a short message.
    pub(crate) fn tell_fault(self, fault: &Fault) {
        let told = fault_words(fault, self.language.get_untracked());
        self.tell(format!("{} {}", told.message, told.advice).replace('`', ""));
    }

    /// Goes to a tab.
    pub(crate) fn go(self, tab: Tab) {
        // Setting what is set already would draw the whole place anew.
        if self.tab.get_untracked() != tab {
            self.tab.set(tab);
        }
        if self.list_open.get_untracked() {
            self.list_open.set(false);
        }
    }

    /// Goes to a section of the settings.
    pub(crate) fn go_to_section(self, section: Section) {
        self.go(Tab::Settings);
        self.section.set(Some(section));
    }

    /// The setting of this name.
    pub(crate) fn setting(self, key: &str) -> Option<SettingView> {
        self.settings.with(|settings| {
            settings
                .as_ref()?
                .settings
                .iter()
                .find(|setting| setting.key == key)
                .cloned()
        })
    }

    /// Whether the shown conversation has an answer under way.
    pub(crate) fn writing(self) -> Option<MessageId> {
        self.thread.with(Thread::writing)
    }

    /// In whose words questions to try are, and what stands above them: the starter model is too small for
    /// any language but English.
    pub(crate) fn tries(self) -> (&'static Words, &'static str) {
        let words = self.words();
        let starter = self.models.with(|models| {
            let chosen = models.as_ref().and_then(|it| it.chosen.as_ref());
            chosen.is_none_or(|it| it.starts_with(STARTER))
        });
        if starter && self.language.get() != Language::English {
            (Language::English.words(), words.empty_try_english)
        } else {
            (words, words.empty_try)
        }
    }

    /// Copies text and says so.
    pub(crate) fn copy(self, text: String) {
        leptos::task::spawn_local(async move {
            let words = self.words_now();
            self.tell(if page::copy(&text).await {
                words.copied
            } else {
                words.copy_failed
            });
        });
    }
}

/// What the whole page shares, inside of a component.
pub(crate) fn app() -> App {
    use_context::<App>().expect("the root provides it before it draws anything")
}
