//! Pieces that several screens use.

mod approvals;
mod banner;
mod button;
mod composer;
mod conversation_list;
mod crew;
mod dialog;
mod fault;
mod gifts;
mod icon;
mod keys;
mod later;
mod model_choice;
mod overlay;
mod palette;
mod pulls;
mod shown;
mod status_line;
mod tabs;
mod vault;

pub(crate) use approvals::{Approvals, before_and_after};
pub(crate) use banner::Banner;
pub(crate) use button::{IconButton, copy_button};
pub(crate) use composer::{Composer, fit_height};
pub(crate) use conversation_list::ConversationPane;
pub(crate) use crew::CrewTree;
pub(crate) use dialog::Dialog;
pub(crate) use fault::{FaultCard, Refusal, Skeleton, with_code};
pub(crate) use icon::{Icon, icon};
pub(crate) use keys::listen_to_keys;
pub(crate) use later::{Part, later, later_above};
pub(crate) use model_choice::{ModelSelect, place_name, place_words};
pub(crate) use overlay::Overlays;
pub(crate) use pulls::{choose_model, download, pull};
pub(crate) use shown::{ChartView, draw_shown};
pub(crate) use status_line::StatusLine;
pub(crate) use tabs::TabBar;
pub(crate) use vault::{
    BackupBar, DetailsDraft, DetailsFields, NewPassphrase, OpenerDraft, OpenerField,
    PassphraseDraft, QrCode, SecretField, WordsField,
};
