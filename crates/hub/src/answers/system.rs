//! Answers about the hub itself and its machine.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use base::{ByteCount, Milliseconds, Percent};
use contract::identity::{KeychainState, VaultState};
use contract::model::EngineView;
use contract::setting::SettingKey;
use contract::system::{
    ExamineHealth, Finding, HealthView, MakeSignInLink, NodeRole, ResourcesView, RestartHub,
    SharingState, ShowResources, ShowStatus, SignInLink, StatusView, StopHub,
};
use contract::{Code, Done, Fault};

use super::Answer;
use crate::convert;
use crate::house::Hub;

/// Room on the disk below which a person should be told: less than most models need.
const DISK_FREE_MIN: ByteCount = ByteCount(1_000_000_000);

impl Answer<ShowStatus> for Hub {
    async fn answer_to(&self, _ask: ShowStatus) -> Result<StatusView, Fault> {
        let house = &self.house;
        let vault = self.vault_state();
        let conversations = match vault {
            VaultState::Locked => 0,
            VaultState::Open | VaultState::Unowned => {
                let count = house.store.conversation_count().await;
                count.map_err(|error| convert::store_fault(&error))?
            }
        };
        let uptime = house.started_at.elapsed().as_millis();
        let values = self.values();
        let model = self
            .model(None)
            .await
            .ok()
            .map(|model| model.name().to_owned());
        let engine = house.engine_view.borrow().clone();
        Ok(StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started: house.started,
            uptime: Milliseconds(u64::try_from(uptime).unwrap_or(u64::MAX)),
            data_folder: self.data_folder().display().to_string(),
            model_folder: house.paths.models().display().to_string(),
            address: self.address(),
            role: match values.text(SettingKey::NodeRole).as_str() {
                "helper" => NodeRole::Helper,
                _ => NodeRole::Primary,
            },
            engine,
            model,
            vault,
            conversations,
            sharing: SharingState::NotAvailable,
        })
    }
}

impl Hub {
    /// Looks at the machine. Takes some milliseconds, and more the first time.
    pub(crate) async fn look_at_machine(&self) -> Result<machine::Resources, Fault> {
        let (watch, folder) = (self.house.resources.clone(), self.data_folder().to_owned());
        self.blocking(move || {
            // A panic while looking leaves nothing behind that would be wrong.
            watch
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .look(&folder)
        })
        .await
    }
}

impl Answer<ShowResources> for Hub {
    async fn answer_to(&self, _ask: ShowResources) -> Result<ResourcesView, Fault> {
        let seen = self.look_at_machine().await?;
        let figures = self.figures();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a rate that is shown with one decimal"
        )]
        let tokens_per_second = (figures.decode_us > 0)
            .then(|| (figures.completion_tokens as f64 * 1e6 / figures.decode_us as f64) as f32);
        Ok(ResourcesView {
            cpu: seen.cpu_model,
            cores: seen.cores_usable,
            engine_threads: self.house.engine_threads.load(Ordering::Relaxed),
            cpu_busy: percent(seen.cpu_percent),
            cpu_busy_by_us: percent(seen.own_cpu_percent),
            memory_total: ByteCount(seen.memory_total_bytes),
            memory_available: ByteCount(seen.memory_available_bytes),
            memory_by_us: ByteCount(seen.own_memory_bytes),
            disk_total: ByteCount(seen.disk.map_or(0, |disk| disk.total_bytes)),
            disk_free: ByteCount(seen.disk.map_or(0, |disk| disk.free_bytes)),
            gpus: seen.gpus.into_iter().map(|gpu| gpu.name).collect(),
            battery: seen
                .battery
                .and_then(|battery| Percent::try_from(battery.percent).ok()),
            tokens_per_second,
        })
    }
}

fn percent(value: f32) -> Percent {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 100"
    )]
    let whole = value.clamp(0.0, 100.0).round() as u8;
    Percent::try_from(whole).expect("clamped to a percentage")
}

impl Answer<ExamineHealth> for Hub {
    async fn answer_to(&self, _ask: ExamineHealth) -> Result<HealthView, Fault> {
        let findings = vec![
            self.examine_vault().await,
            self.examine_store().await,
            self.examine_disk().await,
            self.examine_models().await,
            self.examine_engine(),
            self.examine_door(),
        ];
        Ok(HealthView { findings })
    }
}

