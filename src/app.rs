//! The only file that knows every domain: mounts routes, registers jobs.
