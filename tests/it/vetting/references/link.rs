//! The link: opened by machines, late, twice, by strangers, and by several at once.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;

use super::super::room::Room;
use super::{IRIS, WHO, answer, referee};

#[actix_web::test]
async fn a_mail_scanner_opens_it_and_nothing_changes() {
    let room = Room::open().await;
    let link = room.ask(IRIS).await;
    for said in [false, true] {
        if said {
            room.app.stranger().post(&format!("{link}/confirm"), WHO).await.to();
        }
        let before = room.stored().await;
        for _ in 0..5 {
            let seen = room.app.stranger().get(&link).await;
            assert_eq!(seen.status, StatusCode::OK);
            assert_eq!(seen.headers["cache-control"], "no-store");
            assert_eq!(seen.headers["referrer-policy"], "same-origin");
            assert!(seen.set_cookies.is_empty(), "{:?}", seen.set_cookies);
            room.app.stranger().send(Method::HEAD, &link, &[], Vec::new()).await;
            // Scanners that guess at what buttons do do not come from our page.
            for path in ["", "/confirm", "/decline"] {
                let path = format!("{link}{path}");
                let form = [("content-type", "application/x-www-form-urlencoded")];
                let answer = room
                    .app
                    .stranger()
                    .send(Method::POST, &path, &form, b"me=yes&act=send".to_vec())
                    .await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            }
        }
        assert_eq!(room.stored().await, before);
    }
    assert_eq!(room.answers().await, 0);
}

#[actix_web::test]
async fn the_second_the_late_the_withdrawn_and_the_guessed_each_get_a_page_of_their_own() {
    let room = Room::open().await;
    let guessed = format!("/reference/{}", "0".repeat(32));
    let answered = room.confirmed(IRIS).await;
    room.app.stranger().post(&answered, &answer("no")).await.to();
    let withdrawn = room.confirmed("withdrawn@halyard.test").await;
    let request = room.request().await;
    let reason = [("reason", "Not needed any more")];
    room.recruiter
        .post(&format!("{}/{request}/withdraw", room.references()), &reason)
        .await
        .to();
    let declined = room.confirmed("declined@halyard.test").await;
    room.app.stranger().post(&format!("{declined}/decline"), &[]).await.to();
    let late = room.confirmed("late@halyard.test").await;
    room.app.clock.advance(TimeDelta::days(21) - TimeDelta::microseconds(1));
    assert_eq!(room.app.stranger().get(&late).await.status, StatusCode::OK);
    room.app.clock.advance(TimeDelta::microseconds(1));

    let (ok, conflict, gone, unknown) = (
        StatusCode::OK,
        StatusCode::CONFLICT,
        StatusCode::GONE,
        StatusCode::NOT_FOUND,
    );
    let before: String = room.one("select string_agg(r::text || coalesce(a::text, ''), ';' order by r.id) from reference_requests r left join reference_answers a on a.request_id = r.id").await;
    for (link, opened, acted, words) in [
        (&answered, ok, conflict, "Your answer is in already"),
        (&withdrawn, gone, gone, "This request was taken back"),
        (&declined, ok, conflict, "You declined"),
        (&late, gone, gone, "The time of this link is over"),
        (&guessed, unknown, unknown, "This link opens nothing"),
    ] {
        assert_eq!(room.app.stranger().get(link).await.status, opened, "{words}");
        let decline = format!("{link}/decline");
        let confirm = format!("{link}/confirm");
        for (path, form) in [(link, answer("yes")), (&decline, vec![]), (&confirm, WHO.to_vec())] {
            let said = room.app.stranger().post(path, &form).await;
            assert_eq!(said.status, acted, "{path}");
            assert!(said.has(words) && !said.has("SECRET"), "{path}: {}", said.text());
        }
    }
    let after: String = room.one("select string_agg(r::text || coalesce(a::text, ''), ';' order by r.id) from reference_requests r left join reference_answers a on a.request_id = r.id").await;
    assert_eq!(before, after);
    // A link of one kind opens nothing of another.
    let other = answered.replace("/reference/", "/reset/");
    assert_eq!(room.app.stranger().get(&other).await.status, conflict);
}

