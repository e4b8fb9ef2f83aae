//! The servers of tools: what there is, and a form for another one.

use contract::Fault;
use contract::server::{
    AddToolServer, CheckToolServer, Given, ListToolServers, ServerState, ToolServerList,
    ToolServerView, Way, WayView,
};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, Overlay, app};
use crate::parts::{FaultCard, Icon, Refusal, Skeleton, icon};
use crate::words::KeepWords;

type Found = RwSignal<Option<Result<ToolServerList, Fault>>>;

/// The servers, and a form for another one.
#[component]
pub(super) fn Servers() -> impl IntoView {
    let app = app();
    let found: Found = RwSignal::new(None);
    Effect::new(move |_| {
        app.servers_changed.track();
        spawn_local(read(app, found));
    });
    let again = Callback::new(move |()| spawn_local(read(app, found)));
    view! {
        {move || match found.get() {
            None => view! { <Skeleton /> }.into_any(),
            Some(Err(fault)) => view! { <FaultCard fault again /> }.into_any(),
            Some(Ok(list)) if list.servers.is_empty() => {
                view! { <p class="muted">{app.words().keeps.servers_none}</p> }.into_any()
            }
            Some(Ok(list)) => {
                let lines = list.servers.into_iter().map(|server| line(app, server));
                view! { <ul class="cards">{lines.collect_view()}</ul> }.into_any()
            }
        }}
        <Add />
    }
}

async fn read(app: App, found: Found) {
    let answer = app.ask(ListToolServers {}).await;
    // The section may be left by then.
    found.try_set(Some(answer.map_err(|fault| app.heed(fault))));
}

fn line(app: App, server: ToolServerView) -> AnyView {
    let keeps = app.words().keeps;
    let (to_check, to_remove) = (server.name.clone(), server.name.clone());
    let busy = RwSignal::new(false);
    let check = move |_| {
        let name = to_check.clone();
        busy.set(true);
        spawn_local(async move {
            if let Err(fault) = app.ask(CheckToolServer { name }).await {
                app.tell_fault(&app.heed(fault));
            }
            busy.try_set(false);
            app.servers_changed.update(|count| *count += 1);
        });
    };
    let remove = move |_| {
        let overlay = Overlay::RemoveToolServer(to_remove.clone());
        app.overlay.set(Some(overlay));
    };
    let place = place_of(&server.way);
    let gets = gets_of(&server.way);
    let is_program = matches!(server.way, WayView::Program { .. });
    view! {
        <li class="card" data-testid="tool-server" data-name=server.name.clone()>
            <div class="card-words">
                <p class="card-title">
                    {icon(if is_program { Icon::Laptop } else { Icon::Share })}
                    {server.name.clone()}
                </p>
                <p class="small"><code>{place}</code></p>
                <p class="muted small">{state_words(keeps, &server)}</p>
                {(!gets.is_empty())
                    .then(|| view! { <p class="muted small">{(keeps.server_gets)(&gets)}</p> })}
                {server.fault.clone().map(|fault| view! { <FaultCard fault /> })}
            </div>
            <button
                type="button"
                class="quiet"
                data-testid="tool-server-check"
                aria-label=(keeps.server_check_named)(&server.name)
                disabled=move || busy.get()
                on:click=check
            >
                {keeps.server_check}
            </button>
            <button
                type="button"
                class="quiet"
                data-testid="tool-server-remove"
                aria-label=(keeps.server_remove_named)(&server.name)
                on:click=remove
            >
                {keeps.server_remove}
            </button>
        </li>
    }
    .into_any()
}

/// The command line or the address.
fn place_of(way: &WayView) -> String {
    match way {
        WayView::Program {
            program, arguments, ..
        } => {
            let mut words = vec![program.as_str()];
            words.extend(arguments.iter().map(String::as_str));
            words.join(" ")
        }
        WayView::Site { address, .. } => address.clone(),
    }
}

/// The names of the values that it gets; the values are never shown.
fn gets_of(way: &WayView) -> String {
    match way {
        WayView::Program { environment, .. } => environment.join(", "),
        WayView::Site { headers, .. } => headers.join(", "),
    }
}

fn state_words(keeps: &KeepWords, server: &ToolServerView) -> String {
    let state = match server.state {
        ServerState::Resting => keeps.server_resting,
        ServerState::Connected => keeps.server_connected,
        ServerState::Failed => keeps.server_failed,
    };
    let tools = (keeps.server_tools)(server.tools.len() as u64);
    format!("{state} · {tools}")
}

/// Lines of a field that say something.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// Reads `NAME=VALUE`, one a line; the name alone stands for an empty value.
fn given(text: &str) -> Vec<Given> {
    let one = |line: String| {
        let (name, value) = line.split_once('=').unwrap_or((&line, ""));
        Given {
            name: name.trim().to_owned(),
            value: value.trim().into(),
        }
    };
    lines(text).into_iter().map(one).collect()
}

