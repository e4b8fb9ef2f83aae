//! Who owns the hub, whether it is open, and what a person does about that.

use std::time::Duration;

use contract::identity::{
    CancelBackup, CreateBackup, IdentityMade, LockVault, Opener, RevokeDevice, ShowIdentity,
    UnlockVault, VaultState,
};
use contract::setting::SettingsView;
use contract::{Ask, Code, Fault};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::{App, IdentityView};
use crate::state::{ApprovalBook, Crew, FeedBook, Gate, Logbook, Shelf, Standing, Thread};

/// The setting that says how far the first start got.
pub(crate) const SETUP_STEP: &str = "ui.setup_step";

/// How much is read with the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Only the identity, unless it turns out that the hub was opened meanwhile.
    Identity,
    /// All that is stored too.
    All,
}

/// How far the first start got, where settings were read.
pub(super) fn setup_step(settings: &Option<SettingsView>) -> Option<u8> {
    let all = &settings.as_ref()?.settings;
    let found = all.iter().find(|setting| setting.key == SETUP_STEP)?;
    u8::try_from(found.value.as_u64()?).ok()
}

/// How long a notice may come after the answer to the ask that caused it: they travel on two ways.
const NOTICE_PATIENCE: Duration = Duration::from_secs(2);

impl App {
    /// Asks the hub. What comes after the page has forgotten everything private is not taken any more.
    pub(crate) async fn ask<A: Ask>(self, ask: A) -> Result<A::View, Fault> {
        let epoch = self.epoch.get_value();
        let answer = self.client.ask(ask).await;
        self.unless_late(epoch, answer)
    }

    /// The answer to what was asked in that epoch, unless another has begun.
    pub(super) fn unless_late<T>(self, epoch: u64, answer: Result<T, Fault>) -> Result<T, Fault> {
        if self.epoch.get_value() == epoch {
            answer
        } else {
            Err(Fault::refused(Code::Locked, "The vault was locked."))
        }
    }

    /// Has the hub pass from one owner or state to another; what is shown changes at the end.
    pub(crate) async fn pass<A: Ask>(self, ask: A) -> Result<A::View, Fault> {
        self.held.set(true);
        self.doubtful.set(true);
        let answer = self.client.ask(ask).await;
        self.held.set(false);
        set_timeout(move || self.doubtful.set(false), NOTICE_PATIENCE);
        answer.map_err(|fault| self.heed(fault))
    }

    /// Whether what is stored can be read, as far as the page knows.
    pub(crate) fn is_open(self) -> bool {
        self.identity.with_untracked(|view| {
            view.as_ref()
                .is_some_and(|view| view.vault != VaultState::Locked)
        })
    }

    /// Whose hub it is; none before that was read.
    pub(crate) fn standing(self) -> Option<Standing> {
        self.identity.with(|view| view.as_ref().map(Standing::of))
    }

    /// The same where nothing is drawn anew when it changes.
    pub(crate) fn standing_now(self) -> Option<Standing> {
        self.identity
            .with_untracked(|view| view.as_ref().map(Standing::of))
    }

    /// How far the first start got, where that is known.
    pub(crate) fn stored_step(self) -> Option<u8> {
        self.settings.with_untracked(setup_step)
    }

    /// Reads who owns the hub, and what follows from it.
    pub(super) async fn read_identity(self, extent: Extent) {
        if self.held.get_untracked() {
            return;
        }
        match self.ask(ShowIdentity {}).await {
            Ok(view) => self.take_identity(view, extent).await,
            Err(fault) => {
                let fault = self.heed(fault);
                if self.identity.with_untracked(Option::is_none) {
                    self.unknown.set(Some(fault));
                }
            }
        }
    }

    /// Tries that again.
    pub(crate) fn read_again_from_the_start(self) {
        self.unknown.set(None);
        self.retry_now();
        spawn_local(self.read_all());
    }

    /// Shows what an owner sees, or what there is to see without.
    async fn take_identity(self, view: IdentityView, extent: Extent) {
        if self.held.get_untracked() {
            return;
        }
        self.unknown.set(None);
        self.backup.set(view.running);
        if view.vault == VaultState::Locked {
            // What is open on a locked page stays open.
            let was_locked = self.gate.get_untracked() == Gate::Locked;
            if !was_locked {
                self.forget_private();
            }
            self.identity.set(Some(view));
            return;
        }
        let epoch = self.epoch.get_value();
        let reads = extent == Extent::All || !self.is_open();
        if reads {
            // First, so that what is shown is decided by what is stored now.
            self.read_settings().await;
        }
        if self.epoch.get_value() != epoch {
            return;
        }
        self.identity.set(Some(view));
        if reads {
            self.read_contents().await;
        }
    }

    /// The vault was opened or locked, or got an owner.
    pub(super) fn take_vault(self, vault: VaultState) {
        if vault != VaultState::Locked {
            // All is read again, with the identity.
            return;
        }
        self.forget_private();
        self.identity.update(|view| {
            if let Some(view) = view {
                view.vault = VaultState::Locked;
                view.owner = None;
                view.devices.clear();
                view.last_backup = None;
            }
        });
    }

