//! Figures of use.

use store::{UsageFigures, UsageKey};

use crate::open;

fn key(day: u64, caller: &str) -> UsageKey {
    UsageKey {
        day,
        model: "tiny".to_owned(),
        caller: caller.to_owned(),
        here: true,
    }
}

fn figures(tokens: u64) -> UsageFigures {
    UsageFigures {
        requests: 1,
        prompt_tokens: tokens,
        completion_tokens: 2 * tokens,
        busy_us: 1_000,
        measured_mj: 5,
        measured_us: 900,
    }
}

#[tokio::test]
async fn figures_of_the_same_day_model_and_caller_add_up_and_others_stay_apart() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path());
    let rows = vec![
        (key(7, "own"), figures(1)),
        (key(7, "own"), figures(10)),
        (key(8, "own"), figures(100)),
        (key(8, "open"), figures(1_000)),
    ];
    store.add_usage(rows).await.expect("counted");
    store
        .add_usage(vec![(key(7, "own"), figures(10_000))])
        .await
        .expect("counted");
    let found = store.usage_since(7).await.expect("read");
    assert_eq!(found.len(), 3, "{found:?}");
    let (first, sums) = &found[0];
    assert_eq!(*first, key(7, "own"), "the oldest day comes first");
    assert_eq!(sums.requests, 3);
    assert_eq!(sums.prompt_tokens, 10_011);
    assert_eq!(sums.completion_tokens, 20_022);
    assert_eq!(
        (sums.busy_us, sums.measured_mj, sums.measured_us),
        (3_000, 15, 2_700)
    );
    assert_eq!(store.usage_since(8).await.expect("read").len(), 2);
    let used = store.tokens_used(8, "open".to_owned()).await;
    assert_eq!(used.expect("read"), 3_000);
    let none = store.tokens_used(9, "open".to_owned()).await;
    assert_eq!(none.expect("read"), 0);
}
