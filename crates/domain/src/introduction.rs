//! The first conversation: the AI introduces itself, asks about the person, and sets up what it may do.
//!
//! What it says here is the program's own text and true of this program; a small model would make things
//! up. What the person answers comes back as a message of one line for each question, and is read by the
//! questions' own words.

use crate::language::Language;

/// What may be asked about the web.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Each address is asked for.
    Ask,
    /// No page is fetched.
    Never,
}

/// What the person answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// How the person wants to be called.
    pub name: Option<String>,
    /// What the person likes or works on.
    pub likes: Option<String>,
    /// What the AI may help with.
    pub help: Option<Help>,
    /// Whether pages may be fetched.
    pub pages: Option<Pages>,
}

/// What the AI may help with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Help {
    /// Days and reminders.
    Day,
    /// Learning.
    Learning,
    /// Writing.
    Writing,
    /// Documents and files.
    Documents,
}

impl Help {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Day, Self::Learning, Self::Writing, Self::Documents];
}

impl Pages {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Ask, Self::Never];
}

/// The words of one language.
#[derive(Debug)]
pub struct Words {
    /// What it says of itself. `{model}` stands for the name of the model.
    pub greeting: &'static str,
    /// The title of the questions.
    pub title: &'static str,
    /// The question for a name.
    pub name: &'static str,
    /// The question for likes.
    pub likes: &'static str,
    /// The question for help.
    pub help: &'static str,
    /// The question about the web.
    pub pages: &'static str,
    /// What each help is called, as in [`Help::ALL`].
    pub helps: [&'static str; 4],
    /// What each answer about the web is called, as in [`Pages::ALL`].
    pub pages_answers: [&'static str; 2],
}

/// English.
const ENGLISH: Words = Words {
    greeting: "Hello, I am your AI. The model that speaks here is {model}, and it runs on this device: what \
        you write stays here.\n\nI can answer and write, keep reminders and notes, remember what you tell me, \
        look into documents and folders that you give me, read a page of the web when you allow it, and give \
        parts of larger work to helpers. Before something is changed or leaves this device, I ask you. The \
        model is small, so check what matters.\n\nTell me about you, only what you like. I remember it on this \
        device; you can see, change and delete it in Settings.",
    title: "About you",
    name: "What should I call you?",
    likes: "What do you like or work on?",
    help: "What may I help you with?",
    pages: "May I read pages of the web?",
    helps: [
        "Organizing my day",
        "Learning something",
        "Writing",
        "My documents and files",
    ],
    pages_answers: ["Ask me each time", "No"],
};

/// German.
const GERMAN: Words = Words {
    greeting: "Hallo, ich bin deine KI. Das Modell, das hier spricht, ist {model}, und es läuft auf diesem \
        Gerät: Was du schreibst, bleibt hier.\n\nIch kann antworten und schreiben, Erinnerungen und Notizen \
        führen, mir merken, was du mir sagst, in Dokumente und Ordner sehen, die du mir gibst, eine Seite im \
        Netz lesen, wenn du es erlaubst, und Teile größerer Arbeit an Helfer geben. Bevor etwas geändert wird \
        oder dieses Gerät verlässt, frage ich dich. Das Modell ist klein, prüfe also nach, was wichtig \
        ist.\n\nErzähl mir von dir, nur was du magst. Ich merke es mir auf diesem Gerät; du kannst es in den \
        Einstellungen sehen, ändern und löschen.",
    title: "Über dich",
    name: "Wie soll ich dich nennen?",
    likes: "Was magst du, woran arbeitest du?",
    help: "Wobei darf ich dir helfen?",
    pages: "Darf ich Seiten im Netz lesen?",
    helps: [
        "Meinen Tag planen",
        "Etwas lernen",
        "Schreiben",
        "Meine Dokumente und Dateien",
    ],
    pages_answers: ["Frag mich jedes Mal", "Nein"],
};

impl Language {
    /// The words of the introduction.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

/// Reads a message that answers the questions; `None` where it is no such message.
///
/// Every line must answer one of the questions, in their order, so that words of the person that happen to
/// begin like one are not taken for answers.
#[must_use]
pub fn read(message: &str) -> Option<(Language, Answers)> {
    Language::ALL
        .into_iter()
        .find_map(|language| Some((language, answers(message, language.words())?)))
}

fn answers(message: &str, words: &Words) -> Option<Answers> {
    let mut answers = Answers::default();
    let mut questions = [words.name, words.likes, words.help, words.pages]
        .into_iter()
        .enumerate();
    let mut lines = message.trim().lines().peekable();
    lines.peek()?;
    for line in lines {
        let (place, answer) = questions.find_map(|(place, question)| {
            let answer = line.strip_prefix(question)?.strip_prefix(':')?;
            Some((place, answer.trim()))
        })?;
        let chosen = |options: &[&str]| options.iter().position(|option| *option == answer);
        match place {
            0 => answers.name = Some(answer.to_owned()),
            1 => answers.likes = Some(answer.to_owned()),
            2 => answers.help = Some(Help::ALL[chosen(&words.helps)?]),
            _ => answers.pages = Some(Pages::ALL[chosen(&words.pages_answers)?]),
        }
    }
    Some(answers)
}

/// What is to be remembered of the answers, each a sentence in the person's language.
#[must_use]
pub fn facts(language: Language, answers: &Answers) -> Vec<String> {
    let help = answers.help.map(|help| {
        let place = Help::ALL.iter().position(|one| *one == help);
        language.words().helps[place.expect("ALL has every one")]
    });
    let (name, likes, wish) = match language {
        Language::English => ("My name is", "I like or work on", "I want help with"),
        Language::German => (
            "Ich heiße",
            "Ich mag oder arbeite an",
            "Ich möchte Hilfe bei",
        ),
    };
    [
        answers
            .name
            .as_deref()
            .map(|told| format!("{name} {told}.")),
        answers
            .likes
            .as_deref()
            .map(|told| format!("{likes}: {told}")),
        help.map(|help| format!("{wish}: {help}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the AI says to the answers: what it does with them, and what to try next.
#[must_use]
pub fn reply(language: Language, answers: &Answers, facts: &[String]) -> String {
    let mut paragraphs = Vec::new();
    let is_german = language == Language::German;
    paragraphs.push(match (&answers.name, is_german) {
        (Some(name), false) => format!("Good to meet you, {name}."),
        (Some(name), true) => format!("Schön, dich kennenzulernen, {name}."),
        (None, false) => "Thank you.".to_owned(),
        (None, true) => "Danke.".to_owned(),
    });
    if !facts.is_empty() {
        let head = match is_german {
            false => "I remember:",
            true => "Ich merke mir:",
        };
        paragraphs.push(format!("{head}\n\n- {}", facts.join("\n- ")));
    }
    if let Some(pages) = answers.pages {
        let told = match (pages, is_german) {
            (Pages::Ask, false) => "Pages of the web: I ask you for each address.",
            (Pages::Ask, true) => "Seiten im Netz: Ich frage dich bei jeder Adresse.",
            (Pages::Never, false) => "Pages of the web: I fetch none.",
            (Pages::Never, true) => "Seiten im Netz: Ich rufe keine ab.",
        };
        paragraphs.push(told.to_owned());
    }
    paragraphs.push(next(answers.help, is_german).to_owned());
    paragraphs.join("\n\n")
}

/// What to try next, in words that really lead to something.
fn next(help: Option<Help>, is_german: bool) -> &'static str {
    match (help, is_german) {
        (Some(Help::Day) | None, false) => {
            "Try next: “Help me organize my day”, or “Remind me in 20 minutes to stretch”."
        }
        (Some(Help::Day) | None, true) => {
            "Versuch als Nächstes: „Hilf mir, meinen Tag zu planen“ oder „Erinnere mich in 20 Minuten ans \
             Strecken“."
        }
        (Some(Help::Learning), false) => "Try next: “Teach me something new”.",
        (Some(Help::Learning), true) => "Versuch als Nächstes: „Bring mir etwas Neues bei“.",
        (Some(Help::Writing), false) => {
            "Try next: “Write a friendly two-line note that thanks a neighbour”, or “Make a note: …”."
        }
        (Some(Help::Writing), true) => {
            "Versuch als Nächstes: „Schreib zwei freundliche Zeilen, die einem Nachbarn danken“ oder \
             „Notiere: …“."
        }
        (Some(Help::Documents), false) => {
            "Try next: drop a document into this conversation and ask “What is in my documents about …?”. \
             Folders that I may look into you choose in Settings, under API and tools."
        }
        (Some(Help::Documents), true) => {
            "Versuch als Nächstes: Zieh ein Dokument in dieses Gespräch und frag „Was steht in dem Dokument \
             über …?“. Ordner, in die ich sehen darf, wählst du in den Einstellungen unter API und Werkzeuge."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_by_the_questions_words_in_both_languages() {
        for language in Language::ALL {
            let words = language.words();
            let message = format!(
                "{}: Ada\n{}: bees and engines\n{}: {}\n{}: {}",
                words.name,
                words.likes,
                words.help,
                words.helps[1],
                words.pages,
                words.pages_answers[1],
            );
            let (read_in, answers) = read(&message).expect("it answers");
            assert_eq!(read_in, language);
            assert_eq!(answers.name.as_deref(), Some("Ada"));
            assert_eq!(answers.likes.as_deref(), Some("bees and engines"));
            assert_eq!(answers.help, Some(Help::Learning));
            assert_eq!(answers.pages, Some(Pages::Never));
            assert_eq!(facts(language, &answers).len(), 3);
        }
    }

    #[test]
    fn only_what_was_answered_is_remembered() {
        let message = format!("{}: Ada", ENGLISH.name);
        let (language, answers) = read(&message).expect("one answer is enough");
        assert_eq!(facts(language, &answers), ["My name is Ada."]);
        let reply = reply(language, &answers, &facts(language, &answers));
        assert!(
            reply.contains("Ada") && !reply.contains("Pages of the web"),
            "{reply}"
        );
    }

    #[test]
    fn other_messages_are_no_answers() {
        let name = ENGLISH.name;
        for message in [
            String::new(),
            "What should I call you? HAL?".to_owned(),
            format!("{name}: Ada\nAnd what is the capital of France?"),
            format!("{name}: Ada\n{name}: Bob"),
            format!("{}: everything", ENGLISH.pages),
        ] {
            assert_eq!(read(&message), None, "{message:?}");
        }
    }

    #[test]
    fn what_is_suggested_next_leads_somewhere() {
        for (help, asked) in [
            (Help::Day, "Help me organize my day"),
            (Help::Learning, "Teach me something new"),
            (Help::Documents, "What is in my documents about"),
        ] {
            assert!(next(Some(help), false).contains(asked));
            assert!(!crate::intent::read(asked).is_plain(), "{asked}");
        }
    }
}
