//! What the AI may do: its tools, and the folders that are open to it.

mod folders;
mod servers;

use contract::Fault;
use contract::approval::{ListTools, Permission, SetToolPermission, ToolList, ToolView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::folders::Folders;
use self::servers::Servers;
use crate::app::{App, app};
use crate::parts::{FaultCard, Icon, Skeleton, icon};
use crate::words::KeepWords;

/// The section.
#[component]
pub(super) fn May() -> impl IntoView {
    let app = app();
    view! {
        <h3>{move || app.words().keeps.tools}</h3>
        <p class="muted small">{move || app.words().keeps.tools_about}</p>
        <Tools />
        <h3>{move || app.words().keeps.servers}</h3>
        <p class="muted small">{move || app.words().keeps.servers_about}</p>
        <Servers />
        <h3>{move || app.words().keeps.folders}</h3>
        <p class="muted small">{move || app.words().keeps.folders_about}</p>
        <Folders />
    }
}

#[component]
fn Tools() -> impl IntoView {
    let app = app();
    let found = RwSignal::new(None::<Result<ToolList, Fault>>);
    let read = move || {
        spawn_local(async move {
            let answer = app.ask(ListTools {}).await;
            // The section may be left by then.
            found.try_set(Some(answer.map_err(|fault| app.heed(fault))));
        });
    };
    Effect::new(move |_| {
        // “Always” and “Never” of an approval change what is shown here.
        app.approvals.track();
        // Servers bring tools, and take them away.
        app.servers_changed.track();
        read();
    });
    let again = Callback::new(move |()| read());
    let set = Callback::new(move |(tool, permission): (String, Permission)| {
        spawn_local(async move {
            let ask = SetToolPermission {
                tool: tool.clone(),
                permission,
            };
            match app.ask(ask).await {
                Ok(_) => {
                    let keeps = app.words_now().keeps;
                    app.tell((keeps.permission_saved)(
                        &tool,
                        permission_words(keeps, permission),
                    ));
                }
                Err(fault) => app.tell_fault(&app.heed(fault)),
            }
            read();
        });
    });
    move || match found.get() {
        None => view! { <Skeleton /> }.into_any(),
        Some(Err(fault)) => view! { <FaultCard fault again /> }.into_any(),
        Some(Ok(list)) if list.tools.is_empty() => {
            view! { <p class="muted">{app.words().keeps.tools_none}</p> }.into_any()
        }
        Some(Ok(list)) => {
            let lines = list.tools.into_iter().map(|tool| line(app, tool, set));
            view! { <ul class="cards">{lines.collect_view()}</ul> }.into_any()
        }
    }
}

fn line(app: App, tool: ToolView, set: Callback<(String, Permission)>) -> AnyView {
    let keeps = app.words().keeps;
    let name = tool.name.clone();
    let options = Permission::ALL.into_iter().map(|permission| {
        view! {
            <option value=permission.name() selected=permission == tool.permission>
                {permission_words(keeps, permission)}
            </option>
        }
    });
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let chosen = Permission::ALL
            .into_iter()
            .find(|permission| permission.name() == chosen);
        if let Some(permission) = chosen {
            set.run((name.clone(), permission));
        }
    };
    view! {
        <li class="card" data-testid="tool" data-tool=tool.name.clone()>
            <div class="card-words">
                <p class="card-title">
                    {icon(if tool.leaves { Icon::Share } else { Icon::Chip })}
                    {tool.name.clone()}
                </p>
                <p class="small">{tool.about.clone()}</p>
                <p class="muted small">{tool_words(keeps, &tool)}</p>
            </div>
            <select
                class="permission"
                aria-label=(keeps.permission_named)(&tool.name)
                on:change=choose
            >
                {options.collect_view()}
            </select>
        </li>
    }
    .into_any()
}

/// Whether a tool changes something, and whether something leaves.
fn tool_words(keeps: &KeepWords, tool: &ToolView) -> String {
    let changes = if tool.changes {
        keeps.tool_changes
    } else {
        keeps.tool_looks
    };
    let leaves = if tool.leaves {
        keeps.tool_leaves
    } else {
        keeps.tool_stays
    };
    format!("{changes} · {leaves}")
}

fn permission_words(keeps: &KeepWords, permission: Permission) -> &'static str {
    match permission {
        Permission::Ask => keeps.permission_ask,
        Permission::Always => keeps.permission_always,
        Permission::Never => keeps.permission_never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn tool_says_whether_it_changes_something_and_whether_something_leaves() {
        let mut tool = ToolView {
            name: "web_fetch".to_owned(),
            about: "Reads a page of the web.".to_owned(),
            changes: false,
            leaves: true,
            permission: Permission::Ask,
        };
        let english = Language::English.words().keeps;
        assert_eq!(
            tool_words(english, &tool),
            "only looks · something leaves this device"
        );
        tool.changes = true;
        tool.leaves = false;
        assert_eq!(
            tool_words(Language::German.words().keeps, &tool),
            "ändert etwas · bleibt auf diesem Gerät"
        );
        assert_eq!(permission_words(english, tool.permission), "Ask me");
    }
}
