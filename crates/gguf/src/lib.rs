//! Checks the header of a GGUF model file before a parser written in C sees it.
