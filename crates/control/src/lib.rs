//! The local socket over which the command line and the window find a running hub.
