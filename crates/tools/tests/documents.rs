//! Documents of each kind, honest and hostile.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write as _;
use std::time::{Duration, Instant};

use lopdf::content::{Content, Operation};
use lopdf::{Document as Pdf, Object, Stream, dictionary};
use tools::documents::{DOCUMENT_BYTES_MAX, Document, DocumentError, MediaType, read};

fn check(document: &Document) {
    for chunk in &document.chunks {
        assert_eq!(&document.text[chunk.start..chunk.end], chunk.text);
    }
}

#[test]
fn a_text_is_read_and_called_by_its_files_name() {
    let document = read("letter.txt", "Grüße\r\n\r\nund mehr".as_bytes()).unwrap();
    check(&document);
    assert_eq!(document.title, "letter.txt");
    assert_eq!(document.media_type, MediaType::Text);
    assert_eq!(document.chunks[0].text, "Grüße\n\nund mehr");
    assert_eq!((document.chunks.len(), document.chunks[0].page), (1, None));
}

#[test]
fn a_page_and_a_list_of_notes_are_called_by_their_own_titles() {
    let page = read(
        "x.html",
        b"<title>Weather</title><script>no</script><p>Rain",
    )
    .unwrap();
    assert_eq!(
        (page.title.as_str(), page.text.as_str()),
        ("Weather", "Rain")
    );
    let notes = read("x.md", b"intro\n# Trip\n\n* pack").unwrap();
    assert_eq!(
        (notes.title.as_str(), notes.media_type),
        ("Trip", MediaType::Markdown)
    );
}

#[test]
fn a_table_can_be_understood_from_any_of_its_pieces() {
    let mut table = "city,people\n".to_owned();
    for number in 0..200 {
        table.push_str(&format!("Town {number},{}\n", number * 1000));
    }
    let document = read("towns.csv", table.as_bytes()).unwrap();
    check(&document);
    let last = document.chunks.last().unwrap();
    assert!(
        last.text.ends_with("city: Town 199; people: 199000"),
        "{last:?}"
    );
}

#[test]
fn the_content_decides_before_the_name_does() {
    for (name, bytes, kind) in [
        ("a.txt", &b"%PDF-1.7\n"[..], Some(MediaType::Pdf)),
        ("a.txt", b"\n <!DOCTYPE html><p>", Some(MediaType::Html)),
        ("a.CSV", b"a,b", Some(MediaType::Csv)),
        ("noname", b"words", Some(MediaType::Text)),
        ("a.pdf", b"words", Some(MediaType::Text)),
        ("a.txt", b"\x7fELF\x02\x01\x01\0", None),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0", None),
        ("a.zip", b"PK\x03\x04\0\0", None),
    ] {
        assert_eq!(MediaType::of(name, bytes), kind, "{name}");
    }
    assert!(matches!(
        read("a.zip", b"PK\x03\x04\0\0"),
        Err(DocumentError::UnknownKind)
    ));
}

#[test]
fn what_says_nothing_or_too_much_is_told() {
    assert!(matches!(read("a.txt", b" \n"), Err(DocumentError::Empty)));
    let large = vec![b'a'; DOCUMENT_BYTES_MAX + 1];
    assert!(matches!(
        read("a.txt", &large),
        Err(DocumentError::TooLarge { .. })
    ));
    let long = read("a.txt", &"word ".repeat(3_000_000).into_bytes()).unwrap();
    assert!(long.cut);
    check(&long);
}

/// A PDF with a page for each list of operations.
fn pdf(pages: Vec<Vec<Operation>>) -> Pdf {
    let mut pdf = Pdf::with_version("1.5");
    let tree = pdf.new_object_id();
    let font = pdf.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica",
        "Encoding" => "WinAnsiEncoding",
    });
    let resources = pdf.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let kids: Vec<Object> = pages
        .into_iter()
        .map(|operations| {
            let content = Content { operations }.encode().unwrap();
            let content = pdf.add_object(Stream::new(dictionary! {}, content));
            let page = pdf.add_object(dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
                "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            });
            page.into()
        })
        .collect();
    let count = i64::try_from(kids.len()).unwrap();
    pdf.objects.insert(
        tree,
        Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }),
    );
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    let info = pdf.add_object(dictionary! { "Title" => Object::string_literal("The title") });
    pdf.trailer.set("Root", catalog);
    pdf.trailer.set("Info", info);
    pdf
}

fn bytes(mut pdf: Pdf) -> Vec<u8> {
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    bytes
}

