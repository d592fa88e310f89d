//! The pages of the pipeline over the wire: who is where, saved views, the way from person to person.

use actix_web::http::StatusCode;
use meridian::accounts::Role;
use meridian::ids::CandidateId;
use sqlx::AssertSqlSafe;

use crate::support::app::App;
use crate::support::clients::seed;
use crate::support::cluster;
use crate::support::wire::Wire;
use crate::vetting::room::Room;

/// Enters `number` people of the shipped track, named "Person 000" and so on, each a day after the other.
pub async fn crowd(app: &App, number: i32) {
    sqlx::query(
        "insert into candidates (id, track_id, name, source, zone, created_at, updated_at)
         select gen_random_uuid(), t.id, 'Person ' || lpad(n::text, 3, '0'), 'staff', 'America/Bogota', $2 - make_interval(days => n), $2
         from generate_series(0, $1 - 1) n, tracks t where t.slug = 'rust-actix'",
    )
    .bind(number)
    .bind(app.clock.now())
    .execute(app.db.pool())
    .await
    .expect("a crowd");
}

/// The code of somebody by name.
pub async fn code(app: &App, name: &str) -> String {
    let code: i32 = sqlx::query_scalar("select code from candidates where name = $1")
        .bind(name)
        .fetch_one(app.db.pool())
        .await
        .expect(name);
    code.to_string()
}

/// Stage and state of somebody, as the database has them packed.
pub async fn stands(app: &App, name: &str) -> (i16, i16) {
    sqlx::query_as("select stage, stage_check from candidates where name = $1")
        .bind(name)
        .fetch_one(app.db.pool())
        .await
        .expect(name)
}

pub async fn run(app: &App, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(app.db.pool())
        .await
        .expect(sql);
}

/// The names on a page, in their order.
pub fn names(page: &str) -> Vec<String> {
    let links = page.split("class=\"row\" href=\"").skip(1);
    let names = links.filter_map(|rest| rest.split_once('>')?.1.split_once('<').map(|(name, _)| name.to_owned()));
    names.collect()
}

fn href(page: &str, has: &str) -> Option<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let plain = links.map(|link| link.replace("&#38;", "&").replace("&amp;", "&"));
    plain.into_iter().find(|link| link.contains(has))
}

/// The further page ("next") or the earlier one ("prev").
fn paged(page: &str, rel: &str) -> Option<String> {
    let link = page.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
    link.split('"')
        .next()
        .map(|link| link.replace("&#38;", "&").replace("&amp;", "&"))
}

#[actix_web::test]
async fn board_and_table_show_who_waits_longest_within_their_limits() {
    let database = cluster::database().await;
    let wire = Wire::to(&database.connect_options());
    let options = wire.options();
    let app = App::start_through(database, options).await;
    seed(&app).await;
    crowd(&app, 130).await;
    let staff = app.recruiter().await;
    let statements = async |path: &str| {
        staff.page(path).await;
        drop(wire.statements());
        let page = staff.page(path).await;
        let said = wire.statements();
        let counted = said
            .iter()
            .filter(|text| !["BEGIN", "COMMIT", "ROLLBACK"].contains(&text.as_str()))
            .count();
        assert!(counted <= 8, "{path}: {said:#?}");
        assert!(page.len() <= 60 * 1024, "{path}: {} bytes", page.len());
        page
    };
    let board = statements("/pipeline?track=rust-actix").await;
    let shown = names(&board);
    assert_eq!(
        shown.first().map(String::as_str),
        Some("Person 129"),
        "the longest first"
    );
    assert!(shown.len() <= 20 && shown.len() >= 10, "{}", shown.len());
    assert!(board.contains("All 130"), "the rest is in the table");
    let all = href(&board, "view=table&stage=new").expect("a way to all of them");
    let mut seen = Vec::new();
    let mut path = all.clone();
    loop {
        let page = statements(&path).await;
        seen.extend(names(&page));
        let Some(next) = paged(&page, "next") else { break };
        path = next;
    }
    assert_eq!(seen.len(), 130);
    let expected: Vec<String> = (0..130).rev().map(|n| format!("Person {n:03}")).collect();
    assert_eq!(seen, expected, "everybody once, the longest first");
    for (filter, found) in [
        ("days=100", 29),
        ("days=0", 130),
        ("days=-5", 130),
        ("days=99999999999999999999", 130),
        ("q=person+01", 10),
        ("stage=vetted", 0),
        ("stage=nothing", 130),
        ("state=invited", 0),
        ("mine=yes", 0),
        ("seniority=senior", 0),
        ("place=bogota", 130),
        ("skill=weaving", 0),
        ("people=paused", 0),
        ("q=%25", 0),
        ("after=x&before=y", 130),
    ] {
        for view in ["board", "table"] {
            let page = statements(&format!("/pipeline?track=rust-actix&view={view}&{filter}")).await;
            let says = page.contains(&format!("<b>{found}</b> "));
            assert!(
                says,
                "{view}, {filter}: {}",
                page.split("id=\"found\"")
                    .nth(1)
                    .unwrap_or_default()
                    .get(..60)
                    .unwrap_or_default()
            );
        }
    }
    for sort in ["longest", "shortest", "name", "stage", "none"] {
        let page = statements(&format!("/pipeline?view=table&sort={sort}")).await;
        let first = if ["shortest", "name"].contains(&sort) {
            "Person 000"
        } else {
            "Person 129"
        };
        assert_eq!(names(&page)[0], first, "{sort}");
        let next = paged(&page, "next").expect("more");
        let back = paged(&staff.page(&next).await, "prev").expect("a way back");
        assert_eq!(
            names(&staff.page(&back).await),
            names(&page),
            "{sort}: the same page backwards"
        );
    }
    for address in [
        "track=%00",
        "track=a&track=b",
        "q=%ff",
        "after=%27",
        "stage=new&stage=new",
        "days=%0a",
    ] {
        let status = staff.get(&format!("/pipeline?{address}")).await.status;
        assert!(
            status.is_success() || status == StatusCode::BAD_REQUEST,
            "{address}: {status}"
        );
    }
}

