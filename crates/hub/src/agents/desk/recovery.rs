//! Going on with what was not finished when the store was closed.

use std::sync::Arc;

use domain::agent::call::Labels;
use domain::agent::tree::{Failure, Happening, Input, Tree};
use llm::Model;
use tokio::sync::mpsc;

use super::super::journal::{self, Root, Unfinished};
use super::super::model::Rejoined;
use super::{Desk, PIECES_WAITING_MAX, Run};
use crate::convert;
use crate::writing::{self, Job};

impl Desk {
    /// Reads unfinished work, and has it go on.
    pub(super) async fn go_on(&mut self) {
        self.rest().await;
        let found = journal::unfinished(&self.hub.house.store).await;
        // Read again with the next work that begins: a full disk may have room by then.
        self.is_stale = found.is_err();
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                tracing::error!("unfinished work cannot be read: {}", convert::chain(&error));
                return;
            }
        };
        let Unfinished { roots, tree, turns } = found;
        if roots.is_empty() {
            return;
        }
        self.approved = tree
            .iter()
            .filter_map(|event| match &event.what {
                Happening::Approved { call, .. } => Some(*call),
                _ => None,
            })
            .collect();
        self.sheet.tree = match Tree::replay(tree) {
            Ok(tree) => tree,
            Err(misfit) => {
                tracing::error!("unfinished work does not fit together and is left: {misfit}");
                return;
            }
        };
        self.turns = turns;
        let mut stranded = Vec::new();
        for root in roots {
            let agent = root.agent;
            if let Err(reason) = self.rejoin(root).await {
                stranded.push((agent, reason));
            }
        }
        self.place_all();
        for (agent, reason) in stranded {
            let failure = Failure::Turn {
                reason,
                labels: Labels::new(),
            };
            let failed = Input::Fail { agent, failure };
            if let Err(refusal) = self.sheet.tree.handle_input(failed, self.hub.now()) {
                tracing::debug!("unfinished work had ended: {refusal}");
            }
        }
        self.sheet.tree.recover(self.hub.now());
    }

    /// Has the answer that work was for be written on; or why no model can.
    async fn rejoin(&mut self, root: Root) -> Result<(), String> {
        // Earlier work for the same conversation.
        let is_over = self
            .sheet
            .tree
            .agent(root.agent)
            .is_none_or(|agent| agent.state.is_ended());
        if is_over {
            self.sheet.ended.insert(root.agent, root);
            return Ok(());
        }
        let named = self.hub.find_model(Some(&root.model)).await;
        let model = match named {
            Ok(model) => model,
            // Its model is gone; another one goes on from what was said.
            Err(_) => {
                let other = self.hub.find_model(None).await;
                other.map_err(|fault| fault.message)?
            }
        };
        let (outlet, pieces) = mpsc::channel(PIECES_WAITING_MAX);
        let rejoined: Arc<dyn Model> = Arc::new(Rejoined::new(
            Arc::clone(&model),
            self.agents.clone(),
            root.agent,
            pieces,
        ));
        let job = Job {
            question: root.question,
            answer: root.answer,
            model: rejoined,
            stop: tokio_util::sync::CancellationToken::new(),
        };
        let began = crate::desk::Input::AnswerBegan {
            conversation: root.conversation,
            answer: root.answer,
            stop: job.stop.clone(),
        };
        self.hub.bring(began).await;
        self.hub.undertake(writing::write(self.hub.clone(), job));
        let agent = root.agent;
        let run = Run {
            root,
            model,
            outlet,
            usage: Arc::default(),
        };
        self.sheet.runs.insert(agent, run);
        Ok(())
    }

    /// Notes to whose work each agent belongs.
    fn place_all(&mut self) {
        let tree = &self.sheet.tree;
        let above = |mut id| {
            // As many steps as there are agents: a circle cannot be, and would end here.
            for _ in 0..=tree.agents().count() {
                match tree.agent(id).and_then(|agent| agent.parent) {
                    Some(parent) => id = parent,
                    None => break,
                }
            }
            id
        };
        self.sheet.roots = tree.agents().map(|(id, _)| (id, above(id))).collect();
    }
}
