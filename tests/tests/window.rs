//! A person in front of the real window.

use acceptance::home::{Home, PASSPHRASE};
use acceptance::page::TABS;
use acceptance::wait::{self, until_async};
use acceptance::window::Desk;

/// A question whose answer takes long enough to be stopped.
const LONG: &str = "Write a very long story about a lighthouse keeper, with many chapters.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn window_answers_word_by_word_stops_and_remembers_after_it_was_closed() {
    let hub = Home::new().owned().serve();
    let desk = Desk::start(hub.home.clone());
    let page = desk.open().await;
    page.ready().await;
    page.picture("window-start").await;
    page.say("Tell me about the sea in ten sentences.").await;
    let (grew, answer) = page.growth().await;
    assert!(grew >= 3, "it came in {grew} pieces: {answer:?}");
    assert!(
        ["done", "cut_off"].contains(&answer.state.as_str()),
        "{answer:?}"
    );
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
    for tab in TABS {
        page.go(tab).await;
        page.picture(&format!("window-{tab}")).await;
    }
    let before = {
        page.go("visualize").await;
        page.messages().await
    };
    assert_eq!(before.len(), 4, "{before:?}");
    page.client.close().await.expect("the window closes");

    let page = desk.open().await;
    page.ready().await;
    page.click_by("[data-testid=conversation-item] button")
        .await;
    let after = until_async("the history", wait::PAGE, async || {
        let messages = page.messages().await;
        (messages.len() == before.len()).then_some(messages)
    })
    .await;
    let roles = |all: &[acceptance::page::Shown]| {
        all.iter()
            .map(|one| (one.role.clone(), one.state.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(roles(&after), roles(&before));
    page.client.close().await.expect("the window closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn window_shows_the_hub_that_runs_already_and_leaves_it_running() {
    let hub = Home::new().owned().serve();
    let sent = hub
        .say("The zebra stands by the river.")
        .expect("it is said");
    let _ = hub.ended(sent);
    let desk = Desk::start(hub.home.clone());
    let page = desk.open().await;
    page.ready().await;
    page.click_by("[data-testid=conversation-item] button")
        .await;
    until_async("what was said in the terminal", wait::PAGE, async || {
        page.messages()
            .await
            .first()?
            .text
            .contains("zebra")
            .then_some(())
    })
    .await;
    page.client.close().await.expect("the window closes");
    drop(desk);
    assert_eq!(hub.home.ask_json(&["status"])["pid"], hub.pid());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn window_of_an_owner_opens_with_the_passphrase() {
    let desk = Desk::start(Home::new().owned());
    let page = desk.open().await;
    page.unlock(PASSPHRASE).await;
    page.ready().await;
    page.picture("window-unlocked").await;
    page.client.close().await.expect("the window closes");
}
