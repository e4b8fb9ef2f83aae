//! Answers about servers of tools, and to other programs that want something of this hub.

use contract::server::{
    AddToolServer, AnswerProgram, CheckToolServer, ListToolServers, ProgramAnswer,
    RemoveToolServer, ShareMemory, SharedMemory, ToolServerList, ToolServerView,
};
use contract::setting::SettingKey;
use contract::{Code, Done, Fault};
use guardian::{Labelled, Memory, Provenance};
use llm::{ChatTurn, Generation, Happening, Overflow, Prompt};
use store::{AuditEntry, AuditKind};

use super::Answer;
use crate::agents;
use crate::convert;
use crate::house::Hub;
use crate::tool_servers::no_server;
use crate::writing;

/// Bytes of a text that another program wants answered: some pages.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// How warm the model picks its words for another program; the usual warmth of a chat.
const TEMPERATURE: f32 = 0.7;

impl Answer<ListToolServers> for Hub {
    async fn answer_to(&self, _ask: ListToolServers) -> Result<ToolServerList, Fault> {
        let permissions = self.house.store.permissions().await;
        let permissions = permissions.map_err(|error| convert::store_fault(&error))?;
        let servers = self.tool_server_views(&permissions).await?;
        Ok(ToolServerList { servers })
    }
}

impl Answer<AddToolServer> for Hub {
    async fn answer_to(&self, ask: AddToolServer) -> Result<ToolServerView, Fault> {
        let name = ask.name.clone();
        self.keep_tool_server(ask).await?;
        self.check_tool_server(&name).await?;
        view(self, &name).await
    }
}

impl Answer<CheckToolServer> for Hub {
    async fn answer_to(&self, ask: CheckToolServer) -> Result<ToolServerView, Fault> {
        self.check_tool_server(&ask.name).await?;
        view(self, &ask.name).await
    }
}

impl Answer<RemoveToolServer> for Hub {
    async fn answer_to(&self, ask: RemoveToolServer) -> Result<Done, Fault> {
        self.forget_tool_server(&ask.name).await?;
        Ok(Done {})
    }
}

async fn view(hub: &Hub, name: &str) -> Result<ToolServerView, Fault> {
    let list = hub.answer_to(ListToolServers {}).await?;
    let mut servers = list.servers.into_iter();
    servers
        .find(|server| server.name == name)
        .ok_or_else(|| no_server(name))
}

impl Answer<AnswerProgram> for Hub {
    async fn answer_to(&self, ask: AnswerProgram) -> Result<ProgramAnswer, Fault> {
        if ask.text.trim().is_empty() || ask.text.len() > TEXT_BYTES_MAX {
            let message = format!("A text to answer has 1 to {TEXT_BYTES_MAX} bytes.");
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let most = self.values().integer(SettingKey::LlmAnswerTokensMax);
        let what = Generation {
            prompt: Prompt::Chat(vec![ChatTurn {
                role: "user".to_owned(),
                text: ask.text,
            }]),
            sampling: writing::sampling(TEMPERATURE),
            constraint: None,
            tokens_max: u32::try_from(most).ok(),
            stop: Vec::new(),
            logprobs: None,
            overflow: Overflow::Stop,
            holds_private: false,
            is_whole: true,
        };
        let model = self.model(None).await?;
        let broken = |error| convert::model_fault(&error);
        let mut answering = model.generate(what).await.map_err(broken)?;
        let mut text = String::new();
        while let Some(happening) = answering.next().await {
            match happening {
                Happening::Piece { text: piece, .. } => text.push_str(&piece),
                Happening::Failed(error) => return Err(broken(error)),
                Happening::Started { .. } | Happening::Finished { .. } => {}
            }
        }
        // Nothing of the person's was in it: the model saw the program's own text only.
        let text = Labelled::new(text, Provenance::Outside);
        let cleared = self.guardian().await.clear(&text, &mut Memory::new());
        let cleared = cleared.map_err(|refusal| {
            let message = format!("The guardian keeps the answer in: {refusal}.");
            Fault::refused(Code::NotAllowed, message).advising("Ask in other words.")
        })?;
        let entry = AuditEntry {
            at: self.now(),
            kind: AuditKind::Egress,
            actor: "program".to_owned(),
            subject: "answer to a program".to_owned(),
            digest: Some(*cleared.clearance().digest.bytes()),
            details: std::collections::BTreeMap::new(),
        };
        let noted = self.house.store.append_audit(vec![entry]).await;
        noted.map_err(|error| convert::store_fault(&error))?;
        Ok(ProgramAnswer {
            text: cleared.into_inner(),
        })
    }
}

impl Answer<ShareMemory> for Hub {
    async fn answer_to(&self, ask: ShareMemory) -> Result<SharedMemory, Fault> {
        let query = ask.query.trim();
        if query.is_empty() || query.len() > TEXT_BYTES_MAX {
            let message = "Say what is to be looked for, in some words.";
            return Err(Fault::refused(Code::InvalidAsk, message));
        }
        let texts = agents::share_memory(self, query).await?;
        Ok(SharedMemory { texts })
    }
}
