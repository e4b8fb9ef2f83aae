//! What this machine has and how busy it is; where files live.
