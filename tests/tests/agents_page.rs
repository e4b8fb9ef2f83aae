//! Agents as a person sees them in a real browser: what waits is shown and answered, what was done is told
//! and undone, and the record is checked.

use acceptance::browser::{Browser, Look};
use acceptance::wait::{self, until_async};
use contract::approval::ListApprovals;
use contract::memory::ListMemories;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn person_sees_what_waits_and_says_yes() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    page.say("Please remind me to call Mum").await;
    let _ = page.find("approval").await;
    let _ = page.find("agent").await;
    page.picture("agents-approval-1200").await;
    browser.resize(360, 800).await;
    page.picture("agents-approval-360").await;
    browser.resize(1200, 800).await;
    page.go("feed").await;
    let _ = page.find("approval").await;
    page.picture("feed-approval-1200").await;
    // A small model may ask for more than one call, and for another when it reads what came of the first.
    let waiting = || hub.ask(ListApprovals {}).expect("a list").waiting;
    let first = waiting().first().expect("it waits").call;
    page.click("allow-once").await;
    until_async("the call that was allowed", wait::PAGE, async || {
        waiting().iter().all(|it| it.call != first).then_some(())
    })
    .await;
    let _ = page.find_by("[data-testid=happening]").await;
    page.picture("feed-happening-1200").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_is_drawn_as_a_table_and_what_was_learned_is_shown_and_undone() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    page.say("Show me system status").await;
    let _ = page.ended().await;
    let table = page.find_by("[data-testid=shown][data-view=table]").await;
    let text = table.text().await.expect("it is there");
    assert!(text.contains("Processor"), "{text}");
    page.picture("shown-table-1200").await;
    page.say("Remember that I drink tea, never coffee.").await;
    let _ = page.ended().await;
    page.go("settings").await;
    let memory = page.find("memory").await;
    assert!(memory.text().await.expect("shown").contains("tea"));
    page.picture("settings-remembers-1200").await;
    page.go("feed").await;
    page.click("undo").await;
    until_async("it is forgotten", wait::PAGE, async || {
        let list = hub.ask(ListMemories::default()).ok()?;
        list.memories.is_empty().then_some(())
    })
    .await;
    let mut look = Look::new(&browser);
    look.in_both_colours("feed-undone").await;
    look.end();
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    browser.close().await;
}
