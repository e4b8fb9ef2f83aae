//! Length-prefixed frames between the hub and its workers, and what they say.
