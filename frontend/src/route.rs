//! Where in the program a person is, as the part of the address behind `#`, so that reloading and
//! the browser's way back work. It holds an id and never words of a person.

use base::ConversationId;

/// A tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    /// The conversation.
    Visualize,
    /// What the AI did.
    Feed,
    /// The log.
    Logs,
    /// Settings.
    Settings,
}

impl Tab {
    /// All tabs, in their order.
    pub(crate) const ALL: [Self; 4] = [Self::Visualize, Self::Feed, Self::Logs, Self::Settings];

    /// The name in addresses and in ids of the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Visualize => "visualize",
            Self::Feed => "feed",
            Self::Logs => "logs",
            Self::Settings => "settings",
        }
    }
}

/// A place in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    /// Which tab.
    pub(crate) tab: Tab,
    /// Which conversation; none for a new one.
    pub(crate) conversation: Option<ConversationId>,
}

impl Route {
    /// Reads the part behind `#`; what it does not know leads to the start.
    pub(crate) fn read(hash: &str) -> Self {
        let mut parts = hash
            .trim_start_matches('#')
            .trim_start_matches('/')
            .split('/');
        let name = parts.next().unwrap_or_default();
        let tab = Tab::ALL
            .into_iter()
            .find(|tab| tab.name() == name)
            .unwrap_or(Tab::Visualize);
        Self {
            tab,
            conversation: parts.next().and_then(|id| id.parse().ok()),
        }
    }

    /// Writes the part behind `#`.
    pub(crate) fn write(self) -> String {
        match self.conversation {
            Some(id) => format!("#/{}/{id}", self.tab.name()),
            None => format!("#/{}", self.tab.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_written_is_read_as_the_same_place() {
        for tab in Tab::ALL {
            for conversation in [None, Some(ConversationId::from_bytes([7; 16]))] {
                let route = Route { tab, conversation };
                assert_eq!(Route::read(&route.write()), route);
            }
        }
    }

    #[test]
    fn an_unknown_place_is_the_start() {
        for hash in ["", "#", "#/", "#/elsewhere/zzz", "#<script>"] {
            let start = Route {
                tab: Tab::Visualize,
                conversation: None,
            };
            assert_eq!(Route::read(hash), start, "{hash:?}");
        }
    }
}
