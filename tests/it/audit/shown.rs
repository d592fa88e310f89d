//! The pages of the log: filters, paging, and the history of each record.

use std::collections::BTreeSet;

use meridian::events::words;

use super::{record, user};
use crate::support::app::App;
use crate::support::hires;

#[actix_web::test]
async fn an_admin_finds_an_event_by_each_of_its_sides() {
    let app = App::start().await;
    let admin = app.admin().await;
    let ana = user(&app, "ana@agency.test").await;
    let changed = admin
        .post(&format!("/admin/people/{ana}/role"), &[("role", "admin")])
        .await;
    changed.to();
    let (event, request): (uuid::Uuid, String) =
        sqlx::query_as("select id, request_id from events where kind = 'user.role_changed'")
            .fetch_one(app.db.pool())
            .await
            .expect("an event");
    let row = format!("href=\"/admin/events/{event}\"");
    let finding = [
        "kind=user.role",
        "actor=owner",
        "subject=user",
        &format!("id={ana}"),
        "network=127.0.0.1",
        &format!("request={request}"),
        "from=2026-11-23&to=2026-11-23",
        "from=2026-11-23",
        "to=2026-11-23",
        "kind=user.role_changed&actor=OWNER%40agency.test&subject=user",
    ]
    .map(str::to_owned);
    for query in finding {
        assert!(
            admin.page(&format!("/admin/events?{query}")).await.contains(&row),
            "{query} finds it"
        );
    }
    let missing = [
        "kind=user.renamed",
        "kind=ser.role",
        "actor=ana",
        "actor=system",
        "subject=candidate",
        "id=nonsense",
        "network=127.0.0.2",
        "network=127.0.0",
        "request=other",
        "from=2026-11-24",
        "to=2026-11-22",
        "from=nonsense",
        "to=nonsense",
        "kind=user.role%25",
    ];
    for query in missing {
        assert!(
            !admin.page(&format!("/admin/events?{query}")).await.contains(&row),
            "{query} does not find it"
        );
    }
    let page = admin.page(&format!("/admin/events/{event}")).await;
    for text in [
        "<del><span class=\"visually-hidden\">was </span>recruiter</del>",
        "is now </span>admin</ins>",
        "127.0.0.1",
        &request,
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let history = admin.page(&format!("/admin/people/{ana}/history")).await;
    assert!(
        history.contains("Role changed") && history.contains(">recruiter</del>"),
        "{history}"
    );
    assert!(!history.contains("127.0.0.1"), "where from stands in the log");
}

#[actix_web::test]
async fn a_long_history_is_read_page_by_page_and_nothing_is_left_out() {
    let app = App::start().await;
    let admin = app.admin().await;
    let ana = user(&app, "ana@agency.test").await;
    for _ in 0..60 {
        let mut tx = app.parts.db.begin().await.expect("a transaction");
        record(&mut tx, &app, "user.renamed", ana.0).await;
        tx.commit().await.expect("committed");
    }
    let own = format!("/admin/people/{ana}/history");
    let (mut path, mut lines, mut pages) = (own.clone(), 0, 0);
    loop {
        let page = admin.page(&path).await;
        lines += page.matches("<time datetime").count();
        pages += 1;
        let Some((_, rest)) = page.split_once(&format!("rel=\"next\" href=\"{own}")) else {
            break;
        };
        path = format!("{own}{}", rest.split('"').next().expect("an address"));
    }
    assert_eq!((lines, pages), (61, 3));

    let (mut path, mut seen) = (format!("/admin/events?subject=user&id={ana}"), BTreeSet::new());
    let mut back = String::new();
    loop {
        let page = admin.page(&path).await;
        for part in page.split("href=\"/admin/events/").skip(1) {
            assert!(seen.insert(part[..36].to_owned()), "no row twice");
        }
        let link = |rel: &str| {
            let (_, rest) = page.split_once(&format!("rel=\"{rel}\" href=\""))?;
            Some(rest.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
        };
        back = link("prev").unwrap_or(back);
        let Some(next) = link("next") else { break };
        assert!(
            next.contains("subject=user") && next.contains(&ana.to_string()),
            "the filters stay: {next}"
        );
        path = next;
    }
    assert_eq!(seen.len(), 61);
    assert_eq!(
        admin.page(&back).await.matches("<tr>").count(),
        31,
        "the page before, and its head"
    );
}

#[actix_web::test]
async fn staff_read_what_changed_and_a_client_reads_neither_pay_nor_staffs_doings() {
    let it = hires::scene(1).await;
    it.agree().await;
    let placement = it.hire(0, 0, "2026-12-02").await;
    let staff = it.recruiter.page(&format!("{placement}/history")).await;
    for text in ["Offer accepted", "Offer sent", "pay minor"] {
        assert!(staff.contains(text), "{text}: {staff}");
    }
    for person in [&it.client, &it.developers[0].person] {
        let page = person.page(&format!("{placement}/history")).await;
        assert!(
            page.contains("terms frozen") && !page.contains("pay minor") && !page.contains("<del>"),
            "{page}"
        );
        assert!(!page.contains("432100") && !page.contains("127.0.0.1"), "{page}");
    }
    let request = it.recruiter.page(&format!("{}/history", it.request)).await;
    assert!(
        request.contains("Seat filled") && request.contains("seats 1: state"),
        "{request}"
    );
    let own = format!("/candidates/{}/history", it.developers[0].id);
    let page = it.recruiter.page(&own).await;
    assert!(
        page.contains("Profile changed") && page.contains("pay minor") && page.contains(" more</li>"),
        "{page}"
    );
    assert!(!page.contains("5550 0199"), "{page}");
    // All of it stands on the event's own page.
    let born: uuid::Uuid = sqlx::query_scalar("select id from events where subject_id = $1 and chain = 1")
        .bind(it.developers[0].id)
        .fetch_one(it.app.db.pool())
        .await
        .expect("an event");
    let page = it.app.admin().await.page(&format!("/admin/events/{born}")).await;
    assert!(page.contains("value kept out") && page.contains("work start"), "{page}");
    assert!(
        !page.contains("5550 0199") && !page.contains("rafaela@dev.test"),
        "{page}"
    );
}

/// What the source records: literals of the shape of a kind, but for the occasions of letters.
#[test]
fn every_kind_that_the_source_records_has_its_words() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut kinds = BTreeSet::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && name != "letters.rs" && name != "words.rs" {
                let text = std::fs::read_to_string(&path).expect("a file");
                // Only what stands near an act that is recorded, or in a table of acts.
                for literal in text.split('"').skip(1).step_by(2) {
                    let Some((subject, verb)) = literal.split_once('.') else {
                        continue;
                    };
                    let word =
                        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                    let known = words::KINDS
                        .iter()
                        .any(|(kind, _)| kind.split('.').next() == Some(subject));
                    if word(subject) && word(verb) && known {
                        kinds.insert(literal.to_owned());
                    }
                }
            }
        }
    }
    assert!(kinds.len() > 70, "{kinds:?}");
    let without: Vec<&String> = kinds
        .iter()
        .filter(|kind| !words::KINDS.iter().any(|(known, _)| known == kind))
        .collect();
    assert_eq!(without, [] as [&String; 0]);
}
