//! A person in front of a real browser.

use acceptance::browser::{Browser, Look};
use acceptance::page::Page;
use acceptance::wait::{self, until_async};
use acceptance::{home, http};
use fantoccini::Locator;
use serde_json::{Value, json};

/// A question whose answer takes long enough to be stopped.
const LONG: &str = "Write a very long story about a lighthouse keeper, with many chapters.";

/// The key Tab.
const TAB_KEY: &str = "\u{e004}";
/// The arrow to the right.
const RIGHT_KEY: &str = "\u{e014}";
/// The key Escape.
const ESCAPE_KEY: &str = "\u{e00c}";
/// The key Enter.
const ENTER_KEY: &str = "\u{e007}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typed_question_is_answered_word_by_word_and_is_there_after_reloading() {
    let (_hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    let address = page
        .client
        .current_url()
        .await
        .expect("an address")
        .to_string();
    assert!(
        !address.contains("ticket"),
        "the ticket is not left in the history: {address}"
    );
    page.say("Tell me about the sea in ten sentences.").await;
    let (grew, answer) = page.growth().await;
    assert!(grew >= 3, "it came in {grew} pieces: {answer:?}");
    assert!(
        ["done", "cut_off"].contains(&answer.state.as_str()),
        "{answer:?}"
    );
    let before = page.messages().await;
    page.client.refresh().await.expect("the page loads again");
    page.ready().await;
    let after = until_async("the history", wait::PAGE, async || {
        let messages = page.messages().await;
        (messages.len() == before.len()).then_some(messages)
    })
    .await;
    assert_eq!(after[0].text, before[0].text, "the question");
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(&after[1].text), words(&before[1].text), "the answer");
    assert_eq!(
        browser.complaints().await,
        [""; 0],
        "the browser found nothing wrong"
    );
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answer_is_stopped_and_the_next_question_works() {
    let (_hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    page.say(LONG).await;
    let begun = page
        .answer_where("the first words", |last| {
            last.state == "writing" && last.text.chars().count() > 40
        })
        .await;
    assert_eq!(begun.state, "writing", "{begun:?}");
    page.click("stop").await;
    let stopped = page.ended().await;
    assert_eq!(stopped.state, "stopped", "{stopped:?}");
    page.say(LONG).await;
    let _ = page
        .answer_where("the first words", |last| last.state == "writing")
        .await;
    page.keys(ESCAPE_KEY).await;
    let stopped = page.ended().await;
    assert_eq!(stopped.state, "stopped", "Escape stops it too: {stopped:?}");
    page.say("Say a word.").await;
    // The one that was stopped stands last until the page has the next one.
    until_async("the next answer", wait::ANSWER, async || {
        (page.messages().await.len() == 6).then_some(())
    })
    .await;
    let whole = page.ended().await;
    assert!(
        ["done", "cut_off"].contains(&whole.state.as_str()),
        "{whole:?}"
    );
    assert_eq!(page.messages().await.len(), 6, "what was stopped is kept");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hub_that_was_locked_opens_with_the_passphrase_and_not_with_another() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    page.say("The zebra stands by the river.").await;
    let _ = page.ended().await;
    let _ = hub.home.hai_net(&["lock"]).ended(0);
    let _ = page.find("unlock").await;
    page.fill("opener-passphrase", "olive harbour six lanterns")
        .await;
    page.click("unlock-submit").await;
    let _ = page.find("unlock-fault").await;
    page.unlock(home::PASSPHRASE).await;
    page.ready().await;
    until_async("the history", wait::PAGE, async || {
        let messages = page.messages().await;
        messages.first()?.text.contains("zebra").then_some(())
    })
    .await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversation_is_renamed_found_and_deleted_after_a_question() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    page.say("The zebra stands by the river.").await;
    let _ = page.ended().await;
    page.click("new-conversation").await;
    page.say("Something else.").await;
    let _ = page.ended().await;
    wait_for_conversations(page, 2).await;

    page.fill("conversation-search", "zebra").await;
    wait_for_conversations(page, 1).await;
    hover(page, "[data-testid=conversation-item]").await;
    page.click("rename").await;
    page.fill("rename-title", "Animals").await;
    page.click("rename-save").await;
    until_async("the new title", wait::PAGE, async || {
        titles(page).await.contains("Animals").then_some(())
    })
    .await;

    hover(page, "[data-testid=conversation-item]").await;
    page.click("delete").await;
    let _ = page.find("confirm").await;
    page.keys(ESCAPE_KEY).await;
    page.wait_until_gone("confirm").await;
    assert!(
        titles(page).await.contains("Animals"),
        "nothing is deleted without a yes"
    );
    hover(page, "[data-testid=conversation-item]").await;
    page.click("delete").await;
    page.click("confirm").await;
    wait_for_conversations(page, 0).await;
    page.fill("conversation-search", " ").await;
    wait_for_conversations(page, 1).await;
    assert_eq!(hub.home.ask_json(&["conversations", "list"])["total"], 1);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edited_message_begins_a_branch_and_both_stay_in_reach() {
    let (_hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    page.say("Say a word.").await;
    let _ = page.ended().await;
    hover(page, "[data-testid=message][data-role=user]").await;
    page.click("edit").await;
    page.fill("edit-text", "Say a number.").await;
    page.click("edit-send").await;
    question_is(page, "Say a number.").await;
    let _ = page.ended().await;
    assert_eq!(page.messages().await.len(), 2, "one branch is shown");
    let switch = page.find("versions").await.text().await.expect("its text");
    assert!(switch.contains("2 of 2"), "{switch}");
    page.click("version-previous").await;
    question_is(page, "Say a word.").await;
    page.client.refresh().await.expect("the page loads again");
    page.ready().await;
    question_is(page, "Say a word.").await;
    page.click("version-next").await;
    question_is(page, "Say a number.").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_reached_by_the_keyboard_alone() {
    let (_hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    until_async("a tab in focus", wait::PAGE, async || {
        page.keys(TAB_KEY).await;
        (page
            .script("return document.activeElement.getAttribute('role')", vec![])
            .await
            == "tab")
            .then_some(())
    })
    .await;
    let outline = "const style = getComputedStyle(document.activeElement);
        return style.outlineStyle !== 'none' || style.boxShadow !== 'none'";
    assert_eq!(
        page.script(outline, vec![]).await,
        true,
        "the focus can be seen"
    );
    for tab in ["feed", "logs", "settings", "visualize"] {
        page.keys(RIGHT_KEY).await;
        page.wait_for_tab(tab).await;
    }
    page.keys("/").await;
    let focus = "return document.activeElement.dataset.testid";
    until_async("`/` leads to the text box", wait::PAGE, async || {
        (page.script(focus, vec![]).await == "composer").then_some(())
    })
    .await;
    page.keys("Say a word.").await;
    page.keys(ENTER_KEY).await;
    let answer = page.ended().await;
    assert!(
        ["done", "cut_off"].contains(&answer.state.as_str()),
        "{answer:?}"
    );
    page.keys("\u{e009}k\u{e000}").await;
    page.find("palette")
        .await
        .send_keys("go to logs")
        .await
        .expect("it takes keys");
    page.keys(ENTER_KEY).await;
    page.wait_for_tab("logs").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn part_of_the_page_that_does_not_come_says_so_and_is_tried_again() {
    let (_hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    browser
        .block(&["*split_settings.wasm", "*split_overlays.wasm"])
        .await;
    page.go("logs").await;
    let _ = page.find_by("#panel [data-code=no_hub]").await;
    let mut look = Look::new(&browser);
    look.in_both_colours("part-missing").await;
    look.end();
    page.click_by("#panel [data-testid=retry]").await;
    let _ = page.find_by("#panel [data-code=no_hub]").await;
    page.go("feed").await;
    page.click("about-private").await;
    let toast = page.find("toast").await.text().await.expect("it is there");
    assert!(toast.contains("could not be loaded"), "{toast}");
    page.go("logs").await;
    browser.block(&[]).await;
    page.click_by("#panel [data-testid=retry]").await;
    let _ = page.find("log-row").await;
    page.go("feed").await;
    page.click("about-private").await;
    let _ = page.find_by("dialog[open]").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_is_shown_live_and_filtered_by_level() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    page.go("logs").await;
    let _ = page.find("log-row").await;
    // An old link is told as a warning: a line that comes while the log is looked at.
    let used = hub.sign_in.split(&hub.address).nth(1).expect("a path");
    assert_eq!(
        http::get(hub.port, used, &[]).expect("an answer").status,
        403
    );
    let warning = "[data-testid=log-row][data-level=warn]";
    let _ = page.find_by(warning).await;
    let level = page.find("log-level").await;
    level
        .select_by_value("warn")
        .await
        .expect("it can be chosen");
    until_async("only warnings", wait::PAGE, async || {
        let all = page.count("[data-testid=log-row]").await;
        (all > 0 && all == page.count(warning).await).then_some(())
    })
    .await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_link_works_once_and_a_stranger_is_told_the_way() {
    let (hub, browser) = Browser::signed_in().await;
    browser.close().await;
    let browser = Browser::start().await;
    let page = &browser.page;
    page.client.goto(&hub.sign_in).await.expect("a page");
    let text = body(page).await;
    assert!(
        text.contains("hai-net"),
        "a plain page tells the way: {text}"
    );
    assert!(!page.has("composer").await, "and nothing of the person's");
    page.client
        .goto(&hub.address)
        .await
        .expect("the page loads");
    let said = page
        .find("signed-out")
        .await
        .text()
        .await
        .expect("its text");
    // What the page tells to type must lead in, word by word.
    let command = page
        .find_by("[data-testid=signed-out] code")
        .await
        .text()
        .await
        .expect("text");
    let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
    let ran = hub.home.hai_net(&arguments).ended(0);
    let link = ran
        .stdout
        .split_whitespace()
        .find(|word| word.contains("/sign-in?ticket="));
    let link =
        link.unwrap_or_else(|| panic!("`{command}` (told by: {said}) gives no link: {ran:?}"));
    page.client.goto(link).await.expect("the page loads");
    page.ready().await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn markup_in_messages_and_titles_stays_text() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    let markup = "<script>window.hurt=1</script><img src=x onerror=\"window.hurt=1\"> \
         [press](javascript:window.hurt=1) ![picture](http://127.0.0.1:1/x.png) <b>bold</b>";
    page.say(&format!("Repeat this and nothing else: {markup}"))
        .await;
    let _ = page.ended().await;
    let list = hub.home.ask_json(&["conversations", "list"]);
    let id = list["conversations"][0]["id"].as_str().expect("an id");
    let _ = hub.home.ask_json(&["conversations", "rename", id, markup]);
    until_async("the title as it was typed", wait::PAGE, async || {
        titles(page).await.contains("<script>").then_some(())
    })
    .await;
    let messages = page.messages().await;
    assert!(
        messages[0].text.contains("<img src=x onerror"),
        "shown as it was typed: {messages:?}"
    );
    let foreign = "return [...document.querySelectorAll(
        '[data-testid=message] :is(script, img, iframe, object, b, style, form[action]), \
         [data-testid=conversation-item] :is(script, img, b), a[href^=\"javascript\" i]')]
        .map(one => one.outerHTML)";
    assert_eq!(
        page.script(foreign, vec![]).await,
        json!([]),
        "no element came of it"
    );
    assert_eq!(
        page.script("return window.hurt ?? null", vec![]).await,
        Value::Null
    );
    browser.close().await;
}

async fn question_is(page: &Page, text: &str) {
    until_async(&format!("the question {text:?}"), wait::PAGE, async || {
        let first = page.messages().await.into_iter().next()?;
        first.text.contains(text).then_some(())
    })
    .await;
}

async fn wait_for_conversations(page: &Page, count: usize) {
    until_async(
        &format!("{count} conversations in the list"),
        wait::PAGE,
        async || {
            (page.count("[data-testid=conversation-item]").await == count as u64).then_some(())
        },
    )
    .await;
}

async fn titles(page: &Page) -> String {
    let script = "return [...document.querySelectorAll('[data-testid=conversation-item]')]
        .map(one => one.innerText).join('\\n')";
    page.script(script, vec![])
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn body(page: &Page) -> String {
    let body = page
        .client
        .find(Locator::Css("body"))
        .await
        .expect("a page");
    body.text().await.expect("its text")
}

/// Moves the pointer over the first thing that fits, since some verbs show only then.
async fn hover(page: &Page, selector: &str) {
    use fantoccini::actions::{InputSource, MouseActions, PointerAction};

    let element = page.find_by(selector).await;
    let over = PointerAction::MoveToElement {
        element,
        duration: None,
        x: 0.0,
        y: 0.0,
    };
    let mouse = MouseActions::new("mouse".to_owned()).then(over);
    page.client
        .perform_actions(mouse)
        .await
        .expect("the pointer moves");
}

#[test]
fn page_of_a_used_link_is_plain_and_says_what_to_do() {
    let hub = home::Home::without_model().serve();
    let path = hub
        .sign_in
        .split(&hub.address)
        .nth(1)
        .expect("a path")
        .to_owned();
    let page = [("Accept", "text/html")];
    let first = http::get(hub.port, &path, &page).expect("an answer");
    assert_eq!(first.status, 303, "{}", first.body);
    let cookie = first.header("set-cookie").expect("a session").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let second = http::get(hub.port, &path, &page).expect("an answer");
    assert_eq!(second.status, 403, "{}", second.body);
    assert_eq!(second.header("set-cookie"), None);
    assert!(
        second.body.contains("hai-net"),
        "what to do: {}",
        second.body
    );
}
