//! Other pages in the person's own browser: whatever they try against the hub is refused, also where the
//! browser would send the person's cookie along.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

use acceptance::browser::Browser;
use acceptance::hub::Hub;
use acceptance::{http, tell};
use contract::conversation::ListConversations;
use serde_json::{Value, json};

/// A host name that the browser takes for this machine, as after a rebinding of names.
const REBOUND: &str = "rebound.example";

/// What a page tries. Each attempt tells what the page could learn: `refused`, or what it got.
const ATTEMPTS: &str = r"
    const [hub, done] = [arguments[0], arguments[arguments.length - 1]];
    const ask = JSON.stringify({ask: 'SendMessage', with: {text: 'planted'}});
    const chat = JSON.stringify({messages: [{role: 'user', content: 'planted'}]});
    const read = (name, path, options) => fetch(hub + path, options).then(
        async answer => answer.type === 'opaque' ? [name, 'refused']
            : [name, answer.ok ? 'read: ' + (await answer.text()).slice(0, 80) : 'refused'],
        () => [name, 'refused']);
    const post = (path, body, type) => ({
        method: 'POST', body, mode: 'no-cors', credentials: 'include',
        headers: {'content-type': type},
    });
    const socket = path => new Promise(tell => {
        const line = new WebSocket(hub.replace('http', 'ws') + path);
        line.onopen = () => tell(['socket ' + path, 'open']);
        line.onerror = () => tell(['socket ' + path, 'refused']);
    });
    const events = path => new Promise(tell => {
        const line = new EventSource(hub + path, {withCredentials: true});
        line.onmessage = event => { line.close(); tell(['events ' + path, 'read: ' + event.data]); };
        line.onerror = () => { line.close(); tell(['events ' + path, 'refused']); };
    });
    const image = path => new Promise(tell => {
        const picture = new Image();
        picture.onload = () => tell(['image ' + path, 'loaded']);
        picture.onerror = () => tell(['image ' + path, 'refused']);
        picture.src = hub + path;
    });
    const script = path => new Promise(tell => {
        const element = document.createElement('script');
        element.onload = () => tell(['script ' + path, 'loaded']);
        element.onerror = () => tell(['script ' + path, 'refused']);
        element.src = hub + path;
        document.head.append(element);
    });
    Promise.all([
        read('get models', '/v1/models', {credentials: 'include'}),
        read('get health', '/health', {}),
        read('get tags', '/api/tags', {credentials: 'include'}),
        read('get page', '/', {credentials: 'include'}),
        read('simple post of an ask', '/ui/ask', post('/ui/ask', ask, 'text/plain')),
        read('simple post of a chat', '/v1/chat/completions', post('', chat, 'text/plain')),
        read('form post of a chat', '/v1/chat/completions',
            post('', chat, 'application/x-www-form-urlencoded')),
        read('post with our header', '/ui/ask', {method: 'POST', body: ask, credentials: 'include',
            headers: {'content-type': 'application/json', 'x-hai-net': '1'}}),
        read('watch', '/ui/watch', {credentials: 'include'}),
        socket('/ui/watch'), socket('/v1/chat/completions'), socket('/'),
        events('/ui/watch'), events('/v1/models'),
        image('/favicon.ico'), script('/openapi.json'),
    ]).then(done, error => done([['the attempts', String(error)]]));
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_page_of_this_machine_reads_nothing_and_changes_nothing() {
    let (hub, browser) = Browser::signed_in().await;
    // Another port of `localhost` is the same site for a browser: it sends the cookie along.
    let stranger = page_of_a_stranger();
    let there = format!("http://localhost:{}/", stranger.port());
    let refused = refusals(&hub);
    browser.page.client.goto(&there).await.expect("a page");
    nothing_came_of_it(&browser, &hub.address).await;
    untouched(&hub, refused);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_from_a_file_reads_nothing_and_changes_nothing() {
    let (hub, browser) = Browser::signed_in().await;
    let file = hub.home.folder().join("stranger.html");
    std::fs::write(&file, "<!doctype html><title>a file</title>").expect("written");
    let there = format!("file://{}", file.display());
    let refused = refusals(&hub);
    browser.page.client.goto(&there).await.expect("a page");
    nothing_came_of_it(&browser, &hub.address).await;
    untouched(&hub, refused);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn name_that_was_rebound_to_this_machine_is_refused_though_it_is_the_pages_own() {
    let hub = Hub::fresh();
    let rule = format!("--host-resolver-rules=MAP {REBOUND} 127.0.0.1");
    let browser = Browser::start_with(&[&rule]).await;
    let own = format!("http://{REBOUND}:{}", hub.port);
    browser.page.client.goto(&own).await.expect("an answer");
    let shown = browser.page.find_by("body").await;
    let shown = shown.text().await.expect("text");
    assert!(
        shown.contains("did not open"),
        "a refusal is shown: {shown}"
    );
    // To the browser this page and the hub are one: only the hub itself can refuse.
    nothing_came_of_it(&browser, &own).await;
    let path = format!("{own}/v1/models");
    browser.page.client.goto(&path).await.expect("an answer");
    let shown = browser.page.find_by("body").await;
    let shown = shown.text().await.expect("text");
    assert!(!shown.contains("\"object\""), "no list of models: {shown}");
    browser.close().await;
}

/// Has the page in the browser try everything.
async fn nothing_came_of_it(browser: &Browser, hub: &str) {
    let tried = browser
        .page
        .client
        .execute_async(ATTEMPTS, vec![json!(hub)]);
    let tried = tried.await.expect("the page tries");
    let tried = tried.as_array().expect("a list");
    assert!(tried.len() >= 16, "everything was tried: {tried:?}");
    let through: Vec<&Value> = tried.iter().filter(|one| one[1] != "refused").collect();
    tell(format_args!("{} attempts of {hub}", tried.len()));
    assert!(through.is_empty(), "came through: {through:?}");
}

/// Requests that the hub refused until now.
fn refusals(hub: &Hub) -> u64 {
    let token = hub
        .home
        .ask_json(&["token", "create", "--label", "figures"]);
    let bearer = format!("Bearer {}", token["token"].as_str().expect("a token"));
    let figures = http::get(hub.port, "/metrics", &[("Authorization", &bearer)]);
    let figures = figures.expect("an answer").body;
    let is_refusal = |line: &&str| {
        line.starts_with("hai_net_http_requests_total") && line.contains("status=\"403\"")
    };
    let counts = figures.lines().filter(is_refusal);
    counts
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

/// The hub refused, rather than that nothing was sent; and it holds nothing that a stranger planted.
fn untouched(hub: &Hub, before: u64) {
    let refused = refusals(hub) - before;
    assert!(refused >= 10, "only {refused} requests reached the hub");
    let list = hub.ask(ListConversations::default()).expect("a list");
    assert!(list.conversations.is_empty(), "{list:?}");
}

/// A page on another port of this machine.
fn page_of_a_stranger() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let page = "<!doctype html><title>a stranger</title>";
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n{page}",
                page.len()
            );
        }
    });
    address
}