#[actix_web::test]
async fn views_are_ones_own_and_hold_nothing_but_an_address_of_the_pipeline() {
    let room = Room::open().await;
    let (app, staff) = (&room.app, &room.recruiter);
    let query = "track=rust-actix&view=table&days=5&unknown=1&pick=all&after=x";
    let to = staff
        .post("/pipeline/views", &[("name", "Stuck <b>\"5\"</b>"), ("query", query)])
        .await;
    assert_eq!(to.to(), "/pipeline?track=rust-actix&view=table&days=5");
    let page = staff.page(to.to()).await;
    assert!(page.contains("Stuck &#60;b&#62;") && !page.contains("<b>\"5\"</b>"));
    for (name, query, status) in [
        (" stuck <B>\"5\"</b> ", "track=x", StatusCode::CONFLICT),
        ("", "track=x", StatusCode::UNPROCESSABLE_ENTITY),
        ("a\nb", "track=x", StatusCode::UNPROCESSABLE_ENTITY),
        ("x", "", StatusCode::BAD_REQUEST),
        ("x", "unknown=1", StatusCode::BAD_REQUEST),
    ] {
        let answer = staff.post("/pipeline/views", &[("name", name), ("query", query)]).await;
        assert_eq!(answer.status, status, "{name:?} {query}");
    }
    let long = "q=".to_owned() + &"x".repeat(1_500);
    assert_eq!(
        staff
            .post("/pipeline/views", &[("name", "long"), ("query", &long)])
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    let id: uuid::Uuid = room.one("select id from saved_views").await;
    let view = format!("/pipeline/views/{id}");
    for act in ["rename", "default", "delete"] {
        let form = [("act", act), ("name", "Mine now")];
        assert_eq!(room.ana.post(&view, &form).await.status, StatusCode::NOT_FOUND, "{act}");
        assert!(!room.ana.page("/pipeline/views").await.contains("Stuck"));
    }
    let kept: (String, bool) = sqlx::query_as("select name, is_default from saved_views")
        .fetch_one(app.db.pool())
        .await
        .expect("it");
    assert_eq!(kept, ("Stuck <b>\"5\"</b>".to_owned(), false));
    staff.post(&view, &[("act", "default")]).await.to();
    assert_eq!(
        staff.get("/pipeline").await.to(),
        "/pipeline?track=rust-actix&view=table&days=5"
    );
    assert_eq!(
        staff.get("/pipeline?view=board").await.status,
        StatusCode::OK,
        "all of it is still reached"
    );
    staff.post(&view, &[("act", "rename"), ("name", "Stuck")]).await.to();
    assert!(staff.page("/pipeline/views").await.contains("<b>Stuck</b>"));
    assert_eq!(
        staff.post(&view, &[("act", "rename")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    staff.post(&view, &[("act", "no-default")]).await.to();
    assert_eq!(staff.get("/pipeline").await.status, StatusCode::OK);
    staff.post(&view, &[("act", "delete")]).await.to();
    assert_eq!(
        staff.post(&view, &[("act", "delete")]).await.status,
        StatusCode::NOT_FOUND
    );
    for n in 0..21 {
        let name = format!("View {n}");
        let answer = staff
            .post("/pipeline/views", &[("name", &name), ("query", "view=table")])
            .await;
        assert_eq!(answer.status.is_redirection(), n < 20, "{n}");
    }
    // Round the app: the rules are the database's.
    for (what, sql) in [
        (
            "saved_views_name_once",
            "insert into saved_views select gen_random_uuid(), user_id, 'VIEW 1', query, false, created_at from saved_views limit 1",
        ),
        ("saved_views_one_default", "update saved_views set is_default = true"),
        (
            "saved_views_query_plain",
            "update saved_views set query = E'a\\r\\nSet-Cookie: b'",
        ),
        ("saved_views_name_one_line", "update saved_views set name = ' '"),
    ] {
        let refused = sqlx::query(sql).execute(app.db.pool()).await.expect_err(what);
        assert_eq!(
            refused.as_database_error().and_then(|error| error.constraint()),
            Some(what)
        );
    }
}

#[actix_web::test]
async fn one_goes_from_person_to_person_along_the_list_one_came_from() {
    let app = App::start().await;
    seed(&app).await;
    crowd(&app, 60).await;
    let staff = app.recruiter().await;
    for (list, first) in [
        ("/pipeline?track=rust-actix&column=new", "Person 059"),
        ("/pipeline?view=table&sort=shortest", "Person 000"),
        ("/pipeline?view=table&days=30", "Person 059"),
        ("/candidates?sort=name&q=person", "Person 000"),
        ("/candidates?sort=name&state=active", "Person 000"),
    ] {
        let page = staff.page(list).await;
        let shown = names(&page);
        assert_eq!(shown[0], first, "{list}");
        let mut path = page
            .split("class=\"row\" href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a link")
            .replace("&#38;", "&");
        for name in shown.iter().take(4) {
            let person = staff.page(&path).await;
            assert!(person.contains(&format!("<h1>{name}</h1>")), "{list}: {name}");
            assert!(person.contains("Back to the list"));
            let ledger = href(&person, "/ledger?").expect("the tabs keep the list");
            assert!(staff.page(&ledger).await.contains("Back to the list"));
            let next = href(&person, "/beside?").map(|_| ());
            next.expect("a way on");
            let way = path.replacen('?', "/beside?", 1);
            path = staff.get(&way).await.to().to_owned();
        }
        let way = path.replacen('?', "/beside?way=previous&", 1);
        let back = staff.get(&way).await.to().to_owned();
        assert!(
            staff.page(&back).await.contains(&format!("<h1>{}</h1>", shown[3])),
            "{list}: back again"
        );
        // Before the first one the list says so.
        let start = page
            .split("class=\"row\" href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a link")
            .replace("&#38;", "&");
        let end = staff.get(&start.replacen('?', "/beside?way=previous&", 1)).await;
        assert!(
            staff.page(end.to()).await.contains("That was the first of this list."),
            "{list}"
        );
    }
    let id: CandidateId = sqlx::query_scalar("select id from candidates limit 1")
        .fetch_one(app.db.pool())
        .await
        .expect("somebody");
    for from in [
        "//evil.test/",
        "https://evil.test/candidates",
        "/candidates/../admin",
        "/admin",
        "",
        "/candidates\\@evil.test",
    ] {
        let path = format!("/candidates/{id}?list={from}");
        assert!(!staff.page(&path).await.contains("Back to the list"), "{from}");
        let beside = staff.get(&format!("/candidates/{id}/beside?list={from}")).await;
        assert_eq!(beside.to(), format!("/candidates/{id}"), "{from}");
    }
    assert_eq!(
        app.person(Role::Candidate, "c@dev.test", None)
            .await
            .get("/pipeline")
            .await
            .status,
        StatusCode::FORBIDDEN
    );
}
