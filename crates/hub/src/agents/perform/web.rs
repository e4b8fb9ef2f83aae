//! A page from the web: what leaves is its address.

use ::tools::web::{Fetched, Limits, Reach, Web};
use guardian::{Cleared, Guardian, Labelled, Memory, Refusal, WebRequest};

use super::super::tools;
use super::{Brought, CallError, Errand, brought, exit, shown};

pub(super) async fn fetch(errand: &Errand, address: &str) -> Result<Brought, CallError> {
    let request = labelled(errand, address);
    let guardian = errand.hub.guardian().await;
    let cleared = match clear(&guardian, request, errand.is_approved) {
        Ok(cleared) => cleared,
        Err(refusal) => {
            exit::note(errand, "kept in", None).await?;
            return Err(CallError::Web(format!(
                "the guardian keeps the address in: {refusal}"
            )));
        }
    };
    // Before it leaves: what is not on record does not leave.
    exit::note(errand, "web", Some(cleared.clearance())).await?;
    let web = Web::new(Reach::PUBLIC, Limits::default());
    let web = web.map_err(|error| failed(&error))?;
    match web.fetch(cleared).await.map_err(|error| failed(&error))? {
        Fetched::Page(page) => {
            let text = page.says.value().text.clone();
            Ok(brought(shown(text), tools::OUTSIDE))
        }
        Fetched::Redirected { to, .. } => Ok(brought(
            format!(
                "The page has moved to another site: {}. Ask for that address if it is right.",
                to.value().address()
            ),
            tools::OUTSIDE,
        )),
    }
}

fn labelled(errand: &Errand, address: &str) -> Labelled<WebRequest> {
    let seen = errand.seen.iter().map(|label| tools::provenance(label));
    Labelled::new(WebRequest::get(address), guardian::Provenance::Message).and(seen)
}

/// Clears the address: by itself where nothing private could be in it, else by the person's yes to it.
fn clear(
    guardian: &Guardian,
    request: Labelled<WebRequest>,
    is_approved: bool,
) -> Result<Cleared<WebRequest>, Refusal> {
    match guardian.clear_web(&request, &mut Memory::new()) {
        Ok(cleared) => Ok(cleared),
        Err(refusal) if !is_approved => Err(refusal),
        Err(_) => {
            let text = request.clone().map(|request| request.address().to_owned());
            let preview = guardian.preview(&text, &mut Memory::new())?;
            let (_, approval) = preview.approve_original();
            guardian.clear_web_approved(request, approval)
        }
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> CallError {
    CallError::Web(crate::convert::chain(error))
}
