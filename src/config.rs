//! Configuration from the environment, parsed once.
