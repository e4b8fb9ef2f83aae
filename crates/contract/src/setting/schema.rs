//! The one table of settings.

use serde_json::{Value, json};

/// Which values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Yes or no.
    Switch,
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// A number with decimals from the first to the second.
    Decimal(f64, f64),
    /// One of some words.
    Choice {
        /// The words.
        options: &'static [&'static str],
        /// Other spellings of them: `(spelling, word)`.
        aliases: &'static [(&'static str, &'static str)],
        /// Words that older configurations use and that this version cannot do. They are accepted with
        /// a warning, and the default is used.
        later: &'static [&'static str],
    },
    /// A text of at most this many characters.
    Text(usize),
}

/// What is known of a setting.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Which.
    pub key: SettingKey,
    /// Its name, such as `api.port`.
    pub name: &'static str,
    /// Which values it takes.
    pub kind: Kind,
    /// The default, as text.
    pub default: &'static str,
    /// Names of environment variables beside `HAI_NET_…`.
    pub env: &'static [&'static str],
    /// Whether a change takes effect at the next start only.
    pub needs_restart: bool,
    /// What it does.
    pub about: &'static str,
}

macro_rules! settings {
    ($($key:ident = $name:literal, $kind:expr, $default:literal, $env:expr, $restart:literal, $about:literal;)+) => {
        /// Names a setting.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SettingKey {
            $(#[doc = $about] $key,)+
        }

        const SPECS: &[Spec] = &[$(Spec {
            key: SettingKey::$key,
            name: $name,
            kind: $kind,
            default: $default,
            env: &$env,
            needs_restart: $restart,
            about: $about,
        },)+];
    };
}

const fn choice(options: &'static [&'static str]) -> Kind {
    Kind::Choice {
        options,
        aliases: &[],
        later: &[],
    }
}

settings! {
    ApiListen = "api.listen", Kind::Text(64), "127.0.0.1", ["LISTEN_ADDRESS"], true,
        "The address on which the browser and API clients find the hub. Anything but this machine's own needs a token.";
    ApiPort = "api.port", Kind::Integer(1, 65_535), "8080", ["API_PORT"], true,
        "The port on which the browser and API clients find the hub.";
    ApiRequireToken = "api.require_token", Kind::Switch, "true", ["REQUIRE_AUTHENTICATION"], true,
        "Whether API clients on this machine need a token. From other machines they always do.";
    LlmBackend = "llm.backend",
        Kind::Choice {
            options: &["embedded"],
            aliases: &[("llama.cpp", "embedded"), ("llamacpp", "embedded")],
            later: &["ollama", "vllm", "external"],
        },
        "embedded", ["LLM_BACKEND"], true,
        "What computes the answers. `embedded` is the engine that comes with HAI-Net.";
    LlmModel = "llm.model", Kind::Text(200), "smollm2-135m-instruct", ["LLM_MODEL"], false,
        "The model that answers when none is named.";
    LlmExternal = "llm.external", Kind::Switch, "false", [], false,
        "Let models of other people's computers answer. What you say then leaves this device; the guardian looks at it before.";
    LlmContextTokens = "llm.context_tokens", Kind::Integer(256, 1_048_576), "4096", [], true,
        "How many tokens one conversation may hold in the model's memory, up to what the model was trained for.";
    LlmSlots = "llm.slots", Kind::Integer(1, 16), "4", [], true,
        "How many answers are written at the same time. Each takes memory.";
    LlmThreads = "llm.threads", Kind::Integer(0, 256), "0", [], true,
        "Threads that compute answers. 0 chooses by the number of cores and `resources.cpu_percent`.";
    LlmGpu = "llm.gpu",
        Kind::Choice {
            options: &["auto", "never"],
            aliases: &[("true", "auto"), ("false", "never"), ("on", "auto"), ("off", "never")],
            later: &[],
        },
        "auto", ["GPU_ENABLED"], true,
        "Whether a graphics processor may compute answers, where the engine was built for one.";
    LlmUnloadMinutes = "llm.unload_minutes", Kind::Integer(0, 1_440), "10", [], true,
        "After how many idle minutes the model's memory is given back. 0 keeps it.";
    LlmAnswerTokensMax = "llm.answer_tokens_max", Kind::Integer(16, 131_072), "1024", [], false,
        "The most tokens of one answer in a conversation.";
    LlmTemperature = "llm.temperature", Kind::Decimal(0.0, 2.0), "0.2", [], false,
        "How freely the model picks words in a conversation: 0 always takes the likeliest.";
    LlmInstructions = "llm.instructions", Kind::Text(8_000),
        "You are a helpful AI assistant named HAI.",
        [], false,
        "What the model is told before every conversation.";
    LlmAliases = "llm.aliases", Kind::Text(4_000),
        "gpt-4=hai-net-admin gpt-4o=hai-net-admin gpt-3.5-turbo=hai-net-fast text-embedding-ada-002=hai-net-embeddings",
        [], false,
        "Names under which programs find models, as `name=model` with spaces between. A model is an installed one, a server's, `hai-net-admin`, `hai-net-fast` or `hai-net-embeddings`.";
    ResourcesCpuPercent = "resources.cpu_percent", Kind::Integer(10, 100), "80",
        ["CPU_ALLOCATION_PERCENT"], true,
        "The share of the cores that the engine may use. Less while other programs need them.";
    ResourcesMemoryGb = "resources.memory_gb", Kind::Integer(0, 65_536), "0",
        ["MEMORY_ALLOCATION_GB"], false,
        "The most memory for a model, in GB. Larger models are refused. 0 sets no limit of ours.";
    LogLevel = "log.level", choice(&["trace", "debug", "info", "warn", "error"]), "info",
        ["LOG_LEVEL"], false,
        "The least serious lines that the log keeps.";
    LogRetentionDays = "log.retention_days", Kind::Integer(1, 3_650), "30",
        ["DATA_RETENTION_DAYS"], false,
        "After how many days lines of the log are deleted. Conversations stay until you delete them.";
    NodeRole = "node.role",
        Kind::Choice {
            options: &["primary", "helper"],
            aliases: &[("master", "primary"), ("slave", "helper"), ("compute", "helper")],
            later: &[],
        },
        "primary", ["NODE_ROLE"], true,
        "Whether this machine holds your data (primary) or computes for one that does (helper).";
    AgentsEnabled = "agents.enabled", Kind::Switch, "true", [], false,
        "Let your AI use tools and give work to other agents where your words ask for it.";
    VaultLockMinutes = "vault.lock_minutes", Kind::Integer(0, 10_080), "0", [], false,
        "After how many minutes without use the vault is locked. 0 leaves it open until you lock it.";
    UsageWatts = "usage.watts", Kind::Decimal(0.0, 10_000.0), "0", [], false,
        "What this machine draws in watts while a model works, as you measured or looked it up. 0: not stated, and no energy is estimated from it.";
    UsagePricePerKwh = "usage.price_per_kwh", Kind::Decimal(0.0, 1_000.0), "0", [], false,
        "What you pay for a kilowatt hour, in your currency. 0: not stated, and no cost is shown.";
    UsageAvoidedPerMillion = "usage.avoided_per_million", Kind::Decimal(0.0, 100_000.0), "0", [], false,
        "What a million tokens would cost you elsewhere, in your currency, as the price list says that you compare with. 0: not stated, and no avoided cost is shown.";
    UiSetupStep = "ui.setup_step", Kind::Integer(1, 6), "1", [], false,
        "The step of the first start that comes next; 6 when all are done.";
    UiTheme = "ui.theme", choice(&["system", "light", "dark", "contrast"]), "system", [], false,
        "The colours of the window and the browser page.";
    UiLanguage = "ui.language", choice(&["system", "en", "de"]), "system", [], false,
        "The language of the window and the browser page.";
}

