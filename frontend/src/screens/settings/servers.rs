//! Servers that bring models of their own: how they are, adding and finding them.

use contract::model_server::{
    AddModelServer, FindModelServers, FoundModelServer, ListModelServers, ModelServerList,
    ModelServerView, OrderModelServers, RemoveModelServer, ServerHealth, ServerKind,
};
use contract::{Fault, Secret};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, app};
use crate::parts::{FaultCard, Icon, Refusal, Skeleton, icon, place_name};

type Listed = RwSignal<Option<Result<ModelServerList, Fault>>>;

/// The servers.
#[component]
pub(super) fn Servers() -> impl IntoView {
    let app = app();
    let listed: Listed = RwSignal::new(None);
    Effect::new(move |_| {
        // Told anew whenever servers, or what is allowed, change.
        app.models.track();
        app.settings.track();
        spawn_local(read(app, listed));
    });
    let again = Callback::new(move |()| spawn_local(read(app, listed)));
    view! {
        <h3>{move || app.words().servers.title}</h3>
        <p class="muted small">{move || app.words().servers.about}</p>
        {move || match listed.get() {
            None => view! { <Skeleton /> }.into_any(),
            Some(Err(fault)) => view! { <FaultCard fault again /> }.into_any(),
            Some(Ok(list)) if list.servers.is_empty() => {
                view! { <p class="muted">{app.words().servers.none}</p> }.into_any()
            }
            Some(Ok(list)) => {
                let names: Vec<String> = list.servers.iter().map(|it| it.name.clone()).collect();
                let lines = list.servers.into_iter().enumerate();
                let lines = lines.map(|(place, server)| line(app, server, place, &names));
                view! { <ul class="cards">{lines.collect_view()}</ul> }.into_any()
            }
        }}
        <Find />
        <Add />
    }
}

async fn read(app: App, listed: Listed) {
    let answer = app.ask(ListModelServers {}).await;
    // The section may be left by then.
    listed.try_set(Some(answer.map_err(|fault| app.heed(fault))));
}

