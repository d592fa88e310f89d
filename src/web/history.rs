//! A record's history as a page shows it: what happened, who did it, and each field as it was and as it is.
//!
//! Pages load [`Lines`] for the records that belong together and draw them with the macros of `templates/ui/history.html`.
//! All of it is for staff: field values are not filtered by who looks, but for records that are closed to somebody ([`veil`]). What
//! another audience may read, its page says itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::AppResult;
use crate::events::store::{self, EventRow};
use crate::events::words;
use crate::ids::EventId;
use crate::zones::Zone;

/// Lines of a page of a history.
const ROWS: usize = 25;
/// One more, so that it shows whether there are older ones.
const FETCH: i64 = 26;
/// Fields that a line shows; an event's own page shows all.
const FIELDS: usize = 6;
/// Characters of a value that a line shows.
const CHARS: usize = 70;

/// Which part of a history: `?older=EVENT`.
#[derive(Debug, Default, Deserialize)]
pub struct HistoryQuery {
    /// Events before this one.
    #[serde(default)]
    pub older: Option<String>,
}

/// One field on both sides of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field, and of which part of the record.
    pub field: String,
    /// As it was; nothing where there was nothing.
    pub old: Option<String>,
    /// As it is; nothing where nothing is left.
    pub new: Option<String>,
}

/// One event, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Line {
    /// The event.
    pub id: EventId,
    /// What happened.
    pub what: String,
    /// Reasons, numbers, what it followed from.
    pub details: String,
    /// When, in the page's zone.
    pub when: String,
    /// When, for machines.
    pub iso: String,
    /// Who.
    pub who: String,
    /// The first fields that changed.
    pub changes: Vec<FieldChange>,
    /// How many more did.
    pub more: usize,
}

/// A page of a history.
#[derive(Debug, Clone)]
pub struct Lines {
    /// Newest first.
    pub rows: Vec<Line>,
    /// The query of the next older page, if there is one.
    pub older: Option<String>,
    /// Whether this is not the newest page.
    pub is_older: bool,
    /// The zone of the times.
    pub zone: String,
}

impl Lines {
    /// The events of these records, in two statements.
    pub async fn load(
        conn: &mut PgConnection,
        subjects: &[(&str, Uuid)],
        query: &HistoryQuery,
        zone: Zone,
    ) -> AppResult<Self> {
        Self::load_veiled(conn, subjects, query, zone, &BTreeSet::new()).await
    }

    /// The same for somebody to whom some records are closed.
    pub async fn load_veiled(
        conn: &mut PgConnection,
        subjects: &[(&str, Uuid)],
        query: &HistoryQuery,
        zone: Zone,
        closed: &BTreeSet<Uuid>,
    ) -> AppResult<Self> {
        let older: Option<EventId> = query.older.as_deref().and_then(|text| text.parse().ok());
        let mut events = store::history(conn, subjects, older, FETCH).await?;
        let more = events.len() > ROWS;
        events.truncate(ROWS);
        veil(&mut events, closed);
        let names = names(conn, &events).await?;
        Ok(Self {
            older: events.last().filter(|_| more).map(|last| format!("?older={}", last.id)),
            is_older: older.is_some(),
            zone: if zone == Zone::utc() {
                "UTC".to_owned()
            } else {
                zone.place()
            },
            rows: events.iter().map(|event| line(event, &names, zone)).collect(),
        })
    }
}

/// Leaves of the events of closed records what happened, when and who did it: the values might be scores that the viewer is not to
/// see yet. All of them go, so that a field which a table gets later is not forgotten here.
pub fn veil(events: &mut [EventRow], closed: &BTreeSet<Uuid>) {
    for event in events.iter_mut().filter(|event| closed.contains(&event.subject_id)) {
        (event.before, event.after) = (None, None);
        event.data = serde_json::json!({ "details": "hidden until your scorecard is in" });
    }
}

