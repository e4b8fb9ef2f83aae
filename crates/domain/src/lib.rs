//! Pure decisions: state in, effects out.
