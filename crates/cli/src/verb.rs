//! The verbs, one module each.

pub(crate) mod agents;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod chat;
pub(crate) mod completion;
pub(crate) mod conversations;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod feed;
pub(crate) mod guardian;
pub(crate) mod hub_end;
pub(crate) mod identity;
pub(crate) mod logs;
pub(crate) mod mcp;
pub(crate) mod memory;
pub(crate) mod models;
pub(crate) mod open;
pub(crate) mod passphrase;
pub(crate) mod resources;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod tools;
pub(crate) mod unlock;
pub(crate) mod usage;

use crate::args::{Scene, Verb};
use crate::failure::Failure;

/// Does what the verb says. Each future is boxed: together they would be one large value.
pub(crate) async fn run(verb: Verb, scene: &Scene) -> Result<(), Failure> {
    match verb {
        Verb::Serve(args) => Box::pin(serve::run(args, scene)).await,
        Verb::Setup(args) => Box::pin(setup::run(args, scene)).await,
        Verb::Identity(args) => Box::pin(identity::run(args, scene)).await,
        Verb::Unlock(args) => Box::pin(unlock::run(args, scene)).await,
        Verb::Lock => Box::pin(unlock::lock(scene)).await,
        Verb::Passphrase(args) => Box::pin(passphrase::run(args, scene)).await,
        Verb::Backup(args) => Box::pin(backup::run(args, scene)).await,
        Verb::Erase(args) => Box::pin(erase::run(args, scene)).await,
        Verb::Status => Box::pin(status::run(scene)).await,
        Verb::Restart => Box::pin(hub_end::restart(scene)).await,
        Verb::Stop => Box::pin(hub_end::stop(scene)).await,
        Verb::Resources => Box::pin(resources::run(scene)).await,
        Verb::Chat(args) => Box::pin(chat::run(args, scene)).await,
        Verb::Models(args) => Box::pin(models::run(args, scene)).await,
        Verb::Conversations(args) => Box::pin(conversations::run(args, scene)).await,
        Verb::Agents(args) => Box::pin(agents::run(args, scene)).await,
        Verb::Approvals(args) => Box::pin(approvals::run(args, scene)).await,
        Verb::Tools(args) => Box::pin(tools::run(args, scene)).await,
        Verb::Mcp => Box::pin(mcp::run(scene)).await,
        Verb::Memory(args) => Box::pin(memory::run(args, scene)).await,
        Verb::Feed(args) => Box::pin(feed::run(args, scene)).await,
        Verb::Audit(args) => Box::pin(audit::run(args, scene)).await,
        Verb::Usage(args) => Box::pin(usage::run(args, scene)).await,
        Verb::Token(args) => Box::pin(token::run(args, scene)).await,
        Verb::Logs(args) => Box::pin(logs::run(args, scene)).await,
        Verb::Settings(args) => Box::pin(settings::run(args, scene)).await,
        Verb::Open(args) => Box::pin(open::run(args, scene)).await,
        Verb::Guardian(args) => guardian::run(&args, scene),
        Verb::Doctor => Box::pin(doctor::run(scene)).await,
        Verb::Completion(args) => completion::run(&args, scene),
    }
}
