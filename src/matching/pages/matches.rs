//! The matches of one seat: the list, what each gate leaves out, the explanation of every point.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::head::{Part, SeatHead, SeatQuery, moment, thousands};
use super::rows::{Panel, Row, Writer};
use super::scored::{HELD, Pools, Scored};
use crate::candidates::blind::Eyes;
use crate::error::AppResult;
use crate::ids::{RequestId, RunId, SeatId};
use crate::matching::score::explain::Words as _;
use crate::matching::score::{FORMULA_VERSION, Gate, Ranked, Relaxation, Standing, WhatIf};
use crate::web::{Act, Frame, Layout, Recruiter, Section, page};
use crate::zones::DATA_VERSION;

/// Rows of one page: as many as stay well under 60 KB with their drawings.
const ROWS: usize = 12;

#[derive(Template)]
#[template(path = "matching/matches.html")]
struct MatchesPage {
    layout: Layout,
    head: SeatHead,
    seat: SeatId,
    pool: String,
    matched: usize,
    to_confirm: usize,
    removed: Vec<(String, &'static str)>,
    closest: Option<WhatIfLine>,
    what_ifs: Vec<WhatIfLine>,
    rows: Vec<Row>,
    panel: Option<Panel>,
    previous: String,
    next: String,
    run: RunId,
    run_at: String,
    formula: u32,
    zone_data: &'static str,
}

/// One relaxation in words.
struct WhatIfLine {
    text: String,
    adds: usize,
    adds_to_confirm: usize,
}

pub(super) async fn matches(
    _staff: Recruiter,
    act: Act,
    frame: Frame,
    path: web::Path<RequestId>,
    query: web::Query<SeatQuery>,
    pools: web::ThinData<Pools>,
) -> AppResult<HttpResponse> {
    let (request, number) = (path.into_inner(), query.number());
    let mut scored = pools.first(&act, request, number).await?;
    let is_further_down = query.from.is_some_and(|from| from + ROWS > HELD) && scored.matched > HELD
        || query.candidate.is_some_and(|id| !scored.people.contains_key(&id))
            && scored.matched.max(scored.to_confirm) > HELD;
    if is_further_down {
        scored = pools.whole(&act, request, number).await?;
    }
    let eyes = Eyes::of(frame.user());
    page(&matches_page(frame.layout(Section::Requests), &scored, &query, eyes))
}

fn matches_page(layout: Layout, scored: &Scored, query: &SeatQuery, eyes: Eyes) -> MatchesPage {
    let ranked = &scored.computed.ranked;
    let head = SeatHead::new(scored, Part::Matches);
    let base = format!("/requests/{}/matches?seat={}", head.request, head.number);
    let first = query.from.unwrap_or(1).clamp(1, scored.matched.max(1)) - 1;
    let mut writer = Writer::new(&scored.computed, &scored.people, &scored.words, eyes);
    let order = writer.order(&ranked.matches);
    let shown = &order[first..order.len().min(first + ROWS)];
    let chosen = chosen(ranked, query, shown);
    let rows = shown.iter().enumerate().map(|(i, one)| {
        let href = format!("{base}&from={}&candidate={}", first + 1, one.candidate);
        let selected = chosen.is_some_and(|chosen| chosen.candidate == one.candidate);
        writer.row(first + i + 1, one, href, selected)
    });
    let rows = rows.collect();
    let panel = chosen.map(|one| writer.panel(one));
    let what_ifs: Vec<WhatIfLine> = scored
        .computed
        .what_ifs
        .iter()
        .map(|one| what_if_line(one, scored))
        .collect();
    MatchesPage {
        layout,
        seat: scored.header.seat,
        pool: thousands(ranked.pool),
        matched: scored.matched,
        to_confirm: scored.to_confirm,
        removed: removed(ranked),
        closest: scored
            .computed
            .what_ifs
            .iter()
            .max_by_key(|one| one.adds)
            .filter(|one| one.adds > 0)
            .map(|one| what_if_line(one, scored)),
        what_ifs,
        rows,
        panel,
        previous: if first > 0 {
            format!("{base}&from={}", first.saturating_sub(ROWS) + 1)
        } else {
            String::new()
        },
        next: if first + ROWS < scored.matched {
            format!("{base}&from={}", first + ROWS + 1)
        } else {
            String::new()
        },
        run: scored.run.id,
        run_at: moment(scored.run.created_at, &scored.header.zone),
        formula: FORMULA_VERSION,
        zone_data: DATA_VERSION,
        head,
    }
}

/// Whose points are explained: the one asked for, wherever they stand, or else the first one shown.
fn chosen<'a>(ranked: &'a Ranked, query: &SeatQuery, shown: &[&'a Standing]) -> Option<&'a Standing> {
    let wanted = query.candidate.and_then(|id| {
        ranked
            .matches
            .iter()
            .chain(&ranked.to_confirm)
            .find(|standing| standing.candidate == id)
    });
    wanted.or_else(|| shown.first().copied())
}

fn removed(ranked: &Ranked) -> Vec<(String, &'static str)> {
    let mut removed: Vec<(usize, Gate)> = ranked.removed.iter().map(|(gate, count)| (*count, *gate)).collect();
    removed.sort_by_key(|(count, gate)| (std::cmp::Reverse(*count), *gate));
    removed
        .into_iter()
        .map(|(count, gate)| (thousands(count), gate.name()))
        .collect()
}

fn what_if_line(one: &WhatIf, scored: &Scored) -> WhatIfLine {
    let text = match &one.relaxation {
        Relaxation::OverlapHourLess => "one hour less overlap".to_owned(),
        Relaxation::BudgetTenPercentMore => "10% more budget".to_owned(),
        Relaxation::MustLevelLower(skill) => {
            let level = scored
                .computed
                .seat
                .must
                .iter()
                .find(|must| must.skill == *skill)
                .map_or(0, |must| must.level);
            let name = scored.words.skill(skill);
            match level {
                0 | 1 => format!("{name} no longer a must"),
                level => format!("{name} {} instead of {level}", level - 1),
            }
        }
        Relaxation::EnglishStepLower => "English one step lower".to_owned(),
        Relaxation::StartLater => "a start 30 days later".to_owned(),
        Relaxation::AnySeniority => "any seniority".to_owned(),
    };
    WhatIfLine {
        text,
        adds: one.adds,
        adds_to_confirm: one.adds_to_confirm,
    }
}
