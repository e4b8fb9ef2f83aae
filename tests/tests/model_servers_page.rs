//! Model servers as a person sees them: a server is added, its model chosen beside the text box, and the
//! answer tells where it ran.

use acceptance::browser::Browser;
use acceptance::llama_server::LlamaServer;
use acceptance::wait::{self, until_async};
use contract::model_server::{AddModelServer, ListModelServers, ServerKind};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_is_added_its_model_chosen_and_the_answer_tells_where_it_ran() {
    let (hub, browser) = Browser::signed_in().await;
    let server = tokio::task::spawn_blocking(LlamaServer::start);
    let server = server.await.expect("it starts");
    let page = &browser.page;
    page.go("settings").await;
    let field = page.find("server-name").await;
    field.send_keys("llama").await.expect("typed");
    let field = page.find("server-address").await;
    field.send_keys(&server.address()).await.expect("typed");
    page.click("server-add").await;
    let card = page.find("model-server").await;
    let text = card.text().await.expect("it is shown");
    assert!(text.contains("llama/model"), "{text}");
    page.picture("settings-model-servers-1200").await;

    page.go("visualize").await;
    let choice = page.find("model-choice").await;
    choice
        .select_by_value("llama/model")
        .await
        .expect("it is offered");
    page.say("What is the capital of France?").await;
    let _ = page.ended().await;
    let cost = page.find("cost").await.text().await.expect("it is shown");
    assert!(cost.contains("Stayed on this device (llama)"), "{cost}");
    assert!(!page.has("external-note").await, "nothing leaves");
    page.picture("conversation-served-1200").await;
    browser.resize(360, 800).await;
    page.picture("conversation-served-360").await;
    browser.resize(1200, 800).await;

    page.go("settings").await;
    page.click("server-remove").await;
    until_async("it is gone", wait::PAGE, async || {
        let list = hub.ask(ListModelServers {}).ok()?;
        list.servers.is_empty().then_some(())
    })
    .await;
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_elsewhere_is_shown_as_off_until_the_person_allows_it() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    let far = AddModelServer {
        name: "far".to_owned(),
        kind: ServerKind::Openai,
        address: "https://models.example/v1".to_owned(),
        key: None,
        own_device: false,
    };
    hub.ask(far).expect("it is added");
    page.go("settings").await;
    let text = page.find("model-server").await.text().await;
    let text = text.expect("it is shown");
    assert!(text.contains("somebody else's computer"), "{text}");
    assert!(text.contains("not allowed"), "{text}");
    browser.close().await;
}
