//! What is installed and what is in memory.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use contract::model::{EngineView, InstalledModel, ListModels, ModelHeader, ModelsView};
use contract::token::Scope;
use contract::{Code, Fault};
use hub::OfferedModel;
use serde_json::{Value, json};

use super::Refused;
use crate::body;
use crate::door::Door;
use crate::fields::{Fields, object};
use crate::guard::ApiCaller;
use crate::problem::Problem;

pub(super) async fn version(_pass: ApiCaller) -> Json<Value> {
    Json(json!({"version": env!("CARGO_PKG_VERSION"), "hai_net": true}))
}

pub(super) async fn tags(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
) -> Result<Json<Value>, Refused> {
    door.let_in(caller, Scope::Models).await?;
    let view = models(&door).await?;
    let usable = view.installed.iter().filter_map(|model| {
        let header = model.header.as_ref().ok()?;
        Some(row(model, header))
    });
    let offered = door.hall.offered_models().await?;
    let served = offered.iter().filter_map(served_row);
    Ok(Json(
        json!({"models": usable.chain(served).collect::<Vec<_>>()}),
    ))
}

pub(super) async fn running(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
) -> Result<Json<Value>, Refused> {
    door.let_in(caller, Scope::Models).await?;
    let view = models(&door).await?;
    let EngineView::Ready { model, context, .. } = &view.engine else {
        return Ok(Json(json!({"models": []})));
    };
    let loaded = view.installed.iter().find(|one| one.name == *model);
    let rows = loaded.and_then(|one| Some(row(one, one.header.as_ref().ok()?)));
    let rows = rows.into_iter().map(|mut row| {
        row["size_vram"] = json!(0);
        row["context_length"] = json!(context);
        row
    });
    Ok(Json(json!({"models": rows.collect::<Vec<_>>()})))
}

pub(super) async fn show(
    State(door): State<Arc<Door>>,
    caller: ApiCaller,
    request: Request,
) -> Result<Json<Value>, Refused> {
    door.let_in(caller, Scope::Models).await?;
    let bytes = body::read(request.into_body()).await?;
    let body = object(&bytes)?;
    let fields = Fields::of_body(&body);
    // The older name of the field is still sent.
    let name = match fields.text("model")? {
        Some(name) => name,
        None => fields
            .needed_text("name")
            .map_err(|_| fields.missing("model"))?,
    };
    // An alias stands for an installed model.
    let model = super::model(&door, name, caller).await?;
    let view = models(&door).await?;
    let found = view.installed.iter().find(|one| one.name == model.name());
    let Some((found, Ok(header))) = found.map(|one| (one, &one.header)) else {
        let offered = door.hall.offered_models().await?;
        let served = offered.iter().filter(|one| one.id == model.name());
        if let Some(row) = served.filter_map(served_row).next() {
            return Ok(Json(json!({
                "modelfile": format!("FROM {}\n", model.name()),
                "parameters": "",
                "template": "",
                "license": "",
                "modified_at": row["modified_at"],
                "details": row["details"],
                "model_info": {},
                "capabilities": ["completion", "tools"],
                "remote_host": row["remote_host"],
                "remote_model": row["remote_model"],
            })));
        }
        let unknown = Fault::refused(Code::UnknownModel, "There is no model of this name");
        return Err(Problem::from(unknown).into());
    };
    let context = format!("{}.context_length", header.architecture);
    Ok(Json(json!({
        "modelfile": format!("FROM {}\n", found.name),
        "parameters": "",
        "template": "",
        "license": header.licence.as_deref().unwrap_or_default(),
        "modified_at": found.added.rfc3339(),
        "details": details(header),
        "model_info": {
            "general.architecture": header.architecture,
            "general.basename": header.title,
            "general.parameter_count": header.parameters,
            context: header.context,
        },
        "capabilities": ["completion", "tools", "embedding"],
    })))
}

async fn models(door: &Door) -> Result<ModelsView, Problem> {
    let view = door.hall.ask(ListModels {}.into()).await?;
    serde_json::from_value(view).map_err(|error| {
        let message = "The list of models cannot be read.";
        Fault::broken(Code::Internal, message, error.to_string()).into()
    })
}

fn row(model: &InstalledModel, header: &ModelHeader) -> Value {
    json!({
        "name": model.name,
        "model": model.name,
        "modified_at": model.added.rfc3339(),
        "size": model.file_bytes,
        "digest": "",
        "details": details(header),
    })
}

/// A model of a server: what is known of it here, in the fields in which Ollama tells of models elsewhere.
fn served_row(model: &OfferedModel) -> Option<Value> {
    let server = model.server.as_ref()?;
    let remote = model.id.split_once('/').map_or("", |(_, remote)| remote);
    Some(json!({
        "name": model.id,
        "model": model.id,
        "modified_at": model.created.rfc3339(),
        "size": 0,
        "digest": "",
        "details": {
            "parent_model": "",
            "format": "",
            "family": "",
            "families": null,
            "parameter_size": "",
            "quantization_level": "",
        },
        "remote_host": server,
        "remote_model": remote,
    }))
}

fn details(header: &ModelHeader) -> Value {
    json!({
        "parent_model": "",
        "format": "gguf",
        "family": header.architecture,
        "families": [header.architecture],
        "parameter_size": parameter_size(header.parameters),
        "quantization_level": header.quantisation,
    })
}

/// A number of weights as people say it: `134.5M`, `7.2B`.
fn parameter_size(parameters: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = parameters / (unit / 10);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match parameters {
        1_000_000_000.. => tenths(1_000_000_000) + "B",
        1_000_000.. => tenths(1_000_000) + "M",
        _ => tenths(1_000) + "K",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_weights_are_said_as_people_say_them() {
        for (parameters, said) in [
            (134_515_008, "134.5M"),
            (7_241_732_096, "7.2B"),
            (1_999_999, "1.9M"),
            (512, "0.5K"),
        ] {
            assert_eq!(parameter_size(parameters), said);
        }
    }
}
