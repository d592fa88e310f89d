//! What the database refuses when it is asked round the app: each rule by its name.

use futures_util::future::join;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::support::clients;
use crate::support::hires::{Scene, id_of, scene};

/// The constraint that refuses the statement, whose only parameter is `id`.
async fn refused(it: &Scene, sql: &str, id: Uuid) -> String {
    let done = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .bind(id)
        .execute(it.app.db.pool())
        .await;
    let error = done.expect_err(sql);
    meridian::db::constraint_of(&error)
        .unwrap_or_else(|| panic!("{sql}: {error}"))
        .to_owned()
}

async fn all_refused(it: &Scene, id: Uuid, rules: &[(&str, &str)]) {
    for (sql, rule) in rules {
        assert_eq!(refused(it, sql, id).await, *rule, "{sql}");
    }
}

async fn done(it: &Scene, sql: &'static str, id: Uuid) {
    let done = sqlx::query(sql).bind(id).execute(it.app.db.pool()).await.expect(sql);
    assert_eq!(done.rows_affected(), 1, "{sql}");
}

async fn id(it: &Scene, sql: &'static str) -> Uuid {
    sqlx::query_scalar(sql).fetch_one(it.app.db.pool()).await.expect(sql)
}

/// Inserts the placement of the offer `$1`, with another value for one column.
fn placement_with(column: &str, value: &str) -> String {
    let columns = [
        ("offer_id", "o.id"),
        ("introduction_id", "o.introduction_id"),
        ("seat_id", "o.seat_id"),
        ("candidate_id", "o.candidate_id"),
        ("request_id", "i.request_id"),
        ("organization_id", "i.organization_id"),
        ("terms", "a.terms"),
    ];
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<String> = columns
        .iter()
        .map(|(name, own)| {
            if *name == column {
                value.to_owned()
            } else {
                (*own).to_owned()
            }
        })
        .collect();
    format!(
        "insert into placements ({}, id, root_id, state, start_on, zone, specification, pay_minor, bill_minor, currency, period,
                                 engagement, accepted_at)
         select {}, n.id, n.id, 'scheduled', o.start_on, 'America/New_York', specification_of(o.seat_id), o.pay_minor, o.bill_minor,
                o.currency, o.period, o.engagement, o.sent_at
         from offers o join introductions i on i.id = o.introduction_id join agreements a on a.id = o.agreement_id,
              (select gen_random_uuid() as id) n, introductions x
         where o.id = $1 and x.id = (select other.id from introductions other where other.state = 'chosen' and other.id <> i.id)",
        names.join(", "),
        values.join(", "),
    )
}

#[actix_web::test]
async fn a_placement_is_the_accepted_offer_of_its_introduction_with_the_whole_promise() {
    let it = scene(2).await;
    it.agree().await;
    clients::client(&it.app, "Somebody Else", "else@else.test").await;
    let declined = id_of(&it.offer(0, 0, "2026-12-02").await);
    let answer = it.developers[0]
        .person
        .post(&format!("/offers/{declined}/decline"), &[("reason", "other plans")])
        .await;
    answer.to();
    let accepted = id_of(&it.offer(1, 1, "2026-12-02").await);
    assert_eq!(
        refused(&it, &placement_with("", ""), accepted).await,
        "placements_of_accepted_offer",
        "an offer that waits for its answer"
    );
    done(&it, "update offers set state = 'accepted' where id = $1", accepted).await;
    assert_eq!(
        refused(&it, &placement_with("", ""), declined).await,
        "placements_of_accepted_offer"
    );
    for (column, value, rule) in [
        ("introduction_id", "x.id", "placements_of_introduction"),
        ("seat_id", "x.seat_id", "placements_of_introduction"),
        ("candidate_id", "x.candidate_id", "placements_of_introduction"),
        (
            "organization_id",
            "(select r.organization_id from role_requests r where r.organization_id <> i.organization_id)",
            "placements_request_of_client",
        ),
        ("terms", "'{}'", "placements_terms_whole"),
        ("terms", "'[]'", "placements_terms_whole"),
        ("terms", "'\"30 days\"'", "placements_terms_whole"),
        ("terms", "a.terms - 'restart'", "placements_terms_whole"),
    ] {
        let sql = placement_with(column, value);
        assert_eq!(refused(&it, &sql, accepted).await, rule, "{column} = {value}");
    }
    // Another introduction with everything that belongs to it.
    let sql =
        placement_with("introduction_id", "x.id").replace("o.seat_id, o.candidate_id", "x.seat_id, x.candidate_id");
    assert_eq!(refused(&it, &sql, accepted).await, "placements_of_offer");
    // Nothing else was wrong with them.
    sqlx::query(AssertSqlSafe(placement_with("", "")))
        .bind(accepted)
        .execute(it.app.db.pool())
        .await
        .expect("the placement of the offer");
}

