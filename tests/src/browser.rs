//! A real browser: headless Chromium, driven by its own driver.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::home::Home;
use crate::hub::Hub;
use crate::page::Page;
use crate::places;
use crate::process::Kept;
use crate::{http, in_ci, shell, skip, tell};

/// How Chromium is started: without what needs a screen or a sandbox of its own, and without any
/// connection that no page asked for.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--lang=en",
];

/// The checker of accessibility, at a version that does not change by itself.
const AXE: &str = "axe-core@4.14.1";

/// How long answers may become: a small model that rambles would fill its context, which takes minutes
/// on a busy machine. Long enough to be stopped by hand.
const ANSWER_TOKENS: &str = "400";

/// The rules that must hold: WCAG 2.1, levels A and AA.
const AXE_TAGS: [&str; 4] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

/// A browser with one page. Ended when dropped.
#[derive(Debug)]
pub struct Browser {
    /// Its page.
    pub page: Page,
    port: u16,
    // Dropped in this order: the browser writes into its folder until it has ended.
    _driver: Kept,
    _folder: TempDir,
}

impl Browser {
    /// Starts a browser that knows nothing yet.
    ///
    /// # Panics
    /// Browser or driver are missing.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with more flags for the browser.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub async fn start_with(more: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("hai-browser-")
            .tempdir()
            .expect("a folder");
        let mut command = Command::new(places::needed("chromedriver"));
        command.arg("--port=0").env("HOME", folder.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut driver = Kept::start(&mut command);
        let mut lines = BufReader::new(driver.0.stdout.take().expect("it was asked for")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.rsplit_once("successfully on port ")?
                    .1
                    .trim_end_matches('.')
                    .parse()
                    .ok()
            })
            .expect("the driver tells its port");
        // What it says later must go somewhere, or it would wait for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let flags = FLAGS.iter().chain(more);
        let mut flags: Vec<String> = flags.map(|flag| (*flag).to_owned()).collect();
        flags.push(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ));
        let options = json!({ "binary": places::needed("chromium"), "args": flags });
        let capabilities = [
            ("goog:chromeOptions".to_owned(), options),
            ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" })),
        ];
        let capabilities = capabilities.into_iter().collect();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("the browser starts");
        let browser = Self {
            page: Page {
                client,
                screen: None,
            },
            port,
            _driver: driver,
            _folder: folder,
        };
        browser.resize(1200, 800).await;
        browser
    }

    /// A hub of its own that has an owner, and a browser that is signed in to it.
    ///
    /// # Panics
    /// One of them does not start.
    pub async fn signed_in() -> (Hub, Self) {
        let home = Home::new().with("HAI_NET_LLM_ANSWER_TOKENS_MAX", ANSWER_TOKENS);
        let hub = home.owned().serve();
        let browser = Self::start().await;
        let page = &browser.page;
        page.client
            .goto(&hub.sign_in)
            .await
            .expect("the page loads");
        page.ready().await;
        (hub, browser)
    }

    /// Gives the page another size, also one narrower than any window of the browser.
    ///
    /// # Panics
    /// The browser refuses.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &size)
            .await;
    }

    /// Has the system prefer light or dark colours.
    ///
    /// # Panics
    /// The browser refuses.
    pub async fn prefer(&self, colours: &str) {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": colours }] });
        self.devtools("Emulation.setEmulatedMedia", &media).await;
    }

    /// Keeps the browser from loading addresses that fit these patterns; an empty list lets all through.
    ///
    /// # Panics
    /// The browser refuses.
    pub async fn block(&self, patterns: &[&str]) {
        self.devtools("Network.enable", &json!({})).await;
        let blocked = json!({ "urls": patterns });
        self.devtools("Network.setBlockedURLs", &blocked).await;
    }

    /// What the browser itself found wrong since the last look: errors of scripts, things that are
    /// missing, and what the page's own policy forbids.
    ///
    /// # Panics
    /// The browser refuses.
    pub async fn complaints(&self) -> Vec<String> {
        let found = self.command("se/log", &json!({ "type": "browser" })).await;
        let lines = found.as_array().expect("a list").iter();
        let serious = lines.filter(|line| line["level"] == "SEVERE");
        serious.map(|line| line["message"].to_string()).collect()
    }

    async fn devtools(&self, command: &str, parameters: &Value) {
        self.command(
            "goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        )
        .await;
    }

    /// A command that only this driver knows.
    async fn command(&self, path: &str, body: &Value) -> Value {
        let session = self
            .page
            .client
            .session_id()
            .await
            .expect("it runs")
            .expect("a session");
        let line = format!("POST /session/{session}/{path}");
        let json = [("Content-Type", "application/json")];
        let answer = http::request(self.port, &line, &json, &body.to_string());
        let answer = answer.expect("the driver answers");
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
        answer.json()["value"].take()
    }

    /// What breaks the rules of accessibility on the page as it is now: one line each.
    ///
    /// # Panics
    /// The check itself fails.
    pub async fn barriers(&self, checker: &str) -> Vec<String> {
        self.page.settle().await;
        self.page.script(checker, Vec::new()).await;
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: { type: 'tag', values: arguments[0] } })
                .then(found => done(found.violations.flatMap(rule => rule.nodes.map(node =>
                    `${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${node.failureSummary}`))))
                .catch(error => done([`the check failed: ${error}`]));";
        let found = self
            .page
            .client
            .execute_async(script, vec![json!(AXE_TAGS)])
            .await;
        let found = found.expect("the check runs");
        let lines = found.as_array().expect("a list").iter();
        lines
            .map(|line| line.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Closes the browser.
    ///
    /// # Panics
    /// It is gone already.
    pub async fn close(self) {
        self.page.client.clone().close().await.expect("it runs");
    }
}

