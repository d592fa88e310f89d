//! The way of a request: who moves it, what each side sees, two people at once, and what the database refuses.

use actix_web::http::StatusCode;
use futures_util::future::join;
use meridian::accounts::Role;
use meridian::events::Actor;
use meridian::ids::{RequestId, SeatId};
use meridian::requests::{Move, State, actions, store};

use super::{act, app, id_of, state_of};
use crate::support::app::App;
use crate::support::clients::{brief, brief_with, client, version};

#[actix_web::test]
async fn a_request_goes_its_way_with_a_reason_for_each_step() {
    let app = app().await;
    let (person, path) = client(&app, "Halyard", "a@halyard.test").await;
    let recruiter = app.recruiter().await;
    let id = id_of(&path);
    assert!(recruiter.page("/requests?state=submitted").await.contains(&path));
    assert_eq!(
        act(&recruiter, &path, "ask", " ").await.status,
        StatusCode::CONFLICT,
        "a question needs words"
    );
    act(&recruiter, &path, "ask", "Which region?").await.to();
    let page = person.page(&path).await;
    assert!(page.contains("Needs information, waiting on you") && page.contains("Which region?"));
    // While the agency asks, the client can change the request.
    let edit = version(&person, &path).await;
    let mut fields = brief_with(&[("title", "Ledger and quotes"), ("mids", "1")]);
    fields.push(("version", &edit));
    person.post(&format!("{path}/edit"), &fields).await.to();
    act(&person, &path, "answer", "us-east, then Sao Paulo").await.to();
    act(&recruiter, &path, "open", "").await.to();
    assert_eq!(state_of(&app, id).await, State::Open);
    act(&person, &path, "hold", "Budget freeze").await.to();
    act(&recruiter, &path, "resume", "").await.to();
    act(&person, &path, "cancel", "We hired a neighbour").await.to();
    let page = person.page(&path).await;
    for said in [
        "Ledger and quotes",
        "Which region?",
        "us-east, then Sao Paulo",
        "Complete: the search starts.",
        "Budget freeze",
        "We hired a neighbour",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let open: i64 = sqlx::query_scalar("select count(*) from seats where request_id = $1 and state <> 'cancelled'")
        .bind(id.0)
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(open, 0);
}

#[actix_web::test]
async fn each_side_does_its_own_and_sees_its_own() {
    let app = app().await;
    let (person, path) = client(&app, "Halyard", "a@halyard.test").await;
    let (other, _) = client(&app, "Somebody Else", "b@else.test").await;
    let recruiter = app.recruiter().await;
    for somebody in [&other, &app.person(Role::Candidate, "dev@pool.test", None).await] {
        assert_eq!(somebody.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            somebody.get(&format!("{path}/edit")).await.status,
            StatusCode::NOT_FOUND
        );
        for verb in ["submit", "ask", "answer", "open", "hold", "resume", "cancel", "edit"] {
            let answer = somebody
                .post(&format!("{path}/{verb}"), &[("version", "1"), ("reason", "x")])
                .await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{verb}");
        }
    }
    assert!(!other.page("/requests").await.contains(&path));
    let version = version(&recruiter, &path).await;
    let fields = [("version", version.as_str()), ("reason", "x")];
    assert_eq!(
        person.post(&format!("{path}/open"), &fields).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        recruiter.post(&format!("{path}/answer"), &fields).await.status,
        StatusCode::FORBIDDEN
    );
    let edit = format!("{path}/edit");
    assert_eq!(
        person.get(&edit).await.status,
        StatusCode::OK,
        "until the search is open"
    );
    recruiter.post(&format!("{path}/open"), &fields).await.to();
    assert_eq!(person.get(&edit).await.status, StatusCode::SEE_OTHER);
    // Staff do not file, and are told so.
    assert_eq!(recruiter.get("/start").await.status, StatusCode::SEE_OTHER);
    assert_eq!(recruiter.post("/start", &brief()).await.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn a_draft_is_the_clients_own_until_it_is_whole_and_handed_in() {
    let app = app().await;
    let (person, _) = client(&app, "Halyard", "a@halyard.test").await;
    let recruiter = app.recruiter().await;
    let mut fields = brief_with(&[("system", "")]);
    fields.push(("act", "draft"));
    let path = person.post("/start", &fields).await.to().to_owned();
    assert!(person.page(&path).await.contains("Draft, waiting on you"));
    for page in ["", "/introductions", "/people"] {
        let answer = recruiter.get(&format!("{path}{page}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{page}");
    }
    assert!(!recruiter.page("/requests").await.contains(&path));
    assert_eq!(
        act(&person, &path, "submit", "").await.status,
        StatusCode::CONFLICT,
        "the system is missing"
    );
    let seen = version(&person, &path).await;
    let mut fields = brief();
    fields.push(("version", &seen));
    person.post(&format!("{path}/edit"), &fields).await.to();
    act(&person, &path, "submit", "").await.to();
    assert!(recruiter.page(&path).await.contains("Submitted, waiting on you"));
}

#[actix_web::test]
async fn of_two_opposite_acts_at_once_one_wins_and_the_other_is_told() {
    let app = app().await;
    let (person, path) = client(&app, "Halyard", "a@halyard.test").await;
    let recruiter = app.recruiter().await;
    for round in 0..5 {
        let fresh = person.post("/start", &brief()).await.to().to_owned();
        let path = if round == 0 { &path } else { &fresh };
        let seen = version(&recruiter, path).await;
        let fields = [("version", seen.as_str()), ("reason", "Decided.")];
        let (open, cancel) = (format!("{path}/open"), format!("{path}/cancel"));
        let (opened, cancelled) = join(recruiter.post(&open, &fields), person.post(&cancel, &fields)).await;
        let mut statuses = [opened.status, cancelled.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
        let (winner, loser) = if opened.status == StatusCode::SEE_OTHER {
            (State::Open, cancelled)
        } else {
            (State::Cancelled, opened)
        };
        assert_eq!(state_of(&app, id_of(path)).await, winner);
        assert!(loser.has("Somebody else was faster"));
        let lines: i64 = sqlx::query_scalar("select count(*) from role_request_states where request_id = $1")
            .bind(id_of(path).0)
            .fetch_one(app.db.pool())
            .await
            .unwrap();
        assert_eq!(lines, 2, "submitted, and the one act that won");
    }
}

#[actix_web::test]
async fn an_edit_of_an_old_page_is_refused() {
    let app = app().await;
    let (_, path) = client(&app, "Halyard", "a@halyard.test").await;
    let recruiter = app.recruiter().await;
    let seen = version(&recruiter, &path).await;
    let mut first = brief_with(&[("title", "First")]);
    first.push(("version", &seen));
    let mut second = brief_with(&[("title", "Second")]);
    second.push(("version", &seen));
    recruiter.post(&format!("{path}/edit"), &first).await.to();
    assert_eq!(
        recruiter.post(&format!("{path}/edit"), &second).await.status,
        StatusCode::CONFLICT
    );
    assert!(recruiter.page(&path).await.contains("First"));
}

#[actix_web::test]
async fn editing_brings_the_seats_to_the_wanted_numbers() {
    let app = app().await;
    let (_, path) = client(&app, "Halyard", "a@halyard.test").await;
    let recruiter = app.recruiter().await;
    let id = id_of(&path);
    let seen = version(&recruiter, &path).await;
    let mut fields = brief_with(&[
        ("seniors", "2"),
        ("mids", "0"),
        ("juniors", "1"),
        ("senior_budget", "9,000"),
    ]);
    fields.push(("version", &seen));
    recruiter.post(&format!("{path}/edit"), &fields).await.to();
    let mut conn = app.db.conn().await.unwrap();
    let seats = store::seats(&mut conn, id).await.unwrap();
    let told: Vec<_> = seats
        .iter()
        .map(|seat| (seat.number, seat.seniority.unwrap().key(), seat.budget_minor))
        .collect();
    assert_eq!(
        told,
        [
            (1, "senior", Some(900_000)),
            (4, "senior", Some(900_000)),
            (5, "junior", None)
        ]
    );
}

async fn seats(app: &App, id: RequestId) -> Vec<SeatId> {
    let mut conn = app.db.conn().await.unwrap();
    store::seats(&mut conn, id)
        .await
        .unwrap()
        .into_iter()
        .map(|seat| seat.id)
        .collect()
}

#[actix_web::test]
async fn the_last_seat_fills_the_request_and_a_vacated_one_opens_it_again() {
    let app = app().await;
    let (person, path) = client(&app, "Halyard", "a@halyard.test").await;
    let recruiter = app.recruiter().await;
    act(&recruiter, &path, "open", "").await.to();
    let id = id_of(&path);
    let now = app.clock.now();
    hires_are_made_elsewhere(&app).await;
    let seats = seats(&app, id).await;
    for (at, seat) in seats.iter().enumerate() {
        assert_eq!(state_of(&app, id).await, State::Open, "before seat {at}");
        let mut tx = app.db.begin().await.unwrap();
        actions::seat_filled(&mut tx, &Actor::system(), now, *seat)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(state_of(&app, id).await, State::Filled);
    assert!(person.page(&path).await.contains("Every seat is taken."));
    let mut tx = app.db.begin().await.unwrap();
    actions::seat_vacated(&mut tx, &Actor::system(), now, seats[0], "Left within the guarantee.")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state_of(&app, id).await, State::Open);
    let page = person.page(&path).await;
    assert!(page.contains("Left within the guarantee.") && page.contains("2 of 3 filled"));
}

/// Fills seats without the placements that fill them: what a request does then is this module's, the hire another's.
async fn hires_are_made_elsewhere(app: &App) {
    sqlx::query("alter table seats disable trigger seats_filled_by_a_hire")
        .execute(app.db.pool())
        .await
        .unwrap();
}

#[actix_web::test]
async fn two_last_seats_filled_at_once_fill_the_request_once() {
    let app = app().await;
    let (_, path) = client(&app, "Halyard", "a@halyard.test").await;
    act(&app.recruiter().await, &path, "open", "").await.to();
    let id = id_of(&path);
    hires_are_made_elsewhere(&app).await;
    let seats = seats(&app, id).await;
    let fill = |seat: SeatId| {
        let (db, now) = (app.db.clone(), app.clock.now());
        Box::pin(async move {
            let mut tx = db.begin().await.unwrap();
            actions::seat_filled(&mut tx, &Actor::system(), now, seat)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        })
    };
    join(fill(seats[0]), join(fill(seats[1]), fill(seats[2]))).await;
    assert_eq!(state_of(&app, id).await, State::Filled);
    let filled: i64 = sqlx::query_scalar("select count(*) from role_request_states where to_state = 'filled'")
        .fetch_one(app.db.pool())
        .await
        .unwrap();
    assert_eq!(filled, 1);
}

#[actix_web::test]
async fn the_database_refuses_what_the_app_never_asks_for() {
    let app = app().await;
    let (_, path) = client(&app, "Halyard", "a@halyard.test").await;
    let id = id_of(&path);
    let refused = |sql: &'static str| {
        let pool = app.db.pool().clone();
        async move {
            let error = sqlx::query(sql).bind(id.0).execute(&pool).await.expect_err(sql);
            meridian::db::constraint_of(&error).unwrap_or_default().to_owned()
        }
    };
    assert_eq!(
        refused("update role_requests set state = 'filled' where id = $1").await,
        "role_requests_filled_whole"
    );
    assert_eq!(
        refused("update role_requests set state = 'draft' where id = $1").await,
        "role_request_transition"
    );
    assert_eq!(
        refused("update role_requests set state = 'cancelled' where id = $1").await,
        "role_requests_reason_given"
    );
    assert_eq!(
        refused("update role_requests set signals = array['bored'] where id = $1").await,
        "role_requests_signals_known"
    );
    assert_eq!(
        refused("delete from role_request_states where request_id = $1").await,
        "role_request_states_only_grows"
    );
    sqlx::query("update role_requests set state = 'open' where id = $1")
        .bind(id.0)
        .execute(app.db.pool())
        .await
        .unwrap();
    assert_eq!(
        refused("update role_requests set state = 'filled' where id = $1").await,
        "role_requests_filled_whole"
    );
    assert_eq!(
        refused("update seats set state = 'open', number = 0 where request_id = $1").await,
        "seats_number_from_one"
    );
}

#[actix_web::test]
async fn the_moves_of_the_app_are_the_rows_of_the_database() {
    let app = App::start().await;
    let mut rows: Vec<(String, String)> = sqlx::query_as(
        "select from_state, to_state from state_transitions where machine = 'role_request' and from_state <> ''",
    )
    .fetch_all(app.db.pool())
    .await
    .unwrap();
    let mut moves: Vec<(String, String)> = State::ALL
        .into_iter()
        .flat_map(|from| {
            Move::ALL
                .into_iter()
                .filter_map(move |act| Some((from, act.from(from)?)))
        })
        .map(|(from, to)| (from.code().to_owned(), to.code().to_owned()))
        .collect();
    rows.sort();
    moves.sort();
    moves.dedup();
    assert_eq!(moves, rows);
}

#[actix_web::test]
async fn a_long_list_is_paged_both_ways_without_gaps() {
    let app = app().await;
    let (person, first) = client(&app, "Halyard", "a@halyard.test").await;
    for _ in 0..store::PAGE {
        person.post("/start", &brief()).await.to();
    }
    let newest = person.page("/requests").await;
    assert_eq!(newest.matches("class=\"row\"").count(), store::PAGE);
    assert!(!newest.contains(&first));
    let href = |page: &str, rel: &str| {
        let at = page.find(&format!("rel=\"{rel}\" href=\"")).expect("a neighbour") + rel.len() + 13;
        page[at..]
            .chars()
            .take_while(|c| *c != '"')
            .collect::<String>()
            .replace("&#38;", "&")
    };
    let oldest = person.page(&href(&newest, "next")).await;
    assert!(oldest.contains(&first));
    assert_eq!(oldest.matches("class=\"row\"").count(), 1);
    let back = person.page(&href(&oldest, "prev")).await;
    assert_eq!(back.matches("class=\"row\"").count(), store::PAGE);
}
