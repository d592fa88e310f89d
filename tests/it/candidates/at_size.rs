//! What lists read instead of the records they are about says the same as the records.

use chrono::NaiveDate;
use meridian::candidates::store::{self, Cut, Direction, Filter, Sort, Vetting};
use meridian::demo::sample;
use meridian::ids::CandidateId;
use sqlx::PgConnection;
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

use super::seeded;
use crate::support::app::{App, monday};

/// People whose packed skills are not those of their ledger.
async fn astray(conn: &mut PgConnection) -> Vec<Uuid> {
    sqlx::query_scalar(
        "select c.id from candidates c where c.skills is distinct from coalesce((
             select array_agg(s.number * 16 + coalesce(k.value, 0) * 2 + (k.verified_at is not null)::int order by s.number)
             from claims k join skills s on s.id = k.skill_id
             where k.candidate_id = c.id and k.current and k.kind = 'skill'), '{}')",
    )
    .fetch_all(conn)
    .await
    .expect("compared")
}

#[actix_web::test]
async fn the_skills_of_a_line_are_those_of_the_ledger() {
    let app = App::start().await;
    seeded(&app).await;
    sample::load(&app.db, monday()).await.expect("imported");
    let staff = app.recruiter().await;
    let home = staff.post("/candidates", &[("name", "Ana")]).await.to().to_owned();
    let level = |value: &'static str, checked: &'static str| {
        [
            ("kind", "skill"),
            ("skill", "rust"),
            ("value", value),
            ("source", "interview"),
            ("checked", checked),
        ]
    };
    let mut conn = app.db.conn().await.expect("a connection");
    let mut seen = Vec::new();
    for fields in [level("2", ""), level("4", "yes")] {
        staff.post(&format!("{home}/ledger"), &fields).await.to();
        assert_eq!(astray(&mut conn).await, Vec::<Uuid>::new());
        let skills: Vec<i32> = sqlx::query_scalar("select skills from candidates where name = 'Ana'")
            .fetch_one(&mut *conn)
            .await
            .expect("Ana");
        assert_eq!(skills.len(), 1);
        seen.push(skills[0] & 15);
    }
    assert_eq!(seen, [4, 9], "level 2 as stated, then level 4 verified");
    let many: i64 = sqlx::query_scalar("select count(*) from candidates where cardinality(skills) > 5")
        .fetch_one(&mut *conn)
        .await
        .expect("counted");
    assert!(many > 100, "the import's skills are there: {many}");
}

