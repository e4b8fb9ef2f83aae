//! Everything that the UI says, in one table for each language.
//!
//! A language is a value of [`Words`]; one that lacks a sentence does not compile. Sentences with
//! gaps are functions, so that each language orders and bends its words as it needs.

mod de;
mod en;
mod faults;
mod settings;

pub(crate) use faults::fault_words;
pub(crate) use settings::{about_setting, title_of_setting};

/// A language that the UI speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    /// All languages.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language of a tag such as `de-AT`; English where we do not speak it.
    pub(crate) fn of_tag(tag: &str) -> Self {
        let main = tag.split(['-', '_']).next().unwrap_or_default();
        if main.eq_ignore_ascii_case("de") {
            Self::German
        } else {
            Self::English
        }
    }

    /// The tag for the page and for the browser's formats.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What it says.
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &en::WORDS,
            Self::German => &de::WORDS,
        }
    }
}

/// A sentence with one word put in.
pub(crate) type With1 = fn(&str) -> String;
/// A sentence with two words put in.
pub(crate) type With2 = fn(&str, &str) -> String;
/// A sentence with a number put in.
pub(crate) type WithCount = fn(u64) -> String;

macro_rules! words {
    ($($(#[doc = $group:literal])* $name:ident: $kind:ty,)+) => {
        /// What one language says.
        pub(crate) struct Words { $($(#[doc = $group])* pub(crate) $name: $kind,)+ }

        /// All sentences without gaps, with their names.
        #[cfg(test)]
        pub(crate) fn plain(words: &Words) -> Vec<(&'static str, &'static str)> {
            let mut all = Vec::new();
            $(if let Some(text) = (&words.$name as &dyn std::any::Any).downcast_ref::<&'static str>() {
                all.push((stringify!($name), *text));
            })+
            all
        }
    };
}

type Plain = &'static str;

words! {
    /// Puts `.` or `,` into numbers.
    decimal_point: Plain,

    /// The frame.
    tab_visualize: Plain,
    tab_feed: Plain,
    tab_logs: Plain,
    tab_settings: Plain,
    tabs: Plain,
    status: Plain,
    skip_to_content: Plain,
    close: Plain,
    cancel: Plain,
    copy: Plain,
    copied: Plain,
    copy_failed: Plain,
    details: Plain,
    copy_details: Plain,
    try_again: Plain,
    loading: Plain,
    saved_as: With1,

    /// The status line.
    status_no_model: Plain,
    status_model_asleep: With1,
    status_model_starting: Plain,
    status_model_loading: With2,
    status_model_ready: With1,
    status_model_failed: Plain,
    status_devices: Plain,
    status_sharing: Plain,
    status_guardian: Plain,
    status_devices_short: Plain,
    status_sharing_short: Plain,
    status_guardian_short: Plain,
    about_sharing_title: Plain,
    about_sharing: Plain,
    about_guardian_title: Plain,
    about_guardian: Plain,

    /// The link to the hub.
    connecting: Plain,
    offline: Plain,
    offline_waits: WithCount,
    reconnect_now: Plain,
    closing: Plain,
    signed_out_title: Plain,
    signed_out_text: Plain,
    signed_out_again: Plain,

    /// Conversations.
    conversations: Plain,
    show_conversations: Plain,
    new_conversation: Plain,
    search_conversations: Plain,
    no_conversations: Plain,
    nothing_found: With1,
    show_more: Plain,
    rename_named: With1,
    rename_title: Plain,
    rename_label: Plain,
    save: Plain,
    delete_named: With1,
    delete_title: With1,
    delete_text: Plain,
    delete_confirm: Plain,
    deleted: With1,
    today: Plain,
    yesterday: Plain,
    this_week: Plain,
    export: Plain,
    export_markdown: Plain,
    export_json: Plain,
    copy_markdown: Plain,

    /// The conversation.
    empty_title: Plain,
    empty_text: Plain,
    empty_try: Plain,
    empty_try_english: Plain,
    try_one: Plain,
    try_two: Plain,
    try_three: Plain,
    no_model_title: Plain,
    no_model_text: Plain,
    open_models: Plain,
    message_label: Plain,
    message_hint: Plain,
    send: Plain,
    sending: Plain,
    stop: Plain,
    wait_for_answer: Plain,
    too_long: WithCount,
    you: Plain,
    assistant: Plain,
    instructions: Plain,
    edit: Plain,
    edit_label: Plain,
    edit_send: Plain,
    answer_again: Plain,
    branch_of: With2,
    branch_previous: Plain,
    branch_next: Plain,
    waiting_engine: Plain,
    waiting_loading: WithCount,
    waiting_reading: Plain,
    answer_stopped: Plain,
    answer_cut_off: Plain,
    answer_done: Plain,
    answer_failed: Plain,
    ran_on_this_device: Plain,
    ran_on: With1,
    cost_speed: With1,
    cost_time: With1,
    jump_to_end: Plain,
    image_not_loaded: With1,
    copy_code: Plain,
    opens_outside: Plain,

    /// Feed.
    feed_title: Plain,
    feed_about: Plain,
    feed_empty_title: Plain,
    feed_empty_text: Plain,
    feed_answered: With2,
    feed_stopped: With2,
    feed_cut_off: With2,
    feed_failed: With2,
    feed_model_came: With2,
    feed_checked: Plain,
    feed_not_checked: Plain,
    feed_pulling: With1,
    feed_pull_failed: With1,
    feed_cost: fn(&str, &str, &str) -> String,
    open_conversation: With1,
    untitled: Plain,

    /// Logs.
    logs_title: Plain,
    logs_level: Plain,
    logs_level_all: Plain,
    logs_level_named: With1,
    logs_source: Plain,
    logs_source_all: Plain,
    logs_search: Plain,
    logs_pause: Plain,
    logs_resume: Plain,
    logs_paused_new: WithCount,
    logs_copy_shown: Plain,
    logs_empty_title: Plain,
    logs_empty_text: Plain,
    logs_nothing_matches: Plain,
    logs_older: Plain,
    logs_count: WithCount,
    logs_line: Plain,
    logs_live: Plain,

    /// Settings.
    settings_title: Plain,
    sections: Plain,
    section_models: Plain,
    section_api: Plain,
    section_data: Plain,
    section_limits: Plain,
    section_appearance: Plain,
    section_about: Plain,
    setting_default: With1,
    setting_reset: Plain,
    setting_reset_named: With1,
    setting_fixed_by_variable: With1,
    setting_fixed_by_option: Plain,
    setting_needs_restart: Plain,
    setting_saved: Plain,
    setting_range: With2,
    on: Plain,
    off: Plain,
    nothing: Plain,
    theme_system: Plain,
    theme_light: Plain,
    theme_dark: Plain,
    theme_contrast: Plain,
    language_system: Plain,
    language_english: Plain,
    language_german: Plain,

    /// Models.
    engine: Plain,
    engine_asleep: Plain,
    engine_starting: Plain,
    engine_loading: With2,
    engine_ready: With2,
    engine_context: With1,
    engine_unload: Plain,
    engine_unloaded: Plain,
    installed_models: Plain,
    installed_none: Plain,
    model_chosen: Plain,
    model_choose: Plain,
    model_choose_named: With1,
    model_remove: Plain,
    model_remove_named: With1,
    model_remove_title: With1,
    model_remove_text: With1,
    model_removed: With1,
    model_verified: Plain,
    model_not_verified: Plain,
    model_unusable: Plain,
    model_memory: With1,
    model_parameters: With1,
    model_context: With1,
    model_licence: With1,
    recommended_models: Plain,
    recommended_about: Plain,
    model_fits: Plain,
    model_does_not_fit: Plain,
    model_get: Plain,
    model_get_named: With1,
    model_installed: Plain,
    pull_title: Plain,
    pull_about: Plain,
    pull_label: Plain,
    pull_hint: Plain,
    pull_start: Plain,
    downloads: Plain,
    pull_progress: fn(&str, &str, &str) -> String,
    pull_progress_open: With2,
    pull_left: With1,
    pull_done: With1,
    pull_cancelled: Plain,
    pull_cancel_named: With1,
    pull_again: Plain,

    /// API and tools.
    api_about: Plain,
    api_address: Plain,
    api_base_url: Plain,
    api_closed: Plain,
    tokens: Plain,
    tokens_about: Plain,
    tokens_none: Plain,
    token_create: Plain,
    token_revoke: Plain,
    token_revoke_named: With1,
    token_revoke_title: With1,
    token_revoke_text: Plain,
    token_revoked: With1,
    token_created: With1,
    token_used: With1,
    token_never_used: Plain,
    token_expires: With1,

    /// Data and limits.
    data_folder: Plain,
    model_folder: Plain,
    conversations_count: WithCount,
    export_all: Plain,
    export_all_about: Plain,
    this_device: Plain,
    processor: Plain,
    cores: WithCount,
    busy: Plain,
    busy_words: With2,
    memory: Plain,
    memory_words: fn(&str, &str, &str) -> String,
    disk: Plain,
    disk_words: With2,
    graphics: Plain,
    battery: Plain,
    speed: Plain,
    speed_words: With1,

    /// About.
    version: Plain,
    running_since: Plain,
    licence: Plain,
    licence_words: Plain,
    licences_of_others: Plain,
    licence_icons: Plain,
    licence_starter: Plain,
    checkup: Plain,
    checkup_about: Plain,
    checkup_start: Plain,
    checkup_good: Plain,
    checkup_bad: Plain,

    /// Palette and keys.
    palette_title: Plain,
    palette_hint: Plain,
    palette_none: Plain,
    palette_go: With1,
    palette_theme: With1,
    palette_language: With1,
    palette_open: With1,
    palette_stop: Plain,
    palette_again: Plain,
    palette_copy_last: Plain,
    palette_unload: Plain,
    palette_keys: Plain,
    keys_title: Plain,
    key_send: Plain,
    key_newline: Plain,
    key_focus: Plain,
    key_stop: Plain,
    key_palette: Plain,
    key_keys: Plain,
    key_tabs: Plain,
    key_new: Plain,

    /// Spans and amounts.
    seconds: With1,
    minutes: WithCount,
    percent: WithCount,
    tokens_count: WithCount,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_there_in_every_language() {
        for language in Language::ALL {
            for (name, text) in plain(language.words()) {
                assert!(!text.trim().is_empty(), "{name} is empty in {language:?}");
                assert!(!text.contains('!'), "{name} cheers in {language:?}");
            }
        }
    }

    #[test]
    fn german_is_not_a_copy_of_english() {
        // Words that both languages share.
        const SAME: &[&str] = &[
            "tab_feed",
            "version",
            "feed_title",
            "licence_words",
            "system",
        ];
        let english = plain(Language::English.words());
        let german = plain(Language::German.words());
        let same: Vec<_> = english
            .iter()
            .zip(&german)
            .filter(|((name, one), (_, other))| {
                one == other && one.contains(' ') && !SAME.contains(name)
            })
            .map(|((name, _), _)| *name)
            .collect();
        assert!(same.is_empty(), "still English in German: {same:?}");
    }

    #[test]
    fn a_tag_with_a_country_chooses_the_language() {
        assert_eq!(Language::of_tag("de-AT"), Language::German);
        assert_eq!(Language::of_tag("DE"), Language::German);
        assert_eq!(
            Language::of_tag("fr-FR"),
            Language::English,
            "we do not speak French yet"
        );
        assert_eq!(Language::of_tag(""), Language::English);
    }
}
