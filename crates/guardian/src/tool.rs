//! Tools of other programs: what they are given in a call, and how they are started.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::cleared::{Approval, Cleared, Guardian, Labelled, Preview, Refusal};
use crate::error::ScanError;
use crate::memory::Memory;

/// How a server of tools is reached, with all that it gets before it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerStart {
    /// A program on this device.
    Program(ProgramStart),
    /// A server that speaks HTTP.
    Site(SiteStart),
}

/// How a program is started.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ProgramStart {
    /// The program: a path, or a name that is found in `PATH`.
    pub program: String,
    /// What stands behind its name.
    pub arguments: Vec<String>,
    /// What it gets in its environment beside what every program gets. Keys may be among it.
    pub environment: BTreeMap<String, String>,
    /// The folder that it starts in.
    pub folder: String,
}

/// How a server that speaks HTTP is reached.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SiteStart {
    /// Its address.
    pub address: String,
    /// Headers that each request carries. Keys may be among them.
    pub headers: BTreeMap<String, String>,
    /// Whether it may lie on this device.
    pub this_device: bool,
}

impl ServerStart {
    /// The bytes that an approval is for.
    fn text(&self) -> String {
        serde_json::to_string(self).expect("maps of texts are plain data")
    }
}

// Values may be keys, so only names are told.
impl fmt::Debug for ProgramStart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProgramStart")
            .field("program", &self.program)
            .field("environment", &self.environment.keys())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SiteStart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SiteStart")
            .field("headers", &self.headers.keys())
            .field("this_device", &self.this_device)
            .finish_non_exhaustive()
    }
}

impl Guardian {
    /// Clears the JSON that the person approved, and no other. The approval is used up; it comes from a
    /// [`Self::preview`] of the JSON as compact text, keys in the order in which they stand.
    ///
    /// # Errors
    /// As [`Self::clear_approved`].
    pub fn clear_json_approved(
        &self,
        json: Labelled<Value>,
        approval: Approval,
    ) -> Result<Cleared<Value>, Refusal> {
        let value = json.value().clone();
        let text = json.map(|json| json.to_string());
        Ok(self.clear_approved(text, approval)?.map(|_| value))
    }

    /// What the person says yes to before a server is started or gone to.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub fn preview_server(
        &self,
        start: &Labelled<ServerStart>,
        memory: &mut Memory,
    ) -> Result<Preview, ScanError> {
        self.preview(&start.clone().map(|start| start.text()), memory)
    }

    /// Clears the start of a server that the person approved, and no other. There is no other way to clear
    /// one: a masked key or name would start something else.
    ///
    /// # Errors
    /// As [`Self::clear_approved`].
    pub fn clear_server_approved(
        &self,
        start: Labelled<ServerStart>,
        approval: Approval,
    ) -> Result<Cleared<ServerStart>, Refusal> {
        let value = start.value().clone();
        let text = start.map(|start| start.text());
        Ok(self.clear_approved(text, approval)?.map(|_| value))
    }
}
