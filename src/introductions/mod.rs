//! Shortlists, consent and the client's decisions.
