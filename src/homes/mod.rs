//! Where each role starts: what waits on whom, over all domains. Highest of the domains, because it reads them all.

pub mod admin;
pub mod audit;
pub mod client;
pub mod desk;
pub mod histories;
pub mod installation;
pub mod jobs;
pub mod leaving;
pub mod mail;
pub mod me;
pub mod pages;
pub mod store;