/// The words of a text, one letter at a time: lower case, without accents, apart by what is neither letter nor digit.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in text.nfkd().flat_map(char::to_lowercase) {
        let plain = match letter {
            'ł' => 'l',
            'đ' => 'd',
            'ø' => 'o',
            '\u{300}'..='\u{36f}' => continue,
            letter => letter,
        };
        if plain.is_ascii() && !plain.is_ascii_alphanumeric() {
            words.push(String::new());
        } else if let Some(last) = words.last_mut() {
            last.push(plain);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether each word that is looked for is the beginning of one that somebody has.
fn has_all(asked: &[String], held: &[String]) -> bool {
    !asked.is_empty() && asked.iter().all(|word| held.iter().any(|one| one.starts_with(word)))
}

#[actix_web::test]
async fn a_search_finds_the_beginnings_of_words_whichever_way_they_are_looked_for() {
    let app = App::start().await;
    seeded(&app).await;
    sample::load(&app.db, monday()).await.expect("imported");
    let mut conn = app.db.conn().await.expect("a connection");
    // A few with letters of other scripts, and one whose words stand beyond what the index of the latest people holds.
    for (at, name, headline) in [
        (1, "ÁNGELA Ñúñez", "Cut p99 by 20%"),
        (2, "Ольга", "back_end"),
        (3, "Łukasz Øre", "zebra-crossing at night"),
        (4, "Long", &*format!("{} zebra crossing", "words ".repeat(200))),
        (5, "美咲", "Zebras"),
    ] {
        sqlx::query("update candidates set name = $2, headline = $3, city = 'Bogotá' where id = (select id from candidates order by id offset $1 limit 1)")
            .bind(at)
            .bind(name)
            .bind(headline)
            .execute(&mut *conn)
            .await
            .expect("renamed");
    }
    let people: Vec<(Uuid, Vec<String>)> = sqlx::query_as(
        "select id, concat_ws(' ', name, email, city, headline) from candidates order by updated_at desc, id desc",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("everybody")
    .into_iter()
    .map(|(id, text): (Uuid, String)| (id, words(&text)))
    .collect();
    let mut found = 0;
    for text in [
        "ánge",
        "nun",
        "ÑÚÑEZ ang",
        "ольГ",
        "20%",
        "back_",
        "%",
        "_",
        "zebra",
        "zebra crossing",
        "bogo",
        "ana",
        "a",
        "\\",
        "e",
        "luk or",
        "美",
        "美咲",
        "wor zeb",
        "ang zzz",
        "bog cut p99",
        "bra",
    ] {
        let asked = words(text);
        for limit in [3, 51, 2_000] {
            let filter = Filter {
                text: text.to_owned(),
                ..Filter::default()
            };
            // The first page, and the ones after and before somebody in the middle.
            for (from, direction) in [
                (None, Direction::Forward),
                (Some(500), Direction::Forward),
                (Some(500), Direction::Backward),
            ] {
                let cut = Cut {
                    from: from.map(|at: usize| CandidateId(people[at].0)),
                    direction,
                    limit,
                };
                let rows = store::list(&mut conn, &filter, Sort::Updated, monday().date_naive(), cut).await;
                let rows: Vec<Uuid> = rows.expect("a page").iter().map(|row| row.id.0).collect();
                let meant = people.iter().enumerate().filter(|(_, (_, held))| has_all(&asked, held));
                let meant: Vec<(usize, Uuid)> = meant.map(|(place, (id, _))| (place, *id)).collect();
                let most = usize::try_from(limit).expect("a number");
                let after = |at: usize| meant.iter().filter(move |(place, _)| *place > at);
                let before = |at: usize| meant.iter().rev().filter(move |(place, _)| *place < at);
                let id = |one: &(usize, Uuid)| one.1;
                let plain: Vec<Uuid> = match (from, direction) {
                    (None, _) => meant.iter().take(most).map(id).collect(),
                    (Some(at), Direction::Forward) => after(at).take(most).map(id).collect(),
                    (Some(at), Direction::Backward) => before(at).take(most).map(id).collect(),
                };
                assert_eq!(rows, plain, "{text}, at most {limit}, {from:?} {direction:?}");
                found += rows.len();
            }
        }
    }
    assert!(found > 100, "{found}");
}

#[actix_web::test]
async fn what_is_typed_in_ascii_is_taken_apart_as_the_database_does() {
    let app = App::start().await;
    let mut conn = app.db.conn().await.expect("a connection");
    // Every character between words, at their ends and by itself; words of one length, words twice.
    let mut typed: Vec<String> = (1u8..=0x7f)
        .map(char::from)
        .flat_map(|c| [c.to_string(), format!("ab{c}CD{c}e"), format!("{c}zz9 zz8{c} zz9")])
        .collect();
    typed.extend(
        [
            "",
            " ",
            "Mar GAR mar",
            "a bb a ccc bb",
            "%_\\",
            "o'neill-Smith@example.com",
        ]
        .map(str::to_owned),
    );
    for text in typed {
        let meant: Option<Vec<String>> = sqlx::query_scalar("select search_patterns($1)")
            .bind(&text)
            .fetch_one(&mut *conn)
            .await
            .expect("taken apart");
        assert_eq!(store::ascii_patterns(&text), meant, "{text:?}");
    }
}

#[actix_web::test]
async fn the_words_of_people_follow_their_rows() {
    let app = App::start().await;
    seeded(&app).await;
    sample::load(&app.db, monday()).await.expect("imported");
    let mut conn = app.db.conn().await.expect("a connection");
    for statement in [
        "update candidates set name = 'Zoë ' || coalesce(name, 'X'), updated_at = updated_at + interval '1 day' where code % 3 = 0",
        "update candidates set updated_at = updated_at + interval '1 hour' where code % 5 = 0",
        "update candidates set headline = '' where code % 7 = 0",
        "update candidates set skills = '{}' where code % 2 = 0",
    ] {
        sqlx::query(statement).execute(&mut *conn).await.expect("changed");
        let astray: i64 = sqlx::query_scalar(
            "with meant as (select distinct left(w, 3) as key, c.updated_at, c.id as candidate_id
                            from candidates c cross join lateral regexp_split_to_table(btrim(c.words), ' ') w where char_length(w) >= 3),
                  held as (select key, updated_at, candidate_id from candidate_words)
             select (select count(*) from (select * from meant except select * from held) missing)
                    + (select count(*) from (select * from held except select * from meant) too_many)
                    + (select count(*) from candidates c full join candidate_texts t on t.candidate_id = c.id
                       where t.words is distinct from c.words)",
        )
        .fetch_one(&mut *conn)
        .await
        .expect("compared");
        assert_eq!(astray, 0, "{statement}");
    }
}

/// Whose standing on a day is not that of the rule as it was first written.
async fn differing(conn: &mut PgConnection, day: NaiveDate) -> Vec<(Uuid,)> {
    sqlx::query_as(
        "with rule as (
             select c.id, count(tc.kind)::int as required,
                    (count(*) filter (where k.state in ('passed', 'waived') and (k.expires_on is null or k.expires_on > $1)))::int as met,
                    bool_and(tc.kind is null or coalesce(k.state in ('passed', 'waived') and (k.expires_on is null or k.expires_on > $1), false)) as vetted,
                    min(k.expires_on) as first_expiry, bool_or(coalesce(k.state = 'failed', false)) as failed
             from candidates c left join track_checks tc on tc.track_id = c.track_id
             left join lateral (
                 select v.state, v.expires_on from vetting_checks v
                 where v.candidate_id = c.id and v.track_id = c.track_id and v.kind = tc.kind
                   and v.state in ('passed', 'failed', 'waived') and v.decided_on <= $1
                 order by v.decided_on desc, v.id desc limit 1) k on true
             group by c.id)
         select rule.id from rule join vetting_standing($1) s on s.candidate_id = rule.id
         where (rule.required, rule.met, rule.vetted, rule.first_expiry, rule.failed)
               is distinct from (s.required, s.met, s.vetted, s.first_expiry, s.failed)",
    )
    .bind(day)
    .fetch_all(conn)
    .await
    .expect("compared")
}