/// An event as a line.
pub fn line(event: &EventRow, names: &BTreeMap<Uuid, String>, zone: Zone) -> Line {
    let mut changes = changes(event, names, CHARS);
    let more = changes.len().saturating_sub(FIELDS);
    changes.truncate(FIELDS);
    Line {
        id: event.id,
        what: words::of(&event.kind),
        details: words::details(&event.data),
        when: moment(event.at, zone),
        iso: event.at.to_rfc3339(),
        who: event.actor.clone(),
        changes,
        more,
    }
}

/// An instant as the log writes it.
pub fn moment(at: DateTime<Utc>, zone: Zone) -> String {
    zone.local(at).format("%-d %b %Y, %H:%M:%S").to_string()
}

/// The names behind the ids that these events speak of.
pub async fn names(conn: &mut PgConnection, events: &[EventRow]) -> AppResult<BTreeMap<Uuid, String>> {
    let mut ids = Vec::new();
    for event in events {
        for side in [&event.before, &event.after].into_iter().flatten() {
            collect(side, &mut ids);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    store::names(conn, &ids).await
}

fn collect(value: &Value, ids: &mut Vec<Uuid>) {
    match value {
        Value::String(text) if text.len() == 36 => ids.extend(text.parse::<Uuid>()),
        Value::Object(fields) => {
            for (name, inner) in fields {
                ids.extend(
                    name.split('.')
                        .filter(|part| part.len() == 36)
                        .flat_map(str::parse::<Uuid>),
                );
                collect(inner, ids);
            }
        }
        _ => {}
    }
}

/// Every field that an event changed, in words of at most `chars` characters.
pub fn changes(event: &EventRow, names: &BTreeMap<Uuid, String>, chars: usize) -> Vec<FieldChange> {
    let none = Map::new();
    let side = |side: &Option<Value>| side.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (side(&event.before), side(&event.after));
    let mut all = Vec::new();
    let keys = || {
        before
            .keys()
            .chain(after.keys().filter(|key| !before.contains_key(*key)))
    };
    // The record's own fields first, those that decide something before the others, then the rows that belong to it.
    let mut own: Vec<&String> = keys().filter(|key| !key.contains('.')).collect();
    own.sort_by_key(|key| weight(key, after.get(*key).or(before.get(*key))));
    for key in own {
        all.push(field(
            key.replace('_', " "),
            before.get(key),
            after.get(key),
            names,
            chars,
        ));
    }
    for key in keys().filter(|key| key.contains('.')) {
        let inner = |side: &Map<String, Value>| side.get(key).and_then(Value::as_object).unwrap_or(&none).clone();
        let (was, is) = (inner(&before), inner(&after));
        for name in was.keys().chain(is.keys().filter(|name| !was.contains_key(*name))) {
            let label = format!("{}: {}", part(key, names), name.replace('_', " "));
            all.push(field(label, was.get(name), is.get(name), names, chars));
        }
    }
    all
}

/// The place of a field in a line that does not show all: the lighter, the earlier.
fn weight(name: &str, value: Option<&Value>) -> u8 {
    let kept_out = value.is_some_and(|value| value.get("kept_out").is_some());
    match name {
        "state" | "role" => 0,
        _ if name.ends_with("_minor") || name == "basis_points" || name == "rate_e9" => 1,
        _ if kept_out || name.ends_with("_id") || name.ends_with("_by") => 3,
        _ => 2,
    }
}

/// "`role_request_skills`.ID" as "role request skills Rust".
fn part(key: &str, names: &BTreeMap<Uuid, String>) -> String {
    let mut parts = key.split('.');
    let table = parts.next().unwrap_or_default().replace('_', " ");
    let rest = parts.filter_map(|part| match part.parse::<Uuid>() {
        Ok(id) => names.get(&id).cloned(),
        Err(_) => Some(part.replace('_', " ")),
    });
    std::iter::once(table).chain(rest).collect::<Vec<_>>().join(" ")
}

fn field(
    field: String,
    old: Option<&Value>,
    new: Option<&Value>,
    names: &BTreeMap<Uuid, String>,
    chars: usize,
) -> FieldChange {
    let shown = |value: Option<&Value>| {
        value
            .filter(|value| !value.is_null())
            .map(|value| text(value, names, chars))
    };
    FieldChange {
        field,
        old: shown(old),
        new: shown(new),
    }
}

/// An instant as the database writes it, to the microsecond, as people read it.
fn instant(text: &str) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    Some(format!("{} UTC", moment(at, Zone::utc())))
}

fn text(value: &Value, names: &BTreeMap<Uuid, String>, chars: usize) -> String {
    let whole = match value {
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => match text.parse::<Uuid>() {
            Ok(id) if text.len() == 36 => names.get(&id).cloned().unwrap_or_else(|| text.clone()),
            _ => instant(text).unwrap_or_else(|| text.clone()),
        },
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Object(fields) if fields.contains_key("kept_out") => "value kept out".to_owned(),
        Value::Object(fields) if fields.contains_key("secret") => "secret".to_owned(),
        other => other.to_string(),
    };
    match whole.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(before: Option<Value>, after: Option<Value>) -> EventRow {
        EventRow {
            id: EventId::new(),
            at: DateTime::UNIX_EPOCH,
            kind: "candidate.edited".to_owned(),
            subject_kind: "candidate".to_owned(),
            subject_id: Uuid::nil(),
            actor: "system".to_owned(),
            data: json!({}),
            before,
            after,
            network: None,
            request_id: None,
        }
    }

    #[test]
    fn fields_are_read_on_both_sides_and_personal_values_never() {
        let skill = Uuid::now_v7();
        let names = BTreeMap::from([(skill, "Rust".to_owned())]);
        let kept = |hash: &str| json!({ "kept_out": hash });
        let it = event(
            Some(json!({ "name": kept("aa"), "pay_minor": 5, (format!("claims.{skill}")): { "current": true } })),
            Some(
                json!({ "name": kept("bb"), "pay_minor": null, (format!("claims.{skill}")): { "current": false }, "zone": "" }),
            ),
        );
        let change = |field: &str, old: Option<&str>, new: Option<&str>| FieldChange {
            field: field.to_owned(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        };
        assert_eq!(
            changes(&it, &names, 10),
            [
                change("pay minor", Some("5"), None),
                change("zone", None, Some("empty")),
                change("name", Some("value kept…"), Some("value kept…")),
                change("claims Rust: current", Some("yes"), Some("no")),
            ]
        );
        assert_eq!(changes(&event(None, None), &names, 10), []);
        let dated = event(
            None,
            Some(json!({ "expires_at": "2026-11-27T16:54:52.679674+00:00", "start_on": "2026-11-27" })),
        );
        assert_eq!(
            changes(&dated, &names, 70),
            [
                change("expires at", None, Some("27 Nov 2026, 16:54:52 UTC")),
                change("start on", None, Some("2026-11-27")),
            ]
        );
    }

    #[test]
    fn of_a_closed_record_no_value_is_left() {
        let open = EventRow {
            subject_id: Uuid::now_v7(),
            ..event(None, Some(json!({ "value": 5 })))
        };
        let secret = event(Some(json!({ "value": 3 })), Some(json!({ "value": 4 })));
        let mut events = [
            open,
            EventRow {
                data: json!({ "score_bp": 9_000 }),
                ..secret
            },
        ];
        veil(&mut events, &BTreeSet::from([Uuid::nil()]));
        assert_eq!(events[0].after, Some(json!({ "value": 5 })));
        let shown = line(&events[1], &BTreeMap::new(), Zone::utc());
        assert_eq!(
            (shown.changes.len(), shown.details.as_str()),
            (0, "details hidden until your scorecard is in")
        );
    }

    #[test]
    fn a_line_is_bounded_and_says_how_much_it_leaves_out() {
        let fields: Map<String, Value> = (0..20)
            .map(|n| (format!("field_{n}"), json!("é".repeat(300))))
            .collect();
        let shown = line(&event(None, Some(Value::Object(fields))), &BTreeMap::new(), Zone::utc());
        assert_eq!((shown.changes.len(), shown.more), (FIELDS, 14));
        assert!(
            shown
                .changes
                .iter()
                .all(|one| one.new.as_ref().is_some_and(|text| text.chars().count() == CHARS + 1))
        );
    }
}
