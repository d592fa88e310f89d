//! One ephemeral PostgreSQL cluster for the test binary, a database per test.
