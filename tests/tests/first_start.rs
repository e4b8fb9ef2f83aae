//! The first start, as a person goes through it in a real browser and in the real window: a new
//! identity, and one that is brought back from its words or from a backup.

use acceptance::browser::{Browser, Look};
use acceptance::home::{Home, PASSPHRASE};
use acceptance::hub::Hub;
use acceptance::page::Page;
use acceptance::wait::{self, until_async};
use acceptance::window::Desk;
use contract::identity::{LockVault, ShowIdentity, VaultState};
use fantoccini::Locator;

/// A browser in front of the first start of a hub that nobody owns.
async fn in_front_of(home: Home) -> (Hub, Browser) {
    let hub = home.serve();
    let browser = Browser::start().await;
    let page = &browser.page;
    page.client
        .goto(&hub.sign_in)
        .await
        .expect("the page loads");
    let _ = page.find("setup").await;
    (hub, browser)
}

/// Waits for a screen, and keeps a picture of it.
async fn at(page: &Page, screen: &str) {
    let _ = page
        .find_by(&format!("[data-testid=setup][data-screen={screen}]"))
        .await;
    let place = if page.screen.is_some() { "window-" } else { "" };
    page.picture(&format!("{place}setup-{screen}")).await;
}

async fn language_and_choice(page: &Page, choice: &str) {
    at(page, "language").await;
    page.click("setup-next").await;
    at(page, "choose").await;
    page.click(choice).await;
}

async fn new_passphrase(page: &Page) {
    page.fill("new-passphrase", PASSPHRASE).await;
    page.fill("new-passphrase-again", PASSPHRASE).await;
    let _ = page
        .find_by("[data-testid=strength][data-acceptable=true]")
        .await;
    page.click("setup-next").await;
}

/// From the machine's screen to the first streamed answer.
async fn to_the_first_answer(page: &Page) {
    at(page, "machine").await;
    page.click("setup-next").await;
    at(page, "privacy").await;
    page.click("setup-next").await;
    at(page, "first-answer").await;
    page.fill("first-question", "Say hello.").await;
    page.click("first-send").await;
    let _ = page.ended().await;
}

/// From the language to the recovery words, which it returns.
async fn new_identity(page: &Page) -> Vec<String> {
    language_and_choice(page, "choose-create").await;
    at(page, "name").await;
    page.fill("setup-name", "Marta").await;
    page.click("setup-next").await;
    at(page, "passphrase").await;
    new_passphrase(page).await;
    at(page, "words").await;
    shown_words(page).await
}

/// The recovery words on the screen.
async fn shown_words(page: &Page) -> Vec<String> {
    let _ = page.find("recovery-words").await;
    let script = "return [...document.querySelectorAll('[data-testid=recovery-words] li')]
        .map(one => one.innerText)";
    let shown = page.script(script, Vec::new()).await;
    let cells = shown.as_array().expect("a list").iter();
    let words: Vec<String> = cells
        .filter_map(|cell| cell.as_str())
        .map(|cell| {
            cell.chars()
                .filter(|letter| letter.is_alphabetic())
                .collect()
        })
        .collect();
    assert_eq!(words.len(), 24, "24 words are shown");
    words
}

/// Says the words back that are asked for.
async fn words_back(page: &Page, words: &[String]) {
    page.click("words-written").await;
    at(page, "quiz").await;
    let fields = page
        .client
        .find_all(Locator::Css("[data-testid=quiz-word]"))
        .await
        .expect("fields");
    assert_eq!(fields.len(), 3, "three are asked");
    for field in fields {
        let place = field.attr("data-place").await.expect("an element");
        let place: usize = place.and_then(|it| it.parse().ok()).expect("its place");
        let word = &words[place - 1];
        field.send_keys(word).await.expect("it takes keys");
    }
    page.click("quiz-check").await;
}

/// Where a home's backup lies, and whose it is. Something was said there. The home is kept for the file.
struct BackedUp {
    _home: Home,
    file: String,
    did: String,
}

