//! Routes of tracks, skills, exchange rates and mark-ups: pages of the admin.

mod edit;
mod list;
mod money;
mod parts;
mod skills;

use crate::web::Routes;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/admin/tracks", list::list);
    r.post("/admin/tracks", list::create);
    r.get("/admin/tracks/new", list::new);
    r.get("/admin/tracks/{id}", edit::words);
    r.post("/admin/tracks/{id}", edit::save_words);
    r.get("/admin/tracks/{id}/{part}", edit::part);
    r.post("/admin/tracks/{id}/{part}", edit::save_part);
    r.get("/admin/skills", skills::list);
    r.post("/admin/skills", skills::create);
    r.get("/admin/skills/new", skills::new);
    r.get("/admin/skills/{id}", skills::edit);
    r.post("/admin/skills/{id}", skills::save);
    r.post("/admin/skills/{id}/retire", skills::retire);
    r.post("/admin/skills/{id}/restore", skills::restore);
    r.get("/admin/rates", money::rates);
    r.post("/admin/rates", money::add_rate);
    r.get("/admin/markups", money::markups);
    r.post("/admin/markups", money::add_markup);
}

/// A form as it was sent: names and values in their order, names repeated.
pub(super) type Pairs = Vec<(String, String)>;

/// The value of a field; empty when it was not sent.
pub(super) fn one(pairs: &Pairs, name: &str) -> String {
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

/// Every value of a repeated field.
pub(super) fn many(pairs: &Pairs, name: &str) -> Vec<String> {
    pairs
        .iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.clone())
        .collect()
}

/// What stands in a row of a column that came through [`many`]; empty where it has no such row.
pub(super) fn cell(column: &[String], row: usize) -> String {
    column.get(row).map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// A day as people read it.
pub(super) fn day(date: chrono::NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}
