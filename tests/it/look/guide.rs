//! A page with every macro on it.

use askama::Template;
use chrono::DateTime;
use meridian::accounts::{Role, Viewer};
use meridian::ids::{SignInId, UserId};
use meridian::web::layout::NavItem;
use meridian::web::marks::{GuaranteeLine, LineMark, OverlapStrip, PointsBar, PointsPart};
use meridian::web::{Flash, Layout};

#[derive(Template)]
#[template(path = "ui/guide.html")]
pub struct Guide {
    layout: Layout,
    names: Vec<String>,
    strip: OverlapStrip,
    bar: PointsBar,
    line: GuaranteeLine,
    problems: Vec<(String, String)>,
    steps: Vec<&'static str>,
    typed: String,
}

pub fn guide() -> Guide {
    let item = |href, label, current| NavItem { href, label, current };
    let part = PointsPart::new;
    Guide {
        layout: Layout {
            site_name: "Meridian".to_owned(),
            viewer: Some(Viewer {
                user: UserId::new(),
                name: "Renata Molina".to_owned(),
                email: "renata@agency.test".to_owned(),
                role: Role::Recruiter,
                organization: None,
                candidate: None,
                zone: None,
                sign_in: SignInId::new(),
                seen_at: DateTime::default(),
                proved_at: DateTime::default(),
                has_second_factor: false,
                staff_need_one: false,
            }),
            nav: vec![
                item("/desk", "Desk", false),
                item("/requests", "Requests", true),
                item("/candidates", "Candidates", false),
            ],
            flash: vec![Flash {
                kind: "ok".to_owned(),
                text: "Request opened.".to_owned(),
            }],
            from: None,
            path: "/requests".to_owned(),
        },
        names: vec!["Ana Lucía Restrepo".to_owned(), "<b>Robert</b>".to_owned()],
        strip: OverlapStrip::new((540, 540), (600, 480), "7.0 h"),
        bar: PointsBar::new(
            10_000,
            vec![
                part("Must-have skills", 2500, 2500, "actix-web 5 (asked 4), both verified"),
                part("Nice-to-have skills", 1930, 2500, "tracing 4"),
                part("Vetting", 1320, 1500, "take-home 88/100"),
                part("Seniority", 1000, 1000, ""),
                part("Overlap", 500, 1000, "8.0 h until 13 Mar, then 7.0 h"),
                part("Budget", 700, 700, ""),
                part("Availability", 500, 500, ""),
                part("English", 150, 300, ""),
            ],
        ),
        line: GuaranteeLine::new(30, Some(12), "2 Nov start", "1 Dec last day")
            .rest_days((0..30).map(|day| day % 7 > 4).collect())
            .marks(vec![
                LineMark {
                    day: 7,
                    label: "check-in ✓".to_owned(),
                },
                LineMark {
                    day: 15,
                    label: "check-in".to_owned(),
                },
                LineMark {
                    day: 25,
                    label: "check-in".to_owned(),
                },
            ]),
        problems: vec![("title".to_owned(), "Give it a name.".to_owned())],
        steps: vec!["The work", "The people", "The terms"],
        typed: "a \"quoted\" <word>".to_owned(),
    }
}
