//! How the page looks: each tab in each theme, wide and narrow, without barriers for anyone.

use acceptance::browser::{self, Browser};
use acceptance::page::{Page, TABS};
use acceptance::{in_ci, skip, tell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tab_is_free_of_barriers_in_each_theme_and_fits_a_narrow_screen() {
    let (_hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    browser.prefer("light").await;
    page.picture("browser-start-1200").await;
    page.say("List three fruits.").await;
    let _ = page.ended().await;
    let checker = browser::checker();
    assert!(
        checker.is_some() || !in_ci(),
        "npm is missing, so barriers were not looked for"
    );
    if checker.is_none() {
        skip("the search for barriers", "npm is missing");
    }
    let mut found = Vec::new();
    for theme in ["light", "dark", "contrast"] {
        browser.resize(1200, 800).await;
        choose_theme(page, theme).await;
        for width in [1200, 360] {
            browser.resize(width, 800).await;
            for tab in TABS {
                page.go(tab).await;
                page.picture(&format!("browser-{tab}-{theme}-{width}"))
                    .await;
                let wide = "return document.documentElement.scrollWidth - innerWidth";
                let over = page.script(wide, vec![]).await.as_i64().expect("a number");
                let place = format!("{tab}, {theme}, {width} px");
                if over > 0 {
                    found.push(format!("{place}: {over} px too wide"));
                }
                if let Some(checker) = &checker {
                    let barriers = browser.barriers(checker).await;
                    found.extend(barriers.into_iter().map(|line| format!("{place}: {line}")));
                }
            }
        }
    }
    tell(format_args!("{} barriers", found.len()));
    assert!(found.is_empty(), "{}", found.join("\n"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_about_the_api_is_free_of_barriers_and_fits_a_narrow_screen() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    let address = format!("http://127.0.0.1:{}/docs", hub.port);
    page.client.goto(&address).await.expect("it loads");
    let _ = page.find_by("h1").await;
    let checker = browser::checker();
    let mut found = Vec::new();
    for colours in ["light", "dark"] {
        browser.prefer(colours).await;
        for width in [1200, 360] {
            browser.resize(width, 800).await;
            page.picture(&format!("docs-{colours}-{width}")).await;
            let wide = "return document.documentElement.scrollWidth - innerWidth";
            let over = page.script(wide, vec![]).await.as_i64().expect("a number");
            if over > 0 {
                found.push(format!("{colours}, {width} px: {over} px too wide"));
            }
            if let Some(checker) = &checker {
                found.extend(browser.barriers(checker).await);
            }
        }
    }
    found.extend(browser.complaints().await);
    assert!(found.is_empty(), "{}", found.join("\n"));
    browser.close().await;
}

/// Chooses a theme in Settings, and waits until it is there.
async fn choose_theme(page: &Page, theme: &str) {
    page.go("settings").await;
    let select = page.find("theme-select").await;
    select
        .select_by_value(theme)
        .await
        .expect("it can be chosen");
    let _ = page.find_by(&format!("html[data-theme={theme}]")).await;
    let colour = "return getComputedStyle(document.body).backgroundColor";
    let background = page.script(colour, vec![]).await;
    let light = background == "rgb(250, 249, 246)";
    assert_eq!(
        light,
        theme == "light",
        "the background in {theme}: {background}"
    );
}
