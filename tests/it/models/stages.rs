//! Slow model of the stage: walks the checks in the track's order and every row of each, day by day. Imports nothing from the rule.

/// A check's row as the model sees it; days are plain numbers.
#[derive(Debug, Clone)]
pub struct Row {
    pub kind: String,
    pub state: String,
    pub decided: Option<i64>,
    pub expires: Option<i64>,
    /// Order of entry, to tell two results of one day apart.
    pub entered: usize,
}

/// The stage, the state of its check and the day since when.
pub type Answer = (String, String, i64);

/// The result of a kind that counts on a day: the last one entered about the latest day.
fn result<'r>(rows: &'r [Row], kind: &str, today: i64) -> Option<&'r Row> {
    let mut best: Option<&Row> = None;
    for row in rows {
        let Some(decided) = row.decided else { continue };
        if row.kind == kind && decided <= today {
            let later =
                best.is_none_or(|other| (decided, row.entered) > (other.decided.unwrap_or(i64::MIN), other.entered));
            if later {
                best = Some(row);
            }
        }
    }
    best
}

/// Where somebody who came on the day `came` stands on `today`, of a track that asks for `required` in this order.
pub fn stage(required: &[&str], rows: &[Row], came: i64, today: i64) -> Answer {
    let mut since = came;
    for kind in required {
        let last = result(rows, kind, today);
        let over = last.and_then(|row| row.expires).is_some_and(|day| day <= today);
        let failed = last.is_some_and(|row| row.state == "failed");
        if let Some(row) = last
            && !over
            && !failed
        {
            since = since.max(row.decided.unwrap_or(i64::MIN));
            continue;
        }
        if rows.is_empty() {
            return ("new".to_owned(), "not_started".to_owned(), came);
        }
        if !failed && over {
            since = since.max(last.and_then(|row| row.expires).unwrap_or(i64::MIN));
        }
        let open = rows
            .iter()
            .find(|row| row.kind == *kind && ["invited", "scheduled", "waiting"].contains(&row.state.as_str()));
        let state = match open {
            Some(row) => row.state.clone(),
            None if failed => "failed".to_owned(),
            None if over => "expired".to_owned(),
            None => "not_started".to_owned(),
        };
        return ((*kind).to_owned(), state, since);
    }
    ("vetted".to_owned(), "not_started".to_owned(), since)
}