fn words(lines: &[(i64, i64, &str)]) -> Vec<Operation> {
    let mut operations = vec![
        Operation::new("BT", vec![]),
        Operation::new("Tf", vec!["F1".into(), 12.into()]),
    ];
    for (x, y, text) in lines {
        let place = [1, 0, 0, 1, *x, *y].map(Object::from).to_vec();
        operations.push(Operation::new("Tm", place));
        operations.push(Operation::new("Tj", vec![Object::string_literal(*text)]));
    }
    operations.push(Operation::new("ET", vec![]));
    operations
}

#[test]
fn a_pdf_is_read_page_by_page_in_words_lines_and_paragraphs() {
    let first = words(&[
        (50, 800, "Dear"),
        (90, 800, "friend,"),
        (50, 786, "a second line"),
        (50, 740, "A paragraph"),
    ]);
    let second = vec![
        Operation::new("BT", vec![]),
        Operation::new("Tf", vec!["F1".into(), 10.into()]),
        Operation::new("TL", vec![12.into()]),
        Operation::new("Td", vec![50.into(), 700.into()]),
        Operation::new(
            "TJ",
            vec![Object::Array(vec![
                Object::string_literal("Wor"),
                20.into(),
                Object::string_literal("d"),
                (-400).into(),
                Object::string_literal("gap"),
            ])],
        ),
        Operation::new(
            "'",
            vec![Object::String(
                b"caf\xe9".to_vec(),
                lopdf::StringFormat::Literal,
            )],
        ),
        Operation::new("ET", vec![]),
    ];
    let document = read("x.pdf", &bytes(pdf(vec![first, second]))).unwrap();
    check(&document);
    assert_eq!(
        (document.title.as_str(), document.cut),
        ("The title", false)
    );
    let pages: Vec<_> = document
        .chunks
        .iter()
        .map(|chunk| (chunk.page, chunk.text.as_str()))
        .collect();
    assert_eq!(
        pages[0],
        (Some(1), "Dear friend,\na second line\n\nA paragraph")
    );
    assert_eq!(pages[1], (Some(2), "Word gap\ncaf\u{e9}"));
}

#[test]
fn packed_objects_and_forms_inside_pages_are_read() {
    let mut made = pdf(vec![vec![Operation::new("Do", vec!["X".into()])]]);
    let page = made.page_iter().next().unwrap();
    let inner = Content {
        operations: words(&[(10, 10, "inside a form")]),
    };
    let mut form = Stream::new(
        dictionary! { "Type" => "XObject", "Subtype" => "Form" },
        inner.encode().unwrap(),
    );
    form.compress().unwrap();
    let form = made.add_object(form);
    let resources = made
        .get_dictionary(page)
        .unwrap()
        .get(b"Resources")
        .unwrap();
    let resources = resources.as_reference().unwrap();
    let resources = made.get_dictionary_mut(resources).unwrap();
    resources.set("XObject", dictionary! { "X" => form });
    let mut packed = Vec::new();
    made.save_modern(&mut packed).unwrap();
    assert!(
        packed.windows(6).any(|window| window == b"ObjStm"),
        "the file has its objects in streams"
    );
    let document = read("x.pdf", &packed).unwrap();
    assert_eq!(document.text.trim(), "inside a form");
    assert_eq!(document.title, "The title");
}

#[test]
fn a_form_that_contains_itself_ends() {
    let mut made = pdf(vec![
        words(&[(10, 10, "before")])
            .into_iter()
            .chain([Operation::new("Do", vec!["X".into()])])
            .collect(),
    ]);
    let form = made.new_object_id();
    let operations = vec![Operation::new("Do", vec!["X".into()]); 50];
    let content = Content { operations }.encode().unwrap();
    let stream = Stream::new(
        dictionary! {
            "Subtype" => "Form", "Resources" => dictionary! { "XObject" => dictionary! { "X" => form } },
        },
        content,
    );
    made.objects.insert(form, Object::Stream(stream));
    let page = made.page_iter().next().unwrap();
    let resources = made
        .get_dictionary(page)
        .unwrap()
        .get(b"Resources")
        .unwrap();
    let resources = resources.as_reference().unwrap();
    let resources = made.get_dictionary_mut(resources).unwrap();
    resources.set("XObject", dictionary! { "X" => form });
    let document = read("x.pdf", &bytes(made)).unwrap();
    assert_eq!(document.text.trim(), "before");
    assert!(document.cut, "and it says that something is missing");
}

#[test]
fn a_locked_pdf_and_a_scanned_one_are_told() {
    let empty = bytes(pdf(vec![vec![]]));
    assert!(matches!(read("x.pdf", &empty), Err(DocumentError::Empty)));
    let mut locked = raw(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[]/Count 0>>".to_vec(),
    ]);
    let at = locked
        .windows(7)
        .rposition(|window| window == b"trailer")
        .unwrap();
    let end = locked[at..]
        .windows(2)
        .position(|window| window == b"<<")
        .unwrap()
        + at
        + 2;
    locked.splice(end..end, *b" /#45ncrypt 99 0 R ");
    assert!(matches!(read("x.pdf", &locked), Err(DocumentError::Locked)));
}

