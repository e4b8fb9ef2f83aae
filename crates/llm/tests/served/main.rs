//! Other servers as back ends: a real llama-server, an Ollama that follows its documentation, and servers
//! that are busy, broken or slow.

mod kit;
mod llama_server;
mod ollama;
mod rough;
mod whole;
