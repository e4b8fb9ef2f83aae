//! Language models: the embedded engine, the catalogue and downloads.
