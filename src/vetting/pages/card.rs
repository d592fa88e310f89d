//! One's own scorecard. Nobody reaches anybody else's here: the page is made of the viewer's card and of what the kit asks.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::card_form::{CardForm, RATINGS};
use crate::candidates::blind::Eyes;
use crate::candidates::pages::head::{Head, Part, moment};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, CheckId};
use crate::requests::LEVELS;
use crate::tracks::levels::English;
use crate::tracks::store as tracks;
use crate::vetting::actions::cards;
use crate::vetting::cards::{CardState, Recommendation};
use crate::vetting::identity::spoken;
use crate::vetting::store::cards::{Own, Typed, own};
use crate::vetting::store::{Detail, detail};
use crate::vetting::{Kind, title_or_label};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Section, render};

#[derive(Template)]
#[template(path = "vetting/card.html")]
struct CardPage {
    layout: Layout,
    head: Head,
    it: Detail,
    typed: CardForm,
    /// When the draft was kept; empty: it was not yet.
    saved: String,
    /// Of the profile: where the clock and the money should be.
    zone: String,
    country: String,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl CardPage {
    fn title(&self) -> &str {
        title_or_label(&self.it.title, self.it.kind)
    }

    fn is_of_references(&self) -> bool {
        self.it.kind == Kind::References
    }

    fn ratings(&self) -> [(&'static str, &'static str); 6] {
        RATINGS
    }

    fn recommendations(&self) -> [Recommendation; 4] {
        Recommendation::ALL
    }

    fn levels(&self) -> Vec<(String, &'static str)> {
        let levels = LEVELS.map(|(level, words)| (level.to_string(), words));
        std::iter::once((String::new(), "not assessed")).chain(levels).collect()
    }

    fn english(&self) -> Vec<(&'static str, &'static str)> {
        let levels = English::ALL.map(|level| (level.label(), level.label()));
        std::iter::once(("", "not assessed")).chain(levels).collect()
    }

    fn payout_help(&self) -> String {
        let profile = if self.country.is_empty() {
            "The profile names no country.".to_owned()
        } else {
            format!(
                "The profile says {}; another country is looked into by a person, and stops nothing.",
                self.country
            )
        };
        format!("The country, if it came up. {profile}")
    }

    fn code(&self) -> String {
        spoken(&self.it.spoken_code)
    }
}

/// The card that the viewer owes; who owes none, or has handed it in, is led to the check.
pub(super) async fn card(
    staff: Recruiter,
    path: web::Path<(CandidateId, CheckId)>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let (id, check) = *path;
    let mut conn = db.conn().await?;
    let card = own(&mut conn, check, staff.0.user).await?.ok_or(AppError::NotFound)?;
    if card.state != CardState::Owed {
        detail(&mut conn, id, check, Eyes::of(frame.user())).await?;
        return Ok(crate::web::see_other(format!("/candidates/{id}/checks/{check}")));
    }
    show(&mut conn, (id, check), frame, now, card, FormErrors::none()).await
}

async fn show(
    conn: &mut sqlx::PgConnection,
    (id, check): (CandidateId, CheckId),
    frame: Frame,
    now: Now,
    card: Own,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let it = detail(conn, id, check, Eyes::of(frame.user())).await?;
    let (person, head) = Head::load(conn, id, Part::Vetting, now.0).await?;
    let typed = form_of(conn, &it, card.typed.as_ref().map(|typed| &typed.0)).await?;
    let page = CardPage {
        layout: frame.layout(Section::Candidates),
        head,
        it,
        typed,
        saved: card.saved_at.map(moment).unwrap_or_default(),
        zone: person.details.zone.map(|zone| zone.label(now.0)).unwrap_or_default(),
        country: person.details.country.unwrap_or_default(),
        errors,
    };
    render(page.errors.status(), &page)
}

/// The kit with what was typed.
async fn form_of(conn: &mut sqlx::PgConnection, it: &Detail, typed: Option<&Typed>) -> AppResult<CardForm> {
    let kit = tracks::kits::kit(conn, it.track, it.kind.key()).await?;
    let skills = if it.kind.rates_skills() {
        tracks::track_skills(conn, it.track).await?
    } else {
        Vec::new()
    };
    let nothing = Typed::new();
    Ok(CardForm::of(kit, skills, typed.unwrap_or(&nothing)))
}

/// Most that a draft may be: the form's own limit is larger, and nobody types as much.
const MOST: usize = 100_000;

pub(super) async fn save(
    staff: Recruiter,
    path: web::Path<(CandidateId, CheckId)>,
    act: Act,
    frame: Frame,
    Form(typed): Form<Typed>,
) -> AppResult<HttpResponse> {
    let (id, check) = *path;
    if typed
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum::<usize>()
        > MOST
    {
        return Err(AppError::TooLarge(
            "A scorecard has at most 100,000 letters. Shorten the longest note.".into(),
        ));
    }
    let handed_in = typed.iter().any(|(name, value)| name == "act" && value == "in");
    let here = format!("/candidates/{id}/checks/{check}");
    // Whatever is wrong with it: what was typed is kept first, and committed.
    let mut tx = act.begin().await?;
    cards::save(&mut tx, &act.by, act.at, id, check, &typed).await?;
    if !handed_in {
        return act
            .done(
                tx,
                "Kept. Only you see it until you hand it in.",
                format!("{here}/card"),
            )
            .await;
    }
    tx.commit().await?;
    let mut tx = act.begin().await?;
    let it = detail(&mut tx, id, check, Eyes::of(frame.user())).await?;
    let mut errors = FormErrors::none();
    let read = form_of(&mut tx, &it, Some(&typed)).await?.read(it.kind, &mut errors);
    let Some(content) = read else {
        let card = own(&mut tx, check, staff.0.user).await?.ok_or(AppError::NotFound)?;
        return show(&mut tx, (id, check), frame, act.now(), card, errors).await;
    };
    cards::hand_in(&mut tx, &act.by, act.at, id, check, &content).await?;
    act.done(
        tx,
        "Handed in. It cannot be changed any more, and you see the others' now.",
        here,
    )
    .await
}
