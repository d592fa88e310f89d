//! What is done from the pipeline: to one person, to several, by two people at once.

use actix_web::http::StatusCode;

use super::pages::{code, crowd, names, run, stands};
use crate::support::app::Person;
use crate::vetting::room::Room;

/// Asks for an act on somebody.
async fn lead_on(staff: &Person, code: &str, kind: &str, further: &[(&str, &str)]) -> StatusCode {
    let mut form = vec![("who", code), ("kind", kind), ("from", "/pipeline?column=english")];
    form.extend_from_slice(further);
    staff.post("/pipeline/move", &form).await.status
}

#[actix_web::test]
async fn a_move_is_an_act_of_the_check_or_refused_with_words() {
    let room = Room::open().await;
    let (app, staff) = (&room.app, &room.recruiter);
    let who = code(app, "Rafaela Nascimento").await;
    let ask = async |to: &str| {
        staff
            .page(&format!(
                "/pipeline/move?who={who}&to={to}&from=%2Fpipeline%3Fcolumn%3Dnew"
            ))
            .await
    };
    assert!(ask("identity").await.contains("What leads on: Identity"));
    assert!(!ask("identity").await.contains("No act leads there"));
    for (to, words) in [
        ("vetted", "nobody sets it"),
        ("references", "passed or waived first"),
        ("new", "Nobody becomes new again"),
    ] {
        let page = ask(to).await;
        assert!(page.contains("No act leads there") && page.contains(words), "{to}");
    }
    // What is missing is asked for.
    for (act, words) in [
        ("schedule", "Write a time"),
        ("assign", "Choose who assesses"),
        ("", "Choose what to do"),
    ] {
        let answer = staff
            .post("/pipeline/move", &[("who", &who), ("kind", "identity"), ("act", act)])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
        assert!(answer.has(words), "{act}");
    }
    assert_eq!(stands(app, "Rafaela Nascimento").await, (0, 0));
    // Not the next check; then one after the other.
    assert_eq!(
        lead_on(staff, &who, "references", &[("act", "invite")]).await,
        StatusCode::CONFLICT
    );
    let when = [("act", "schedule"), ("on", "2027-01-12"), ("at", "15:30")];
    assert_eq!(
        lead_on(staff, &who, "identity", &[("act", "invite")]).await,
        StatusCode::SEE_OTHER
    );
    assert_eq!(stands(app, "Rafaela Nascimento").await, (24, 1));
    assert_eq!(
        lead_on(staff, &who, "identity", &[("act", "invite")]).await,
        StatusCode::CONFLICT,
        "a second time"
    );
    assert_eq!(lead_on(staff, &who, "identity", &when).await, StatusCode::SEE_OTHER);
    assert_eq!(stands(app, "Rafaela Nascimento").await, (24, 2));
    assert_eq!(
        lead_on(staff, &who, "identity", &[("act", "wait")]).await,
        StatusCode::SEE_OTHER
    );
    assert_eq!(stands(app, "Rafaela Nascimento").await, (24, 3));
    let ana: uuid::Uuid = room.one("select id from users where email = 'ana@agency.test'").await;
    let ana = ana.to_string();
    assert_eq!(
        lead_on(staff, &who, "identity", &[("act", "assign"), ("assessor", &ana)]).await,
        StatusCode::SEE_OTHER
    );
    let owed: i64 = room.one("select count(*) from scorecards where state = 'owed'").await;
    assert_eq!(owed, 1);
    assert!(names(&room.ana.page("/pipeline?view=table&mine=yes").await).len() == 1);
    assert!(names(&room.ben.page("/pipeline?view=table&mine=yes").await).is_empty());
    // Outside the pipeline nothing moves, and the table finds them only when it is asked to.
    run(app, "update candidates set state = 'paused'").await;
    assert_eq!(
        lead_on(staff, &who, "identity", &[("act", "wait")]).await,
        StatusCode::CONFLICT
    );
    assert!(names(&staff.page("/pipeline?view=table").await).is_empty());
    assert_eq!(names(&staff.page("/pipeline?people=paused").await).len(), 1);
    assert_eq!(staff.get("/pipeline/move?who=1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(staff.get("/pipeline/move?who=x").await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn of_two_people_who_move_one_card_one_moves_it() {
    let room = Room::open().await;
    let who = code(&room.app, "Rafaela Nascimento").await;
    for round in 0..6 {
        let (a, b) = tokio::join!(
            lead_on(&room.recruiter, &who, "identity", &[("act", "invite")]),
            lead_on(&room.ana, &who, "identity", &[("act", "wait")]),
        );
        let both = [a, b];
        let done = both.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        let refused = both.iter().filter(|status| **status == StatusCode::CONFLICT).count();
        // The second one may come after the first and lead on from there.
        assert!(done >= 1 && done + refused == 2, "round {round}: {both:?}");
        let open: i64 = room
            .one("select count(*) from vetting_checks where state in ('invited', 'waiting')")
            .await;
        assert_eq!(open, 1);
        run(
            &room.app,
            "update vetting_checks set state = 'cancelled' where state in ('invited', 'waiting')",
        )
        .await;
    }
}

#[actix_web::test]
async fn an_act_on_several_says_for_whom_and_for_whom_not() {
    let room = Room::open().await;
    let (app, staff) = (&room.app, &room.recruiter);
    crowd(app, 6).await;
    run(app, "update candidates set state = 'paused' where name = 'Person 005'").await;
    let mut codes = Vec::new();
    for n in 0..6 {
        codes.push(code(app, &format!("Person {n:03}")).await);
    }
    lead_on(staff, &codes[0], "identity", &[("act", "invite")]).await;
    let ticked: Vec<String> = codes.iter().map(|code| format!("who={code}")).collect();
    let page = staff
        .page(&format!(
            "/pipeline/bulk?act=invite&{}&from=%2Fpipeline%3Fcolumn%3Dnew",
            ticked.join("&")
        ))
        .await;
    assert!(page.contains("Invite 4 people to their next check") && page.contains("Invited already."));
    assert!(page.contains("Not in the pipeline"));
    // Somebody moves on meanwhile: said of that one, and the others are done.
    lead_on(&room.ana, &codes[1], "identity", &[("act", "wait")]).await;
    let form: Vec<(&str, &str)> = [("act", "invite")]
        .into_iter()
        .chain(codes.iter().map(|code| ("who", code.as_str())))
        .collect();
    let done = staff.post("/pipeline/bulk", &form).await;
    assert!(done.has("Done: 3") && done.has("Not done: 3"), "{}", done.text());
    let invited: i64 = room
        .one("select count(*) from vetting_checks where state = 'invited'")
        .await;
    assert_eq!(invited, 4);
    let again = staff.post("/pipeline/bulk", &form).await;
    assert!(again.has("Not done: 6"), "{}", again.text());
    let noted: Vec<(&str, &str)> = [("act", "note"), ("note", "Met at the fair")]
        .into_iter()
        .chain(codes.iter().map(|code| ("who", code.as_str())))
        .collect();
    assert!(
        staff.post("/pipeline/bulk", &noted).await.has("Done: 6"),
        "about the paused, too"
    );
    let notes: i64 = room.one("select count(*) from notes").await;
    assert_eq!(notes, 6);
    let ana: uuid::Uuid = room.one("select id from users where email = 'ana@agency.test'").await;
    let ana = ana.to_string();
    let assigned: Vec<(&str, &str)> = [("act", "assign"), ("assessor", ana.as_str())]
        .into_iter()
        .chain(codes.iter().map(|code| ("who", code.as_str())))
        .collect();
    assert!(staff.post("/pipeline/bulk", &assigned).await.has("Done: 5"));
    for (form, status) in [
        (vec![("act", "invite")], StatusCode::CONFLICT),
        (
            vec![("act", "reject"), ("who", codes[0].as_str())],
            StatusCode::BAD_REQUEST,
        ),
        (
            vec![("act", "note"), ("who", codes[0].as_str()), ("note", " ")],
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            vec![("act", "assign"), ("who", codes[0].as_str()), ("assessor", "x")],
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        assert_eq!(staff.post("/pipeline/bulk", &form).await.status, status, "{form:?}");
    }
    let many: Vec<String> = (1..=201).map(|code| format!("who={code}")).collect();
    let many = staff.get(&format!("/pipeline/bulk?act=note&{}", many.join("&"))).await;
    assert_eq!(many.status, StatusCode::CONFLICT);
}
