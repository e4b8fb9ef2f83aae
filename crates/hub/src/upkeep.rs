//! What the hub does by itself, beside answering.

use std::sync::atomic::Ordering;
use std::time::Duration;

use base::TokenCount;
use contract::identity::VaultState;
use contract::model::EngineView;
use contract::setting::SettingKey;
use llm::EngineStatus;
use machine::BusyWatch;
use tokio::time::MissedTickBehavior;

use crate::desk::Input;
use crate::house::Hub;
use crate::{convert, ledger, meaning, open};

/// How often old lines of the log and old entries of the record are looked for.
const PRUNED_EVERY: Duration = Duration::from_secs(60 * 60);

/// How often the engine's threads are fitted to what other programs need, while it works.
const FITTED_EVERY: Duration = Duration::from_secs(1);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Begins all upkeep. Each part ends when the hub closes.
pub(crate) fn begin(hub: &Hub) {
    let logbook = hub.house.logbook.clone();
    hub.undertake(logbook.run(hub.clone()));
    hub.undertake(follow_engine(hub.clone()));
    hub.undertake(follow_settings(hub.clone()));
    hub.undertake(every(hub.clone(), PRUNED_EVERY, prune));
    hub.undertake(every(hub.clone(), ledger::WRITTEN_EVERY, Hub::write_ledger));
    hub.undertake(fit_threads(hub.clone()));
    hub.undertake(lock_when_unused(hub.clone()));
    hub.undertake(meaning::complete(hub.clone()));
    hub.undertake(every(hub.clone(), DAYS_LOOKED_AT_EVERY, sign_days));
    hub.undertake(every(
        hub.clone(),
        REMINDERS_LOOKED_AT_EVERY,
        tell_reminders,
    ));
}

/// How often it is looked whether a day of the record is to be signed.
const DAYS_LOOKED_AT_EVERY: Duration = Duration::from_secs(10 * 60);

/// How often it is looked whether a reminder is due. Nobody minds half a minute.
const REMINDERS_LOOKED_AT_EVERY: Duration = Duration::from_secs(15);

/// Does a piece of work now and then, whenever the store is open, until the hub closes.
async fn every(hub: Hub, period: Duration, work: impl AsyncFn(&Hub)) {
    let closing = hub.closing();
    let mut due = tokio::time::interval(period);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = due.tick() => {}
            () = closing.cancelled() => return,
        }
        if hub.house.store.is_open() {
            work(&hub).await;
        }
    }
}

async fn sign_days(hub: &Hub) {
    if let Err(fault) = hub.sign_days().await {
        tracing::warn!("a day of the record could not be signed: {fault}");
    }
}

/// Tells reminders that came due, each once.
async fn tell_reminders(hub: &Hub) {
    if let Err(error) = crate::agents::tell_reminders(hub).await {
        tracing::warn!("reminders could not be told: {}", convert::chain(&error));
    }
}

/// How often it is looked at whether the hub is unused for long.
const USE_LOOKED_AT_EVERY: Duration = Duration::from_secs(5);

/// Locks the vault when nobody uses the hub for as long as the person set.
async fn lock_when_unused(hub: Hub) {
    let closing = hub.closing();
    loop {
        tokio::select! {
            () = tokio::time::sleep(USE_LOOKED_AT_EVERY) => {}
            () = closing.cancelled() => return,
        }
        let minutes = hub.values().integer(SettingKey::VaultLockMinutes);
        let is_due = minutes > 0 && hub.unused_for() >= Duration::from_secs(minutes * 60);
        let is_answering = matches!(
            &*hub.house.engine_view.borrow(),
            EngineView::Ready { answering: 1.., .. }
        );
        if !is_due || is_answering || hub.vault_state() != VaultState::Open {
            continue;
        }
        let _passage = hub.passage().await;
        if let Err(fault) = hub.lock_vault().await {
            tracing::warn!("the vault could not be locked in order: {fault}");
        }
    }
}

async fn follow_engine(hub: Hub) {
    let (mut status, closing) = (hub.house.engine.status(), hub.closing());
    loop {
        let engine = engine_view(&status.borrow_and_update());
        hub.bring(Input::EngineChanged { engine }).await;
        tokio::select! {
            changed = status.changed() => if changed.is_err() { return },
            () = closing.cancelled() => return,
        }
    }
}

fn engine_view(status: &EngineStatus) -> EngineView {
    match status {
        EngineStatus::Off => EngineView::Asleep,
        EngineStatus::Starting => EngineView::Starting,
        EngineStatus::Loading { model, share } => EngineView::Loading {
            model: model.clone(),
            share: *share,
        },
        EngineStatus::Ready {
            model,
            facts,
            devices,
            answering,
            ..
        } => EngineView::Ready {
            model: model.clone(),
            device: devices.first().cloned().unwrap_or_default(),
            context: TokenCount(facts.context_tokens.into()),
            answering: *answering,
        },
        EngineStatus::Failed { error } => EngineView::Failed {
            fault: convert::model_fault(error),
        },
    }
}

async fn follow_settings(hub: Hub) {
    let (mut values, closing) = (hub.house.values.clone(), hub.closing());
    loop {
        tokio::select! {
            changed = values.changed() => if changed.is_err() { return },
            () = closing.cancelled() => return,
        }
        let level = open::level_min(&values.borrow_and_update());
        hub.house.logbook.keep_from(level);
    }
}

async fn prune(hub: &Hub) {
    prune_logs(hub).await;
    prune_record(hub).await;
}

async fn prune_logs(hub: &Hub) {
    let days = hub.values().integer(SettingKey::LogRetentionDays);
    let age = DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX));
    match hub.house.store.prune_logs(hub.now().minus(age)).await {
        Ok(0) => {}
        Ok(lines) => tracing::info!(lines, days, "old lines of the log were deleted"),
        Err(error) => {
            tracing::warn!("old lines could not be deleted: {}", convert::chain(&error));
        }
    }
}

/// How long the record, the journal of ended work and the feed are kept.
///
/// A month: what a person looks back to. The chain stays whole, since its place is kept.
const RECORD_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

async fn prune_record(hub: &Hub) {
    let (store, before) = (&hub.house.store, hub.now().minus(RECORD_KEPT_FOR));
    let pruned = async {
        store.prune_audit(before).await?;
        store.prune_journal(before).await?;
        store.prune_feed(before).await
    };
    if let Err(error) = pruned.await {
        tracing::warn!(
            "old entries could not be deleted: {}",
            convert::chain(&error)
        );
    }
}

/// Gives threads back while other programs are busy: two threads that wait for each other on one
/// free core are many times slower than one.
async fn fit_threads(hub: Hub) {
    let (mut engine, closing) = (hub.house.engine_view.clone(), hub.closing());
    let max = hub.house.engine_threads.load(Ordering::Relaxed);
    let mut busy = BusyWatch::new();
    loop {
        let is_answering = matches!(
            &*engine.borrow_and_update(),
            EngineView::Ready { answering: 1.., .. }
        );
        // An idle hub does not wake up to look at processes.
        let wait = if is_answering { FITTED_EVERY } else { DAY };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = engine.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
            () = closing.cancelled() => return,
        }
        let looked = tokio::task::spawn_blocking(move || {
            busy.sample();
            busy
        });
        let Ok(watch) = looked.await else { return };
        busy = watch;
        let threads = busy.suggest_threads(max);
        if hub.house.engine_threads.swap(threads, Ordering::Relaxed) != threads {
            tracing::info!(
                threads,
                "the engine makes room for other programs, or takes it back"
            );
            hub.house.engine.use_threads(threads).await;
        }
    }
}
