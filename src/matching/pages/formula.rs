//! The formula as a public page; its numbers are the code's constants.

use actix_web::HttpResponse;
use askama::Template;

use crate::error::AppResult;
use crate::matching::score::weights::{
    BANDS_APART, BUDGET_PERCENT, CLAIMED_PERCENT, CREDIT_CAP, Criterion, FORMULA_VERSION, FREE_WITHIN_DAYS, HEADROOM,
    ONE_BAND_OFF_PERCENT, OPEN_ENDED_MONTHS, OVERLAP_RANGE, POINTS, STAND_IN_PERCENT, TOP_CEFR, TOP_LEVEL,
};
use crate::web::{Frame, Layout, Section, Visitor, page};
use crate::zones::DATA_VERSION;

#[derive(Template)]
#[template(path = "matching/formula.html")]
struct FormulaPage {
    layout: Layout,
    version: u32,
    zone_data: &'static str,
    points: u32,
    credit_cap: u32,
    stand_in: u32,
    top_level: u8,
    top_cefr: u8,
    headroom: u8,
    claimed: u32,
    bands_apart: u32,
    one_band: u32,
    overlap_range: u32,
    budget_percent: u32,
    free_days: i64,
    open_months: u32,
    nice_most: u32,
    criteria: Vec<CriterionRow>,
}

struct CriterionRow {
    key: &'static str,
    weight: u32,
    asked: &'static str,
}

pub(super) async fn formula(_visitor: Visitor, frame: Frame) -> AppResult<HttpResponse> {
    page(&FormulaPage {
        layout: frame.layout(Section::Other),
        version: FORMULA_VERSION,
        zone_data: DATA_VERSION,
        points: POINTS,
        credit_cap: CREDIT_CAP,
        stand_in: STAND_IN_PERCENT,
        top_level: TOP_LEVEL,
        top_cefr: TOP_CEFR,
        headroom: HEADROOM,
        claimed: CLAIMED_PERCENT,
        bands_apart: BANDS_APART,
        one_band: ONE_BAND_OFF_PERCENT,
        overlap_range: OVERLAP_RANGE,
        budget_percent: BUDGET_PERCENT,
        free_days: FREE_WITHIN_DAYS,
        open_months: OPEN_ENDED_MONTHS,
        nice_most: u32::from(TOP_LEVEL) * 100 * 100,
        criteria: Criterion::ALL.map(criterion_row).into(),
    })
}

fn criterion_row(criterion: Criterion) -> CriterionRow {
    let asked = match criterion {
        Criterion::MustHave => "must is not empty",
        Criterion::NiceToHave => "nice has an entry with a weight above 0",
        Criterion::Vetting => "challenge is true",
        Criterion::Seniority => "seniority is given",
        Criterion::Overlap => "overlap_minutes is above 0",
        Criterion::Budget => "budget_minor is given",
        Criterion::Availability => "start is given",
        Criterion::English => "english_speaking or english_writing is given",
    };
    CriterionRow {
        key: criterion.key(),
        weight: criterion.base_weight(),
        asked,
    }
}