#[actix_web::test]
async fn one_reminder_brings_the_same_link_back_with_all_that_was_kept() {
    let room = Room::open().await;
    let link = room.confirmed(IRIS).await;
    let half = [("words_1", "Half a thought"), ("act", "save")];
    room.app.stranger().post(&link, &half).await.to();
    let request = room.request().await;
    let remind = format!("{}/{request}/remind", room.references());
    // At the instant of the letter itself there is nothing to remind of.
    assert_eq!(room.recruiter.post(&remind, &[]).await.status, StatusCode::CONFLICT);
    room.app.clock.advance(TimeDelta::days(22));
    let recruiter = room.app.sign_in("recruiter@agency.test").await;
    assert!(recruiter.page(&room.references()).await.contains("No answer in time"));
    recruiter.post(&remind, &[]).await.to();
    assert_eq!(recruiter.post(&remind, &[]).await.status, StatusCode::CONFLICT);
    room.app.drain().await;
    assert_eq!(room.app.letters(IRIS).len(), 2);
    assert_eq!(room.app.link(IRIS, "/reference/"), link);
    assert!(room.app.stranger().page(&link).await.contains("Half a thought"));
    room.app.stranger().post(&link, &answer("no")).await.to();
    assert_eq!(room.answers().await, 1);
}

#[actix_web::test]
async fn guesses_are_counted_for_their_network_and_the_real_link_never_is() {
    let room = Room::open().await;
    let link = room.ask(IRIS).await;
    let mut statuses = Vec::new();
    for number in 0..40 {
        let guess = format!("/reference/{number:032x}");
        statuses.push(room.app.stranger().get(&guess).await.status);
        assert_eq!(room.app.stranger().get(&link).await.status, StatusCode::OK);
    }
    let unknown = statuses
        .iter()
        .filter(|status| **status == StatusCode::NOT_FOUND)
        .count();
    assert_eq!(unknown, 30, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    room.app.stranger().post(&format!("{link}/confirm"), WHO).await.to();
}

#[actix_web::test]
async fn who_assesses_and_who_is_assessed_do_not_answer_for_the_referee() {
    let room = Room::open().await;
    let link = room.confirmed(IRIS).await;
    for person in [&room.recruiter, &room.ben, &room.developer] {
        for path in ["", "/confirm", "/decline"] {
            let said = person.post(&format!("{link}{path}"), &answer("yes")).await;
            assert_eq!(said.status, StatusCode::FORBIDDEN, "{}", said.text());
            assert!(said.has("only the referee can send this"));
        }
    }
    assert_eq!(room.answers().await, 0);
}

#[actix_web::test]
async fn of_acts_at_the_same_moment_one_holds() {
    let room = Room::open().await;
    for round in 0..12 {
        let email = format!("referee{round}@halyard.test");
        let link = room.confirmed(&email).await;
        let request = room.request().await;
        let withdraw = format!("{}/{request}/withdraw", room.references());
        let decline = format!("{link}/decline");
        let (one, two, three, yes, no) = (
            room.app.stranger(),
            room.app.stranger(),
            room.app.stranger(),
            answer("yes"),
            answer("no"),
        );
        let before = room.answers().await;
        let all = futures_util::future::join4(
            one.post(&link, &yes),
            two.post(&link, &no),
            three.post(&decline, &[]),
            room.recruiter.post(&withdraw, &[]),
        )
        .await;
        let statuses = [all.0.status, all.1.status, all.2.status, all.3.status];
        let held = statuses
            .iter()
            .filter(|status| **status == StatusCode::SEE_OTHER)
            .count();
        assert_eq!(held, 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| !status.is_server_error()), "{statuses:?}");
        let state: String = room
            .one(&format!("select state from reference_requests where id = '{request}'"))
            .await;
        let answered = room.answers().await - before;
        assert_eq!(answered, i64::from(state == "answered"), "{state}: {statuses:?}");
    }
    // At the very end nothing of the referee's holds any more, and the agency can still take it back.
    let link = room.confirmed(IRIS).await;
    let request = room.request().await;
    let (withdraw, decline) = (
        format!("{}/{request}/withdraw", room.references()),
        format!("{link}/decline"),
    );
    room.app.clock.advance(TimeDelta::days(21));
    let recruiter = room.app.sign_in("recruiter@agency.test").await;
    let (one, two, yes, before) = (
        room.app.stranger(),
        room.app.stranger(),
        answer("yes"),
        room.answers().await,
    );
    let all = futures_util::future::join3(
        one.post(&link, &yes),
        two.post(&decline, &[]),
        recruiter.post(&withdraw, &[]),
    )
    .await;
    assert_eq!((all.0.status, all.1.status), (StatusCode::GONE, StatusCode::GONE));
    assert_eq!(all.2.status, StatusCode::SEE_OTHER);
    assert_eq!(room.answers().await, before);
}