/// The form. What it holds is forgotten once the server is added.
#[component]
fn Add() -> impl IntoView {
    let app = app();
    let is_site = RwSignal::new(false);
    let form = NodeRef::<html::Form>::new();
    let (name, place) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (arguments, values) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let this_device = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let refusal = RwSignal::new(None::<Fault>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let place_now = place.get_untracked().trim().to_owned();
        let way = if is_site.get_untracked() {
            Way::Site {
                address: place_now,
                this_device: this_device.get_untracked(),
                headers: given(&values.get_untracked()),
            }
        } else {
            Way::Program {
                program: place_now,
                arguments: lines(&arguments.get_untracked()),
                environment: given(&values.get_untracked()),
            }
        };
        let ask = AddToolServer {
            name: name.get_untracked().trim().to_owned(),
            way,
        };
        busy.set(true);
        refusal.set(None);
        spawn_local(async move {
            let answer = app.ask(ask).await;
            busy.try_set(false);
            match answer {
                Ok(server) => {
                    app.tell((app.words_now().keeps.server_added)(&server.name));
                    for field in [name, place, arguments, values] {
                        field.try_set(String::new());
                    }
                    app.servers_changed.update(|count| *count += 1);
                }
                Err(fault) => {
                    refusal.try_set(Some(app.heed(fault)));
                }
            }
        });
    };
    let keeps = move || app.words().keeps;
    view! {
        <form class="stack" node_ref=form on:submit=submit data-testid="tool-server-form">
            <h4>{move || keeps().server_new}</h4>
            <label class="field">
                <span>{move || keeps().server_name}</span>
                {text_input(name, "tool-server-name", || "weather")}
            </label>
            <label class="field">
                <span>{move || keeps().server_kind}</span>
                <select
                    data-testid="tool-server-kind"
                    on:change=move |event| is_site.set(event_target_value(&event) == "site")
                >
                    <option value="program">{move || keeps().server_kind_program}</option>
                    <option value="site">{move || keeps().server_kind_site}</option>
                </select>
            </label>
            <p class="small" id="tool-server-about" role="note">
                {icon(Icon::Warning)} " "
                {move || {
                    if is_site.get() { keeps().server_site_about } else { keeps().server_program_about }
                }}
            </p>
            <label class="field">
                <span>
                    {move || {
                        if is_site.get() { keeps().server_address } else { keeps().server_program }
                    }}
                </span>
                {text_input(
                    place,
                    "tool-server-place",
                    move || if is_site.get() { "https://example.org/mcp" } else { "/usr/bin/weather" },
                )}
            </label>
            {move || {
                (!is_site.get())
                    .then(|| lines_field(arguments, "tool-server-arguments", move || keeps().server_arguments))
            }}
            {lines_field(
                values,
                "tool-server-values",
                move || if is_site.get() { keeps().server_headers } else { keeps().server_environment },
            )}
            {move || {
                is_site
                    .get()
                    .then(|| {
                        view! {
                            <label class="check small">
                                <input
                                    type="checkbox"
                                    prop:checked=move || this_device.get()
                                    on:change=move |event| {
                                        this_device.set(event_target_checked(&event));
                                    }
                                />
                                <span>{move || keeps().server_this_device}</span>
                            </label>
                        }
                    })
            }}
            <button type="submit" data-testid="tool-server-add" disabled=move || busy.get()>
                {icon(Icon::Plus)}
                {move || if busy.get() { keeps().server_adding } else { keeps().server_add }}
            </button>
        </form>
        <Refusal refusal hook="tool-server-refusal" />
    }
}

fn text_input(
    text: RwSignal<String>,
    hook: &'static str,
    hint: impl Fn() -> &'static str + Send + 'static,
) -> AnyView {
    view! {
        <input
            type="text"
            required
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-describedby="tool-server-about"
            data-testid=hook
            placeholder=hint
            prop:value=move || text.get()
            on:input=move |event| text.set(event_target_value(&event))
        />
    }
    .into_any()
}

fn lines_field(
    text: RwSignal<String>,
    hook: &'static str,
    label: impl Fn() -> &'static str + Send + 'static,
) -> AnyView {
    view! {
        <label class="field">
            <span>{label}</span>
            <textarea
                rows="2"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                data-testid=hook
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn values_are_read_one_a_line_and_may_hold_the_sign_between() {
        let read = given("KEY=a=b\n\n  MODE = fast \nBARE");
        let read: Vec<_> = read
            .iter()
            .map(|one| (one.name.as_str(), one.value.expose()))
            .collect();
        assert_eq!(read, [("KEY", "a=b"), ("MODE", "fast"), ("BARE", "")]);
        assert_eq!(
            lines("--fast\n \n--in my folder\n"),
            ["--fast", "--in my folder"]
        );
    }

    #[test]
    fn server_is_told_by_its_place_and_state_and_the_names_of_what_it_gets() {
        let server = ToolServerView {
            name: "weather".to_owned(),
            way: WayView::Program {
                program: "weather".to_owned(),
                arguments: vec!["--fast".to_owned()],
                environment: vec!["KEY".to_owned(), "MODE".to_owned()],
            },
            state: ServerState::Connected,
            fault: None,
            tools: Vec::new(),
        };
        assert_eq!(place_of(&server.way), "weather --fast");
        assert_eq!(gets_of(&server.way), "KEY, MODE");
        let english = Language::English.words().keeps;
        assert_eq!(state_words(english, &server), "running · no tools");
    }
}
