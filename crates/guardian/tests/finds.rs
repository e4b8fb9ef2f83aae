//! What the detector finds, and what it leaves alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use guardian::{Action, Detector, Kind, Memory, OwnWords, Policy};

fn spans(text: &str) -> Vec<(Kind, String)> {
    spans_with(&Detector::default(), text)
}

fn spans_with(detector: &Detector, text: &str) -> Vec<(Kind, String)> {
    let letters: Vec<char> = text.chars().collect();
    let scan = detector.scan(text, &mut Memory::new()).unwrap();
    scan.spans
        .iter()
        .map(|span| (span.kind, letters[span.start..span.end].iter().collect()))
        .collect()
}

#[track_caller]
fn finds(text: &str, kind: Kind, value: &str) {
    let found = spans(text);
    assert!(
        found.contains(&(kind, value.to_owned())),
        "{kind:?} {value:?} in {text:?}, found {found:?}"
    );
}

#[track_caller]
fn leaves(text: &str) {
    assert_eq!(spans(text), [], "{text:?} tells of nobody");
}

#[test]
fn mail_addresses_are_found_with_all_letters_that_the_standard_allows() {
    finds(
        "write to john.o'neil+x@mail.example.co.uk.",
        Kind::Email,
        "john.o'neil+x@mail.example.co.uk",
    );
    finds(
        "<jürgen@müller.example>",
        Kind::Email,
        "jürgen@müller.example",
    );
    finds(
        "john (at) example (dot) com",
        Kind::Email,
        "john (at) example (dot) com",
    );
    finds(
        "mail john[at]example[dot]com now",
        Kind::Email,
        "john[at]example[dot]com",
    );
    leaves("meet @ noon, use @mention and user@host");
}

#[test]
fn phones_are_found_in_international_and_national_forms() {
    for phone in [
        "+49 170 1234567",
        "+49 (0)30 901820",
        "+1 415 555 2671",
        "(415) 555-2671",
        "415-555-2671",
        "415.555.2671",
        "+1-212-555-0198x123",
        "001-212-555-0198",
        "0033 1 42 68 53 00",
        "01 42 68 53 00",
        "030 / 901820 12",
        "+44 20 7946 0958",
        "020 7946 0958",
        "+34 612 345 678",
        "+48 123 456 789",
        "+55 11 91234-5678",
        "070-123 45 67",
        "+91 98765 43210",
        "+81 3-1234-5678",
    ] {
        finds(&format!("please call {phone} today"), Kind::Phone, phone);
    }
    finds("tel: 612 34 56 78", Kind::Phone, "612 34 56 78");
    finds("dzwoń: 123 456 789", Kind::Phone, "123 456 789");
}

#[test]
fn cards_and_accounts_need_a_right_check_digit() {
    finds(
        "card 4111 1111 1111 1111",
        Kind::Card,
        "4111 1111 1111 1111",
    );
    finds("5500-0000-0000-0004", Kind::Card, "5500-0000-0000-0004");
    finds("378282246310005", Kind::Card, "378282246310005");
    leaves("4111 1111 1111 1112 is no card");
    finds(
        "DE89 3704 0044 0532 0130 00",
        Kind::Iban,
        "DE89 3704 0044 0532 0130 00",
    );
    finds(
        "gb82west12345698765432",
        Kind::Iban,
        "gb82west12345698765432",
    );
    assert!(
        !spans("DE88370400440532013000")
            .iter()
            .any(|(kind, _)| *kind == Kind::Iban)
    );
}

#[test]
fn national_ids_of_many_countries_are_found() {
    for (text, value) in [
        ("SSN 536-90-4399", "536-90-4399"),
        ("Steuer-ID 86095742719", "86095742719"),
        ("NIR 2 55 08 14 168 025 38", "2 55 08 14 168 025 38"),
        ("BSN 111222333", "111222333"),
        ("PESEL 44051401359", "44051401359"),
        ("CPF 111.444.777-35", "111.444.777-35"),
        ("DNI 12345678Z", "12345678Z"),
        ("NIE X1234567L", "X1234567L"),
        ("CF RSSMRA85T10A562S", "RSSMRA85T10A562S"),
        ("NINO AB 12 34 56 C", "AB 12 34 56 C"),
        ("NHS number 943 476 5919", "943 476 5919"),
        ("personnummer 811218-9876", "811218-9876"),
        ("AHV 756.9217.0769.85", "756.9217.0769.85"),
    ] {
        finds(text, Kind::NationalId, value);
    }
}

