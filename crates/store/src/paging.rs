//! One page of a long list, the newest first, found through an index whatever is asked.

use rusqlite::types::Value;

use crate::columns::number;

/// What to take from a table whose rows have ascending numbers.
pub(crate) struct Page {
    /// The table.
    pub(crate) table: &'static str,
    /// Its number, which is its row id.
    pub(crate) number: &'static str,
    /// The full-text index over it.
    pub(crate) words: &'static str,
    /// A query for that index.
    pub(crate) typed: Option<String>,
    /// A column and the values that it may have; no value means any.
    pub(crate) one_of: (&'static str, Vec<Value>),
    /// Columns that must have these values; there is an index with each of them and the number.
    pub(crate) also: Vec<(&'static str, Value)>,
    /// Only rows with a lower number.
    pub(crate) before: Option<u64>,
    /// Only rows with a higher number.
    pub(crate) after: Option<u64>,
    /// How many at most.
    pub(crate) limit: u32,
}

impl Page {
    /// The statement and what is bound to it, by position.
    ///
    /// Words lead where there are any, since they say most. Else one column leads through its index; a
    /// `+` keeps SQLite from trying an index for the others, which it would have to sort.
    pub(crate) fn query(self) -> (String, Vec<Value>) {
        let Self { table, words, .. } = self;
        let id = self.number;
        let (kind, kinds) = &self.one_of;
        let mut values = vec![
            Value::from(self.before.map_or(i64::MAX, number)),
            Value::from(self.limit),
            Value::from(self.after.map_or(-1, number)),
        ];
        let mut bound = |value: &Value| {
            values.push(value.clone());
            format!("?{}", values.len())
        };
        let tail = format!("ORDER BY t.{id} DESC LIMIT ?2");
        if self.typed.is_none() && self.also.is_empty() && !kinds.is_empty() {
            let each: Vec<String> = kinds
                .iter()
                .map(|value| {
                    format!(
                        "SELECT * FROM (SELECT {id} AS found FROM {table}
                         WHERE {kind} = {} AND {id} < ?1 AND {id} > ?3
                         ORDER BY {id} DESC LIMIT ?2)",
                        bound(value)
                    )
                })
                .collect();
            let each = each.join(" UNION ALL ");
            let sql = format!(
                "WITH hits AS ({each} ORDER BY found DESC LIMIT ?2)
                 SELECT t.* FROM hits CROSS JOIN {table} t ON t.{id} = found {tail}"
            );
            return (sql, values);
        }
        let mut leads = self.typed.is_none();
        let mut sql = match &self.typed {
            Some(typed) => format!(
                "SELECT t.* FROM {words} w CROSS JOIN {table} t ON t.{id} = w.rowid
                 WHERE {words} MATCH {} AND w.rowid < ?1 AND w.rowid > ?3",
                bound(&typed.clone().into())
            ),
            None => format!("SELECT t.* FROM {table} t WHERE t.{id} < ?1 AND t.{id} > ?3"),
        };
        for (column, value) in &self.also {
            let plus = if std::mem::take(&mut leads) { "" } else { "+" };
            sql.push_str(&format!(" AND {plus}t.{column} = {}", bound(value)));
        }
        if !kinds.is_empty() {
            let each: Vec<String> = kinds.iter().map(&mut bound).collect();
            sql.push_str(&format!(" AND +t.{kind} IN ({})", each.join(", ")));
        }
        let tail = match &self.typed {
            Some(_) => "ORDER BY w.rowid DESC LIMIT ?2".to_owned(),
            None => tail,
        };
        (format!("{sql} {tail}"), values)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rusqlite::types::Value;
    use rusqlite::{Connection, params_from_iter};

    /// How SQLite would go about a query on an empty database of the newest version.
    pub(crate) fn plan((sql, values): (String, Vec<Value>)) -> Vec<String> {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::schema::MIGRATIONS
            .to_latest(&mut connection)
            .expect("schema");
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect("prepared");
        statement
            .query_map(params_from_iter(values), |row| row.get(3))
            .expect("planned")
            .collect::<rusqlite::Result<_>>()
            .expect("read")
    }

    /// Panics where the plan reads a whole table or sorts what an index could give in order.
    ///
    /// Allowed are: walking the table from its newest row on, which ends with the page; the virtual
    /// table of words, which is an index; and what a union of single pages needs.
    pub(crate) fn goes_by_index(query: (String, Vec<Value>), index: &str) {
        let sql = query.0.clone();
        let steps = plan(query);
        assert!(
            steps.iter().any(|step| step.contains(index)),
            "{index} is not used for {sql}: {steps:#?}"
        );
        for step in &steps {
            let walks = step.starts_with("SCAN ")
                && !["VIRTUAL TABLE", "SCAN hits", "SCAN (subquery"]
                    .iter()
                    .any(|fine| step.contains(fine));
            assert!(!walks, "{step} of {sql}: {steps:#?}");
        }
    }
}
