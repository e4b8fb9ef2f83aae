//! The documents that the AI was given.

use contract::Fault;
use contract::memory::{DocumentList, DocumentView, ListDocuments};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::{App, Overlay, app};
use crate::clock;
use crate::parts::{FaultCard, Icon, Skeleton, icon};
use crate::state::Amounts;
use crate::words::Words;

/// The documents.
#[component]
pub(super) fn Documents() -> impl IntoView {
    let app = app();
    let found = RwSignal::new(None::<Result<DocumentList, Fault>>);
    let read = move || {
        spawn_local(async move {
            let answer = app.ask(ListDocuments {}).await;
            // The section may be left by then.
            found.try_set(Some(answer.map_err(|fault| app.heed(fault))));
        });
    };
    Effect::new(move |_| {
        app.remembered.track();
        read();
    });
    let again = Callback::new(move |()| read());
    move || match found.get() {
        None => view! { <Skeleton /> }.into_any(),
        Some(Err(fault)) => view! { <FaultCard fault again /> }.into_any(),
        Some(Ok(list)) if list.documents.is_empty() => {
            view! { <p class="muted">{app.words().keeps.documents_none}</p> }.into_any()
        }
        Some(Ok(list)) => {
            let lines = list
                .documents
                .into_iter()
                .map(|document| line(app, document));
            view! { <ul class="cards">{lines.collect_view()}</ul> }.into_any()
        }
    }
}

fn line(app: App, document: DocumentView) -> AnyView {
    let words = app.words();
    let added = clock::short_date(document.added, app.language.get());
    let facts = format!("{added} · {}", document_words(words, &document));
    let (id, name) = (document.id, document.name.clone());
    let remove = move |_| {
        app.overlay
            .set(Some(Overlay::RemoveDocument(id, name.clone())));
    };
    view! {
        <li class="card" data-testid="document">
            <div class="card-words">
                <p class="card-title">{icon(Icon::Clip)} {document.name.clone()}</p>
                <p class="muted small">{facts}</p>
            </div>
            <button
                type="button"
                class="quiet"
                aria-label=(words.keeps.document_remove_named)(&document.name)
                on:click=remove
            >
                {words.keeps.document_remove}
            </button>
        </li>
    }
    .into_any()
}

/// Its size, its pieces, and where it counts.
fn document_words(words: &'static Words, document: &DocumentView) -> String {
    let size = Amounts(words).bytes(base::ByteCount(document.bytes));
    let pieces = (words.keeps.document_pieces)(u64::from(document.chunks));
    let reach = match document.conversation {
        Some(_) => words.keeps.document_for_one,
        None => words.keeps.document_for_all,
    };
    format!("{size} · {pieces} · {reach}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use base::{DocumentId, Timestamp};

    #[test]
    fn document_says_its_size_its_pieces_and_where_it_counts() {
        let document = DocumentView {
            id: DocumentId::from_bytes([1; 16]),
            name: "tale.txt".to_owned(),
            conversation: None,
            bytes: 12_300,
            chunks: 1,
            added: Timestamp::default(),
        };
        assert_eq!(
            document_words(Language::English.words(), &document),
            "12.3 kB · 1 piece · for all conversations"
        );
        assert_eq!(
            document_words(Language::German.words(), &document),
            "12,3 kB · 1 Stück · für alle Gespräche"
        );
    }
}
