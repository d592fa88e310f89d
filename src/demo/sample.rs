//! The real part of the demo's pool: 1,000 answers of a public developer survey (licence: tests/data/README.md).

use chrono::{DateTime, Utc};

use crate::candidates::import::Mapping;
use crate::candidates::import::run::{ImportError, Job, Mode, Report, Table, import};
use crate::db::Db;
use crate::events::Actor;

/// Imports the sample through the same function as the command line; once it is in, again changes nothing.
pub async fn load(db: &Db, now: DateTime<Utc>) -> Result<Report, ImportError> {
    let mapping = Mapping::parse(include_str!("../../tests/data/stackoverflow-2025.mapping.toml"))
        .expect("compiled in and parsed by a test");
    let job = Job {
        table: Table::Bytes(include_bytes!("../../tests/data/stackoverflow-2025-sample.csv")),
        mapping: &mapping,
        mode: Mode::Write,
        errors: None,
    };
    import(db, &Actor::system(), now, &job, |_, _| {}).await
}
