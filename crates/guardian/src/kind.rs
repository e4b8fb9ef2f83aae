//! What can be found, and what is done about it.

use serde::{Deserialize, Serialize};

/// What a found text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A key in text form (`-----BEGIN … PRIVATE KEY-----`).
    PrivateKey,
    /// A run of recovery words.
    SeedPhrase,
    /// A key or token of a service, known by how it begins.
    ApiKey,
    /// A signed token (JWT).
    Jwt,
    /// A value that the text itself calls a password, a token or a secret.
    Password,
    /// A name with a password, or a token, inside an address of the web.
    UrlSecret,
    /// Letters as random as those of a key.
    HighEntropy,
    /// The number of a payment card.
    Card,
    /// The number of a bank account.
    Iban,
    /// A number that a state gave to one person.
    NationalId,
    /// One of the person's own words.
    OwnWord,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// An address of a machine on a network.
    Ip,
    /// The hardware address of a network card.
    Mac,
    /// A place on earth in numbers.
    Coordinates,
    /// A day of birth.
    BirthDate,
    /// A postal address.
    Address,
    /// The name of a person.
    Person,
    /// The name of a user, as the path of a home folder shows it.
    UserName,
    /// Text that looks like one of our own tokens, such as `[EMAIL_1]`.
    TokenLookalike,
}

impl Kind {
    /// All kinds, the most harmful first.
    pub const ALL: [Self; 21] = [
        Self::PrivateKey,
        Self::SeedPhrase,
        Self::ApiKey,
        Self::Jwt,
        Self::Password,
        Self::UrlSecret,
        Self::HighEntropy,
        Self::Card,
        Self::Iban,
        Self::NationalId,
        Self::OwnWord,
        Self::Email,
        Self::Phone,
        Self::Ip,
        Self::Mac,
        Self::Coordinates,
        Self::BirthDate,
        Self::Address,
        Self::Person,
        Self::UserName,
        Self::TokenLookalike,
    ];

    /// The word that stands for a value of this kind in masked text.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::PrivateKey => "PRIVATE_KEY",
            Self::SeedPhrase => "SEED_PHRASE",
            Self::ApiKey => "API_KEY",
            Self::Jwt => "JWT",
            Self::Password => "PASSWORD",
            Self::UrlSecret => "URL_SECRET",
            Self::HighEntropy => "SECRET",
            Self::Card => "CARD",
            Self::Iban => "IBAN",
            Self::NationalId => "ID",
            Self::OwnWord => "OWN",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Ip => "IP",
            Self::Mac => "MAC",
            Self::Coordinates => "PLACE",
            Self::BirthDate => "BIRTH",
            Self::Address => "ADDRESS",
            Self::Person => "NAME",
            Self::UserName => "USER",
            Self::TokenLookalike => "TEXT",
        }
    }

    /// The name of the kind, as JSON has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PrivateKey => "private_key",
            Self::SeedPhrase => "seed_phrase",
            Self::ApiKey => "api_key",
            Self::Jwt => "jwt",
            Self::Password => "password",
            Self::UrlSecret => "url_secret",
            Self::HighEntropy => "high_entropy",
            Self::Card => "card",
            Self::Iban => "iban",
            Self::NationalId => "national_id",
            Self::OwnWord => "own_word",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Ip => "ip",
            Self::Mac => "mac",
            Self::Coordinates => "coordinates",
            Self::BirthDate => "birth_date",
            Self::Address => "address",
            Self::Person => "person",
            Self::UserName => "user_name",
            Self::TokenLookalike => "token_lookalike",
        }
    }
}

/// What is done about a finding. The stronger one is the larger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is reported and stays as it is.
    Allow,
    /// A token stands for it, which is turned back in the answer.
    Mask,
    /// The whole text does not leave.
    Block,
}

impl Action {
    /// The name of the action, as JSON has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Mask => "mask",
            Self::Block => "block",
        }
    }
}

/// Which action each kind calls for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    actions: [Action; Kind::ALL.len()],
}

impl Policy {
    /// The action for a kind.
    #[must_use]
    pub fn action(&self, kind: Kind) -> Action {
        self.actions[kind as usize]
    }

    /// The same policy with another action for one kind.
    ///
    /// Text that looks like our tokens is always masked: left as it is, a stranger's text could have a
    /// value put in its place.
    #[must_use]
    pub fn with(mut self, kind: Kind, action: Action) -> Self {
        if kind != Kind::TokenLookalike {
            self.actions[kind as usize] = action;
        }
        self
    }
}

impl Default for Policy {
    /// What opens doors is blocked; what tells of a person is masked.
    fn default() -> Self {
        Self {
            actions: Kind::ALL.map(|kind| match kind {
                Kind::PrivateKey
                | Kind::SeedPhrase
                | Kind::ApiKey
                | Kind::Jwt
                | Kind::Password
                | Kind::UrlSecret => Action::Block,
                Kind::HighEntropy
                | Kind::Card
                | Kind::Iban
                | Kind::NationalId
                | Kind::OwnWord
                | Kind::Email
                | Kind::Phone
                | Kind::Ip
                | Kind::Mac
                | Kind::Coordinates
                | Kind::BirthDate
                | Kind::Address
                | Kind::Person
                | Kind::UserName
                | Kind::TokenLookalike => Action::Mask,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_of_kinds_is_in_the_order_of_their_numbers() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{kind:?} is looked up by its number");
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, kind.name(), "JSON and text name a kind alike");
        }
    }

    #[test]
    fn block_is_stronger_than_mask_and_mask_than_allow() {
        assert!(Action::Block > Action::Mask && Action::Mask > Action::Allow);
    }

    #[test]
    fn lookalikes_of_tokens_are_masked_whatever_the_policy_says() {
        let lax = Policy::default().with(Kind::TokenLookalike, Action::Allow);
        assert_eq!(lax.action(Kind::TokenLookalike), Action::Mask);
        let lax = lax.with(Kind::Email, Action::Allow);
        assert_eq!(lax.action(Kind::Email), Action::Allow);
    }
}
