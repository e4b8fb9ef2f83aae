//! How the page looks: each tab in each theme, wide and narrow, without barriers for anyone.

use acceptance::browser::{Browser, Look};
use acceptance::page::{Page, TABS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tab_is_free_of_barriers_in_each_theme_and_fits_a_narrow_screen() {
    let (_hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    browser.prefer("light").await;
    page.picture("browser-start-1200").await;
    page.say("List three fruits.").await;
    let _ = page.ended().await;
    let mut look = Look::new(&browser);
    for theme in ["light", "dark", "contrast"] {
        browser.resize(1200, 800).await;
        choose_theme(page, theme).await;
        for width in [1200, 360] {
            browser.resize(width, 800).await;
            for tab in TABS {
                page.go(tab).await;
                look.now(&format!("browser-{tab}-{theme}-{width}")).await;
            }
        }
    }
    look.end();
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_about_the_api_is_free_of_barriers_and_fits_a_narrow_screen() {
    let (hub, browser) = Browser::signed_in().await;
    let page = &browser.page;
    let address = format!("http://127.0.0.1:{}/docs", hub.port);
    page.client.goto(&address).await.expect("it loads");
    let _ = page.find_by("h1").await;
    let mut look = Look::new(&browser);
    look.in_both_colours("docs").await;
    look.end();
    assert_eq!(
        browser.complaints().await,
        [""; 0],
        "the browser found nothing wrong"
    );
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
