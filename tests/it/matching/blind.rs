//! Whoever owes a scorecard about somebody sees no points of theirs, also not out of a pool that is kept.

use meridian::accounts::Role;

use super::{REQUEST, ids, json, scene};
use meridian::matching::cli;

/// Who stands on a page of matches, in its order.
fn order(page: &str) -> Vec<&str> {
    let rows = page.split("name=\"candidate\" value=\"").skip(1);
    rows.map(|row| row.split('"').next().unwrap_or_default()).collect()
}

const HIDDEN: &str = "Hidden until your scorecard is in";

#[actix_web::test]
async fn points_are_hidden_from_an_assessor_and_from_nobody_else() {
    let (app, recruiter) = scene().await;
    let list = json(&app, 1, cli::Extent::All).await;
    let best = ids(&list["matches"]).remove(0);
    let path = format!("/requests/{REQUEST}/matches?seat=1&candidate={best}");
    let before = recruiter.page(&path).await;
    assert!(!before.contains(HIDDEN) && before.contains("of 10,000"), "{before}");
    let form = [("kind", "debugging"), ("result", "invite")];
    recruiter.post(&format!("/candidates/{best}/checks"), &form).await.to();
    let find = |sql: &'static str| sqlx::query_scalar::<_, uuid::Uuid>(sql).fetch_one(app.db.pool());
    let check = find("select id from vetting_checks where kind = 'debugging' and state = 'invited'")
        .await
        .unwrap();
    let me = find("select id from users where email = 'recruiter@agency.test'")
        .await
        .unwrap()
        .to_string();
    let assessors = format!("/candidates/{best}/checks/{check}/assessors");
    recruiter.post(&assessors, &[("assessor", me.as_str())]).await.to();
    let other = app.person(Role::Recruiter, "other@agency.test", None).await;
    let after = recruiter.page(&path).await;
    assert!(after.contains(HIDDEN), "{after}");
    let seen = other.page(&path).await;
    assert!(!seen.contains(HIDDEN));
    // A place is a score too: whose points are hidden stands behind everybody else.
    assert!(order(&seen).len() > 1, "{seen}");
    assert_eq!(order(&seen).first(), Some(&best.as_str()));
    let hidden = order(&after);
    let at = hidden.iter().position(|id| *id == best);
    assert!(at.is_none_or(|at| at + 1 == hidden.len()), "{hidden:?}");
    // The others stand as they stood.
    let rest = |page: &str| {
        let others = order(page).into_iter().filter(|id| *id != best);
        others.map(str::to_owned).collect::<Vec<_>>()
    };
    let (theirs, mine) = (rest(&seen), rest(&after));
    assert!(theirs.iter().zip(&mine).all(|(one, other)| one == other), "{hidden:?}");
    let card = [("recommendation", "yes"), ("same", "yes"), ("act", "in")];
    recruiter
        .post(&format!("/candidates/{best}/checks/{check}/card"), &card)
        .await
        .to();
    assert!(!recruiter.page(&path).await.contains(HIDDEN));
}