fn backed_up() -> BackedUp {
    let hub = Home::new().owned().serve();
    let sent = hub.say("The zebra stands by the river.");
    let _ = hub.ended(sent.expect("it is said"));
    let file = hub.home.folder().join("all.age").display().to_string();
    let _ = hub.home.hai_net(&["backup", "create", &file]).ended(0);
    let owner = hub.ask(ShowIdentity {}).expect("always").owner;
    BackedUp {
        _home: hub.home.clone(),
        file,
        did: owner.expect("it is open").did,
    }
}

/// An identity whose words lie before us on paper.
struct WrittenDown {
    words: String,
    did: String,
}

impl WrittenDown {
    fn new() -> Self {
        let first = Home::new();
        let words = first.folder().join("words");
        let named = words.display().to_string();
        let file = first.folder().join("passphrase");
        std::fs::write(&file, PASSPHRASE).expect("the folder can be written");
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("it is ours");
        let first = first.with("HAI_NET_PASSPHRASE_FILE", &file.display().to_string());
        let setup = ["setup", "--non-interactive", "--name", "Marta"];
        let _ = first
            .hai_net(&[&setup[..], &["--words-file", &named]].concat())
            .ended(0);
        let words = std::fs::read_to_string(words).expect("the words were written");
        let hub = first.serve();
        let owner = hub.ask(ShowIdentity {}).expect("always").owner;
        Self {
            words: words.trim().to_owned(),
            did: owner.expect("it is open").did,
        }
    }
}

/// From the language to the first answer of an identity that comes back from its words.
async fn identity_from_words(page: &Page, words: &str) {
    language_and_choice(page, "choose-restore").await;
    at(page, "restore-from").await;
    page.click("restore-from-words").await;
    at(page, "restore-words").await;
    page.fill("restore-words", words).await;
    page.fill("setup-name", "Marta").await;
    page.click("setup-next").await;
    at(page, "restore-passphrase").await;
    new_passphrase(page).await;
    to_the_first_answer(page).await;
}

/// From the language to the backup that is put back.
async fn identity_from(page: &Page, backup: &str) {
    language_and_choice(page, "choose-restore").await;
    at(page, "restore-from").await;
    page.click("restore-from-file").await;
    at(page, "restore-file").await;
    page.fill("restore-path", backup).await;
    page.fill("opener-passphrase", PASSPHRASE).await;
    page.click("setup-next").await;
}

