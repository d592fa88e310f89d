//! What every test uses: databases, the app, people, the browser.

pub mod app;
pub mod browser;
pub mod clients;
pub mod cluster;
pub mod hires;
pub mod http;
pub mod installation;
pub mod letters;
pub mod packages;
pub mod process;
pub mod skip;
pub mod small_disk;
pub mod wire;