/// Packs bytes as PDF does.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PDF out of raw objects, with a table of where they are.
fn raw(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.5\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        pdf.extend_from_slice(object);
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let start = pdf.len();
    let trailer = format!("trailer\n<</Root 1 0 R /Size {}>>", objects.len() + 1);
    pdf.extend_from_slice(format!("{table}{trailer}\nstartxref\n{start}\n%%EOF").as_bytes());
    pdf
}

fn stream(dict: &str, content: &[u8]) -> Vec<u8> {
    let mut stream = format!("<<{dict} /Length {}>>\nstream\n", content.len()).into_bytes();
    stream.extend_from_slice(content);
    stream.extend_from_slice(b"\nendstream");
    stream
}

fn with_content(content: Vec<u8>) -> Vec<u8> {
    raw(&[
        b"<</Type /Catalog /Pages 2 0 R>>".to_vec(),
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>".to_vec(),
        b"<</Type /Page /Parent 2 0 R /Contents 4 0 R>>".to_vec(),
        content,
    ])
}

#[test]
fn pdfs_that_are_made_to_break_readers_are_errors_and_end_in_time() {
    let bomb = packed(&vec![b' '; 200 * 1024 * 1024]);
    let deep = [vec![b'['; 1_000_000], vec![b']'; 1_000_000]].concat();
    let many = b"0 ".repeat(10_000_000);
    // A hundred thousand objects that all begin at the same long list.
    let list = [b"[".to_vec(), b"0 ".repeat(1_000_000), b"]".to_vec()].concat();
    let index: String = (10..100_000).map(|number| format!("{number} 0 ")).collect();
    let over = stream(
        &format!(
            "/Type /ObjStm /N 99990 /First {} /Filter /FlateDecode",
            index.len()
        ),
        &packed(&[index.as_bytes(), &list].concat()),
    );
    // The same with brackets of strings, each of which would reach to the end.
    let strings: String = (0..50_000)
        .map(|number| format!("{} {number} ", number + 10))
        .collect();
    let open = stream(
        &format!("/Type /ObjStm /N 50000 /First {}", strings.len()),
        &[
            strings.as_bytes(),
            &b"(".repeat(50_000)[..],
            &b")".repeat(50_000)[..],
        ]
        .concat(),
    );
    let circle = raw(&[
        b"<</Type /Catalog /Pages 2 0 R>>".to_vec(),
        b"<</Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R /Count 9999999>>".to_vec(),
    ]);
    for (name, bytes) in [
        (
            "a bomb",
            with_content(stream("/Filter /FlateDecode", &bomb)),
        ),
        (
            "a bomb of bombs",
            with_content(stream(
                "/Filter [/FlateDecode /FlateDecode]",
                &packed(&bomb),
            )),
        ),
        ("deep lists", with_content(deep)),
        ("many numbers", with_content(stream("", &many))),
        ("objects over each other", with_content(over)),
        ("strings over each other", with_content(open)),
        ("a tree that is a circle", circle),
        ("nothing", b"%PDF-1.7".to_vec()),
        (
            "a wrong table",
            b"%PDF-1.7\nstartxref\n99999999999999999999\n%%EOF".to_vec(),
        ),
        (
            "a stream without end",
            with_content(b"<</Length 99999999999>>\nstream\n".to_vec()),
        ),
    ] {
        let begun = Instant::now();
        let refused = read("x.pdf", &bytes);
        assert!(refused.is_err(), "{name}: {refused:?}");
        assert!(
            begun.elapsed() < Duration::from_secs(40),
            "{name} took {:?}",
            begun.elapsed()
        );
        let held = held_mib();
        assert!(held < 1500, "{name} made us hold {held} MiB");
    }
}

/// The most memory that this process ever held.
fn held_mib() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return 0;
    };
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

#[test]
fn broken_pdfs_are_errors_or_documents_and_nothing_else() {
    let whole = bytes(pdf(vec![words(&[
        (50, 800, "Dear friend,"),
        (50, 786, "a line"),
    ])]));
    let mut seed = 7_u32;
    for _ in 0..300 {
        let mut broken = whole.clone();
        for _ in 0..8 {
            // A small generator of its own: the same damage in every run.
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % broken.len();
            broken[at] = seed.to_be_bytes()[0];
        }
        if let Ok(document) = read("x.pdf", &broken) {
            check(&document);
        }
    }
    for end in (0..whole.len()).step_by(37) {
        if let Ok(document) = read("x.pdf", &whole[..end]) {
            check(&document);
        }
    }
}
