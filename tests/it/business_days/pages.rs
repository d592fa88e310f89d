//! The admin's pages of holidays, and what the database refuses past them.

use actix_web::http::StatusCode;
use meridian::business_days::is_business_day;
use meridian::countries::Country;
use meridian::db::constraint_of;
use meridian::events::Actor;
use meridian::holidays::{seed, store};

use crate::support::app::{App, monday};

async fn shipped(app: &App) {
    let mut tx = app.db.begin().await.expect("a transaction");
    seed::load(&mut tx, &Actor::operator(), monday()).await.expect("loaded");
    tx.commit().await.expect("committed");
}

async fn count(app: &App) -> i64 {
    let counted = sqlx::query_scalar("select count(*) from holidays");
    counted.fetch_one(app.db.pool()).await.expect("a number")
}

#[actix_web::test]
async fn an_admin_sees_adds_renames_and_removes_and_the_log_tells_each() {
    let app = App::start().await;
    shipped(&app).await;
    let admin = app.admin().await;
    let page = admin.page("/admin/holidays?country=BR&year=2026").await;
    assert!(
        page.contains("Nossa Senhora Aparecida") && page.contains("Mon 12 Oct"),
        "{page}"
    );
    let name = "Véspera <b>& ponte</b>";
    let typed = [("country", "BR"), ("day", "2026-12-24"), ("name", name)];
    let list = "/admin/holidays?country=BR&year=2026";
    assert_eq!(admin.post("/admin/holidays", &typed).await.to(), list);
    let again = admin.post("/admin/holidays", &typed).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        again.has("a holiday there already") && again.has("Véspera &#60;b&#62;"),
        "{}",
        again.text()
    );
    let page = admin.page(list).await;
    let at = page.find("Véspera &#60;b&#62;&#38; ponte").expect("the day");
    let id = page[..at].rsplit("/admin/holidays/").next().expect("a link");
    let path = format!("/admin/holidays/{}", &id[..36]);
    let empty = admin.post(&path, &[("name", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(admin.post(&path, &[("name", "Véspera de Natal")]).await.to(), list);
    assert!(admin.page(list).await.contains("Véspera de Natal"));
    let asked = admin.page(&path).await;
    assert!(asked.contains("counts as a business day from then on"), "{asked}");
    assert_eq!(admin.post(&format!("{path}/remove"), &[]).await.to(), list);
    assert!(!admin.page(list).await.contains("Véspera"));
    assert_eq!(admin.get(&path).await.status, StatusCode::NOT_FOUND);
    let told: Vec<String> = sqlx::query_scalar(
        "select kind from events where subject_kind = 'calendar' and actor_kind = 'user' order by at, id",
    )
    .fetch_all(app.db.pool())
    .await
    .expect("events");
    assert_eq!(
        told,
        ["calendar.day_added", "calendar.day_renamed", "calendar.day_removed"]
    );
    // What was taken away is not shipped again, and nothing twice.
    let before = count(&app).await;
    sqlx::query("delete from holidays where country = 'UY' and year = 2027")
        .execute(app.db.pool())
        .await
        .expect("removed");
    shipped(&app).await;
    assert_eq!(count(&app).await, before - 5);
}

#[actix_web::test]
async fn a_year_that_nobody_entered_says_so_and_begins_as_a_copy() {
    let app = App::start().await;
    shipped(&app).await;
    let admin = app.admin().await;
    let page = admin.page("/admin/holidays?country=CR&year=2029").await;
    assert!(
        page.contains("Nobody has entered this year") && page.contains("Copy the 12 dates of 2028"),
        "{page}"
    );
    let which = [("country", "CR"), ("year", "2029")];
    admin.post("/admin/holidays/copy", &which).await.to();
    let page = admin.page("/admin/holidays?country=CR&year=2029").await;
    assert!(
        page.contains("12 holidays") && page.contains("dates of 2028, copied"),
        "{page}"
    );
    assert_eq!(
        admin.post("/admin/holidays/copy", &which).await.status,
        StatusCode::CONFLICT
    );
    let nothing = [("country", "FR"), ("year", "2029")];
    assert_eq!(
        admin.post("/admin/holidays/copy", &nothing).await.status,
        StatusCode::CONFLICT
    );
    for odd in [
        "?country=zz&year=abc",
        "?year=9999",
        "?country=%00",
        "?country=DE&year=-5",
    ] {
        let answer = admin.get(&format!("/admin/holidays{odd}")).await;
        assert!([200, 400].contains(&answer.status.as_u16()), "{odd}: {}", answer.status);
    }
}

#[actix_web::test]
async fn the_agency_says_where_it_works_and_how_soon_it_answers() {
    let app = App::start().await;
    shipped(&app).await;
    let admin = app.admin().await;
    let choices = async || {
        let mut conn = app.db.conn().await.expect("a connection");
        store::choices(&mut conn).await.expect("choices")
    };
    assert_eq!((choices().await.country, choices().await.promise_days), (None, 5));
    for wrong in ["0", "21", "", "five", "-1", "1e1"] {
        let typed = [("agency_country", "US"), ("promise_days", wrong)];
        let answer = admin.post("/admin/holidays/choices", &typed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let typed = [("agency_country", "US"), ("promise_days", "3")];
    admin.post("/admin/holidays/choices", &typed).await.to();
    assert_eq!(
        (choices().await.country, choices().await.promise_days),
        (Country::parse("US"), 3)
    );
    assert!(admin.page("/admin/holidays").await.contains("United States, 2026"));
    let mut conn = app.db.conn().await.expect("a connection");
    let both = [Country::parse("US").expect("US"), Country::parse("CO").expect("CO")];
    let day = |text: &str| text.parse::<chrono::NaiveDate>().expect("a day");
    let off = store::days_off(&mut conn, &both, (day("2026-11-01"), day("2026-11-30"))).await;
    let off = off.expect("days");
    let off = off.calendars(&both.map(Some));
    assert_eq!(off.len(), 2);
    for (text, counts) in [
        ("2026-11-16", false),
        ("2026-11-26", false),
        ("2026-11-27", true),
        ("2026-11-20", true),
    ] {
        assert_eq!(is_business_day(day(text), &off), counts, "{text}");
    }
    typed_nothing(&admin).await;
    assert_eq!(choices().await.country, None);
}

async fn typed_nothing(admin: &crate::support::app::Person) {
    let typed = [("agency_country", ""), ("promise_days", "5")];
    admin.post("/admin/holidays/choices", &typed).await.to();
}

#[actix_web::test]
async fn the_database_refuses_what_is_no_calendar() {
    let app = App::start().await;
    shipped(&app).await;
    for (sql, rule) in [
        (
            "insert into holidays (id, country, day, name) values (gen_random_uuid(), 'BR', '2026-12-25', 'Twice')",
            "holidays_once",
        ),
        (
            "insert into holidays (id, country, day, name) values (gen_random_uuid(), 'BR', '2035-12-25', 'Natal')",
            "holidays_of_a_known_year",
        ),
        ("update holidays set name = ' '", "holidays_named"),
        (
            "insert into holiday_years (id, country, year, source) values (gen_random_uuid(), 'br', 2030, 'x')",
            "holiday_years_country",
        ),
        (
            "insert into holiday_years (id, country, year, source) values (gen_random_uuid(), 'BR', 2026, 'x')",
            "holiday_years_once",
        ),
        (
            "insert into settings (name, value, changed_at) values ('agency_country', '\"usa\"', '2026-01-01Z')",
            "settings_agency_country",
        ),
        (
            "insert into settings (name, value, changed_at) values ('promise_days', '0', '2026-01-01Z')",
            "settings_promise_days",
        ),
        (
            "insert into settings (name, value, changed_at) values ('promise_days', '{}', '2026-01-01Z')",
            "settings_promise_days",
        ),
    ] {
        let error = sqlx::query(sql).execute(app.db.pool()).await.expect_err(sql);
        assert_eq!(constraint_of(&error), Some(rule), "{sql}");
    }
}
