//! Slow model of "vetted": walks every requirement and every row, in the words of the rule. Imports nothing from it.

/// A check as the model sees it: days are plain numbers.
#[derive(Debug, Clone)]
pub struct Row {
    pub kind: &'static str,
    pub result: &'static str,
    pub decided: Option<i64>,
    pub expires: Option<i64>,
    /// Order of entry, to tell two results of one day apart.
    pub entered: usize,
}

/// Whether somebody with these rows is vetted on `today` for a track that requires these kinds.
pub fn vetted(required: &[&str], rows: &[Row], today: i64) -> bool {
    for kind in required {
        let mut last: Option<&Row> = None;
        for row in rows {
            let has_result = ["passed", "failed", "waived"].contains(&row.result);
            let Some(decided) = row.decided else { continue };
            if row.kind != *kind || !has_result || decided > today {
                continue;
            }
            let is_later = match last {
                None => true,
                Some(other) => {
                    let other_decided = other.decided.unwrap_or(i64::MIN);
                    decided > other_decided || (decided == other_decided && row.entered > other.entered)
                }
            };
            if is_later {
                last = Some(row);
            }
        }
        let Some(last) = last else { return false };
        if last.result == "failed" {
            return false;
        }
        if let Some(expires) = last.expires
            && expires <= today
        {
            return false;
        }
    }
    true
}
