//! The floors of the house: an arrow may only point down.

use std::collections::BTreeSet;

use super::graph::Graph;

/// One floor, from the ground up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    Cellar,
    Ground,
    /// Programs of their own that the hub starts; they see only what they talk in.
    Worker,
    Workshop,
    Hall,
    Door,
    Roof,
    /// Tests and measurements: they see the whole house but the roof.
    Outside,
    /// `xtask`: sees nothing, so that it is compiled in moments.
    Apart,
}

/// Every package of the workspace. A new one is entered here first.
const PLAN: &[(&str, Floor)] = &[
    ("base", Floor::Cellar),
    ("contract", Floor::Ground),
    ("domain", Floor::Ground),
    ("wire", Floor::Ground),
    ("gguf", Floor::Ground),
    ("guardian", Floor::Ground),
    ("hai-net-llm", Floor::Worker),
    ("hai-net-speech", Floor::Worker),
    ("store", Floor::Workshop),
    ("vault", Floor::Workshop),
    ("llm", Floor::Workshop),
    ("speech", Floor::Workshop),
    ("mesh", Floor::Workshop),
    ("machine", Floor::Workshop),
    ("crew", Floor::Workshop),
    ("sandbox", Floor::Workshop),
    ("importer", Floor::Workshop),
    ("tools", Floor::Workshop),
    ("hub", Floor::Hall),
    ("control", Floor::Door),
    ("gateway", Floor::Door),
    ("cli", Floor::Roof),
    ("hai-net-desktop", Floor::Roof),
    ("acceptance", Floor::Outside),
    ("bench", Floor::Outside),
    ("xtask", Floor::Apart),
];

/// What a worker may see of the house.
const SEEN_BY_WORKERS: &[&str] = &["base", "wire"];

/// What the UI may see of the house.
const SEEN_BY_THE_UI: &[&str] = &["base", "contract"];

/// Packages from outside that only one of ours may name. `tauri` stands for `tauri` and `tauri-…`.
const KEEPERS: &[(&str, &str)] = &[
    ("tauri", "hai-net-desktop"),
    ("libp2p", "mesh"),
    ("keyring", "vault"),
    ("keyring-core", "vault"),
    ("secret-service", "vault"),
    ("zbus-secret-service-keyring-store", "vault"),
    ("age", "vault"),
    ("rusqlite", "store"),
    ("rmcp", "tools"),
    ("llama-cpp-2", "hai-net-llm"),
    ("llama-cpp-sys-2", "hai-net-llm"),
    ("whisper-rs", "hai-net-speech"),
    ("whisper-rs-sys", "hai-net-speech"),
];

/// Both carry a copy of ggml under the same symbol names: linked together they corrupt each other.
const NEVER_TOGETHER: [&str; 2] = ["llama-cpp-2", "whisper-rs"];

/// Everything that is wrong with the main workspace.
pub(crate) fn check(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for member in graph.members() {
        let Some(floor) = floor_of(member) else {
            wrong.push(format!(
                "{member} is on no floor: enter it in xtask/src/tidy/floors.rs"
            ));
            continue;
        };
        let direct = graph.direct(member);
        for seen in direct.iter().copied() {
            wrong.extend(arrow(member, floor, seen));
            wrong.extend(kept(member, seen));
        }
        wrong.extend(converts(member, floor, &direct));
        let closure = graph.closure(member);
        if NEVER_TOGETHER.iter().all(|name| closure.contains(name)) {
            wrong.push(format!(
                "{member} brings in both {} and {}, whose copies of ggml collide",
                NEVER_TOGETHER[0], NEVER_TOGETHER[1]
            ));
        }
    }
    wrong
}

/// Everything that is wrong with the UI's workspace.
pub(crate) fn check_frontend(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for member in graph.members() {
        // Its local dependencies count as members only when they lie in its own workspace.
        let allowed: &[&str] = if member == "frontend" {
            SEEN_BY_THE_UI
        } else {
            &[]
        };
        for seen in graph.direct(member) {
            if floor_of(seen).is_some() && !allowed.contains(&seen) {
                wrong.push(format!(
                    "{member} sees {seen}; the UI sees base and contract only"
                ));
            }
            wrong.extend(kept(member, seen));
        }
    }
    wrong
}

fn floor_of(name: &str) -> Option<Floor> {
    PLAN.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, floor)| *floor)
}

fn arrow(from: &str, floor: Floor, to: &str) -> Option<String> {
    let below = floor_of(to)?;
    let fine = match floor {
        Floor::Cellar | Floor::Apart => false,
        Floor::Worker => SEEN_BY_WORKERS.contains(&to),
        Floor::Ground | Floor::Workshop | Floor::Hall | Floor::Door | Floor::Roof => {
            below < floor && below != Floor::Worker
        }
        Floor::Outside => below < Floor::Roof && below != Floor::Worker,
    };
    (!fine).then(|| match floor {
        Floor::Worker => format!("{from} sees {to}; a worker sees base and wire only"),
        Floor::Outside => format!("{from} sees {to}; it starts programs and never links them"),
        _ => format!("{from} ({floor:?}) sees {to} ({below:?}); arrows point down only"),
    })
}