#[test]
fn addresses_of_machines_and_places_are_found() {
    finds("ping 203.0.113.7 now", Kind::Ip, "203.0.113.7");
    finds(
        "at 2001:db8::8a2e:370:7334.",
        Kind::Ip,
        "2001:db8::8a2e:370:7334",
    );
    finds("eth0 00:1a:2b:3c:4d:5e", Kind::Mac, "00:1a:2b:3c:4d:5e");
    finds("00-1A-2B-3C-4D-5E", Kind::Mac, "00-1A-2B-3C-4D-5E");
    finds(
        "we are at 48.13715, 11.57612 now",
        Kind::Coordinates,
        "48.13715, 11.57612",
    );
    finds(
        "48°08'14.0\"N 11°34'34.0\"E",
        Kind::Coordinates,
        "48°08'14.0\"N 11°34'34.0\"E",
    );
    leaves("at 12:30:45 version 1.2.3.4 of std::vec came out on 127.0.0.1");
}

#[test]
fn dates_are_days_of_birth_only_where_the_text_says_so() {
    finds("born on March 12, 1980", Kind::BirthDate, "March 12, 1980");
    finds("geboren am 12.03.1980", Kind::BirthDate, "12.03.1980");
    finds("née le 12 mars 1980", Kind::BirthDate, "12 mars 1980");
    finds(
        "fecha de nacimiento: 12 de marzo de 1980",
        Kind::BirthDate,
        "12 de marzo de 1980",
    );
    finds("DOB 1980-03-12", Kind::BirthDate, "1980-03-12");
    leaves("the meeting is on 2024-03-12, not on 12.03.2024");
}

#[test]
fn secrets_are_found_and_block() {
    for (text, kind) in [
        ("sk-abcdEFGH1234ijklMNOP5678", Kind::ApiKey),
        ("ghp_abcdefghij0123456789ABCDEFGHIJ012345", Kind::ApiKey),
        ("AKIAIOSFODNN7EXAMPLE", Kind::ApiKey),
        ("xoxb-123456789012-abcdefGHIJ", Kind::ApiKey),
        ("hai_sk_0123456789abcdef", Kind::ApiKey),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            Kind::Jwt,
        ),
        ("password: hunter2!", Kind::Password),
        ("DB_PASSWORD=correct-horse-9", Kind::Password),
        ("https://anna:geheim99@git.example.com/x", Kind::UrlSecret),
        (
            "https://x.example/a?page=2&access_token=a1b2c3d4e5",
            Kind::UrlSecret,
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
            Kind::PrivateKey,
        ),
        (
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
            Kind::SeedPhrase,
        ),
        (
            "1. legal 2. winner 3. thank 4. year 5. wave 6. sausage 7. worth 8. useful 9. legal 10. winner 11. thank 12. yellow",
            Kind::SeedPhrase,
        ),
    ] {
        let scan = Detector::default().scan(text, &mut Memory::new()).unwrap();
        let found = scan.findings.iter().any(|found| found.kind == kind);
        assert!(found, "{kind:?} in {text:?}: {:?}", scan.spans);
        assert_eq!(scan.action(), Some(Action::Block), "{text:?} opens a door");
    }
}

#[test]
fn eleven_recovery_words_are_ordinary_text() {
    leaves("legal winner thank year wave sausage worth useful legal winner thank");
}

#[test]
fn random_letters_are_found_by_their_entropy() {
    finds(
        "value a8F3kZ9qLm2XcV7bN1tR5yU0wQ4e",
        Kind::HighEntropy,
        "a8F3kZ9qLm2XcV7bN1tR5yU0wQ4e",
    );
    leaves("InternationalisationOfTheWholeProgramTakesLong");
    leaves("commit 9fceb02d0ae598e95dc970b74767f19372d61af8");
}

#[test]
fn users_of_home_folders_are_found() {
    finds("see /home/anneliese/x.txt", Kind::UserName, "anneliese");
    finds("C:\\Users\\jdoe42\\Desktop", Kind::UserName, "jdoe42");
    leaves("see /home/user/x and /Users/Shared/y");
}

#[test]
fn names_are_found_by_lists_titles_and_introductions() {
    finds("yesterday John Smith came", Kind::Person, "John Smith");
    finds("ask Dr. Zorblax about it", Kind::Person, "Zorblax");
    finds("my name is Zorblax Quux.", Kind::Person, "Zorblax Quux");
    finds(
        "je m'appelle Bérénice Dupont",
        Kind::Person,
        "Bérénice Dupont",
    );
    finds(
        "sold to Ludwig van Beethoven for a song",
        Kind::Person,
        "Ludwig van Beethoven",
    );
    leaves("The Bridge was built in May. Will it hold? Mark the date.");
    // What the model is told before every conversation, and this program's own name.
    leaves("You are a helpful AI assistant named HAI.");
    leaves("Use the program named HAI-Net.");
}

#[test]
fn postal_addresses_are_found_in_several_habits() {
    for address in [
        "742 Evergreen Terrace, Springfield, IL 62704",
        "Hauptstraße 5, 80331 München",
        "12, rue de la Paix, 75002 Paris",
        "Calle Mayor 3, 28013 Madrid",
        "ul. Długa 7, 00-238 Warszawa",
        "10 Downing Street, London SW1A 2AA",
    ] {
        finds(&format!("it goes to {address}."), Kind::Address, address);
    }
}

