//! `POST /v1/moderations`: what the guardian finds private in texts.
//!
//! HAI-Net has no model that judges hate or violence, so those categories are left out instead of being
//! called absent. What there is are the guardian's kinds, such as `email` or `bank_card`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use contract::token::Scope;
use guardian::{Action, Guardian, Memory};
use serde_json::{Value, json};

use crate::answering::fresh_id;
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, misfit, object};
use crate::guard::ApiCaller;
use crate::problem::Problem;

/// The most texts of one request.
const TEXTS_MAX: usize = 1_000;

/// What answers, since no model does.
const MODEL: &str = "hai-net-guardian";

pub(crate) async fn moderate(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let bytes = body::read(request.into_body()).await?;
    let body = object(&bytes)?;
    let texts = texts(&Fields::of_body(&body))?;
    door.let_in(caller, Scope::Chat).await?;
    let guardian = door.hall.guardian().await;
    // Scanning a long text takes a while, and others are served meanwhile.
    let results = tokio::task::spawn_blocking(move || {
        texts.iter().map(|text| result(&guardian, text)).collect()
    });
    let results: Result<Vec<Value>, Problem> = results.await.map_err(|_| {
        let message = "the texts could not be examined";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    })?;
    Ok(Json(json!({
        "id": fresh_id("modr-"),
        "model": MODEL,
        "results": results?,
        "hai_net": {
            "judges": "private data only; not hate, harm or violence",
            "route": "local",
        },
    })))
}

fn texts(fields: &Fields<'_>) -> Result<Vec<String>, Problem> {
    const NAME: &str = "input";
    let given = fields.value(NAME).ok_or_else(|| fields.missing(NAME))?;
    let list = match given {
        Value::String(text) => return Ok(vec![text.clone()]),
        Value::Array(list) if (1..=TEXTS_MAX).contains(&list.len()) => list,
        Value::Array(_) => {
            let message = format!("`{NAME}` takes 1 to {TEXTS_MAX} texts");
            return Err(Problem::invalid(NAME, message));
        }
        other => return Err(misfit(NAME, "a text or a list of texts", other)),
    };
    list.iter()
        .enumerate()
        .map(|(n, one)| {
            let text = one.as_str().or_else(|| one["text"].as_str());
            text.map(str::to_owned)
                .ok_or_else(|| misfit(format!("{NAME}[{n}]"), "a text", one))
        })
        .collect()
}

/// What was found in one text: a score for each kind, the surest finding of it.
fn result(guardian: &Guardian, text: &str) -> Result<Value, Problem> {
    let scan = guardian
        .detector()
        .scan(text, &mut Memory::new())
        .map_err(|error| Problem::invalid("input", error.to_string()))?;
    let mut scores = BTreeMap::<&str, f64>::new();
    let mut flagged = false;
    for span in &scan.spans {
        flagged |= span.action != Action::Allow;
        let score = scores.entry(span.kind.name()).or_default();
        *score = score.max(span.score());
    }
    let categories: BTreeMap<&str, bool> = scores.keys().map(|kind| (*kind, true)).collect();
    Ok(json!({
        "flagged": flagged,
        "categories": categories,
        "category_scores": scores,
        "category_applied_input_types":
            scores.keys().map(|kind| (*kind, ["text"])).collect::<BTreeMap<_, _>>(),
        "hai_net": { "masked": scan.masked },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_text_is_flagged_by_kind_and_shown_masked() {
        let guardian = Guardian::default();
        let found = result(&guardian, "Write to ada@example.org.").expect("it is short");
        assert_eq!(found["flagged"], true);
        assert_eq!(found["categories"]["email"], true);
        assert!(
            found["category_scores"]["email"].as_f64() > Some(0.5),
            "{found}"
        );
        let masked = found["hai_net"]["masked"].as_str().expect("a text");
        assert!(!masked.contains("ada@"), "{masked}");
        let plain = result(&guardian, "The sea is calm.").expect("it is short");
        assert_eq!(plain["flagged"], false);
        assert_eq!(plain["categories"], json!({}));
    }

    #[test]
    fn input_is_a_text_or_a_list() {
        let read = |input: Value| {
            let body = json!({ "input": input });
            texts(&Fields::of_body(body.as_object().expect("an object")))
        };
        assert_eq!(read(json!("a")), Ok(vec!["a".to_owned()]));
        let parts = json!(["a", {"type": "text", "text": "b"}]);
        assert_eq!(read(parts), Ok(vec!["a".to_owned(), "b".to_owned()]));
        for wrong in [json!([]), json!(5), json!([5]), json!({})] {
            read(wrong.clone()).expect_err("wrong");
        }
    }
}