/// Names of the earlier environment file that this version knows and that have no effect yet. The hub
/// says so in the log instead of passing over them in silence.
pub const KNOWN_LATER: &[&str] = &[
    "NODE_ID",
    "CLUSTER_NAME",
    "P2P_PORT",
    "MDNS_ENABLED",
    "SSL_CERT_PATH",
    "SSL_KEY_PATH",
    "WHISPER_MODEL",
    "PIPER_VOICE",
    "SHARING_ENABLED",
    "SHARING_CPU_PERCENT",
    "SHARING_GPU_PERCENT",
    "SHARING_SCHEDULE",
    "TELEMETRY_ENABLED",
    "CRASH_REPORTING",
    "USAGE_ANALYTICS",
    "EXTERNAL_LLM_API",
    "EXTERNAL_LLM_KEY",
    "IPFS_GATEWAY",
    "MATRIX_HOMESERVER",
    "DEBUG",
    "PROFILING_ENABLED",
    "ENCRYPTION_ENABLED",
];

impl SettingKey {
    /// All settings, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        SPECS.iter().map(|spec| spec.key)
    }

    /// What is known of it.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        // The table is made in the order of the variants, by one macro.
        &SPECS[self as usize]
    }

    /// The setting of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SPECS
            .iter()
            .find(|spec| spec.name == name)
            .map(|spec| spec.key)
    }
}

impl Spec {
    /// All environment variables that set it, the first that is set counts.
    pub fn environment(&self) -> impl Iterator<Item = String> + '_ {
        let own = format!("HAI_NET_{}", self.name.replace('.', "_").to_uppercase());
        std::iter::once(own).chain(self.env.iter().map(|name| (*name).to_owned()))
    }

    /// The default as a value.
    #[must_use]
    pub fn default_value(&self) -> Value {
        match self.kind {
            Kind::Switch => json!(self.default == "true"),
            Kind::Integer(..) => json!(self.default.parse::<i64>().unwrap_or_default()),
            Kind::Decimal(..) => json!(self.default.parse::<f64>().unwrap_or_default()),
            Kind::Choice { .. } | Kind::Text(_) => json!(self.default),
        }
    }
}
