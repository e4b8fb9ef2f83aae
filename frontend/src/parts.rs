//! Pieces that several screens use.

mod banner;
mod button;
mod composer;
mod conversation_list;
mod dialog;
mod fault;
mod icon;
mod keys;
mod overlay;
mod palette;
mod pulls;
mod status_line;
mod tabs;
mod vault;

pub(crate) use banner::Banner;
pub(crate) use button::{IconButton, copy_button};
pub(crate) use composer::{Composer, fit_height};
pub(crate) use conversation_list::ConversationPane;
pub(crate) use dialog::Dialog;
pub(crate) use fault::{FaultCard, Refusal, Skeleton, with_code};
pub(crate) use icon::{Icon, icon};
pub(crate) use keys::listen_to_keys;
pub(crate) use overlay::Overlays;
pub(crate) use pulls::{choose_model, download, pull};
pub(crate) use status_line::StatusLine;
pub(crate) use tabs::TabBar;
pub(crate) use vault::{
    BackupBar, DetailsDraft, DetailsFields, NewPassphrase, OpenerDraft, OpenerField,
    PassphraseDraft, QrCode, SecretField, WordsField,
};