#[actix_web::test]
async fn nobody_is_hired_and_no_seat_filled_without_an_offer_and_a_placement() {
    let it = scene(2).await;
    it.agree().await;
    let chosen = it.choose(1, 1).await;
    let hired = "update introductions set state = 'hired' where id = $1";
    let rule = "introductions_with_accepted_offer";
    assert_eq!(refused(&it, hired, id_of(&chosen)).await, rule);
    it.offer_on(&chosen, "2026-12-02").await;
    assert_eq!(
        refused(&it, hired, id_of(&chosen)).await,
        rule,
        "one that is not answered"
    );

    let filled = "update seats set state = 'filled' where id = $1";
    assert_eq!(refused(&it, filled, it.seats[1].0).await, "seats_filled_by_a_hire");
    let placement = id_of(&it.hire(0, 0, "2026-12-02").await);
    let off = "update placements set state = 'cancelled_before_start' where id = $1";
    assert_eq!(
        refused(&it, off, placement).await,
        "seats_filled_by_a_hire",
        "the seat stays filled"
    );
}

#[actix_web::test]
async fn a_seat_has_one_hire() {
    let it = scene(2).await;
    it.agree().await;
    it.hire(0, 0, "2026-12-02").await;
    // The seat looks empty, so that an offer can be made and accepted; the placement cannot.
    done(&it, "update seats set state = 'open' where id = $1", it.seats[0].0).await;
    let offer = id_of(&it.offer(1, 0, "2026-12-02").await);
    done(&it, "update offers set state = 'accepted' where id = $1", offer).await;
    let second = placement_with("", "").replace("other.state = 'chosen' and ", "");
    assert_eq!(refused(&it, &second, offer).await, "placements_one_hire_per_seat");
}

#[actix_web::test]
async fn what_was_agreed_is_neither_rewritten_nor_removed() {
    let it = scene(1).await;
    it.agree().await;
    let path = it.hire(0, 0, "2026-12-02").await;
    let offer = id(&it, "select id from offers").await;
    for change in [
        "pay_minor = pay_minor - 1",
        "bill_minor = bill_minor + 1",
        "currency = 'EUR'",
        "period = 'year'",
        "engagement = 'client_employee'",
        "start_on = start_on + 1",
        "length_months = null",
        "sent_at = sent_at + interval '1 day'",
        "sent_by = (select user_id from candidates limit 1)",
    ] {
        let sql = format!("update offers set {change} where id = $1");
        assert_eq!(refused(&it, &sql, offer).await, "offers_terms_frozen", "{change}");
    }
    it.at("2026-12-14T15:00:00Z").await;
    let fields = [("last_day", "2026-12-11"), ("cause", "resigned"), ("note", "Told us")];
    it.client.post(&format!("{path}/departure"), &fields).await.to();
    let claim = id(&it, "select id from guarantee_claims").await;
    for change in [
        "last_working_day = last_working_day - 1",
        "notified_at = notified_at - interval '1 day'",
        "notified_by = (select user_id from candidates limit 1)",
        "cause = 'layoff'",
        "note = ''",
    ] {
        let sql = format!("update guarantee_claims set {change} where id = $1");
        assert_eq!(
            refused(&it, &sql, claim).await,
            "guarantee_claims_notice_frozen",
            "{change}"
        );
    }
    let placement = id_of(&path);
    for (table, key) in [
        ("guarantee_claims", "placement_id"),
        ("guarantees", "placement_id"),
        ("placements", "id"),
    ] {
        let sql = format!("delete from {table} where {key} = $1");
        assert_eq!(
            refused(&it, &sql, placement).await,
            format!("{table}_never_removed"),
            "{sql}"
        );
    }
    assert_eq!(
        refused(&it, "delete from offers where id = $1", offer).await,
        "offers_never_removed"
    );
    for table in ["guarantee_claims", "guarantees", "placements", "offers", "claims"] {
        let sql = format!("truncate {table} cascade");
        let error = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
            .execute(it.app.db.pool())
            .await
            .expect_err(&sql);
        let rule = meridian::db::constraint_of(&error).unwrap_or_default();
        assert!(rule.ends_with("_never_removed"), "{sql}: {error}");
    }
    all_refused(
        &it,
        placement,
        &[
            (
                "update placements set request_id = gen_random_uuid() where id = $1",
                "placements_terms_frozen",
            ),
            (
                "update placements set engagement = 'client_employee' where id = $1",
                "placements_terms_frozen",
            ),
        ],
    )
    .await;
}