fn kept(from: &str, to: &str) -> Option<String> {
    let (_, keeper) = KEEPERS
        .iter()
        .find(|(kept, _)| to == *kept || (*kept == "tauri" && to.starts_with("tauri-")))?;
    (*keeper != from).then(|| format!("{from} sees {to}, which only {keeper} may see"))
}

/// Asks and decisions are turned into each other in one place.
fn converts(member: &str, floor: Floor, direct: &BTreeSet<&str>) -> Option<String> {
    let both = direct.contains("contract") && direct.contains("domain");
    (both && member != "hub" && floor != Floor::Outside)
        .then(|| format!("{member} sees contract and domain; only hub converts between them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(lines: &[&str]) -> String {
        check(&Graph::sketch(lines)).join("\n")
    }

    #[test]
    fn the_house_as_it_was_designed_is_tidy() {
        let found = wrong(&[
            "base ->",
            "contract -> base serde",
            "domain -> base",
            "wire -> base serde",
            "gguf ->",
            "guardian -> bip39 serde sha2",
            "store -> base rusqlite",
            "vault -> base age keyring-core secret-service",
            "llm -> base wire gguf",
            "crew -> tokio",
            "tools -> guardian rmcp",
            "hai-net-llm -> wire llama-cpp-2",
            "hub -> base contract domain guardian store vault llm crew tools",
            "control -> contract hub wire",
            "gateway -> contract hub",
            "cli -> contract control gateway guardian hub",
            "hai-net-desktop -> contract control gateway hub tauri tauri-build",
            "acceptance -> contract control",
            "xtask -> anyhow",
        ]);
        assert_eq!(found, "");
    }

    #[test]
    fn workshops_never_see_each_other_or_the_hall() {
        assert!(
            wrong(&["store -> llm", "llm ->"]).contains("store (Workshop) sees llm (Workshop)")
        );
        assert!(wrong(&["store -> hub", "hub ->"]).contains("store (Workshop) sees hub (Hall)"));
    }

    #[test]
    fn contract_and_domain_never_see_each_other() {
        assert!(
            wrong(&["contract -> domain", "domain ->"]).contains("contract (Ground) sees domain")
        );
        assert!(
            wrong(&["domain -> contract", "contract ->"]).contains("domain (Ground) sees contract")
        );
    }

    #[test]
    fn only_the_hub_converts_between_contract_and_domain() {
        let ground = ["contract ->", "domain ->"];
        let with = |line| wrong(&[ground[0], ground[1], line]);
        assert!(with("gateway -> contract domain").contains("only hub converts"));
        assert_eq!(with("hub -> contract domain"), "");
    }

    #[test]
    fn a_worker_sees_only_what_it_talks_in_and_nobody_links_a_worker() {
        assert!(wrong(&["hai-net-llm -> contract", "contract ->"]).contains("a worker sees base"));
        assert!(wrong(&["hub -> hai-net-llm", "hai-net-llm ->"]).contains("arrows point down"));
    }

    #[test]
    fn packages_from_outside_stay_with_their_keeper() {
        assert!(wrong(&["hub -> rusqlite"]).contains("which only store may see"));
        assert!(wrong(&["cli -> tauri-build"]).contains("which only hai-net-desktop may see"));
        assert!(wrong(&["hub -> libp2p"]).contains("which only mesh may see"));
        assert!(wrong(&["hub -> rmcp"]).contains("which only tools may see"));
        assert!(wrong(&["machine -> keyring"]).contains("which only vault may see"));
        assert!(wrong(&["hub -> secret-service"]).contains("which only vault may see"));
    }

    #[test]
    fn two_copies_of_ggml_are_found_through_other_packages() {
        let found = wrong(&[
            "acceptance -> engines",
            "engines -> llama-cpp-2 ears",
            "ears -> whisper-rs",
        ]);
        assert!(
            found.contains("acceptance brings in both llama-cpp-2 and whisper-rs"),
            "{found}"
        );
    }

    #[test]
    fn a_package_that_nobody_entered_is_named() {
        assert!(wrong(&["attic ->"]).contains("attic is on no floor"));
    }

    #[test]
    fn tests_never_link_the_window() {
        let found = wrong(&["acceptance -> hai-net-desktop", "hai-net-desktop ->"]);
        assert!(found.contains("never links them"), "{found}");
    }

    #[test]
    fn the_ui_sees_base_and_contract_only() {
        let graph = Graph::sketch(&["frontend -> base contract leptos", "bindgen -> anyhow"]);
        assert_eq!(check_frontend(&graph), Vec::<String>::new());
        let graph = Graph::sketch(&["frontend -> hub", "bindgen -> contract"]);
        assert_eq!(check_frontend(&graph).len(), 2);
    }
}
