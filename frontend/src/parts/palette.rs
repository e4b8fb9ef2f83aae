//! Every verb of the program in one list that is searched by typing.

use contract::conversation::ExportFormat;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::conversation_list::title_or_none;
use super::{Dialog, Icon, icon, tabs};
use crate::app::{App, Overlay, Section, app};
use crate::page;
use crate::route::Tab;
use crate::words::Words;

/// The most conversations that the list offers at once.
const CONVERSATIONS_MAX: usize = 30;

/// A verb.
#[derive(Clone)]
struct Verb {
    symbol: Icon,
    name: String,
    run: Callback<()>,
}

fn verb(symbol: Icon, name: impl Into<String>, run: impl Fn() + Send + Sync + 'static) -> Verb {
    Verb {
        symbol,
        name: name.into(),
        run: Callback::new(move |()| run()),
    }
}

/// All verbs that make sense now.
fn verbs(app: App) -> Vec<Verb> {
    let words = app.words();
    let mut all = vec![verb(Icon::Plus, words.new_conversation, move || {
        app.begin_conversation();
    })];
    all.extend(verbs_of_conversation(app, words));
    all.push(verb(Icon::Search, words.search_conversations, move || {
        app.list_open.set(page::is_narrow());
        page::after_drawing(|| {
            page::focus("[data-testid=conversation-search]");
        });
    }));
    for tab in Tab::ALL {
        let name = (words.palette_go)(tabs::title(tab, words));
        all.push(verb(Icon::Right, name, move || app.go(tab)));
    }
    for section in Section::ALL {
        let place = format!("{}, {}", words.tab_settings, section.title(words));
        let name = (words.palette_go)(&place);
        all.push(verb(Icon::Settings, name, move || {
            app.go_to_section(section);
        }));
    }
    for (theme, name) in [
        ("system", words.theme_system),
        ("light", words.theme_light),
        ("dark", words.theme_dark),
        ("contrast", words.theme_contrast),
    ] {
        let name = (words.palette_theme)(name);
        all.push(verb(Icon::Palette, name, move || {
            app.change_quietly("ui.theme", theme);
        }));
    }
    for (tag, name) in [
        ("system", words.language_system),
        ("en", words.language_english),
        ("de", words.language_german),
    ] {
        let name = (words.palette_language)(name);
        all.push(verb(Icon::Info, name, move || {
            app.change_quietly("ui.language", tag);
        }));
    }
    all.push(verb(Icon::Lock, words.owner.lock_now, move || app.lock()));
    all.push(verb(Icon::Data, words.owner.backup_now, move || {
        app.go_to_section(Section::You);
        app.back_up(None);
    }));
    all.push(verb(Icon::Chip, words.palette_unload, move || app.unload()));
    let is_paused = app.logbook.with(|log| log.paused().is_some());
    let pause = if is_paused {
        words.logs_resume
    } else {
        words.logs_pause
    };
    let pause = format!("{}: {pause}", words.tab_logs);
    all.push(verb(Icon::Pause, pause, move || {
        app.logbook.update(|log| log.pause(!is_paused));
    }));
    all.push(verb(Icon::Keyboard, words.palette_keys, move || {
        app.overlay.set(Some(Overlay::Keys));
    }));
    let known = app.shelf.with(|shelf| shelf.conversations.clone());
    for one in known.into_iter().take(CONVERSATIONS_MAX) {
        let name = (words.palette_open)(&title_or_none(&one.title, app));
        all.push(verb(Icon::Message, name, move || {
            app.open_conversation(one.id);
        }));
    }
    all
}

fn verbs_of_conversation(app: App, words: &'static Words) -> Vec<Verb> {
    let mut all = Vec::new();
    if app.writing().is_some() {
        all.push(verb(Icon::Stop, words.palette_stop, move || {
            app.stop_answer();
        }));
    }
    let Some((id, title)) = app.thread.with(|thread| {
        thread
            .view()
            .map(|view| (view.id, title_or_none(&view.title, app)))
    }) else {
        return all;
    };
    if app.writing().is_none() {
        all.push(verb(Icon::Again, words.palette_again, move || {
            app.answer_last_again();
        }));
    }
    all.push(verb(Icon::Copy, words.palette_copy_last, move || {
        let text = app
            .thread
            .with_untracked(|it| it.last_answer().map(|it| it.text.clone()));
        app.copy(text.unwrap_or_default());
    }));
    let (to_rename, to_delete) = (title.clone(), title);
    all.push(verb(
        Icon::Pencil,
        (words.rename_named)(&to_rename),
        move || {
            app.overlay
                .set(Some(Overlay::Rename(id, to_rename.clone())));
        },
    ));
    all.push(verb(
        Icon::Trash,
        (words.delete_named)(&to_delete),
        move || {
            app.overlay
                .set(Some(Overlay::Delete(id, to_delete.clone())));
        },
    ));
    all.push(verb(Icon::Copy, words.copy_markdown, move || {
        app.copy_conversation(id);
    }));
    all.push(verb(Icon::Download, words.export_markdown, move || {
        app.export(id, ExportFormat::Markdown);
    }));
    all.push(verb(Icon::Download, words.export_json, move || {
        app.export(id, ExportFormat::Json);
    }));
    all
}

