//! A row of each thing that agents know, may do and did: for what must carry, or remove, all of them.

use base::{AgentId, CallId, DocumentId, MemoryId, NoteId, ReminderId};
use serde_json::json;
use store::{
    AgentEvent, AuditEntry, AuditFilter, AuditKind, AuditLink, Chunk, DocumentRow, Embedding,
    FeedEntry, FeedFilter, FolderAccess, GrantedFolder, HybridSearch, JournalAppend, McpServerRow,
    MemoryFilter, MemoryRow, MemorySource, NoteFilter, NoteRow, Permission, PermissionRow,
    ReminderFilter, ReminderRow, Store, StoreError, Transaction, TreeId,
};

use crate::{at, unique};

/// What was put in.
pub(crate) struct Everything {
    tree: TreeId,
    call: CallId,
    chain: AuditLink,
    signed: store::AuditHead,
}

pub(crate) fn audit_entry(subject: &str) -> AuditEntry {
    AuditEntry {
        at: at(1),
        kind: AuditKind::Consent,
        actor: "person".to_owned(),
        subject: subject.to_owned(),
        digest: None,
        details: Default::default(),
    }
}

fn meaning() -> Embedding {
    Embedding {
        model: "small".to_owned(),
        values: vec![1.0, 2.0],
    }
}

fn search() -> HybridSearch {
    HybridSearch {
        text: "bread".to_owned(),
        embedding: Some(meaning()),
        limit: 9,
    }
}

impl Everything {
    pub(crate) async fn fill(store: &Store) -> Self {
        let tree = AgentId::new(at(1), unique()).into();
        let call = CallId::new(at(1), unique());
        let appended = store
            .append_events(JournalAppend {
                tree,
                events: vec![AgentEvent {
                    at: at(1),
                    kind: "said".to_owned(),
                    event: json!({"text": "bread"}),
                }],
                finished: None,
                audit: vec![audit_entry("one"), audit_entry("two")],
                feed: vec![FeedEntry {
                    at: at(1),
                    kind: "did".to_owned(),
                    conversation: None,
                    agent: None,
                    call: Some(call),
                    text: "Baked bread".to_owned(),
                    translations: [("de".to_owned(), "Brot gebacken".to_owned())].into(),
                    undo: Some(json!({"eat": true})),
                }],
            })
            .await
            .expect("appended");
        let later = base::Timestamp::from_millis(at(1).as_millis() + 2 * 86_400_000);
        let signed = store.unsigned_heads(later).await.expect("read")[0];
        store.save_head(signed, vec![1, 2]).await.expect("signed");
        store
            .perform_once(call, at(1), |together| {
                together.save_note(&note())?;
                together.save_reminder(&reminder())?;
                together.add_memory(&memory(), Some(&meaning()))?;
                allow(together)?;
                Ok(json!("done"))
            })
            .await
            .expect("done");
        let numbers = store
            .add_document(document(), vec![chunk()])
            .await
            .expect("added");
        let meanings = numbers.into_iter().map(|number| (number, meaning()));
        store
            .set_chunk_embeddings(meanings.collect())
            .await
            .expect("set");
        Self {
            tree,
            call,
            chain: appended.audit.expect("it was added to"),
            signed,
        }
    }

    pub(crate) async fn is_in(&self, store: &Store) {
        assert_eq!(counts(store).await, [1; 11]);
        assert_eq!(store.events(self.tree, 0, 9).await.expect("read").len(), 1);
        let outcome = store.action_outcome(self.call).await.expect("read");
        assert_eq!(outcome, Some(json!("done")));
        let signed = self.signed;
        let report = store
            .verify_audit(move |head, signature| *head == signed && signature == [1, 2])
            .await
            .expect("walked");
        assert_eq!(
            (report.fault, report.to, report.signed_days),
            (None, self.chain, 1)
        );
        let memories = store.search_memories(search()).await.expect("searched");
        assert!(memories[0].fit.by_words && memories[0].fit.cosine.is_some());
        let chunks = store
            .search_documents(search(), None)
            .await
            .expect("searched");
        assert!(chunks[0].fit.by_words && chunks[0].fit.cosine.is_some());
    }

    pub(crate) async fn is_not_in(store: &Store) {
        assert_eq!(counts(store).await, [0; 11]);
        let filter = AuditFilter {
            limit: 9,
            ..AuditFilter::default()
        };
        assert_eq!(store.read_audit(filter).await.expect("read"), []);
        assert_eq!(store.export_audit().await.expect("begun").heads(), []);
    }
}

/// How many there are of each thing; of the feed also by its words.
async fn counts(store: &Store) -> [usize; 11] {
    let limit = 9;
    let words = || Some("bread".to_owned());
    let feed = FeedFilter {
        text: words(),
        limit,
        ..FeedFilter::default()
    };
    let notes = NoteFilter {
        search: words(),
        limit,
        ..NoteFilter::default()
    };
    let memories = MemoryFilter {
        search: words(),
        limit,
        ..MemoryFilter::default()
    };
    let reminders = ReminderFilter {
        limit,
        ..ReminderFilter::default()
    };
    [
        store.read_feed(feed).await.expect("read").len(),
        store.unfinished_trees().await.expect("read").len(),
        store.permissions().await.expect("read").len(),
        store.granted_folders().await.expect("read").len(),
        store.mcp_servers().await.expect("read").len(),
        store.memories(memories).await.expect("read").len(),
        store.search_memories(search()).await.expect("read").len(),
        store.documents(None).await.expect("read").len(),
        store
            .search_documents(search(), None)
            .await
            .expect("read")
            .len(),
        store.notes(notes).await.expect("read").len(),
        store.reminders(reminders).await.expect("read").len(),
    ]
}

/// What a person has allowed.
fn allow(together: &Transaction<'_>) -> Result<(), StoreError> {
    together.set_permission(&PermissionRow {
        tool: "bake".to_owned(),
        scope: String::new(),
        conversation: None,
        choice: Permission::Always,
        changed: at(1),
    })?;
    together.grant_folder(&GrantedFolder {
        path: "/bread".to_owned(),
        access: FolderAccess::Read,
        granted: at(1),
    })?;
    together.save_mcp_server(&McpServerRow {
        name: "oven".to_owned(),
        start: json!({}),
        enabled: true,
        permissions: json!({}),
        tools: json!([]),
        changed: at(1),
    })
}

fn note() -> NoteRow {
    NoteRow {
        id: NoteId::new(at(1), [1; 10]),
        title: "Bread".to_owned(),
        text: "Flour".to_owned(),
        tags: vec!["kitchen".to_owned()],
        created: at(1),
        updated: at(1),
    }
}

fn reminder() -> ReminderRow {
    ReminderRow {
        id: ReminderId::new(at(1), [1; 10]),
        text: "bread".to_owned(),
        due: at(1),
        created: at(1),
        done: None,
        told: None,
    }
}

fn memory() -> MemoryRow {
    MemoryRow {
        id: MemoryId::new(at(1), [1; 10]),
        text: "Bakes bread".to_owned(),
        kind: "habit".to_owned(),
        source: MemorySource::Person,
        created: at(1),
        updated: at(1),
        used: None,
    }
}

fn document() -> DocumentRow {
    DocumentRow {
        id: DocumentId::new(at(1), [1; 10]),
        name: "bread.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: 5,
        sha256: [1; 32],
        conversation: None,
        added: at(1),
    }
}

fn chunk() -> Chunk {
    Chunk {
        text: "bread".to_owned(),
        start: 0,
        end: 5,
        page: None,
    }
}