/// What was said before the backup is there again, below what is said now.
async fn zebra_is_back(page: &Page) {
    to_the_first_answer(page).await;
    page.ready().await;
    page.click_by("[data-testid=conversation-item]:last-child .conversation-open")
        .await;
    until_async("what was said before", wait::PAGE, async || {
        let messages = page.messages().await;
        messages.first()?.text.contains("zebra").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn person_makes_an_identity_and_gets_the_first_answer() {
    let home = Home::new().with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "32");
    let (hub, browser) = in_front_of(home).await;
    let page = &browser.page;
    let words = new_identity(page).await;
    page.client.refresh().await.expect("the page loads again");
    let again = page.find("words-again").await;
    assert!(
        again.is_displayed().await.expect("it is there"),
        "nothing is lost by closing"
    );
    page.fill("words-passphrase", PASSPHRASE).await;
    page.click("words-show").await;
    words_back(page, &words).await;
    to_the_first_answer(page).await;
    let identity = hub.ask(ShowIdentity {}).expect("always");
    let owner = identity.owner.expect("it is open");
    assert_eq!(
        (owner.name.as_str(), owner.words_confirmed),
        ("Marta", true)
    );
    assert_eq!(identity.vault, VaultState::Open);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn person_makes_an_identity_in_the_window_and_gets_the_first_answer() {
    let home = Home::new().with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "32");
    let desk = Desk::start(home.clone());
    let page = desk.open().await;
    let words = new_identity(&page).await;
    words_back(&page, &words).await;
    to_the_first_answer(&page).await;
    let told = home.ask_json(&["identity", "show"]);
    assert_eq!(told["owner"]["name"], "Marta", "{told}");
    assert_eq!(told["owner"]["words_confirmed"], true, "{told}");
    page.client.close().await.expect("the window closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn person_brings_everything_back_from_a_backup() {
    let backup = backed_up();
    let (hub, browser) = in_front_of(Home::new()).await;
    let page = &browser.page;
    identity_from(page, &backup.file).await;
    zebra_is_back(page).await;
    let owner = hub.ask(ShowIdentity {}).expect("always").owner;
    assert_eq!(owner.expect("it is open").did, backup.did);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn person_brings_everything_back_from_a_backup_in_the_window() {
    let backup = backed_up();
    let desk = Desk::start(Home::new());
    let page = desk.open().await;
    identity_from(&page, &backup.file).await;
    zebra_is_back(&page).await;
    page.picture("window-restored").await;
    page.client.close().await.expect("the window closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn person_brings_an_identity_back_from_its_words() {
    let written = WrittenDown::new();
    let home = Home::new().with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "32");
    let (hub, browser) = in_front_of(home).await;
    let page = &browser.page;
    identity_from_words(page, &written.words).await;
    let owner = until_async("the owner", wait::PAGE, async || {
        hub.ask(ShowIdentity {}).ok()?.owner
    })
    .await;
    assert_eq!(owner.did, written.did, "the same identity");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn person_brings_an_identity_back_from_its_words_in_the_window() {
    let written = WrittenDown::new();
    let home = Home::new().with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "32");
    let desk = Desk::start(home.clone());
    let page = desk.open().await;
    identity_from_words(&page, &written.words).await;
    let told = home.ask_json(&["identity", "show"]);
    assert_eq!(told["owner"]["did"], written.did.as_str(), "{told}");
    page.client.close().await.expect("the window closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_start_and_unlocking_are_free_of_barriers_in_light_and_dark_and_fit_a_narrow_screen()
{
    let home = Home::new().with("HAI_NET_LLM_ANSWER_TOKENS_MAX", "32");
    let (hub, browser) = in_front_of(home).await;
    let page = &browser.page;
    let mut look = Look::new(&browser);
    look.in_both_colours("setup-language").await;
    page.click("setup-next").await;
    at(page, "choose").await;
    look.in_both_colours("setup-choose").await;
    page.click("choose-restore").await;
    for (choice, screen) in [
        ("restore-from-words", "restore-words"),
        ("restore-from-file", "restore-file"),
    ] {
        at(page, "restore-from").await;
        look.in_both_colours("setup-restore-from").await;
        page.click(choice).await;
        at(page, screen).await;
        look.in_both_colours(&format!("setup-{screen}")).await;
        page.click("setup-back").await;
    }
    at(page, "restore-from").await;
    page.click("setup-back").await;
    at(page, "choose").await;
    page.click("choose-create").await;
    at(page, "name").await;
    look.in_both_colours("setup-name").await;
    page.fill("setup-name", "Marta").await;
    page.click("setup-next").await;
    at(page, "passphrase").await;
    look.in_both_colours("setup-passphrase").await;
    new_passphrase(page).await;
    at(page, "words").await;
    let words = shown_words(page).await;
    look.in_both_colours("setup-words").await;
    words_back(page, &words).await;
    for screen in ["machine", "privacy", "first-answer"] {
        at(page, screen).await;
        look.in_both_colours(&format!("setup-{screen}")).await;
        if screen != "first-answer" {
            page.click("setup-next").await;
        }
    }
    page.fill("first-question", "Say hello.").await;
    page.click("first-send").await;
    let _ = page.ended().await;
    look.in_both_colours("setup-answered").await;
    hub.ask(LockVault {}).expect("it is open");
    let _ = page.find("unlock").await;
    look.in_both_colours("setup-unlock").await;
    look.end();
    browser.close().await;
}