fn own(words: &[&str]) -> Detector {
    Detector::new(
        Policy::default(),
        OwnWords::new(words.iter().copied()).unwrap(),
    )
}

#[test]
fn own_words_are_found_in_any_disguise() {
    let detector = own(&["Zoltan Kővári", "Gänseblümchenweg"]);
    for text in [
        "zoltan kovari",
        "ZOLTAN KŐVÁRI",
        "zoltan.kovari",
        "ZoltanKovari",
        "z o l t a n k o v a r i",
        "Zoltan\u{200b} Kő\u{ad}vári",
        "Zolta\u{301}n Kova\u{301}ri",
        "ｚｏｌｔａｎ　ｋｏｖａｒｉ",
        "zoltan_kovari_1987",
        "mbygna xbinev",
        "Z-o-l-t-a-n K-ő-v-á-r-i",
        "em9sdGFuIGtvdmFyaQ==",
        "7a6f6c74616e206b6f76617269",
        "zoltan%20k%C5%91v%C3%A1ri",
        "gaensebluemchenweg",
        "Gansebluemchen-Weg",
    ] {
        let found = spans_with(&detector, &format!("it is {text} here"));
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        assert_eq!(found[0].0, Kind::OwnWord, "{text:?}");
    }
    assert_eq!(spans_with(&detector, "zoltan kovac walks"), []);
}

#[test]
fn short_own_words_are_not_put_together_from_parts_of_others() {
    let detector = own(&["Ana", "May"]);
    assert_eq!(spans_with(&detector, "an apple may fall"), []);
    assert_eq!(spans_with(&detector, "so ana said").len(), 1);
    assert_eq!(spans_with(&detector, "so May said").len(), 1);
}

#[test]
fn digits_and_letters_of_other_scripts_are_read() {
    for card in [
        "４１１１ １１１１ １１１１ １１１１",
        "٤١١١١١١١١١١١١١١١",
        "4\u{200b}111\u{200d}111111111111",
        "𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏",
    ] {
        finds(&format!("card {card} end"), Kind::Card, card);
    }
    finds("mail john＠example．com", Kind::Email, "john＠example．com");
}

#[test]
fn encodings_are_looked_through() {
    for text in [
        "am9obkBleGFtcGxlLmNvbQ==",
        "6a6f686e406578616d706c652e636f6d",
        "john%40example.com",
        "john\\u0040example.com",
        "john&#64;example.com",
        "wbua@rknzcyr.pbz",
        "Ym05aWIyUjVRR1Y0WVcxd2JHVXVZMjl0",
    ] {
        let found = spans(&format!("see {text} there"));
        assert_eq!(
            found.first().map(|found| found.0),
            Some(Kind::Email),
            "{text:?}: {found:?}"
        );
    }
    let found = spans("zl anzr vf Wbua Fzvgu naq V yvir urer");
    assert!(
        found.contains(&(Kind::Person, "Wbua Fzvgu".to_owned())),
        "{found:?}"
    );
}

#[test]
fn a_value_seen_once_is_found_everywhere_later() {
    let (detector, mut memory) = (Detector::default(), Memory::new());
    let before = detector.scan("Quuxling was here", &mut memory).unwrap();
    assert_eq!(before.spans, []);
    detector
        .scan("my name is Zorblax Quuxling.", &mut memory)
        .unwrap();
    for text in [
        "so quuxling was here",
        "call ZORBLAX QUUXLING",
        "zorblaxquuxling",
    ] {
        let after = detector.scan(text, &mut memory).unwrap();
        assert_eq!(after.kinds(), [Kind::Person], "{text:?}");
    }
}

#[test]
fn the_strongest_action_wins_where_findings_overlap() {
    let policy = Policy::default().with(Kind::Email, Action::Allow);
    let detector = Detector::new(policy, OwnWords::new(["kovari"]).unwrap());
    let scan = detector
        .scan("to kovari@example.com", &mut Memory::new())
        .unwrap();
    assert_eq!(scan.spans.len(), 1);
    assert_eq!(
        (scan.spans[0].kind, scan.spans[0].action),
        (Kind::OwnWord, Action::Mask)
    );
}

#[test]
fn plain_text_in_many_languages_is_left_alone() {
    for text in [
        "The meeting takes about 45 minutes and ends at 16:30.",
        "It costs 1,299.00 dollars, or 1.299,00 euros.",
        "The town has 123 456 inhabitants; see page 345.",
        "550e8400-e29b-41d4-a716-446655440000",
        "for i in range(100): print(i * 3 + 1)",
        "The password is wrong, try another one.",
        "Die Sitzung dauert 45 Minuten.",
        "東京は日本の首都です。",
        "Σήμερα βρέχει.",
    ] {
        leaves(text);
    }
}
