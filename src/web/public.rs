//! Public pages that know no domain: what the agency does, how it vets, what it promises.
//!
//! They say the default promise in words; an agency's own agreement may differ, and says so. No customer, no figure is
//! claimed here that the product does not keep itself.

use actix_web::HttpResponse;
use askama::Template;

use super::marks::{GuaranteeLine, LineMark, OverlapStrip};
use super::{Frame, Layout, Routes, Section, Visitor, page, see_other};
use crate::error::AppResult;

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/", home);
    r.get("/how-we-vet", how_we_vet);
    r.get("/guarantee", guarantee);
}

#[derive(Template)]
#[template(path = "public/home.html")]
struct HomePage {
    layout: Layout,
    strip: OverlapStrip,
    line: GuaranteeLine,
}

/// Strangers read what this is; people who are signed in go on to their own home.
async fn home(visitor: Visitor, frame: Frame) -> AppResult<HttpResponse> {
    if let Some(viewer) = visitor.0 {
        return Ok(see_other(viewer.role.home()));
    }
    page(&HomePage {
        layout: frame.layout(Section::Home),
        strip: example_strip(),
        line: example_line(),
    })
}

#[derive(Template)]
#[template(path = "public/how_we_vet.html")]
struct VettingPage {
    layout: Layout,
}

async fn how_we_vet(frame: Frame) -> AppResult<HttpResponse> {
    page(&VettingPage {
        layout: frame.layout(Section::HowWeVet),
    })
}

#[derive(Template)]
#[template(path = "public/guarantee.html")]
struct GuaranteePage {
    layout: Layout,
    line: GuaranteeLine,
}

async fn guarantee(frame: Frame) -> AppResult<HttpResponse> {
    page(&GuaranteePage {
        layout: frame.layout(Section::Promise),
        line: example_line(),
    })
}

/// The thirty days of somebody who starts on Wednesday, 2 December 2026. Weekends count, and are drawn paler.
fn example_line() -> GuaranteeLine {
    // Day 1 is a Wednesday, so days 4 and 5 are the first weekend.
    let rest = (1..=30).map(|day| matches!(day % 7, 4 | 5)).collect();
    let check_in = |day| LineMark {
        day,
        label: "check-in".to_owned(),
    };
    GuaranteeLine::new(30, None, "2 Dec, first paid day", "31 Dec, last covered day")
        .rest_days(rest)
        .marks([7, 15, 25].map(check_in).to_vec())
}

/// Nine to five in New York and in São Paulo, in the winter of the north: São Paulo is two hours ahead.
fn example_strip() -> OverlapStrip {
    OverlapStrip::new(
        (9 * 60, 8 * 60),
        (7 * 60, 8 * 60),
        "New York above, São Paulo below, both 9:00 to 17:00: 6 hours shared in winter, 7 in summer",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_has_thirty_days_and_eight_of_them_are_weekend() {
        let cells = example_line().cells();
        assert_eq!(cells.len(), 30);
        let weekend: Vec<usize> = (1..=30).filter(|day| cells[day - 1].class().contains("rest")).collect();
        assert_eq!(
            weekend,
            [4, 5, 11, 12, 18, 19, 25, 26],
            "Saturdays and Sundays of December 2026"
        );
    }
}
