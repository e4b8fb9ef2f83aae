//! Loopback HTTP: the OpenAI-compatible API, the browser UI, health and metrics.
