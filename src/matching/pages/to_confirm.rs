//! People of whom a gate is unknown: the questions to ask and the points at stake.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::head::{Part, SeatHead, SeatQuery, thousands};
use super::rows::{Row, Writer};
use super::scored::{HELD, Pools, Scored};
use crate::candidates::blind::Eyes;
use crate::error::AppResult;
use crate::ids::RequestId;
use crate::matching::score::Standing;
use crate::web::{Act, Frame, Layout, Recruiter, Section, page};

/// Rows of one page.
const ROWS: usize = 20;

#[derive(Template)]
#[template(path = "matching/to_confirm.html")]
struct ToConfirmPage {
    layout: Layout,
    head: SeatHead,
    total: String,
    rows: Vec<OpenRow>,
    by_gate: Vec<(String, &'static str)>,
    previous: String,
    next: String,
}

/// One person with what nobody knows yet.
struct OpenRow {
    row: Row,
    known: String,
    at_stake: String,
    questions: Vec<String>,
}

pub(super) async fn to_confirm(
    _staff: Recruiter,
    act: Act,
    frame: Frame,
    path: web::Path<RequestId>,
    query: web::Query<SeatQuery>,
    pools: web::ThinData<Pools>,
) -> AppResult<HttpResponse> {
    let (request, number) = (path.into_inner(), query.number());
    let mut scored = pools.first(&act, request, number).await?;
    if query.from.is_some_and(|from| from + ROWS > HELD) && scored.to_confirm > HELD {
        scored = pools.whole(&act, request, number).await?;
    }
    let eyes = Eyes::of(frame.user());
    page(&to_confirm_page(frame.layout(Section::Requests), &scored, &query, eyes))
}

fn to_confirm_page(layout: Layout, scored: &Scored, query: &SeatQuery, eyes: Eyes) -> ToConfirmPage {
    let list = &scored.computed.ranked.to_confirm;
    let head = SeatHead::new(scored, Part::ToConfirm);
    let base = format!("/requests/{}/matches/to-confirm?seat={}", head.request, head.number);
    let first = query.from.unwrap_or(1).clamp(1, scored.to_confirm.max(1)) - 1;
    let mut writer = Writer::new(&scored.computed, &scored.people, &scored.words, eyes);
    let order = writer.order(list);
    let shown = &order[first..order.len().min(first + ROWS)];
    let rows = shown
        .iter()
        .enumerate()
        .map(|(i, one)| open_row(&mut writer, first + i + 1, one))
        .collect();
    ToConfirmPage {
        layout,
        total: thousands(scored.to_confirm),
        rows,
        by_gate: by_gate(scored),
        previous: if first > 0 {
            format!("{base}&from={}", first.saturating_sub(ROWS) + 1)
        } else {
            String::new()
        },
        next: if first + ROWS < scored.to_confirm {
            format!("{base}&from={}", first + ROWS + 1)
        } else {
            String::new()
        },
        head,
    }
}

fn open_row(writer: &mut Writer<'_>, place: usize, standing: &Standing) -> OpenRow {
    let at_stake: u32 = standing.unknown.iter().map(|question| question.at_stake).sum();
    OpenRow {
        row: writer.row(place, standing, format!("/candidates/{}", standing.candidate), false),
        known: if writer.is_closed(standing) {
            "hidden".to_owned()
        } else {
            crate::web::marks::thousands(standing.breakdown.points)
        },
        at_stake: crate::web::marks::thousands(at_stake),
        questions: writer.questions(standing),
    }
}

/// How many people each unknown gate keeps from an answer.
fn by_gate(scored: &Scored) -> Vec<(String, &'static str)> {
    let mut counts: Vec<_> = scored.unknown.iter().map(|(gate, count)| (*gate, *count)).collect();
    counts.sort_by_key(|(gate, count)| (std::cmp::Reverse(*count), *gate));
    counts
        .into_iter()
        .map(|(gate, count)| (thousands(count), gate.name()))
        .collect()
}
