//! The exit door: the guardian as this hub's owner needs it.

use guardian::{Detector, Guardian, OwnWords, Policy};

use crate::house::Hub;

impl Hub {
    /// A guardian that knows the owner's own words. They come from the vault; while it is locked, nothing of
    /// the owner's is there to leave.
    pub async fn guardian(&self) -> Guardian {
        let words = self
            .at_safe(|inside| {
                let vault = inside.vault.as_ref()?;
                let details = vault.details();
                let told = [
                    details.full_name(),
                    details.birth_date(),
                    details.government_id(),
                    details.email(),
                ];
                let mut words: Vec<String> =
                    told.into_iter().flatten().map(str::to_owned).collect();
                words.push(vault.owner().name);
                Some(words)
            })
            .await
            .ok()
            .flatten()
            .unwrap_or_default();
        // A word that is too short to look for is left out alone, and not all words with it.
        let usable = words
            .iter()
            .map(String::as_str)
            .filter(|word| OwnWords::new([*word]).is_ok());
        match OwnWords::new(usable) {
            Ok(words) => Guardian::new(Detector::new(Policy::default(), words)),
            Err(error) => {
                tracing::warn!("the owner's own words cannot be looked for: {error}");
                Guardian::default()
            }
        }
    }
}