/// Looks at screens, keeps a picture of each, and gathers what is wrong with them.
#[derive(Debug)]
pub struct Look<'a> {
    browser: &'a Browser,
    checker: Option<String>,
    found: Vec<String>,
}

impl<'a> Look<'a> {
    /// Begins to look. Without npm, barriers are not looked for, which a change may not rest on.
    ///
    /// # Panics
    /// npm is missing where tests decide about a change.
    #[must_use]
    pub fn new(browser: &'a Browser) -> Self {
        let checker = checker();
        assert!(
            checker.is_some() || !in_ci(),
            "npm is missing, so barriers were not looked for"
        );
        if checker.is_none() {
            skip("the search for barriers", "npm is missing");
        }
        Self {
            browser,
            checker,
            found: Vec::new(),
        }
    }

    /// Looks at the page as it is now: whether it fits its width, and whether it has barriers. The picture
    /// gets the name.
    pub async fn now(&mut self, name: &str) {
        let page = &self.browser.page;
        page.picture(name).await;
        let wide = "return document.documentElement.scrollWidth - innerWidth";
        let over = page.script(wide, vec![]).await.as_i64().expect("a number");
        if over > 0 {
            self.found.push(format!("{name}: {over} px too wide"));
        }
        if let Some(checker) = &self.checker {
            let barriers = self.browser.barriers(checker).await;
            let lines = barriers.into_iter().map(|line| format!("{name}: {line}"));
            self.found.extend(lines);
        }
    }

    /// Looks at the page in both colours that a system may prefer, narrow and wide. It is left light and
    /// wide.
    pub async fn in_both_colours(&mut self, name: &str) {
        for colours in ["dark", "light"] {
            self.browser.prefer(colours).await;
            for width in [360, 1200] {
                self.browser.resize(width, 800).await;
                self.now(&format!("{name}-{colours}-{width}")).await;
            }
        }
    }

    /// Ends the look.
    ///
    /// # Panics
    /// Something is wrong.
    pub fn end(self) {
        tell(format_args!("{} barriers", self.found.len()));
        assert!(self.found.is_empty(), "{}", self.found.join("\n"));
    }
}

/// The checker of accessibility, fetched once into the cache; `None` where npm is missing.
fn checker() -> Option<String> {
    // A folder of its own: npm removes from a folder what it was not asked for.
    let place = places::cache().join("npm-axe");
    let file = place.join("node_modules/axe-core/axe.min.js");
    let package = place.join("node_modules/axe-core/package.json");
    let wanted = AXE.split('@').nth(1).unwrap_or_default();
    let known = std::fs::read_to_string(package).unwrap_or_default();
    if !known.contains(&format!("\"version\": \"{wanted}\"")) {
        let npm = places::tool("npm")?;
        std::fs::create_dir_all(&place).expect("the cache can be written");
        let mut command = Command::new(npm);
        command.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--prefix",
        ]);
        shell::quiet(command.arg(&place).arg(AXE));
    }
    Some(std::fs::read_to_string(file).expect("npm has fetched it"))
}
