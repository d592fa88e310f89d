//! A person's profile and history.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::head::{Head, Part, day};
use crate::candidates::about::About;
use crate::candidates::blind::Eyes;
use crate::candidates::ledger::Kind;
use crate::candidates::notes::{store as notes, store::Note};
use crate::candidates::profile::{Details, Hours, shown_links};
use crate::candidates::store::{self, Candidate, Claim, StateLine};
use crate::candidates::{State, actions};
use crate::db::Db;
use crate::error::AppResult;
use crate::ids::CandidateId;
use crate::tokens::Tokens;
use crate::web::history::{HistoryQuery, Lines, moment};
use crate::web::marks::OverlapStrip;
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Section, SiteUrl, form, page, render};
use crate::zones::Zone;

/// Notes that the profile shows, and characters of each; the rest is one link away.
const NOTES: usize = 3;
const NOTE: usize = 280;

#[derive(Template)]
#[template(path = "candidates/show.html")]
struct ShowPage {
    layout: Layout,
    head: Head,
    person: Candidate,
    /// Current skills, verified first.
    skills: Vec<Claim>,
    facts: Vec<Fact>,
    strip: Option<OverlapStrip>,
    unknown: Vec<&'static str>,
    added: String,
    invitation: Invitation,
    pausing: Pausing,
    /// The pinned and the newest.
    notes: Vec<Note>,
    /// People who were asked about the person: how many have answered, of how many.
    references: (i64, i64),
    /// By when they were promised a word: tone and words.
    due: Option<(&'static str, String)>,
}

/// A line of the facts; empty words are shown as "to confirm".
struct Fact {
    label: &'static str,
    words: String,
    source: String,
}

pub(super) async fn show(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    draw(&db, *path, frame, now, (Invitation::default(), Pausing::default())).await
}

/// What the form of the pause holds.
#[derive(Default)]
pub(super) struct Pausing {
    pub reason: String,
    pub errors: FormErrors,
}

/// The profile again, with a pause that cannot be carried out as it was typed.
pub(super) async fn not_paused(
    db: &Db,
    id: CandidateId,
    frame: Frame,
    now: Now,
    pausing: Pausing,
) -> AppResult<HttpResponse> {
    draw(db, id, frame, now, (Invitation::default(), pausing)).await
}

/// What the invitation's form holds, or the link that came of it.
#[derive(Default)]
struct Invitation {
    email: String,
    errors: FormErrors,
    /// Shown once.
    link: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct InviteForm {
    #[serde(default)]
    email: String,
}

/// Makes the link by which a person without an account takes the profile over.
pub(super) async fn invite(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    act: Act,
    site: web::ThinData<SiteUrl>,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<InviteForm>,
) -> AppResult<HttpResponse> {
    let id = *path;
    let mut errors = FormErrors::none();
    let link = match errors.take("email", form::email(&input.email)) {
        Some(email) => {
            let mut tx = act.begin().await?;
            let token = actions::invite(&mut tx, &act.by, act.at, &tokens, id, &email).await?;
            tx.commit().await?;
            Some(format!("{}/invitations/{token}", site.0.0))
        }
        None => None,
    };
    let email = input.email;
    let invitation = Invitation { email, errors, link };
    draw(&act.db, id, frame, act.now(), (invitation, Pausing::default())).await
}

async fn draw(
    db: &Db,
    id: CandidateId,
    frame: Frame,
    now: Now,
    (invitation, pausing): (Invitation, Pausing),
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let (person, head) = Head::load(&mut conn, id, Part::Profile, now.0).await?;
    let claims: Vec<Claim> = store::ledger(&mut conn, person.id, Eyes::of(frame.user()))
        .await?
        .into_iter()
        .filter(|claim| claim.current)
        .collect();
    let notes = notes::list(&mut conn, About::Candidate(id), None, NOTES).await?;
    let open = store::open(&mut conn, id).await?;
    drop(conn);
    let facts = facts(&person.details, &claims, now.0);
    let mut unknown = person.details.unknown();
    let english = |kind| claims.iter().any(|claim| claim.kind == kind);
    if !english(Kind::EnglishSpeaking) || !english(Kind::EnglishWriting) {
        unknown.push("English");
    }
    let mut skills: Vec<Claim> = claims.into_iter().filter(|claim| claim.kind == Kind::Skill).collect();
    if !skills.iter().any(|claim| claim.value.is_some() || claim.hidden) {
        unknown.push("skill levels");
    }
    skills.sort_by_key(|claim| (claim.verified_at.is_none(), std::cmp::Reverse(claim.value)));
    let status = if invitation.errors.is_empty() && pausing.errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let shown = ShowPage {
        layout: frame.layout(Section::Candidates),
        head,
        strip: strip(&person.details, now.0),
        added: day(person.created_at),
        person,
        skills,
        facts,
        unknown,
        invitation,
        pausing,
        notes,
        due: open.due().map(|due| due.words(now.0)),
        references: (open.answered, open.asked),
    };
    render(status, &shown)
}

impl ShowPage {
    /// The address to invite: as typed, or as the profile has it.
    fn invited(&self) -> &str {
        let own = self.person.details.email.as_deref().unwrap_or_default();
        if self.invitation.email.is_empty() {
            own
        } else {
            &self.invitation.email
        }
    }

