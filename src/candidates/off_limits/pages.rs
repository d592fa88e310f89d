//! The rules about one person, and those about one client, with the way to make and to end one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::actions::{self, Made, UnderWay};
use super::store::{self, Found, NewRule, Open, Refused, Rule};
use crate::candidates::about::About;
use crate::candidates::pages::head::{Head, Part, day};
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::ids::{CandidateId, OffLimitsId, OrganizationId};
use crate::organizations::store::{self as organizations, Organization};
use crate::web::{Act, Form, FormErrors, Frame, Layout, Now, Recruiter, Routes, Section, form, render};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/candidates/{id}/off-limits", rules::<CandidateId>);
    r.post("/candidates/{id}/off-limits", make::<CandidateId>);
    r.post("/candidates/{id}/off-limits/{rule}/end", end::<CandidateId>);
    r.get("/organizations/{id}/off-limits", rules::<OrganizationId>);
    r.post("/organizations/{id}/off-limits", make::<OrganizationId>);
    r.post("/organizations/{id}/off-limits/{rule}/end", end::<OrganizationId>);
}

/// The page of the rules about a person or a client.
fn rules_of(side: About) -> String {
    side.page("off-limits")
}

/// What was typed, for the search and for the rule.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct RuleForm {
    search: String,
    other: String,
    reason: String,
    ends_on: String,
    under_way: String,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct EndForm {
    end_reason: String,
}

/// What came of an act that could not be carried out.
#[derive(Default)]
struct Attempt {
    typed: RuleForm,
    errors: FormErrors,
    asks: Vec<Open>,
    /// The rule that was to be ended, and the reason as typed.
    ending: Option<(OffLimitsId, String)>,
}

/// The part of the page that both sides share; the template `candidates/off_limits_part.html` draws it.
struct Panel {
    side: About,
    rules: Vec<Rule>,
    refusals: Vec<Refused>,
    found: Vec<Found>,
    attempt: Attempt,
    today: NaiveDate,
}

impl Panel {
    async fn load(db: &Db, side: About, mut attempt: Attempt, now: DateTime<Utc>) -> AppResult<Self> {
        let mut conn = db.conn().await?;
        let (candidate, organization) = side.ids();
        let today = now.date_naive();
        attempt.typed.search = attempt.typed.search.trim().chars().take(100).collect();
        let search = attempt.typed.search.replace('\0', "");
        let found = match side {
            _ if search.is_empty() => Vec::new(),
            About::Candidate(_) => store::find_clients(&mut conn, &search).await?,
            About::Organization(_) => store::find_people(&mut conn, &search).await?,
        };
        Ok(Self {
            side,
            rules: store::rules(&mut conn, candidate, organization, today).await?,
            refusals: store::refusals(&mut conn, candidate, organization).await?,
            found,
            attempt,
            today,
        })
    }

    fn path(&self) -> String {
        rules_of(self.side)
    }

    fn is_person(&self) -> bool {
        matches!(self.side, About::Candidate(_))
    }

    fn find_label(&self) -> &'static str {
        if self.is_person() {
            "Find the client"
        } else {
            "Find the person"
        }
    }

    fn find_help(&self) -> &'static str {
        if self.is_person() {
            "A part of the name."
        } else {
            "A part of the name or the address, or M-1001."
        }
    }

    fn other_label(&self) -> &'static str {
        if self.is_person() {
            "Not to this client"
        } else {
            "Not this person"
        }
    }

    /// The other side of a rule: its page and its name.
    fn other(&self, rule: &Rule) -> (String, String) {
        match self.side {
            About::Candidate(_) => (rules_of(rule.organization.into()), rule.client.clone()),
            About::Organization(_) => (rules_of(rule.candidate.into()), rule.person.clone()),
        }
    }

    fn who(&self, refused: &Refused) -> String {
        if self.is_person() {
            refused.client.clone()
        } else {
            refused.person.clone()
        }
    }

    fn standing(&self, rule: &Rule) -> (&'static str, String) {
        match (rule.ended_at, rule.ends_on) {
            (Some(at), _) => ("soft", format!("Ended {}", day(at))),
            (None, Some(last)) if last < self.today => ("soft", format!("Held through {}", last.format("%-d %b %Y"))),
            (None, Some(last)) => ("wait", format!("Holds through {}", last.format("%-d %b %Y"))),
            (None, None) => ("wait", "Holds until it is ended".to_owned()),
        }
    }

    #[expect(clippy::unused_self, reason = "templates reach it through the part they have")]
    fn day(&self, at: &DateTime<Utc>) -> String {
        day(*at)
    }

    fn is_chosen(&self, found: &Found) -> bool {
        self.attempt.typed.other == found.id.to_string() || self.found.len() == 1
    }

    fn is_under_way(&self, what: &str) -> bool {
        self.attempt.typed.under_way == what
    }

    /// What was typed as the reason to end this rule, if that was tried.
    fn ending(&self, rule: &Rule) -> Option<&str> {
        let (id, typed) = self.attempt.ending.as_ref()?;
        (*id == rule.id).then_some(typed.as_str())
    }

    fn status(&self) -> StatusCode {
        self.attempt.errors.status()
    }
}