#[actix_web::test]
async fn nobody_is_proposed_for_what_nobody_looks_for() {
    let it = scene(2).await;
    it.agree().await;
    it.hire(0, 0, "2026-12-02").await;
    let propose = |seat: usize| {
        format!(
            "insert into introductions (id, request_id, seat_id, organization_id, candidate_id, state, proposed_by, proposed_at, state_at)
             select gen_random_uuid(), i.request_id, '{}', i.organization_id, $1, 'proposed', i.proposed_by, i.proposed_at, i.state_at
             from introductions i limit 1",
            it.seats[seat]
        )
    };
    let person = it.developers[1].id.0;
    let rule = "introductions_for_an_open_seat";
    assert_eq!(refused(&it, &propose(0), person).await, rule, "the seat is filled");

    // A search that is being paused while somebody is proposed: the proposal waits, and then finds it paused.
    let request = id_of(&it.request);
    let mut pause = it.app.db.begin().await.expect("a transaction");
    sqlx::query("update role_requests set state = 'on_hold', state_reason = 'No budget' where id = $1")
        .bind(request)
        .execute(&mut *pause)
        .await
        .expect("paused");
    let person_text = person.to_string();
    let fields = [("seat", "2"), ("candidate", person_text.as_str()), ("ask_about", "")];
    let path = format!("{}/shortlist", it.request);
    let commit_when_it_waits = async {
        loop {
            let waiting: bool = sqlx::query_scalar("select exists (select 1 from pg_locks where not granted)")
                .fetch_one(it.app.db.pool())
                .await
                .expect("locks");
            if waiting {
                return pause.commit().await.expect("committed");
            }
        }
    };
    let (answer, ()) = join(it.recruiter.post(&path, &fields), commit_when_it_waits).await;
    assert_eq!(
        answer.status,
        actix_web::http::StatusCode::CONFLICT,
        "{}",
        answer.text()
    );
    assert_eq!(refused(&it, &propose(1), person).await, rule, "the request is on hold");
    done(&it, "update role_requests set state = 'open' where id = $1", request).await;
    sqlx::query(AssertSqlSafe(propose(1)))
        .bind(person)
        .execute(it.app.db.pool())
        .await
        .expect("an open seat of an open request");
}

#[actix_web::test]
async fn a_decided_check_is_neither_rewritten_nor_removed() {
    let it = scene(1).await;
    let begun = "insert into vetting_checks (id, candidate_id, track_id, kind, state, created_at)
                 select gen_random_uuid(), c.id, c.track_id, 'english', 'waiting', c.created_at from candidates c where c.id = $1";
    done(&it, begun, it.developers[0].id.0).await;
    let check = id(&it, "select id from vetting_checks").await;
    let failed = "update vetting_checks set state = 'failed', decided_on = '2026-11-20', reason = 'A2',
                         assessor_id = (select id from users where role = 'recruiter') where id = $1";
    done(&it, failed, check).await;
    let rule = "vetting_checks_unchanged_once_decided";
    all_refused(
        &it,
        check,
        &[
            (
                "update vetting_checks set state = 'passed' where id = $1",
                "vetting_check_transition",
            ),
            (
                "update vetting_checks set decided_on = '2020-01-01' where id = $1",
                rule,
            ),
            (
                "update vetting_checks set expires_on = '2040-01-01' where id = $1",
                rule,
            ),
            ("update vetting_checks set score_bp = 10000 where id = $1", rule),
            ("update vetting_checks set kind = 'identity' where id = $1", rule),
            ("update vetting_checks set assessor_id = null where id = $1", rule),
            ("update vetting_checks set reason = 'A mistake' where id = $1", rule),
            ("delete from vetting_checks where id = $1", rule),
        ],
    )
    .await;
}

#[actix_web::test]
async fn a_line_of_the_ledger_is_verified_by_staff_and_says_what_it_said() {
    let it = scene(1).await;
    let stated = "insert into claims (id, candidate_id, kind, value, source, stated_at, current)
                  select gen_random_uuid(), c.id, 'english_speaking', 4, 'resume', c.created_at, true from candidates c where c.id = $1";
    done(&it, stated, it.developers[0].id.0).await;
    let claim = id(&it, "select id from claims").await;
    let (staff, line) = ("claims_verified_by_staff", "claims_line_stays");
    for role in ["client", "candidate"] {
        let verified = format!(
            "update claims set verified_at = stated_at, verified_by = (select id from users where role = '{role}' limit 1) where id = $1"
        );
        assert_eq!(refused(&it, &verified, claim).await, staff, "by a {role}");
        let born = format!(
            "insert into claims (id, candidate_id, kind, value, source, stated_at, current, verified_at, verified_by)
             select gen_random_uuid(), candidate_id, kind, 7, source, stated_at, false, stated_at,
                    (select id from users where role = '{role}' limit 1) from claims where id = $1"
        );
        assert_eq!(refused(&it, &born, claim).await, staff, "born verified by a {role}");
    }
    let by_staff = "update claims set verified_at = stated_at, verified_by = (select id from users where role = 'recruiter') where id = $1";
    done(&it, by_staff, claim).await;
    done(
        &it,
        "update claims set withdrawn_at = stated_at, current = false where id = $1",
        claim,
    )
    .await;
    all_refused(
        &it,
        claim,
        &[
            ("update claims set value = 7 where id = $1", line),
            ("update claims set source = 'interview' where id = $1", line),
            ("update claims set note = 'Fluent' where id = $1", line),
            (
                "update claims set stated_at = stated_at - interval '1 year' where id = $1",
                line,
            ),
            (
                "update claims set verified_by = null, verified_at = null where id = $1",
                line,
            ),
            ("update claims set withdrawn_at = null where id = $1", line),
            ("delete from claims where id = $1", "claims_never_removed"),
        ],
    )
    .await;
}
