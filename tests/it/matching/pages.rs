//! The pages say what the list says.

use actix_web::http::StatusCode;
use meridian::matching::cli;
use uuid::Uuid;

use super::{REQUEST, ids, json, only_run, scene};
use crate::support::app::App;

#[actix_web::test]
async fn the_pages_say_what_the_list_says() {
    let (app, recruiter) = scene().await;
    let list = json(&app, 1, cli::Extent::All).await;
    let (matches, open) = (ids(&list["matches"]), ids(&list["to_confirm"]));
    let path = format!("/requests/{REQUEST}/matches?seat=1");
    let page = recruiter.page(&path).await;
    assert!(
        page.contains(&format!(r#"<b class="big">{}</b>"#, matches.len())) && page.contains("of 360 meet every gate")
    );
    for (gate, count) in list["removed"].as_object().unwrap() {
        assert!(page.contains(&format!("<b>{count}</b>")), "{gate} leaves out {count}");
    }
    let mut seen = Vec::new();
    for from in (1..=matches.len()).step_by(12) {
        let page = recruiter.page(&format!("{path}&from={from}")).await;
        let rows = page
            .split(r#"name="candidate" value=""#)
            .skip(1)
            .map(|rest| rest[..36].to_owned());
        seen.extend(rows);
    }
    assert_eq!(seen, matches, "every match once, in order");

    let last = matches.last().unwrap();
    let explained = recruiter.page(&format!("{path}&candidate={last}")).await;
    let points = list["matches"].as_array().unwrap().last().unwrap()["points"]
        .as_u64()
        .unwrap();
    let panel = explained.split(r#"id="why""#).nth(1).unwrap();
    assert!(
        panel.contains(&meridian::web::marks::thousands(u32::try_from(points).unwrap())),
        "{panel}"
    );

    let confirm = recruiter
        .page(&format!("/requests/{REQUEST}/matches/to-confirm?seat=1"))
        .await;
    assert!(confirm.contains(&format!(r#"<b class="big">{}</b>"#, open.len())));
    assert!(open.iter().take(20).all(|id| confirm.contains(id)) && !confirm.contains(&matches[0]));
    assert!(confirm.contains("Level in actix-web?") && confirm.contains("Spoken English B2 or better?"));

    let runs = recruiter.page(&format!("/requests/{REQUEST}/runs")).await;
    assert!(runs.contains(&only_run(&app).await.to_string()));
}

#[actix_web::test]
async fn no_page_is_heavy_and_none_answers_for_a_seat_that_is_not_there() {
    let (app, recruiter) = scene().await;
    recruiter.page(&format!("/requests/{REQUEST}/matches?seat=1")).await;
    let run = only_run(&app).await;
    for path in [
        format!("/requests/{REQUEST}/matches?seat=1"),
        format!("/requests/{REQUEST}/matches?seat=2&from=2"),
        format!("/requests/{REQUEST}/matches/to-confirm?seat=1"),
        format!("/requests/{REQUEST}/runs"),
        format!("/runs/{run}"),
        "/formula".to_owned(),
    ] {
        let bytes = recruiter.page(&path).await.len();
        assert!(bytes <= 60 * 1024, "{path} has {bytes} bytes");
    }
    for path in [
        format!("/requests/{REQUEST}/matches?seat=3"),
        format!("/requests/{REQUEST}/matches?seat=0"),
        format!("/requests/{REQUEST}/matches/to-confirm?seat=70000"),
        format!("/requests/{}/matches", Uuid::nil()),
        format!("/requests/{}/runs", Uuid::nil()),
        format!("/runs/{}", Uuid::nil()),
    ] {
        assert_eq!(recruiter.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let far = recruiter
        .page(&format!(
            "/requests/{REQUEST}/matches?seat=1&from=99999&candidate={}",
            Uuid::nil()
        ))
        .await;
    assert!(far.contains("every gate"));
}

#[actix_web::test]
async fn the_formula_page_says_the_numbers_of_the_code() {
    let app = App::start().await;
    let page = app.stranger().page("/formula").await;
    for criterion in meridian::matching::score::Criterion::ALL {
        assert!(
            page.contains(&format!("<code>{}</code>", criterion.key())),
            "{criterion:?}"
        );
        assert!(
            page.contains(&format!(r#"<td class="num">{}</td>"#, criterion.base_weight())),
            "{criterion:?}"
        );
    }
    for gate in meridian::matching::score::Gate::ALL {
        assert!(
            page.contains(&format!("<dt><code>{}</code></dt>", gate.key())),
            "{gate:?}"
        );
    }
}
