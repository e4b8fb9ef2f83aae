//! The chain from the inside: every byte of it counts, and every reading goes by an index.

use super::*;
use crate::paging::tests::goes_by_index;

#[test]
fn every_way_to_read_the_chain_goes_by_an_index() {
    let all = AuditFilter {
        before: Some(9),
        limit: 50,
        ..AuditFilter::default()
    };
    for (index, filter) in [
        ("INTEGER PRIMARY KEY", all.clone()),
        (
            "audit_by_kind",
            AuditFilter {
                kinds: AuditKind::ALL.to_vec(),
                ..all.clone()
            },
        ),
        (
            "VIRTUAL TABLE INDEX",
            AuditFilter {
                kinds: vec![AuditKind::Egress],
                text: Some("web".to_owned()),
                ..all
            },
        ),
    ] {
        goes_by_index(query(&filter), index);
    }
}

/// A database in memory with a chain of six rows, and no trigger that would refuse to change it.
fn chain() -> Connection {
    let mut connection = Connection::open_in_memory().expect("memory");
    crate::schema::MIGRATIONS
        .to_latest(&mut connection)
        .expect("schema");
    let entries: Vec<AuditEntry> = (0_u8..6)
        .map(|number| AuditEntry {
            at: Timestamp::from_millis(1_700_000_000_000 + u64::from(number)),
            kind: AuditKind::ALL[usize::from(number)],
            actor: format!("agent:{number}"),
            subject: "web".to_owned(),
            digest: (number % 2 == 0).then_some([number; 32]),
            details: [
                ("bytes".to_owned(), AuditValue::Number(-3)),
                ("host".to_owned(), AuditValue::Text("a \"b\" é".to_owned())),
            ]
            .into(),
        })
        .collect();
    append(&connection, &entries).expect("appended");
    connection
        .execute_batch(
            "DROP TRIGGER audit_rows_stay_the_same; PRAGMA ignore_check_constraints = ON",
        )
        .expect("dropped");
    connection
}

/// All changes of one byte, and some larger ones, of one column of one row.
fn changes(connection: &Connection, number: u64, column: &str) -> Vec<String> {
    let (kind, bytes): (String, Vec<u8>) = connection
        .query_row(
            &format!(
                "SELECT typeof({column}), coalesce(CAST({column} AS BLOB), x'') FROM audit
                 WHERE number = {number}"
            ),
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("read");
    let mut values = Vec::new();
    match kind.as_str() {
        "null" => values.push("zeroblob(32)".to_owned()),
        "integer" => {
            values.extend(
                (0..63).map(|bit| format!("({column} | (1 << {bit})) - ({column} & (1 << {bit}))")),
            );
            values.push(format!("-{column}"));
        }
        kind => {
            for place in 0..bytes.len() {
                for flip in [0x01, 0x20, 0x80] {
                    let mut changed = bytes.clone();
                    changed[place] ^= flip;
                    let hex: String = changed.iter().map(|byte| format!("{byte:02x}")).collect();
                    values.push(format!("CAST(x'{hex}' AS {kind})"));
                }
            }
            values.push(format!("CAST({column} || ' ' AS {kind})"));
            values.push(format!("CAST(x'' AS {kind})"));
        }
    }
    values
        .into_iter()
        .map(|value| format!("UPDATE audit SET {column} = {value} WHERE number = {number}"))
        .collect()
}

#[test]
fn any_changed_byte_of_any_column_of_any_row_is_found_at_its_row() {
    let connection = chain();
    let walked = || verify::walk(&connection, |_, _| true).expect("walked");
    assert_eq!((walked().fault, walked().rows()), (None, 6));
    let mut tried = 0;
    for number in 1..=6 {
        for column in [
            "at", "kind", "actor", "subject", "digest", "details", "hash",
        ] {
            for sql in changes(&connection, number, column) {
                connection.execute_batch("SAVEPOINT change").expect("begun");
                connection.execute_batch(&sql).expect(&sql);
                let found = walked().fault.map(|fault| fault.number);
                assert_eq!(found, Some(number), "{sql}");
                connection
                    .execute_batch("ROLLBACK TO change; RELEASE change")
                    .expect("undone");
                tried += 1;
            }
        }
    }
    assert_eq!((walked().fault, walked().rows()), (None, 6), "as it was");
    assert!(tried > 2_000, "{tried} changes");
}
