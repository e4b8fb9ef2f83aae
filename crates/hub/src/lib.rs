//! The single owner of all state: answers asks, supervises, stops.
