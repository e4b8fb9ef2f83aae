//! Which servers are asked for a model, and in which order.
//!
//! The order: the server that was named; then the others that have a model of the same name, as they stand
//! in the person's list. One that is further away than the named one is never asked in its place: who chose
//! a model at home did not choose to send the question away.

/// How far away a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distance {
    /// On this device.
    Here,
    /// On another device that the person said is their own.
    Own,
    /// On the home network.
    Near,
    /// On somebody else's computer.
    Far,
}

/// The parts of the name of a server's model: `server/model`. The model may have slashes of its own.
#[must_use]
pub fn parts(name: &str) -> Option<(&str, &str)> {
    let (server, model) = name.split_once('/')?;
    (!server.is_empty() && !model.is_empty()).then_some((server, model))
}

/// Whether a server's model of this name is the one that is asked for: Ollama adds `:latest` to a name
/// without a tag.
#[must_use]
pub fn is_same(has: &str, asked: &str) -> bool {
    let plain = |name: &str| name.strip_suffix(":latest").unwrap_or(name).to_lowercase();
    plain(has) == plain(asked)
}

/// The servers that may be asked when `named` is: it first, then those that may stand in for it. Empty when
/// there is no server of that name. Whether they have the model shows when they are looked at.
#[must_use]
pub fn order(named: &str, servers: &[(&str, Distance)]) -> Vec<usize> {
    let Some(first) = servers.iter().position(|(name, _)| *name == named) else {
        return Vec::new();
    };
    let limit = servers[first].1;
    let others = (0..servers.len()).filter(|at| *at != first && servers[*at].1 <= limit);
    std::iter::once(first).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_server_comes_first_and_then_the_order_of_the_list() {
        let servers = [
            ("a", Distance::Here),
            ("b", Distance::Here),
            ("c", Distance::Here),
        ];
        assert_eq!(order("b", &servers), [1, 0, 2]);
        assert!(order("gone", &servers).is_empty());
    }

    #[test]
    fn question_never_goes_further_away_than_it_was_sent() {
        let servers = [
            ("far", Distance::Far),
            ("other", Distance::Far),
            ("near", Distance::Near),
            ("mine", Distance::Own),
            ("here", Distance::Here),
        ];
        assert_eq!(order("here", &servers), [4]);
        assert_eq!(order("mine", &servers), [3, 4]);
        assert_eq!(order("near", &servers), [2, 3, 4]);
        assert_eq!(order("far", &servers), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn name_of_a_model_may_have_slashes_and_a_tag_that_goes_without_saying() {
        assert_eq!(parts("vllm/org/model"), Some(("vllm", "org/model")));
        assert_eq!(parts("plain"), None);
        assert_eq!(parts("/model"), None);
        assert!(is_same("llama3.2:latest", "Llama3.2"));
        assert!(!is_same("llama3.2:1b", "llama3.2"));
    }
}
