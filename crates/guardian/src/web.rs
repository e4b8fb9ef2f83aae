//! Asking for a page: an address is all that leaves.

use crate::cleared::{Approval, Cleared, Guardian, Labelled, Refusal};
use crate::memory::Memory;

/// One page that is asked for: the method is GET, and there is no body. What leaves is the address,
/// with whatever somebody wrote into its path and query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebRequest {
    address: String,
}

impl WebRequest {
    /// Asks for the page at this address. Whether it is one, the sender checks.
    #[must_use]
    pub fn get(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
        }
    }

    /// Where the page is.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Guardian {
    /// Clears an address without asking anyone. A masked address would lead somewhere else, so one that
    /// holds anything private is refused as a whole.
    ///
    /// # Errors
    /// It came from a private place, something was found in it, or it could not be examined.
    pub fn clear_web(
        &self,
        request: &Labelled<WebRequest>,
        memory: &mut Memory,
    ) -> Result<Cleared<WebRequest>, Refusal> {
        let address = request.clone().map(|request| request.address);
        let cleared = self.clear(&address, memory)?;
        if cleared.get() != address.value() {
            return Err(Refusal::NotMaskable {
                kinds: cleared.clearance().kinds.clone(),
            });
        }
        Ok(cleared.map(|address| WebRequest { address }))
    }

    /// Clears the address that the person approved, and no other. The approval is used up; it comes
    /// from a [`Self::preview`] of the address.
    ///
    /// # Errors
    /// As [`Self::clear_approved`].
    pub fn clear_web_approved(
        &self,
        request: Labelled<WebRequest>,
        approval: Approval,
    ) -> Result<Cleared<WebRequest>, Refusal> {
        let address = request.map(|request| request.address);
        Ok(self
            .clear_approved(address, approval)?
            .map(|address| WebRequest { address }))
    }
}