    fn is_active(&self) -> bool {
        self.person.state == State::Active
    }

    /// The links: each as an address to follow, or as text.
    fn links(&self) -> Vec<(String, bool)> {
        shown_links(&self.person.details.links)
    }

    /// The beginning of a note.
    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn beginning(&self, note: &Note) -> String {
        let mut text: String = note.body.chars().take(NOTE).collect();
        if text.len() < note.body.len() {
            text.push('…');
        }
        text
    }

    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn day(&self, at: &DateTime<Utc>) -> String {
        day(*at)
    }

    fn external(&self) -> String {
        self.person
            .external
            .as_ref()
            .map(|(source, id)| format!("{source} no. {id}"))
            .unwrap_or_default()
    }
}

fn facts(details: &Details, claims: &[Claim], now: DateTime<Utc>) -> Vec<Fact> {
    let plain = |label, words: Option<String>| Fact {
        label,
        words: words.unwrap_or_default(),
        source: String::new(),
    };
    let claimed = |label, kind| {
        let claim = claims.iter().find(|claim| claim.kind == kind);
        let source = claim.map(provenance).unwrap_or_default();
        Fact {
            label,
            words: claim.map(Claim::value_label).unwrap_or_default(),
            source,
        }
    };
    let length = match (details.least_months, details.most_months) {
        (None, None) => None,
        (Some(least), None) => Some(format!("{least} months or more")),
        (None, Some(most)) => Some(format!("at most {most} months")),
        (Some(least), Some(most)) => Some(format!("{least} to {most} months")),
    };
    let mut facts = vec![
        plain("Time zone", details.zone.map(|zone| zone.label(now))),
        plain("Working hours", details.hours.map(Hours::label)),
        claimed("English, speaking", Kind::EnglishSpeaking),
        claimed("English, writing", Kind::EnglishWriting),
        claimed("Years of work", Kind::Years),
        plain("Expected pay", details.pay.map(|pay| pay.to_string())),
        plain(
            "Free from",
            details.available_from.map(|day| day.format("%-d %b %Y").to_string()),
        ),
    ];
    // Not needed for a match: left out where nobody stated it.
    let optional = [
        ("Engagement", length),
        ("E-mail", details.email.clone()),
        ("Phone", details.phone.clone()),
    ];
    facts.extend(
        optional
            .into_iter()
            .filter(|(_, words)| words.is_some())
            .map(|(label, words)| plain(label, words)),
    );
    facts
}

/// "verified by Renata, 21 Nov 2026" or "own word, 21 Nov 2026".
pub(super) fn provenance(claim: &Claim) -> String {
    match (claim.verified_at, &claim.verified_by) {
        (Some(at), Some(by)) => format!("verified by {by}, {}", day(at)),
        _ => format!("{}, {}", claim.source.label(), day(claim.stated_at)),
    }
}

/// The person's day against nine to five in New York: the usual question, before any request asks it exactly.
fn strip(details: &Details, now: DateTime<Utc>) -> Option<OverlapStrip> {
    const NINE_TO_FIVE: (i32, i32) = (9 * 60, 8 * 60);
    let (zone, hours) = (details.zone?, details.hours?);
    let new_york = Zone::find("America/New_York")?;
    let ahead = (zone.offset_seconds(now) - new_york.offset_seconds(now)) / 60;
    let day = (i32::from(hours.start) - ahead, i32::from(hours.minutes()));
    let shared: i32 = OverlapStrip::new(NINE_TO_FIVE, day, "")
        .shared()
        .iter()
        .map(crate::web::marks::Span::minutes)
        .sum();
    let caption = format!("{}.{} h with New York, 9:00-17:00, today", shared / 60, shared % 60 / 6);
    Some(OverlapStrip::new(NINE_TO_FIVE, day, caption))
}

#[derive(Template)]
#[template(path = "candidates/history.html")]
struct HistoryPage {
    layout: Layout,
    head: Head,
    /// Why the person paused, came back or withdrew.
    states: Vec<StateLine>,
    lines: Lines,
    path: String,
}

#[expect(clippy::unused_self, reason = "templates reach these through their page")]
impl HistoryPage {
    fn when(&self, line: &StateLine) -> String {
        moment(line.at, Zone::utc())
    }

    fn iso(&self, line: &StateLine) -> String {
        line.at.to_rfc3339()
    }
}

pub(super) async fn history(
    _staff: Recruiter,
    path: web::Path<CandidateId>,
    db: web::ThinData<Db>,
    query: web::Query<HistoryQuery>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    let mut conn = db.conn().await?;
    let (person, head) = Head::load(&mut conn, *path, Part::History, now.0).await?;
    let states = store::states(&mut conn, person.id).await?;
    let closed = store::closed_records(&mut conn, Eyes::of(frame.user())).await?;
    let lines = Lines::load_veiled(&mut conn, &[("candidate", person.id.0)], &query, Zone::utc(), &closed).await?;
    drop(conn);
    page(&HistoryPage {
        layout: frame.layout(Section::Candidates),
        head,
        states,
        lines,
        path: format!("/candidates/{}/history", person.id),
    })
}