fn line(app: App, server: ModelServerView, place: usize, names: &[String]) -> AnyView {
    let words = app.words();
    let servers = words.servers;
    let (state, mark, models) = match &server.health {
        ServerHealth::Up { models } if models.is_empty() => {
            (servers.up_empty, Icon::Warning, String::new())
        }
        ServerHealth::Up { models } => {
            (servers.up, Icon::Good, (servers.models)(&models.join(", ")))
        }
        ServerHealth::Down { .. } => (servers.down, Icon::Warning, String::new()),
        ServerHealth::Off => (servers.off, Icon::Warning, String::new()),
    };
    let facts = [
        place_name(words, server.place, server.own_device).to_owned(),
        server.address.clone(),
    ];
    let fault = match server.health {
        ServerHealth::Down { fault } => Some(view! { <FaultCard fault /> }),
        ServerHealth::Up { .. } | ServerHealth::Off => None,
    };
    let (to_remove, to_raise) = (server.name.clone(), server.name.clone());
    let order: Vec<String> = std::iter::once(server.name.clone())
        .chain(names.iter().filter(|name| **name != server.name).cloned())
        .collect();
    view! {
        <li class="card" data-testid="model-server" data-name=server.name.clone()>
            <div class="card-words">
                <p class="card-title">{server.name.clone()}</p>
                <p class="small">{icon(mark)} " " {state}</p>
                <p class="muted small">{facts.join(" · ")}</p>
                <p class="muted small">{models}</p>
                {fault}
            </div>
            <div class="row">
                {(place > 0)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                aria-label=(servers.first_named)(&to_raise)
                                on:click=move |_| raise(app, order.clone())
                            >
                                {servers.first}
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="quiet"
                    data-testid="server-remove"
                    aria-label=(servers.remove_named)(&server.name)
                    on:click=move |_| remove(app, to_remove.clone())
                >
                    {icon(Icon::Trash)}
                    {servers.remove}
                </button>
            </div>
        </li>
    }
    .into_any()
}

fn raise(app: App, names: Vec<String>) {
    spawn_local(async move {
        if let Err(fault) = app.ask(OrderModelServers { names }).await {
            app.tell_fault(&app.heed(fault));
        }
    });
}

fn remove(app: App, name: String) {
    spawn_local(async move {
        match app.ask(RemoveModelServer { name: name.clone() }).await {
            Ok(_) => app.tell((app.words_now().servers.removed)(&name)),
            Err(fault) => app.tell_fault(&app.heed(fault)),
        }
    });
}

async fn add(app: App, ask: AddModelServer) -> Result<(), Fault> {
    let server = app.ask(ask).await.map_err(|fault| app.heed(fault))?;
    app.tell((app.words_now().servers.added)(&server.name));
    Ok(())
}

/// Looks for servers on this device when the person asks for it.
#[component]
fn Find() -> impl IntoView {
    let app = app();
    let busy = RwSignal::new(false);
    let found = RwSignal::new(None::<Vec<FoundModelServer>>);
    let find = move |_| {
        busy.set(true);
        spawn_local(async move {
            match app.ask(FindModelServers {}).await {
                Ok(list) => {
                    found.try_set(Some(list.found));
                }
                Err(fault) => app.tell_fault(&app.heed(fault)),
            }
            busy.try_set(false);
        });
    };
    let add_it = move |server: FoundModelServer| {
        spawn_local(async move {
            let address = server.address.clone();
            let ask = AddModelServer {
                name: server.name,
                kind: server.kind,
                address: server.address,
                key: None,
                own_device: false,
            };
            match add(app, ask).await {
                Ok(()) => {
                    found.try_update(|found| {
                        let all = found.iter_mut();
                        all.for_each(|all| all.retain(|it| it.address != address));
                    });
                }
                Err(fault) => app.tell_fault(&fault),
            }
        });
    };
    let card = move |server: FoundModelServer| {
        let words = app.words();
        let models = (words.servers.models)(&server.models.join(", "));
        let name = (words.servers.add_found_named)(&server.name);
        let (shown, named) = (server.name.clone(), server.name.clone());
        let address = server.address.clone();
        view! {
            <li class="card" data-testid="found-server" data-name=named>
                <div class="card-words">
                    <p class="card-title">{shown}</p>
                    <p class="muted small">{address} " · " {models}</p>
                </div>
                <button
                    type="button"
                    data-testid="found-add"
                    aria-label=name
                    on:click=move |_| add_it(server.clone())
                >
                    {icon(Icon::Plus)}
                    {words.servers.add_found}
                </button>
            </li>
        }
    };
    view! {
        <p>
            <button
                type="button"
                data-testid="find-servers"
                disabled=move || busy.get()
                on:click=find
            >
                {move || if busy.get() { app.words().servers.finding } else { app.words().servers.find }}
            </button>
        </p>
        {move || {
            found
                .get()
                .map(|found| {
                    let words = app.words();
                    if found.is_empty() {
                        return view! { <p class="muted" role="status">{words.servers.found_nothing}</p> }
                            .into_any();
                    }
                    let cards = found.into_iter().map(card).collect_view();
                    view! {
                        <h4>{words.servers.found}</h4>
                        <ul class="cards">{cards}</ul>
                    }
                        .into_any()
                })
        }}
    }
}

/// A server at an address that the person knows.
#[component]
fn Add() -> impl IntoView {
    let app = app();
    let (name, address) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let (kind, key) = (
        NodeRef::<html::Select>::new(),
        NodeRef::<html::Input>::new(),
    );
    let own = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let value = |field: NodeRef<html::Input>| {
        let value = field.get_untracked().map(|field| field.value());
        value.unwrap_or_default().trim().to_owned()
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let is_ollama = kind
            .get_untracked()
            .is_some_and(|kind| kind.value() == "ollama");
        let secret = value(key);
        let ask = AddModelServer {
            name: value(name),
            kind: if is_ollama {
                ServerKind::Ollama
            } else {
                ServerKind::Openai
            },
            address: value(address),
            key: (!secret.is_empty()).then(|| Secret::from(secret)),
            own_device: own.get_untracked().is_some_and(|own| own.checked()),
        };
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let added = add(app, ask).await;
            busy.try_set(false);
            match added {
                Ok(()) => {
                    for field in [name, address, key] {
                        if let Some(field) = field.try_get_untracked().flatten() {
                            field.set_value("");
                        }
                    }
                }
                Err(fault) => {
                    refusal.try_set(Some(fault));
                }
            }
        });
    };
    let words = move || app.words().servers;
    view! {
        <h4>{move || words().add_title}</h4>
        <form class="server-form" on:submit=submit>
            <label class="field">
                <span>{move || words().name}</span>
                <input
                    type="text"
                    node_ref=name
                    required
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="server-name"
                    placeholder=move || words().name_hint
                />
            </label>
            <label class="field grow">
                <span>{move || words().address}</span>
                <input
                    type="text"
                    node_ref=address
                    required
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="server-address"
                    placeholder=move || words().address_hint
                />
            </label>
            <label class="field">
                <span>{move || words().kind}</span>
                <select node_ref=kind data-testid="server-kind">
                    <option value="openai">{move || words().kind_openai}</option>
                    <option value="ollama">{move || words().kind_ollama}</option>
                </select>
            </label>
            <label class="field grow">
                <span>{move || words().key}</span>
                <input type="password" node_ref=key autocomplete="off" data-testid="server-key" />
            </label>
            <p class="muted small">{move || words().key_about}</p>
            <label class="check small">
                <input type="checkbox" node_ref=own data-testid="server-own" />
                {move || words().own_device}
            </label>
            <button type="submit" data-testid="server-add" disabled=move || busy.get()>
                {icon(Icon::Plus)}
                {move || words().add}
            </button>
        </form>
        <Refusal refusal hook="server-refused" />
        <p class="muted small">
            {move || words().external_title} ": " {move || words().external_about}
        </p>
    }
}
