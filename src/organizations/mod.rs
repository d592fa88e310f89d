//! Client companies, their contacts and their agreements.
