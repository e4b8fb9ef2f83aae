//! What an agent's hands can do outside the hub: files in granted folders, pages of the web, documents,
//! and the tools of MCP servers.
//!
//! The hub calls this crate once it has decided that an agent may. Nothing here decides about rights,
//! asks the person or writes a record. Whatever comes back counts as written by a stranger: it is
//! bounded in size, and what came over a network carries [`guardian::Provenance::Outside`]. What leaves
//! takes a [`guardian::Cleared`] value and nothing else.

pub mod documents;
pub mod files;
mod html;
pub mod mcp;
pub mod web;
