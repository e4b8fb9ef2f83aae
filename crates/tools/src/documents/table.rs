//! A table as lines that can be read one by one.

/// Rows of a table that are read: a page of a thousand rows is no document any more, a hundred thousand
/// still may be an export.
const ROWS_MAX: usize = 200_000;

/// Each row as one line of `head: value`, so that a piece from the middle can still be understood.
/// Whether rows are missing comes with it.
pub(super) fn lines(text: &str) -> (String, bool) {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .flexible(true)
        .from_reader(text.as_bytes());
    let heads = reader.headers().cloned().unwrap_or_default();
    let mut lines = String::with_capacity(text.len());
    for (count, row) in reader.records().enumerate() {
        if count == ROWS_MAX {
            return (lines, true);
        }
        // The text is UTF-8 and rows may differ in length, so what is left are broken quotes.
        let Ok(row) = row else {
            continue;
        };
        let mut first = true;
        for (column, value) in row.iter().enumerate() {
            let value = crate::html::one_line(value);
            if value.is_empty() {
                continue;
            }
            if !first {
                lines.push_str("; ");
            }
            first = false;
            if let Some(head) = heads.get(column).filter(|head| !head.trim().is_empty()) {
                lines.push_str(head.trim());
                lines.push_str(": ");
            }
            lines.push_str(&value);
            if lines.len() > super::read::TEXT_BYTES_MAX {
                return (lines, true);
            }
        }
        if !first {
            lines.push('\n');
        }
    }
    if lines.is_empty() {
        // Nothing but a head.
        lines = heads.iter().collect::<Vec<_>>().join("; ");
    }
    (lines, false)
}

/// What stands between the values: the one of the three that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|byte| *byte == delimiter).count();
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn rows_become_lines_with_their_heads() {
        let table = "name,age,\"says, quoted\"\nAnn,5,\"two\nlines\"\nBo,,\nlonger,1,2,3\n\n";
        assert_eq!(
            lines(table).0,
            "name: Ann; age: 5; says, quoted: two lines\nname: Bo\n\
             name: longer; age: 1; says, quoted: 2; 3\n"
        );
        assert_eq!(lines("a;b\n1,5;2\n").0, "a: 1,5; b: 2\n");
        assert_eq!(lines("a\tb\n1\t2\n").0, "a: 1; b: 2\n");
        assert_eq!(lines("only,a,head").0, "only; a; head");
        assert_eq!(lines("a,b\n\"never ended").0, "a: never ended\n");
    }
}
