//! Requests to a language model elsewhere: what leaves by itself, and what the person is shown before saying
//! yes to more.

use serde_json::Value;

use crate::cleared::{
    Approval, Cleared, Digest, Guardian, Labelled, Refusal, refuse_blocked, refuse_private,
};
use crate::error::ScanError;
use crate::json::JsonScan;
use crate::kind::Kind;
use crate::memory::Memory;

/// A request as it is, and as it would be with what is private hidden. The person chooses one of the two.
#[derive(Debug)]
pub struct RequestPreview {
    original: Labelled<Value>,
    kinds: Vec<Kind>,
    masked: Value,
}

impl RequestPreview {
    /// The request as it is.
    #[must_use]
    pub fn original(&self) -> &Value {
        self.original.value()
    }

    /// The request with tokens in place of what was found.
    #[must_use]
    pub fn masked(&self) -> &Value {
        &self.masked
    }

    /// What was found, the most harmful first.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The person said yes to the request with this digest: as it is, or masked. `None` when it is neither.
    #[must_use]
    pub fn approve(self, chosen: &str) -> Option<(Labelled<Value>, Approval)> {
        let masked = self.masked;
        let either = [self.original.clone(), self.original.map(|_| masked)];
        either.into_iter().find_map(|request| {
            let digest = digest(request.value());
            (digest.to_string() == chosen).then(|| (request, Approval::to(digest)))
        })
    }
}

/// The digest of JSON as compact text, keys in the order in which they stand.
#[must_use]
pub fn digest(json: &Value) -> Digest {
    Digest::of(json.to_string().as_bytes())
}

impl Guardian {
    /// Clears a request to a language model elsewhere. `said` is what was said in it, as one text: what is
    /// found there, with all that stands around it, is masked in the request too.
    ///
    /// # Errors
    /// As [`Self::clear`].
    pub fn clear_request(
        &self,
        request: &Labelled<Value>,
        said: &str,
        memory: &mut Memory,
    ) -> Result<Cleared<Value>, Refusal> {
        refuse_private(request)?;
        let scan = self.detector().scan(said, memory)?;
        refuse_blocked(scan.action(), scan.kinds())?;
        self.clear_json(request, memory)
    }

    /// What the person is shown of a request that does not leave by itself, or not as it is. What is masked
    /// stays in `memory`; `said` is as for [`Self::clear_request`], and what was approved leaves through
    /// [`Self::clear_json_approved`].
    ///
    /// # Errors
    /// The detector could not look at all of it: then it cannot be approved either.
    pub fn preview_request(
        &self,
        request: Labelled<Value>,
        said: &str,
        memory: &mut Memory,
    ) -> Result<RequestPreview, ScanError> {
        let mut kinds = self.detector().scan(said, memory)?.kinds();
        let scan = self.detector().scan_json(request.value(), memory)?;
        kinds.extend(scan.kinds());
        kinds.sort_unstable();
        kinds.dedup();
        let JsonScan { masked, .. } = scan;
        Ok(RequestPreview {
            original: request,
            kinds,
            masked,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Basis, Provenance};

    const SAID: &str =
        "Write to anna@example.org that the key is sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8t.";

    fn request() -> Labelled<Value> {
        let value = json!({"messages": [{"role": "user", "content": SAID}]});
        Labelled::new(value, Provenance::Message).and([Provenance::PrivateStore])
    }

    #[test]
    fn what_is_kept_in_leaves_as_it_is_or_masked_when_the_person_says_so() {
        let guardian = Guardian::default();
        let kept = guardian.clear_request(&request(), SAID, &mut Memory::new());
        assert!(kept.is_err(), "it does not leave by itself");
        for is_masked in [false, true] {
            let mut memory = Memory::new();
            let preview = guardian.preview_request(request(), SAID, &mut memory);
            let preview = preview.expect("plain text");
            assert_eq!(preview.kinds(), [Kind::ApiKey, Kind::Email]);
            let shown = if is_masked {
                preview.masked()
            } else {
                preview.original()
            }
            .clone();
            assert_eq!(shown.to_string().contains("anna@example.org"), !is_masked);
            assert_eq!(shown.to_string().contains("sk-proj"), !is_masked);
            let (value, approval) = preview
                .approve(&digest(&shown).to_string())
                .expect("it is the digest of what was shown");
            let cleared = guardian
                .clear_json_approved(value, approval)
                .expect("approved");
            assert_eq!(cleared.get(), &shown, "exactly what was shown leaves");
            assert_eq!(cleared.clearance().basis, Basis::Approved);
            assert_eq!(cleared.clearance().digest, digest(&shown));
            if is_masked {
                let masked = shown["messages"][0]["content"].as_str().expect("a text");
                let back = memory.restore(masked);
                assert!(
                    back.contains("anna@example.org"),
                    "an address comes back: {back}"
                );
                assert!(!back.contains("sk-proj"), "a key does not: {back}");
            }
        }
    }

    #[test]
    fn yes_to_other_bytes_is_no_approval() {
        let guardian = Guardian::default();
        let preview = guardian.preview_request(request(), SAID, &mut Memory::new());
        let other = digest(&json!({"messages": []})).to_string();
        assert!(preview.expect("plain text").approve(&other).is_none());
    }
}
