//! The private PostgreSQL cluster for demo, development and tests.