/// Whether every word that was typed stands somewhere in the name.
fn fits(name: &str, typed: &str) -> bool {
    let name = name.to_lowercase();
    typed
        .to_lowercase()
        .split_whitespace()
        .all(|word| name.contains(word))
}

/// The list of verbs with its search.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let app = app();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new_with_compare(
        move |_| {
            let typed = typed.get();
            let fitting = verbs(app)
                .into_iter()
                .filter(|verb| fits(&verb.name, &typed));
            fitting.collect::<Vec<_>>()
        },
        |_, _| true,
    );
    let on_key = move |event: KeyboardEvent| {
        let here = at.get_untracked();
        if event.key() == "Enter" {
            event.prevent_default();
            if let Some(verb) = found.with_untracked(|all| all.get(here).cloned()) {
                run(app, &verb);
            }
        } else if let Some(there) = beside(&event.key(), here, found.with_untracked(Vec::len)) {
            event.prevent_default();
            at.set(there);
            page::after_drawing(move || show_option(there));
        }
    };
    view! {
        <Dialog
            title=Signal::derive(move || app.words().palette_title.to_owned())
            close=move || app.overlay.set(None)
            class="palette"
        >
            <input
                type="text"
                class="palette-input"
                data-testid="palette"
                role="combobox"
                autofocus
                aria-expanded="true"
                aria-controls="palette-list"
                aria-autocomplete="list"
                aria-activedescendant=move || {
                    found.with(|all| !all.is_empty()).then(|| format!("palette-{}", at.get()))
                }
                aria-label=move || app.words().palette_hint
                placeholder=move || app.words().palette_hint
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    at.set(0);
                }
                on:keydown=on_key
            />
            <ul
                id="palette-list"
                class="palette-list"
                role="listbox"
                aria-label=move || app.words().palette_title
            >
                {move || options(app, found.get(), at)}
            </ul>
        </Dialog>
    }
}

/// Does it. First away with the list: the verb may open something else in its place.
fn run(app: App, verb: &Verb) {
    app.overlay.set(None);
    verb.run.run(());
}

/// The place that a key leads to from `here`, among `count`.
fn beside(key: &str, here: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowDown" if here >= last => Some(0),
        "ArrowDown" => Some(here + 1),
        "ArrowUp" if here == 0 => Some(last),
        "ArrowUp" => Some(here - 1),
        _ => None,
    }
}

fn options(app: App, all: Vec<Verb>, at: RwSignal<usize>) -> AnyView {
    if all.is_empty() {
        return view! { <li class="muted palette-none">{app.words().palette_none}</li> }.into_any();
    }
    let options = all.into_iter().enumerate().map(|(place, verb)| {
        let name = verb.name.clone();
        let symbol = verb.symbol;
        view! {
            <li
                role="option"
                id=format!("palette-{place}")
                class="palette-option"
                aria-selected=move || (at.get() == place).to_string()
                on:mousemove=move |_| {
                    if at.get_untracked() != place {
                        at.set(place);
                    }
                }
                on:click=move |_| run(app, &verb)
            >
                {icon(symbol)}
                <span>{name}</span>
            </li>
        }
    });
    options.collect_view().into_any()
}

fn show_option(place: usize) {
    let found = page::document().and_then(|it| it.get_element_by_id(&format!("palette-{place}")));
    if let Some(option) = found {
        let how = web_sys::ScrollIntoViewOptions::new();
        how.set_block(web_sys::ScrollLogicalPosition::Nearest);
        option.scroll_into_view_with_scroll_into_view_options(&how);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_typed_word_has_to_fit_in_any_order_and_case() {
        assert!(fits("Go to Settings, Models", "mod SET"));
        assert!(!fits("Go to Settings, Models", "mod feed"));
        assert!(fits("anything", "  "));
    }

    #[test]
    fn arrows_walk_around_the_list_and_an_empty_list_has_no_place() {
        assert_eq!(beside("ArrowDown", 2, 3), Some(0));
        assert_eq!(beside("ArrowUp", 0, 3), Some(2));
        assert_eq!(beside("ArrowDown", 0, 0), None);
        assert_eq!(beside("a", 0, 3), None);
    }
}
