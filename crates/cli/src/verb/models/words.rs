//! Models in words.

use base::ByteCount;
use contract::model::{ModelDetail, ModelHeader, ModelsView, PullState, PullView};

use crate::screen::{Screen, short, tame, text_of};
use crate::verb::status;
use crate::when;

/// Characters of a remark in the list.
const REMARK_SHOWN: usize = 60;

pub(super) fn list(models: &ModelsView, screen: &Screen) -> String {
    let mut parts = vec![installed(models, screen)];
    let others: Vec<_> = models
        .catalogue
        .iter()
        .filter(|model| !model.installed)
        .collect();
    if !others.is_empty() {
        let mut table = screen.table(&["RECOMMENDED", "SIZE", "MEMORY", "LICENCE", "GOOD FOR"]);
        for model in others {
            let memory = if model.fits {
                model.memory_needed.to_string()
            } else {
                format!("{} (too much)", model.memory_needed)
            };
            table.add_row([
                model.name.clone(),
                model.file_bytes.to_string(),
                memory,
                model.licence.clone(),
                short(&model.good_for, REMARK_SHOWN),
            ]);
        }
        parts.push(text_of(&table));
    }
    let pulls: Vec<String> = models.pulls.iter().filter_map(running).collect();
    if !pulls.is_empty() {
        parts.push(format!("Downloads:\n{}", pulls.join("\n")));
    }
    parts.push(format!("Engine: {}", status::engine(&models.engine)));
    parts.join("\n\n")
}

fn installed(models: &ModelsView, screen: &Screen) -> String {
    if models.installed.is_empty() {
        return "No model is installed. Download one: hai-net models pull NAME".to_owned();
    }
    let mut table = screen.table(&["INSTALLED", "SIZE", "KIND", "CONTEXT", "REMARK"]);
    for model in &models.installed {
        let (kind, context, mut remarks) = match &model.header {
            Ok(header) => (
                format!("{} {}", header.architecture, header.quantisation),
                header.context.0.to_string(),
                Vec::new(),
            ),
            Err(fault) => (
                "?".to_owned(),
                "?".to_owned(),
                vec![format!("unusable: {}", fault.message)],
            ),
        };
        if models.chosen.as_deref() == Some(model.name.as_str()) {
            remarks.insert(0, "answers by default".to_owned());
        }
        table.add_row([
            short(&model.name, REMARK_SHOWN),
            model.file_bytes.to_string(),
            kind,
            context,
            short(&remarks.join("; "), REMARK_SHOWN),
        ]);
    }
    text_of(&table)
}

fn running(pull: &PullView) -> Option<String> {
    match &pull.state {
        PullState::Running { have, total, .. } => Some(format!(
            "  {}: {}",
            tame(&pull.source),
            so_far(*have, *total)
        )),
        PullState::Done { .. } | PullState::Cancelled | PullState::Failed { .. } => None,
    }
}

/// How far a download is: `12.0 MB of 98.4 MB`.
pub(super) fn so_far(have: ByteCount, total: Option<ByteCount>) -> String {
    total.map_or_else(|| have.to_string(), |total| format!("{have} of {total}"))
}

pub(super) fn detail(detail: &ModelDetail, screen: &Screen) -> String {
    let model = &detail.model;
    let unknown = || "unknown".to_owned();
    let mut pairs = vec![
        ("Name", model.name.clone()),
        ("File", model.path.clone()),
        ("Size", model.file_bytes.to_string()),
        ("Added", when::minute(model.added)),
    ];
    match &model.header {
        Ok(header) => pairs.extend(header_pairs(header)),
        Err(fault) => pairs.push(("Unusable", fault.message.clone())),
    }
    let verified = if model.verified {
        "yes, against a published checksum"
    } else {
        "no"
    };
    pairs.push(("Checked", verified.to_owned()));
    pairs.push(("SHA-256", detail.sha256.clone().unwrap_or_else(unknown)));
    pairs.push(("Source", detail.source.clone().unwrap_or_else(unknown)));
    if !detail.aliases.is_empty() {
        pairs.push(("Also called", detail.aliases.join(", ")));
    }
    screen.pairs(&pairs)
}

fn header_pairs(header: &ModelHeader) -> Vec<(&'static str, String)> {
    let unknown = || "unknown".to_owned();
    let template = if header.has_chat_template {
        "yes"
    } else {
        "no"
    };
    vec![
        ("Title", header.title.clone().unwrap_or_else(unknown)),
        (
            "Kind",
            format!("{} {}", header.architecture, header.quantisation),
        ),
        ("Weights", millions(header.parameters)),
        ("Context", format!("{} tokens", header.context.0)),
        ("Chat template", template.to_owned()),
        ("Licence", header.licence.clone().unwrap_or_else(unknown)),
        ("Memory", format!("about {}", header.memory_about)),
    ]
}

/// Weights as they are spoken of: `134.5 million`, `7.2 billion`.
fn millions(weights: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let weights = weights as f64;
    if weights >= 1e9 {
        format!("{:.1} billion", weights / 1e9)
    } else {
        format!("{:.1} million", weights / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_shown_as_they_are_spoken_of() {
        assert_eq!(millions(134_515_008), "134.5 million");
        assert_eq!(millions(7_241_732_096), "7.2 billion");
    }
}
