//! One check: who checked what, how and when; its appointment, its assessors and their cards, its judgement.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;

use super::findings::{FindingLine, finding_lines};
use super::judgement::CheckForm;
use crate::candidates::blind::Eyes;
use crate::candidates::pages::head::{Head, Part, moment};
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::{CandidateId, CheckId, UserId};
use crate::requests::store::charge;
use crate::tracks::levels::English;
use crate::vetting::cards::CardState;
use crate::vetting::identity::spoken;
use crate::vetting::letters::when;
use crate::vetting::store::cards::{Card, cards};
use crate::vetting::store::files::{CheckFile, files};
use crate::vetting::store::{Detail, detail, identity};
use crate::vetting::{Report, State, title_or_label, today};
use crate::web::upload;
use crate::web::{FormErrors, Frame, Layout, Now, Recruiter, Section, render};

/// What was sent to the page and could not be taken: it stands there again.
#[derive(Default)]
pub(super) struct Sent {
    pub on: String,
    pub at: String,
    pub assessor: String,
    pub card: String,
    pub release_reason: String,
    pub decision: CheckForm,
    pub report: Report,
}

#[derive(Template)]
#[template(path = "vetting/check.html")]
struct CheckPage {
    layout: Layout,
    head: Head,
    it: Detail,
    cards: Vec<Card>,
    findings: Vec<FindingLine>,
    files: Vec<CheckFile>,
    staff: Vec<(UserId, String)>,
    /// Who looks.
    me: Option<UserId>,
    /// The zone of the person, for the appointment.
    zone: Option<String>,
    sent: Sent,
    today: NaiveDate,
    errors: FormErrors,
}

#[expect(clippy::unused_self, reason = "templates reach these through the page they have")]
impl CheckPage {
    fn title(&self) -> &str {
        title_or_label(&self.it.title, self.it.kind)
    }

    fn here(&self) -> String {
        format!("/candidates/{}/checks/{}", self.head.id, self.it.id)
    }

    /// Tone and words of where it stands.
    fn state(&self) -> (&'static str, String) {
        let expired = self.it.expires_on.is_some_and(|end| end <= self.today);
        match self.it.state {
            State::Invited => ("wait", "Invited, no appointment yet".to_owned()),
            State::Scheduled => ("wait", "Scheduled".to_owned()),
            State::Waiting => ("wait", "Waiting on the agency".to_owned()),
            State::Passed | State::Waived if expired => ("bad", "Expired".to_owned()),
            State::Passed => ("ok", "Passed".to_owned()),
            State::Waived => ("ok", "Waived".to_owned()),
            State::Failed => ("bad", "Failed".to_owned()),
            State::Cancelled => ("soft", "Given up".to_owned()),
        }
    }

    fn is_open(&self) -> bool {
        self.it.state.is_open()
    }

    /// The appointment on the person's clock and in UTC.
    fn appointment(&self) -> String {
        self.it
            .starts_at
            .map(|at| when(at, self.zone.as_deref()))
            .unwrap_or_default()
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand out references")]
    fn day(&self, day: &NaiveDate) -> String {
        day.format("%-d %b %Y").to_string()
    }

    fn score(&self) -> String {
        let score = self.it.score_bp;
        score
            .map(|points| format!("{}.{:02} of 100", points / 100, points % 100))
            .unwrap_or_default()
    }

    fn code(&self) -> String {
        spoken(&self.it.spoken_code)
    }

    /// Whether the viewer owes a card of this check.
    fn mine_is_owed(&self) -> bool {
        let owed = |card: &Card| card.state == CardState::Owed && Some(card.assessor) == self.me;
        self.cards.iter().any(owed)
    }

    fn owed(&self) -> usize {
        self.cards.iter().filter(|card| card.state == CardState::Owed).count()
    }

    /// Whether a card was handed in that the viewer may not read yet.
    fn has_unread(&self) -> bool {
        self.cards
            .iter()
            .any(|card| card.state == CardState::In && !card.readable)
    }

    fn card_state(&self, card: &Card) -> (&'static str, String) {
        match card.state {
            CardState::Owed => ("wait", "Not in yet".to_owned()),
            CardState::In => (
                "ok",
                format!("In since {}", card.handed_in_at.map(moment).unwrap_or_default()),
            ),
            CardState::Released => ("soft", format!("Released: {}", card.release_reason)),
        }
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        clippy::ref_option,
        reason = "templates hand out references"
    )]
    fn english(&self, level: &Option<i16>) -> &'static str {
        level.and_then(English::of).map_or("", English::label)
    }

    /// Staff who have no card of this check.
    fn assessors(&self) -> Vec<(String, String)> {
        let free = |(id, _): &&(UserId, String)| !self.cards.iter().any(|card| card.assessor == *id);
        let options = self
            .staff
            .iter()
            .filter(free)
            .map(|(id, name)| (id.to_string(), name.clone()));
        std::iter::once((String::new(), "Choose".to_owned()))
            .chain(options)
            .collect()
    }

    /// Whether the release of this card was sent and could not be taken.
    fn is_refused(&self, card: &Card) -> bool {
        self.sent.card == card.id.to_string()
    }

    /// The id of a card's field without its prefix: the summary of errors links to the refused one by its plain name.
    fn release_at(&self, card: &Card) -> String {
        if self.is_refused(card) {
            "release_reason".to_owned()
        } else {
            format!("release_reason-{}", card.id)
        }
    }

    fn size(&self, file: &CheckFile) -> String {
        upload::size(file.bytes)
    }

    fn zone_name(&self) -> &str {
        self.zone.as_deref().unwrap_or("UTC")
    }
}

pub(super) async fn check(
    _staff: Recruiter,
    path: web::Path<(CandidateId, CheckId)>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let sent = Sent {
        decision: CheckForm::of_today(today(now.0)),
        ..Sent::default()
    };
    show(&db, frame, now, *path, sent, FormErrors::none()).await
}

/// The page, filled in again when something was wrong.
pub(super) async fn show(
    db: &Db,
    frame: Frame,
    now: Now,
    (id, check): (CandidateId, CheckId),
    sent: Sent,
    errors: FormErrors,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let eyes = Eyes::of(frame.user());
    let it = detail(&mut conn, id, check, eyes).await?;
    let (person, head) = Head::load(&mut conn, id, Part::Vetting, now.0).await?;
    let cards = cards(&mut conn, check, eyes).await?;
    let findings = identity::findings(&mut conn, id).await?;
    let files = files(&mut conn, (id, check), eyes).await?;
    let staff = if it.state.is_open() || !findings.is_empty() {
        charge::staff(&mut conn).await?
    } else {
        Vec::new()
    };
    drop(conn);
    let findings = findings.into_iter().filter(|finding| finding.check == check).collect();
    let status = errors.status();
    let page = CheckPage {
        layout: frame.layout(Section::Candidates),
        head,
        it,
        cards,
        findings: finding_lines(findings, None),
        files,
        staff,
        me: eyes.id(),
        zone: person.details.zone.map(|zone| zone.name().to_owned()),
        sent,
        today: today(now.0),
        errors,
    };
    render(status, &page)
}
