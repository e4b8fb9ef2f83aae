//! The page as a person uses it, the same in the browser and in the window.
//!
//! Things are found by their hooks (`data-testid`), which the page's sources give them for this.

use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::places;
use crate::screen::Screen;
use crate::wait::{self, until_async};

/// The tabs, by the names in their hooks.
pub const TABS: [&str; 4] = ["visualize", "feed", "logs", "settings"];

/// A page in a browser or in the window.
#[derive(Debug, Clone)]
pub struct Page {
    /// The driver's session.
    pub client: Client,
    /// The screen that the page is on, where pictures are taken of that.
    pub screen: Option<Screen>,
}

/// A message as it stands on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// `user` or `assistant`.
    pub role: String,
    /// `writing`, `done`, `cut_off`, `stopped` or `failed`.
    pub state: String,
    /// What can be read.
    pub text: String,
}

impl Page {
    /// The selector of a hook.
    #[must_use]
    pub fn hook(name: &str) -> String {
        format!("[data-testid=\"{name}\"]")
    }

    /// Runs a script in the page.
    ///
    /// # Panics
    /// It fails.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let ran = self.client.execute(script, arguments).await;
        ran.unwrap_or_else(|error| panic!("the script failed: {error}\n{script}"))
    }

    /// Whether something with this hook can be seen.
    pub async fn has(&self, hook: &str) -> bool {
        self.count(&Self::hook(hook)).await > 0
    }

    /// How many things on the page fit a selector and can be seen.
    ///
    /// # Panics
    /// The page is gone.
    pub async fn count(&self, selector: &str) -> u64 {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .filter(one => one.getClientRects().length > 0).length";
        self.script(script, vec![json!(selector)])
            .await
            .as_u64()
            .expect("a number")
    }

    /// Waits for a thing with this hook.
    ///
    /// # Panics
    /// It does not come.
    pub async fn find(&self, hook: &str) -> Element {
        self.find_by(&Self::hook(hook)).await
    }

    /// Waits for a thing that fits a selector and can be seen.
    ///
    /// # Panics
    /// It does not come.
    pub async fn find_by(&self, selector: &str) -> Element {
        until_async(&format!("{selector} on the page"), wait::PAGE, async || {
            let found = self.client.find_all(Locator::Css(selector)).await.ok()?;
            for one in found {
                if one.is_displayed().await.unwrap_or(false) {
                    return Some(one);
                }
            }
            None
        })
        .await
    }

    /// Waits until no thing with this hook can be seen.
    ///
    /// # Panics
    /// It stays.
    pub async fn wait_until_gone(&self, hook: &str) {
        until_async(&format!("the end of {hook}"), wait::PAGE, async || {
            (!self.has(hook).await).then_some(())
        })
        .await;
    }

    /// Clicks a thing with this hook, as soon as it is there.
    ///
    /// # Panics
    /// It does not come.
    pub async fn click(&self, hook: &str) {
        self.click_by(&Self::hook(hook)).await;
    }

    /// Clicks a thing that fits a selector, as soon as it can be clicked: the page may draw it anew, or
    /// move it, between two looks.
    ///
    /// # Panics
    /// It does not come.
    pub async fn click_by(&self, selector: &str) {
        until_async(&format!("a click on {selector}"), wait::PAGE, async || {
            let found = self.find_by(selector).await;
            found.click().await.ok()
        })
        .await;
    }

    /// Types into a thing with this hook, after emptying it as a person does.
    ///
    /// # Panics
    /// It does not come.
    pub async fn fill(&self, hook: &str, text: &str) {
        let (control_a, backspace) = ("\u{e009}a", "\u{e003}");
        let field = self.find(hook).await;
        // WebKit's driver lets go of Control only when a call ends.
        for keys in [control_a, backspace, text] {
            field.send_keys(keys).await.expect("it takes keys");
        }
    }

    /// Sends keys to whatever has the focus.
    ///
    /// # Panics
    /// Nothing takes them.
    pub async fn keys(&self, keys: &str) {
        let element = self
            .client
            .active_element()
            .await
            .expect("something has the focus");
        element.send_keys(keys).await.expect("it takes keys");
    }

    /// Opens the vault of a locked hub.
    ///
    /// # Panics
    /// The page does not ask for the passphrase.
    pub async fn unlock(&self, passphrase: &str) {
        self.fill("opener-passphrase", passphrase).await;
        self.picture("unlock").await;
        // After a wrong try it waits a moment.
        self.click_by("[data-testid=unlock-submit]:not([disabled])")
            .await;
        self.wait_until_gone("unlock").await;
    }

    /// Goes to a tab.
    ///
    /// # Panics
    /// It is not there.
    pub async fn go(&self, tab: &str) {
        self.click(&format!("tab-{tab}")).await;
        self.wait_for_tab(tab).await;
    }

    /// Waits until a tab is the chosen one.
    ///
    /// # Panics
    /// It does not become so.
    pub async fn wait_for_tab(&self, tab: &str) {
        let chosen = format!("[data-testid=\"tab-{tab}\"][aria-selected=\"true\"]");
        let _ = self.find_by(&chosen).await;
    }

    /// Says something.
    ///
    /// # Panics
    /// There is no text box.
    pub async fn say(&self, text: &str) {
        let field = self.find("composer").await;
        field.send_keys(text).await.expect("it takes keys");
        self.click("send").await;
    }

    /// The messages on the page, all at one moment.
    ///
    /// # Panics
    /// The page is gone.
    pub async fn messages(&self) -> Vec<Shown> {
        let script = "return [...document.querySelectorAll('[data-testid=\"message\"]')].map(one => \
             [one.dataset.role, one.dataset.state, one.innerText])";
        let all = self.script(script, Vec::new()).await;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let shown = |one: &Value| Shown {
            role: word(&one[0]),
            state: word(&one[1]),
            text: word(&one[2]),
        };
        all.as_array().expect("a list").iter().map(shown).collect()
    }

    /// Waits until the last message is an answer for which something holds.
    ///
    /// # Panics
    /// It never does.
    pub async fn answer_where(&self, what: &str, holds: impl Fn(&Shown) -> bool) -> Shown {
        until_async(what, wait::ANSWER, async || {
            let last = self.messages().await.pop()?;
            (last.role == "assistant" && holds(&last)).then_some(last)
        })
        .await
    }

    /// Waits until the last answer has ended, however.
    ///
    /// # Panics
    /// It does not end.
    pub async fn ended(&self) -> Shown {
        self.answer_where("the end of an answer", |last| last.state != "writing")
            .await
    }

    /// Waits until the hub has been reached and the page can be used.
    ///
    /// # Panics
    /// It does not come so far.
    pub async fn ready(&self) {
        let _ = self.find("tab-visualize").await;
        let _ = self.find("status-line").await;
    }

    /// How often the text of the answer that is being written grew until it ended.
    ///
    /// # Panics
    /// It does not end.
    pub async fn growth(&self) -> (usize, Shown) {
        let (mut lengths, patience) = (Vec::<usize>::new(), wait::ANSWER);
        let ended = until_async("an answer that grows and ends", patience, async || {
            let last = self
                .messages()
                .await
                .pop()
                .filter(|last| last.role == "assistant")?;
            let length = last.text.chars().count();
            if lengths.last().is_none_or(|known| length > *known) && last.state == "writing" {
                lengths.push(length);
            }
            (last.state != "writing").then_some(last)
        })
        .await;
        (lengths.len(), ended)
    }

    /// Keeps a picture of the page.
    ///
    /// # Panics
    /// It cannot be taken or kept.
    pub async fn picture(&self, name: &str) {
        self.settle().await;
        let png = match &self.screen {
            Some(screen) => screen.picture(),
            None => self.client.screenshot().await.expect("a picture"),
        };
        let path = places::artefacts().join(format!("{name}.png"));
        std::fs::write(&path, png).expect("the picture can be kept");
    }

    /// Waits until nothing moves: animations would make pictures and contrast checks depend on chance.
    pub async fn settle(&self) {
        let script = "return document.getAnimations().filter(one => one.playState === 'running' \
             && one.effect.getComputedTiming().iterations !== Infinity).length";
        until_async(
            "the end of animations",
            Duration::from_secs(5),
            async || (self.script(script, Vec::new()).await == json!(0)).then_some(()),
        )
        .await;
    }
}