    /// Forgets everything that a locked hub would not tell.
    ///
    /// What is kept is named, so that whoever adds a field has to decide.
    #[expect(clippy::too_many_lines, reason = "a line for each field, twice")]
    pub(crate) fn forget_private(self) {
        let Self {
            client: _,
            language: _,
            link: _,
            tab: _,
            section: _,
            overlay,
            list_open,
            gate: _,
            // Who calls this puts a view without an owner in its place.
            identity: _,
            unknown: _,
            fresh_words,
            backup: _,
            backing_up: _,
            backup_fault,
            status: _,
            engine: _,
            models,
            settings,
            tokens,
            shelf,
            // An id alone says nothing; with it the person is back where they were.
            chosen: _,
            unreadable,
            thread,
            grown: _,
            editing,
            drafts,
            wanted,
            sending,
            refusal,
            feed,
            feed_fault,
            feed_reach: _,
            logbook,
            approvals,
            crew,
            gifts,
            // Counts say nothing.
            remembered: _,
            servers_changed: _,
            toast,
            toast_undo,
            urgent,
            said,
            held: _,
            doubtful: _,
            epoch,
            sentences,
            retry: _,
            hub_version: _,
        } = self;
        epoch.update_value(|epoch| *epoch += 1);
        overlay.set(None);
        list_open.set(false);
        fresh_words.set(Vec::new());
        backup_fault.set(None);
        models.set(None);
        settings.set(None);
        tokens.set(None);
        shelf.set(Shelf::default());
        unreadable.set(None);
        thread.set(Thread::default());
        editing.set(None);
        drafts.update(std::collections::HashMap::clear);
        wanted.set(None);
        sending.set(false);
        refusal.set(None);
        feed.set(FeedBook::default());
        feed_fault.set(None);
        logbook.set(Logbook::default());
        approvals.set(ApprovalBook::default());
        crew.set(Crew::default());
        gifts.set(Vec::new());
        toast.set(None);
        toast_undo.set(None);
        urgent.set(String::new());
        said.set(String::new());
        sentences.set_value(None);
    }

    /// Forgets the owner too, after everything was erased: it may be that the hub tells this page nothing
    /// more, since who is signed in was erased with the rest.
    pub(crate) fn forget_owner(self) {
        self.forget_private();
        self.chosen.set(None);
        self.status.set(None);
        self.identity.set(None);
    }

    /// Opens the vault.
    pub(crate) async fn unlock(self, opener: Opener) -> Result<(), Fault> {
        let with_words = matches!(opener, Opener::Words(_));
        let view = self.pass(UnlockVault { opener }).await?;
        self.take_identity(view, Extent::All).await;
        if with_words {
            self.tell(self.words_now().vault.opened_with_words);
        }
        Ok(())
    }

    /// Locks the vault.
    pub(crate) fn lock(self) {
        spawn_local(async move {
            match self.client.ask(LockVault {}).await {
                Ok(_) => {
                    self.take_vault(VaultState::Locked);
                    self.read_identity(Extent::Identity).await;
                }
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Revokes the rights of a device for good.
    pub(crate) fn revoke_device(self, serial: String) {
        spawn_local(async move {
            if let Err(fault) = self.ask(RevokeDevice { serial }).await {
                self.tell_fault(&self.heed(fault));
            }
            self.read_identity(Extent::Identity).await;
        });
    }

    /// The owner has a new key: its words are shown, and asked back.
    pub(crate) fn show_new_words(self, made: IdentityMade) {
        for remark in &made.remarks {
            self.tell_fault(remark);
        }
        self.fresh_words.set(made.words);
        self.identity.update(|view| {
            if let Some(view) = view {
                view.owner = Some(made.owner);
            }
        });
        spawn_local(self.read_identity(Extent::Identity));
    }

    /// Makes a backup, at a path or in the folder for them.
    pub(crate) fn back_up(self, path: Option<String>) {
        if self.backing_up.get_untracked() {
            return;
        }
        self.backing_up.set(true);
        self.backup_fault.set(None);
        spawn_local(async move {
            let answer = self.ask(CreateBackup { path }).await;
            self.backing_up.set(false);
            self.backup.set(None);
            match answer {
                Ok(made) => {
                    self.identity.update(|view| {
                        if let Some(view) = view {
                            view.last_backup = Some(made);
                        }
                    });
                    self.tell(self.words_now().owner.backup_made);
                }
                Err(fault) => self.backup_fault.set(Some(self.heed(fault))),
            }
        });
    }

    /// Stops the backup that is being made, checked or restored.
    pub(crate) fn cancel_backup(self) {
        spawn_local(async move {
            match self.client.ask(CancelBackup {}).await {
                Ok(_) => {}
                // It ended by itself a moment before.
                Err(fault) if fault.code == Code::NotFound => {}
                Err(fault) => self.tell_fault(&self.heed(fault)),
            }
        });
    }

    /// Remembers how far the first start got.
    pub(crate) async fn keep_step(self, step: u8) {
        let changed = self
            .change(SETUP_STEP.to_owned(), Some(Value::from(step)))
            .await;
        match changed {
            Ok(_) => {}
            // Who fixed it from outside knows why. This page goes on all the same.
            Err(fault) if fault.code == Code::SettingFixed => self.settings.update(|settings| {
                let all = settings.iter_mut().flat_map(|it| &mut it.settings);
                for setting in all.filter(|setting| setting.key == SETUP_STEP) {
                    setting.value = Value::from(step);
                }
            }),
            Err(fault) => self.tell_fault(&fault),
        }
    }
}
