//! The nine lines, and terms as JSON.

use meridian::placements::guarantee::{
    Calendar, Cause, Course, DayKind, Departure, Evidence, Exclusivity, ExclusivityRule, LineKind, Payment,
    PaymentRule, Specification, Started, Terms, TermsError, Tier, Verdict, checklist,
};

use super::{SOUND, at, course, date, departure};

/// The verdicts of a claim, in the order of the nine lines.
fn verdicts(terms: &Terms, course: &Course<'_>, facts: &Evidence, now: &str) -> Vec<Verdict> {
    let calendar = Calendar::at(terms, course, at(now)).expect("a sound case");
    let lines = checklist(terms, course, &calendar, facts, at(now));
    assert!(
        lines.iter().all(|line| !line.evidence.is_empty()),
        "every line says why: {lines:#?}"
    );
    assert_eq!(lines.iter().map(|line| line.line).collect::<Vec<_>>(), LineKind::ALL);
    lines.into_iter().map(|line| line.verdict).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story of nine lines, three ways each")]
fn every_line_of_the_checklist_passes_fails_and_does_not_apply() {
    use Verdict::{Fail, NotApplicable, Pass, Pending};
    let strict = Terms {
        payment_rule: PaymentRule::PaidAtNotice,
        exclusivity: ExclusivityRule::Required,
        ..Terms::default_promise()
    };
    let notices = [at("2026-11-20T12:00:00Z")];
    let left = departure("2026-11-20", Cause::Resigned);
    let claim = Course {
        departure: Some(&left),
        notices: &notices,
        ..course("2026-11-02", "America/New_York")
    };
    let good = Evidence {
        payment: Payment::Paid,
        exclusivity: Exclusivity::Accepted(date("2026-10-01")),
        ..SOUND
    };
    let now = "2026-11-21T12:00:00Z";
    assert_eq!(verdicts(&strict, &claim, &good, now), [Pass; 9]);

    let bad_left = Departure {
        circumstances: vec![Cause::Relocation],
        ..departure("2026-12-05", Cause::Layoff)
    };
    let late = [at("2027-01-20T12:00:00Z")];
    let bad = Evidence {
        payment: Payment::Overdue,
        replacements_used: 1,
        exclusivity: Exclusivity::NotAccepted,
        specification: Specification::Changed,
        ..SOUND
    };
    let lost = Course {
        departure: Some(&bad_left),
        notices: &late,
        ..claim.clone()
    };
    let found = verdicts(&strict, &lost, &bad, "2027-01-21T12:00:00Z");
    assert_eq!(found, [Pass, Fail, Fail, Fail, Fail, Fail, Fail, Fail, Fail]);
    let never = Evidence {
        started: Started::Never,
        ..good
    };
    let found = verdicts(&strict, &claim, &never, now);
    assert_eq!((found[0], &found[1..]), (Fail, &[NotApplicable; 8][..]));

    let lenient = Terms {
        covered_causes: vec![],
        exclusions: vec![],
        most_replacements: 0,
        ..Terms::default_promise()
    };
    let found = verdicts(&lenient, &claim, &SOUND, now);
    assert_eq!(
        found,
        [
            Pass,
            Pass,
            NotApplicable,
            NotApplicable,
            Pass,
            NotApplicable,
            NotApplicable,
            NotApplicable,
            Pass
        ]
    );

    // Nothing happened yet: what a claim made today would be judged by.
    let quiet = course("2026-11-02", "America/New_York");
    let found = verdicts(&strict, &quiet, &good, now);
    assert_eq!(
        found,
        [Pass, Pass, Pending, Pending, Pending, Pending, Pass, Pass, Pass]
    );
    let early = Course {
        departure: None,
        notices: &[],
        ..course("2027-11-02", "America/New_York")
    };
    assert_eq!(verdicts(&strict, &early, &good, now)[..2], [Pending, Pending]);
    let unnamed = Departure {
        cause: None,
        ..left.clone()
    };
    let silent = Course {
        departure: Some(&unnamed),
        notices: &[],
        ..claim.clone()
    };
    assert_eq!(
        verdicts(&strict, &silent, &good, now)[2..6],
        [Pending, Pending, Pending, Pending]
    );
    assert_eq!(
        verdicts(&strict, &silent, &good, "2026-11-28T05:00:00Z")[4],
        Fail,
        "nobody told us in time"
    );
    let before = departure("2026-11-01", Cause::Resigned);
    let unstarted = Course {
        departure: Some(&before),
        ..claim.clone()
    };
    assert_eq!(verdicts(&strict, &unstarted, &good, now)[..2], [Fail, Fail]);
}

#[test]
fn terms_travel_as_json_and_refuse_nonsense() {
    let terms = Terms::default_promise();
    let json = serde_json::to_value(&terms).expect("a sound case");
    assert_eq!(
        (&json["days"], &json["day_kind"], &json["start"]),
        (&30.into(), &"calendar".into(), &"first_paid_day".into())
    );
    assert_eq!(
        json["exclusions"],
        serde_json::json!(["layoff", "scope_change", "relocation", "client_breach"])
    );
    assert_eq!(serde_json::from_value::<Terms>(json).expect("a sound case"), terms);
    let partial: Terms = serde_json::from_str(r#"{"days": 90, "day_kind": "business"}"#).expect("a sound case");
    assert_eq!(
        (partial.days, partial.day_kind, partial.notice_business_days),
        (90, DayKind::Business, 5)
    );
    assert!(
        serde_json::from_str::<Terms>(r#"{"dayz": 90}"#).is_err(),
        "a misspelt term is not ignored"
    );
    assert_eq!(terms.check(), Ok(()));
    let broken = [
        (
            Terms {
                days: 29,
                ..terms.clone()
            },
            TermsError::Days,
        ),
        (
            Terms {
                days: 366,
                ..terms.clone()
            },
            TermsError::Days,
        ),
        (
            Terms {
                notice_business_days: 61,
                ..terms.clone()
            },
            TermsError::Notice,
        ),
        (
            Terms {
                holidays: vec!["BR".to_owned(), "br".to_owned()],
                ..terms.clone()
            },
            TermsError::Holidays,
        ),
        (
            Terms {
                credit_months: 0,
                ..terms.clone()
            },
            TermsError::Credit,
        ),
        (
            Terms {
                exclusions: vec![Cause::Resigned],
                ..terms.clone()
            },
            TermsError::Causes,
        ),
        (
            Terms {
                remedies: vec![],
                ..terms.clone()
            },
            TermsError::Remedies,
        ),
        (
            Terms {
                tiers: vec![Tier {
                    through_day: 31,
                    percent: 50,
                }],
                ..terms.clone()
            },
            TermsError::Tiers,
        ),
        (
            Terms {
                check_in_days: vec![7, 7],
                ..terms.clone()
            },
            TermsError::CheckIns,
        ),
    ];
    for (terms, error) in broken {
        assert_eq!(terms.check(), Err(error));
    }
}
