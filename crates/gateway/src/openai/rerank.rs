//! `POST /v1/rerank`: sorts documents by how near they are to a question.
//!
//! No model made for this is installed, so the measure is the cosine between the embeddings of question
//! and document. Every answer says so in `hai_net.method`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use contract::token::Scope;
use serde_json::{Value, json};

use crate::answering::fresh_id;
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, misfit, object};
use crate::guard::ApiCaller;
use crate::problem::Problem;

/// The most documents of one request: each costs as much as an embedding.
const DOCUMENTS_MAX: usize = 1_000;

/// How documents are compared.
const METHOD: &str = "cosine of embeddings; not a cross-encoder";

pub(crate) async fn rerank(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let bytes = body::read(request.into_body()).await?;
    let body = object(&bytes)?;
    let fields = Fields::of_body(&body);
    let query = fields.needed_text("query")?;
    if query.is_empty() {
        let message = "`query` takes a text that is not empty";
        return Err(Problem::invalid("query", message).code("invalid_value"));
    }
    let documents = documents(&fields)?;
    let most = fields.integer("top_n", 1..=u32::MAX)?;
    let with_text = fields.switch("return_documents")?.unwrap_or(false);
    let asked = fields.text("model")?;
    door.let_in(caller, Scope::Embeddings).await?;
    let model = door.model(asked, caller).await?;
    let mut texts = vec![query.to_owned()];
    texts.extend(documents.iter().cloned());
    let made = door
        .unless_loading(model.is_embedded(), model.embed(texts))
        .await?;
    let results: Vec<Value> = ranked(&made.vectors)
        .into_iter()
        .take(most.map_or(usize::MAX, |most| most as usize))
        .map(|(index, score)| {
            let mut result = json!({"index": index, "relevance_score": score});
            if with_text {
                result["document"] = json!({"text": documents.get(index)});
            }
            result
        })
        .collect();
    Ok(Json(json!({
        "id": fresh_id("rerank-"),
        "model": asked.unwrap_or_else(|| model.name()),
        "results": results,
        "usage": {"prompt_tokens": made.prompt_tokens, "total_tokens": made.prompt_tokens},
        "hai_net": {
            "served_by": model.runs_on(),
            "backend": model.backend(),
            "route": model.route(),
            "method": METHOD,
        },
    })))
}

fn documents(fields: &Fields<'_>) -> Result<Vec<String>, Problem> {
    const NAME: &str = "documents";
    let list = fields.list(NAME)?.ok_or_else(|| fields.missing(NAME))?;
    if list.is_empty() || list.len() > DOCUMENTS_MAX {
        let message = format!("`{NAME}` takes 1 to {DOCUMENTS_MAX} documents");
        return Err(Problem::invalid(NAME, message));
    }
    list.iter()
        .enumerate()
        .map(|(n, document)| {
            let text = document.as_str().or_else(|| document["text"].as_str());
            match text {
                Some(text) if !text.is_empty() => Ok(text.to_owned()),
                _ => Err(misfit(
                    format!("{NAME}[{n}]"),
                    "a text that is not empty",
                    document,
                )),
            }
        })
        .collect()
}

/// The numbers of all vectors but the first, the nearest to the first at the front, with their cosines.
/// Vectors of a model have length 1, so the cosine is the sum of the products.
fn ranked(vectors: &[Vec<f32>]) -> Vec<(usize, f32)> {
    let Some((query, documents)) = vectors.split_first() else {
        return Vec::new();
    };
    let mut ranked: Vec<(usize, f32)> = documents
        .iter()
        .map(|document| document.iter().zip(query).map(|(a, b)| a * b).sum())
        .enumerate()
        .collect();
    // Those that are equally near stay in the order in which they came.
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_document_comes_first_and_equals_keep_their_order() {
        let vectors = [
            vec![1.0, 0.0],
            vec![0.0, 1.0],
            vec![0.6, 0.8],
            vec![1.0, 0.0],
            vec![0.6, 0.8],
        ];
        let order: Vec<usize> = ranked(&vectors).into_iter().map(|one| one.0).collect();
        assert_eq!(order, [2, 1, 3, 0]);
        assert!(ranked(&[]).is_empty());
    }

    #[test]
    fn documents_are_texts_or_objects_with_one() {
        let read = |list: Value| {
            let body = json!({ "documents": list });
            documents(&Fields::of_body(body.as_object().expect("an object")))
        };
        assert_eq!(
            read(json!(["a", {"text": "b"}])),
            Ok(vec!["a".to_owned(), "b".to_owned()])
        );
        for wrong in [json!([]), json!([""]), json!([5]), json!([{}]), json!("a")] {
            read(wrong.clone()).expect_err("wrong");
        }
    }
}
