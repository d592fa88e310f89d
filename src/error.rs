//! The one error type of requests.
