//! Who depends on whom, as `cargo metadata` reports it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

/// The packages of a workspace with their direct dependencies, and all that is reached from them.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Package id to package name.
    names: BTreeMap<String, String>,
    /// The ids of the workspace's own packages.
    members: BTreeSet<String>,
    /// Package id to the ids it depends on: to run, to build and to test.
    arrows: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Reads the output of `cargo metadata --format-version 1`.
    pub(crate) fn read(json: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(json)?;
        let mut graph = Self::default();
        for package in list(&value, "packages")? {
            graph
                .names
                .insert(text(package, "id")?, text(package, "name")?);
        }
        for member in list(&value, "workspace_members")? {
            graph.members.insert(
                member
                    .as_str()
                    .context("a member without an id")?
                    .to_owned(),
            );
        }
        for node in list(&value["resolve"], "nodes")? {
            let to = list(node, "deps")?.iter().map(|arrow| text(arrow, "pkg"));
            graph
                .arrows
                .insert(text(node, "id")?, to.collect::<Result<_>>()?);
        }
        Ok(graph)
    }

    /// The workspace's own packages by name.
    pub(crate) fn members(&self) -> BTreeSet<&str> {
        self.members.iter().map(|id| self.name(id)).collect()
    }

    /// What a package of the workspace depends on directly.
    pub(crate) fn direct(&self, member: &str) -> BTreeSet<&str> {
        let ids = self.id(member).and_then(|id| self.arrows.get(id));
        ids.into_iter().flatten().map(|id| self.name(id)).collect()
    }

    /// What a package of the workspace brings along, itself included. What our other packages need
    /// for their tests counts too, which is stricter than what is linked.
    pub(crate) fn closure(&self, member: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&String> = self.id(member).into_iter().collect();
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                open.extend(self.arrows.get(id).into_iter().flatten());
            }
        }
        reached.into_iter().map(|id| self.name(id)).collect()
    }

    fn id(&self, member: &str) -> Option<&String> {
        self.members.iter().find(|id| self.name(id) == member)
    }

    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(id).map_or(id, String::as_str)
    }

    /// A graph for tests: lines such as `hub -> store llm`; names before an arrow are members.
    #[cfg(test)]
    pub(crate) fn sketch(lines: &[&str]) -> Self {
        let mut graph = Self::default();
        for line in lines {
            let (from, to) = line.split_once("->").expect("a sketched line has an arrow");
            let from = from.trim().to_owned();
            let to: BTreeSet<String> = to.split_whitespace().map(str::to_owned).collect();
            for name in to.iter().chain([&from]) {
                graph.names.insert(name.clone(), name.clone());
            }
            graph.members.insert(from.clone());
            graph.arrows.insert(from, to);
        }
        graph
    }
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    value[name]
        .as_array()
        .with_context(|| format!("no list `{name}`"))
}

fn text(value: &Value, name: &str) -> Result<String> {
    value[name]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no text `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_of_cargo_is_read() {
        let json = r#"{
            "packages": [{"id": "1", "name": "hub"}, {"id": "2", "name": "store"},
                         {"id": "3", "name": "rusqlite"}],
            "workspace_members": ["1", "2"],
            "resolve": {"nodes": [
                {"id": "1", "deps": [{"pkg": "2"}]},
                {"id": "2", "deps": [{"pkg": "3"}]},
                {"id": "3", "deps": []}]}}"#;
        let graph = Graph::read(json).unwrap();
        assert_eq!(graph.members(), BTreeSet::from(["hub", "store"]));
        assert_eq!(graph.direct("hub"), BTreeSet::from(["store"]));
        assert_eq!(
            graph.closure("hub"),
            BTreeSet::from(["hub", "rusqlite", "store"])
        );
    }

    #[test]
    fn packages_that_depend_on_each_other_for_tests_do_not_hang_the_walk() {
        let graph = Graph::sketch(&["a -> b", "b -> a"]);
        assert_eq!(graph.closure("a"), BTreeSet::from(["a", "b"]));
    }

    #[test]
    fn metadata_without_a_resolved_graph_is_refused() {
        let json = r#"{"packages": [], "workspace_members": [], "resolve": null}"#;
        assert_eq!(
            Graph::read(json).unwrap_err().to_string(),
            "no list `nodes`"
        );
    }
}
