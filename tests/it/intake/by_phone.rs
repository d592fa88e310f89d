//! What a recruiter files for a client who phoned.

use actix_web::http::StatusCode;

use super::count;
use crate::requests::{app, id_of, state_of};
use crate::support::app::PASSWORD;
use crate::support::clients::{brief, brief_with, client};

#[actix_web::test]
async fn a_request_for_a_known_client_is_the_clients_own() {
    let app = app().await;
    let (clara, _) = client(&app, "Halyard Payments", "clara@halyard.test").await;
    let (stranger, _) = client(&app, "Another", "else@else.test").await;
    let recruiter = app.recruiter().await;
    let found = recruiter.page("/requests/new?search=hALY").await;
    assert!(found.contains("Halyard Payments") && !found.contains("Another"));
    let href = found.split("href=\"/requests/new?client=").find_map(|rest| {
        let id = rest.split('"').next()?;
        (id != "new" && id.len() == 36).then(|| id.to_owned())
    });
    let id = href.expect("a link to the client");
    let form = recruiter.page(&format!("/requests/new?client={id}")).await;
    assert!(
        form.contains("Halyard Payments") && form.contains("value=\"New York (UTC-5/-4)\""),
        "its zone"
    );
    assert!(!form.contains("type=\"password\"") && !form.contains("/start/draft"));

    let mut gaps = brief_with(&[("title", "Phone order"), ("system", "")]);
    gaps.push(("client", &id));
    let answer = recruiter.post("/requests/new", &gaps).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.has("href=\"#f-system\"") && answer.has("value=\"Phone order\"") && answer.has(&id));
    let mut whole = brief_with(&[("title", "Phone order")]);
    whole.push(("client", &id));
    let path = recruiter.post("/requests/new", &whole).await.to().to_owned();
    assert_eq!(state_of(&app, id_of(&path)).await.code(), "submitted");
    let page = clara.page(&path).await;
    assert!(
        page.contains("Filed by the agency: the client phoned.") && page.contains("recruiter"),
        "{page}"
    );
    assert!(clara.page("/client").await.contains("Phone order"));
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(recruiter.page("/desk").await.contains("Phone order"));
    let noted = "select count(*) from events e join users u on u.id = e.actor_id
                 where e.kind = 'role_request.filed_by_phone' and u.role = 'recruiter'";
    assert_eq!(count(&app, noted).await, 1);
}

#[actix_web::test]
async fn a_new_company_is_founded_and_its_contact_invited() {
    let app = app().await;
    client(&app, "Halyard", "clara@halyard.test").await;
    let recruiter = app.recruiter().await;
    let send = async |changes: &[(&'static str, &'static str)]| {
        let mut fields = brief();
        fields.push(("client", "new"));
        fields.extend_from_slice(changes);
        recruiter.post("/requests/new", &fields).await
    };
    let company = |name, email| [("organization", name), ("name", "Noor Haddad"), ("email", email)];
    for (typed, field) in [
        (company("", "noor@north.test"), "organization"),
        (company("North", "noor"), "email"),
        (company("HALYARD", "noor@north.test"), "organization"),
        (company("North", "clara@halyard.test"), "email"),
    ] {
        let answer = send(&typed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed:?}");
        assert!(
            answer.has(&format!("id=\"e-{field}\"")) && answer.has("value=\"Noor Haddad\""),
            "{typed:?}"
        );
    }
    assert_eq!(
        count(&app, "select count(*) from organizations").await,
        1,
        "a refused one leaves nothing"
    );
    let path = send(&company("North", "noor@north.test")).await.to().to_owned();
    app.drain().await;
    let link = app.link("noor@north.test", "/invitations/");
    let noor = app.stranger();
    assert!(noor.page(&link).await.contains("value=\"Noor Haddad\""));
    noor.post(&link, &[("name", "Noor Haddad"), ("password", PASSWORD)])
        .await
        .to();
    assert!(
        noor.page(&path)
            .await
            .contains("Filed by the agency: the client phoned.")
    );
    let unknown = recruiter
        .get("/requests/new?client=0190b1f0-0000-7000-8000-00000000dead")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