impl Hub {
    async fn examine_vault(&self) -> Finding {
        let keychain = self
            .at_safe(|inside| inside.keychain_state.clone())
            .await
            .unwrap_or(KeychainState::NotUsed);
        if let Some(fault) = self.house.safe.trouble() {
            return bad("vault", fault.to_string(), &fault.advice);
        }
        match (self.vault_state(), keychain) {
            (VaultState::Unowned, _) => bad(
                "vault",
                "nobody owns this hub; the key of the store lies in a file beside it",
                Code::NoIdentity.cure(),
            ),
            (_, KeychainState::Trouble { fault }) => bad("vault", fault.to_string(), &fault.advice),
            (VaultState::Locked, _) => good("vault", "locked"),
            (VaultState::Open, KeychainState::Used) => {
                good("vault", "open; this computer's keychain opens it")
            }
            (VaultState::Open, KeychainState::NotUsed | KeychainState::Missing) => {
                good("vault", "open; the passphrase opens it")
            }
        }
    }

    async fn examine_store(&self) -> Finding {
        if self.vault_state() == VaultState::Locked {
            return good("database", "locked, and not looked at");
        }
        match self.house.store.integrity_check().await {
            Ok(problems) if problems.is_empty() => good("database", "whole and readable"),
            Ok(problems) => bad(
                "database",
                format!("{} problems, the first: {}", problems.len(), problems[0]),
                "Stop HAI-Net and put the data folder back from a copy.",
            ),
            Err(error) => bad("database", convert::chain(&error), Code::Store.cure()),
        }
    }

    async fn examine_disk(&self) -> Finding {
        let free = match self.look_at_machine().await {
            Ok(seen) => ByteCount(seen.disk.map_or(0, |disk| disk.free_bytes)),
            Err(fault) => return bad("disk", fault.to_string(), &fault.advice),
        };
        if free < DISK_FREE_MIN {
            bad(
                "disk",
                format!("{free} free"),
                "Make room: models and conversations need it.",
            )
        } else {
            good("disk", format!("{free} free"))
        }
    }

    async fn examine_models(&self) -> Finding {
        match self.installed_models().await {
            Err(fault) => bad("models", fault.to_string(), &fault.advice),
            Ok(models) => {
                let broken = models
                    .iter()
                    .filter(|model| model.header().is_none())
                    .count();
                if models.len() == broken {
                    bad("models", "none that can be used", Code::NoModel.cure())
                } else if broken > 0 {
                    let seen = format!("{broken} of {} cannot be used", models.len());
                    bad(
                        "models",
                        seen,
                        "Remove them: `hai-net models list` shows which.",
                    )
                } else {
                    good("models", format!("{} installed", models.len()))
                }
            }
        }
    }

    fn examine_engine(&self) -> Finding {
        match &*self.house.engine_view.borrow() {
            EngineView::Failed { fault } => bad("engine", fault.to_string(), &fault.advice),
            EngineView::Ready { model, device, .. } => good(
                "engine",
                format!("{model} in memory, computing on {device}"),
            ),
            EngineView::Asleep if !self.house.engine.worker().is_file() => bad(
                "engine",
                format!("{} is missing", self.house.engine.worker().display()),
                Code::EngineMissing.cure(),
            ),
            EngineView::Asleep => good("engine", "asleep; the first question wakes it"),
            EngineView::Starting | EngineView::Loading { .. } => good("engine", "starting"),
        }
    }

    fn examine_door(&self) -> Finding {
        match self.address() {
            Some(address) => good("address", address),
            None => good(
                "address",
                "no port is open; the command line and the window need none",
            ),
        }
    }
}

fn good(what: &str, seen: impl Into<String>) -> Finding {
    Finding {
        what: what.to_owned(),
        good: true,
        seen: seen.into(),
        cure: None,
    }
}

fn bad(what: &str, seen: impl Into<String>, cure: &str) -> Finding {
    Finding {
        what: what.to_owned(),
        good: false,
        seen: seen.into(),
        cure: Some(cure.to_owned()),
    }
}

impl Answer<MakeSignInLink> for Hub {
    async fn answer_to(&self, _ask: MakeSignInLink) -> Result<SignInLink, Fault> {
        self.make_sign_in_link().await?.ok_or_else(|| {
            Fault::refused(
                Code::NotFound,
                "No port is open, so there is no page to sign in to.",
            )
            .advising("Start the hub with `hai-net serve`.")
        })
    }
}

impl Answer<StopHub> for Hub {
    async fn answer_to(&self, _ask: StopHub) -> Result<Done, Fault> {
        tracing::info!("HAI-Net was asked to stop");
        self.close();
        Ok(Done {})
    }
}

impl Answer<RestartHub> for Hub {
    async fn answer_to(&self, _ask: RestartHub) -> Result<Done, Fault> {
        tracing::info!("HAI-Net was asked to restart");
        self.close_to_restart();
        Ok(Done {})
    }
}