/// Packed decisions, the checks a track asks for, and the standing: how many are required, met, whether vetted and failed.
type Packed = (Vec<i32>, Vec<i32>, i32, i32, bool, bool);

/// What stands with a person, read by the list, is the standing.
async fn the_packed_ones_say_the_same(conn: &mut PgConnection) {
    let today = monday().date_naive();
    let rows: Vec<Packed> = sqlx::query_as(
        "select c.checks, (select array_agg(check_number(t.kind)) from track_checks t where t.track_id = c.track_id),
                s.required, s.met, s.vetted, s.failed
         from candidates c join vetting_standing($1) s on s.candidate_id = c.id",
    )
    .bind(today)
    .fetch_all(conn)
    .await
    .expect("read");
    for (checks, asked, required, met, vetted, failed) in rows {
        let read = Vetting::of(&checks, &asked, today);
        assert_eq!(
            (read.required, read.met, read.vetted, read.failed),
            (required, met, vetted, failed)
        );
    }
}

#[actix_web::test]
async fn the_standing_of_some_is_that_of_the_rule_as_it_was_first_written() {
    let app = App::start().await;
    seeded(&app).await;
    sample::load(&app.db, monday()).await.expect("imported");
    let mut conn = app.db.conn().await.expect("a connection");
    app.recruiter().await;
    // Every result on every kind, in turns, some of them later than others, some run out.
    sqlx::query(
        "insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, expires_on, reason, created_at)
         select gen_random_uuid(), c.id, c.track_id, t.kind, x.state, u.id, date '2026-01-01' + (c.n * x.n % 40)::int,
                case when (c.n + x.n) % 3 = 0 then date '2026-06-01' + (c.n % 400)::int end, 'why', now()
         from (select id, track_id, row_number() over (order by id) as n from candidates limit 300) c
         join track_checks t on t.track_id = c.track_id
         cross join (values (1, 'passed'), (2, 'failed'), (3, 'waived')) x (n, state)
         cross join (select id from users limit 1) u
         where c.n % 3 = 0 or (c.n + x.n) % 4 = 0 or (c.n % 5 = 0 and x.n <> 2)",
    )
    .execute(&mut *conn)
    .await
    .expect("checks");
    // In the middle of the decisions, after all of them, and after most have run out.
    for day in ["2026-01-15", "2026-02-20", "2027-03-01"] {
        let differing = differing(&mut conn, day.parse().expect("a day")).await;
        assert_eq!(differing, [], "{day}");
    }
    the_packed_ones_say_the_same(&mut conn).await;
    let kinds: (i64, i64, i64) = sqlx::query_as(
        "select count(*) filter (where vetted), count(*) filter (where failed), count(*) from vetting_standing($1)",
    )
    .bind(monday().date_naive())
    .fetch_one(&mut *conn)
    .await
    .expect("counted");
    assert!(kinds.0 > 0 && kinds.1 > 0 && kinds.2 >= 1_000, "{kinds:?}");
}

#[actix_web::test]
async fn a_skill_with_a_new_name_has_it_in_the_list_at_once() {
    let app = App::start().await;
    seeded(&app).await;
    let staff = app.recruiter().await;
    let home = staff.post("/candidates", &[("name", "Ana")]).await.to().to_owned();
    let fields = [
        ("kind", "skill"),
        ("skill", "rust"),
        ("value", "4"),
        ("source", "interview"),
    ];
    staff.post(&format!("{home}/ledger"), &fields).await.to();
    assert!(staff.page("/candidates").await.contains(">Rust <"));
    let mut conn = app.db.conn().await.expect("a connection");
    sqlx::query("update skills set name = 'Ferrum' where slug = 'rust'")
        .execute(&mut *conn)
        .await
        .expect("renamed");
    assert!(staff.page("/candidates").await.contains(">Ferrum <"));
}