#[derive(Template)]
#[template(path = "candidates/off_limits.html")]
struct CandidatePage {
    layout: Layout,
    head: Head,
    it: Panel,
}

#[derive(Template)]
#[template(path = "candidates/off_limits_client.html")]
struct OrganizationPage {
    layout: Layout,
    organization: Organization,
    it: Panel,
}

async fn draw(db: &Db, frame: Frame, now: Now, side: About, attempt: Attempt) -> AppResult<HttpResponse> {
    match side {
        About::Candidate(id) => {
            let (_, head) = Head::load(&mut *db.conn().await?, id, Part::OffLimits, now.0).await?;
            let it = Panel::load(db, side, attempt, now.0).await?;
            let layout = frame.layout(Section::Candidates);
            render(it.status(), &CandidatePage { layout, head, it })
        }
        About::Organization(id) => {
            let organization = organizations::find(&mut *db.conn().await?, id)
                .await?
                .ok_or(AppError::NotFound)?;
            let it = Panel::load(db, side, attempt, now.0).await?;
            let layout = frame.layout(Section::Organizations);
            let page = OrganizationPage {
                layout,
                organization,
                it,
            };
            render(page.it.status(), &page)
        }
    }
}

fn looked_up(query: &RuleForm) -> Attempt {
    Attempt {
        typed: RuleForm {
            search: query.search.clone(),
            ..RuleForm::default()
        },
        ..Attempt::default()
    }
}

/// The rules seen from a person or a client, told apart by the id of the path.
async fn rules<Id: Copy + Into<About>>(
    _staff: Recruiter,
    id: web::Path<Id>,
    query: web::Query<RuleForm>,
    db: web::ThinData<Db>,
    frame: Frame,
    now: Now,
) -> AppResult<HttpResponse> {
    draw(&db, frame, now, (*id).into(), looked_up(&query)).await
}

/// A reason of at most 2,000 characters.
fn reason(text: &str) -> Result<String, String> {
    match form::text(text, 2000) {
        Ok(text) if text.is_empty() => Err("Say why: whoever meets the rule later needs it.".to_owned()),
        other => other,
    }
}

fn last_day(text: &str, today: NaiveDate) -> Result<Option<NaiveDate>, &'static str> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match form::date_near(text, today)? {
        last if last < today => Err("That day has passed. Choose today or a later one, or leave it empty."),
        last => Ok(Some(last)),
    }
}

/// Both ends of the rule that a form asks for.
fn pair(side: About, other: &str) -> Result<(CandidateId, OrganizationId), &'static str> {
    let wrong = "Search, and choose one of those found.";
    match side {
        About::Candidate(candidate) => Ok((candidate, other.parse().map_err(|_| wrong)?)),
        About::Organization(organization) => Ok((other.parse().map_err(|_| wrong)?, organization)),
    }
}

async fn make<Id: Copy + Into<About>>(
    _staff: Recruiter,
    id: web::Path<Id>,
    act: Act,
    frame: Frame,
    Form(typed): Form<RuleForm>,
) -> AppResult<HttpResponse> {
    let side: About = (*id).into();
    let mut attempt = Attempt::default();
    let errors = &mut attempt.errors;
    let pair = errors.take("other", pair(side, &typed.other));
    let reason = errors.take("reason", reason(&typed.reason));
    let ends_on = errors.take("ends_on", last_day(&typed.ends_on, act.at.date_naive()));
    if let (Some((candidate, organization)), Some(reason), Some(ends_on)) = (pair, reason, ends_on) {
        let rule = NewRule {
            candidate,
            organization,
            reason: &reason,
            ends_on,
        };
        let mut tx = act.begin().await?;
        match actions::make(&mut tx, &act.by, act.at, &rule, UnderWay::parse(&typed.under_way)).await? {
            Made::Done => {
                let said = "The rule holds from now on: nobody proposes the two to each other.";
                return act.done(tx, said, rules_of(side)).await;
            }
            Made::HeldAlready => attempt
                .errors
                .add("other", "A rule about these two holds already: end it first."),
            Made::Asks(open) => {
                attempt.errors.add(
                    "under_way",
                    "These two are introduced to each other. Say what becomes of that.",
                );
                attempt.asks = open;
            }
        }
    }
    attempt.typed = typed;
    draw(&act.db, frame, act.now(), side, attempt).await
}

async fn end<Id: Copy + Into<About>>(
    _staff: Recruiter,
    path: web::Path<(Id, OffLimitsId)>,
    act: Act,
    frame: Frame,
    Form(typed): Form<EndForm>,
) -> AppResult<HttpResponse> {
    let (id, rule) = *path;
    let side: About = id.into();
    let mut attempt = Attempt::default();
    if let Some(reason) = attempt.errors.take("end_reason", reason(&typed.end_reason)) {
        let mut tx = act.begin().await?;
        let of = |candidate, organization| match side {
            About::Candidate(id) => id == candidate,
            About::Organization(id) => id == organization,
        };
        actions::end(&mut tx, &act.by, act.at, rule, of, &reason).await?;
        let said = "The rule is ended. It stays on the record with both reasons.";
        return act.done(tx, said, rules_of(side)).await;
    }
    attempt.ending = Some((rule, typed.end_reason));
    draw(&act.db, frame, act.now(), side, attempt).await
}
