//! `GET /v1/models` and `GET /v1/models/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use contract::token::Scope;
use contract::{Code, Fault};
use hub::OfferedModel;
use serde_json::{Value, json};

use crate::door::Door;
use crate::guard::ApiCaller;
use crate::problem::Problem;

pub(crate) async fn list(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
) -> Result<Json<Value>, Problem> {
    door.let_in(caller, Scope::Models).await?;
    let offered = door.hall.offered_models().await?;
    let data: Vec<Value> = offered.iter().map(row).collect();
    Ok(Json(json!({"object": "list", "data": data})))
}

pub(crate) async fn one(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    door.let_in(caller, Scope::Models).await?;
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let offered = door.hall.offered_models().await?;
    match offered.iter().find(|model| model.id == id) {
        Some(model) => Ok(Json(row(model))),
        None => Err(Fault::refused(Code::UnknownModel, "There is no model of this name").into()),
    }
}

fn row(model: &OfferedModel) -> Value {
    let mut row = json!({
        "id": model.id,
        "object": "model",
        "created": model.created.as_secs(),
        "owned_by": "hai-net",
    });
    if let Some(server) = &model.server {
        row["hai_net"] = json!({"served_by": server});
    }
    if let Some(target) = &model.stands_for {
        row["hai_net"] = json!({"stands_for": target});
    }
    row
}