#[actix_web::test]
async fn a_double_and_one_too_many_at_the_same_moment_are_refused() {
    let room = Room::open().await;
    let path = room.references();
    let form = referee(IRIS);
    let all = futures_util::future::join_all((0..6).map(|_| room.recruiter.post(&path, &form))).await;
    assert_eq!(all.iter().filter(|one| one.status == StatusCode::SEE_OTHER).count(), 1);
    let emails: Vec<String> = (0..8).map(|number| format!("referee{number}@halyard.test")).collect();
    let forms: Vec<_> = emails.iter().map(|email| referee(email)).collect();
    let all = futures_util::future::join_all(forms.iter().map(|form| room.recruiter.post(&path, form))).await;
    assert_eq!(all.iter().filter(|one| one.status == StatusCode::SEE_OTHER).count(), 4);
    let open: i64 = room
        .one("select count(*) from reference_requests where state = 'asked'")
        .await;
    assert_eq!(open, 5);
}

#[actix_web::test]
async fn hostile_words_stay_words_in_the_letter_and_on_every_page() {
    let room = Room::open().await;
    let long = "n".repeat(120);
    let hostile = [
        "<script>alert(1)</script>",
        "\u{202e}gnp.exe <img src=x onerror=alert(1)>",
        "=?utf-8?q?=0D=0ABcc:_x@y.test?=",
        "\"; drop table reference_requests; --",
        long.as_str(),
    ];
    for (number, name) in hostile.iter().enumerate() {
        let email = format!("referee{number}@halyard.test");
        let mut form = referee(&email);
        form[0] = ("name", name);
        form[3] = ("company", name);
        room.recruiter.post(&room.references(), &form).await.to();
        room.app.drain().await;
        let letter = room.app.letters(&email).pop().expect("a letter");
        let head = letter.split("\r\n\r\n").next().unwrap_or_default();
        let html = letter.split("Content-Type: text/html").nth(1).expect("an HTML part");
        assert!(!head.contains("\r\nBcc"), "{head}");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        let link = room.app.link(&email, "/reference/");
        let stranger = room.app.stranger();
        assert!(!stranger.page(&link).await.contains("<script>alert"));
        let mut who = WHO.to_vec();
        who[3] = ("knows", name);
        stranger.post(&format!("{link}/confirm"), &who).await.to();
        let mut said = answer("yes");
        said[1] = ("words_1", name);
        stranger.post(&link, &said).await.to();
    }
    for page in [
        room.recruiter.page(&room.references()).await,
        room.developer.page("/me/references").await,
    ] {
        assert!(
            page.contains("alert(1)") && !page.contains("<script>alert") && !page.contains("<img src=x"),
            "{page}"
        );
    }
    let split = [("name", "Iris\r\nBcc: all@x.test"), ("email", "a@b.test")];
    let refused = room.recruiter.post(&room.references(), &split).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
