//! What front ends may ask of a hub and what they see.
