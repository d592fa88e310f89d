//! The forms of vetting, each with what makes it ready, and with where each of its free fields is kept.

use crate::vetting::references::{WHO, answer, referee};

/// What makes a form ready to be sent once more.
#[derive(Clone, Copy)]
pub enum Before {
    Nothing,
    /// Past the app: what a test does with the rights of the owner.
    Sql(&'static str),
    /// As the recruiter, whatever comes of it.
    Post(&'static str, &'static [(&'static str, &'static str)]),
    /// Another check of a kind, with a scorecard that Ana owes.
    Check(&'static str),
    /// Another referee, who has said who they are.
    Referee,
}

/// A form: who sends it where, with what, and where each of its free fields is kept.
pub struct Sheet {
    pub who: Who,
    pub path: &'static str,
    pub fields: Vec<(&'static str, &'static str)>,
    /// The name of a free field, and the question for what was kept of it last.
    pub free: &'static [(&'static str, &'static str)],
    /// A page that shows it.
    pub shown: &'static str,
    pub before: Before,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Who {
    Recruiter,
    Ana,
    Admin,
    Stranger,
}

#[expect(clippy::too_many_lines, reason = "a list: one form after the other")]
pub fn sheets() -> Vec<Sheet> {
    use Before::{Check, Nothing, Post, Referee, Sql};
    let sheet = |who, path, fields: &[(&'static str, &'static str)], free, shown, before| Sheet {
        who,
        path,
        fields: fields.to_vec(),
        free,
        shown,
        before,
    };
    let no = [
        ("reason", "other"),
        ("words", "W"),
        ("message", "M"),
        ("note", "N"),
        ("may_apply_on", "2027-05-23"),
    ];
    let question = [
        ("version", "{version}"),
        ("order", "1"),
        ("question", "Q"),
        ("weak", "w"),
        ("solid", "s"),
        ("strong", "t"),
    ];
    let mut asked = referee("{email}");
    asked.retain(|(name, _)| *name != "agreed");
    asked.push(("agreed", "yes"));
    vec![
        sheet(
            Who::Recruiter,
            "/promises/{promise}",
            &[("due_on", "{due}"), ("reason", "R")],
            &[("reason", "select reason from promise_moves order by id desc limit 1")],
            "/promises/{promise}",
            Nothing,
        ),
        sheet(
            Who::Recruiter,
            "{home}/notes",
            &[("body", "")],
            &[("body", "select body from notes order by made_at desc, id desc limit 1")],
            "{home}/notes",
            Nothing,
        ),
        sheet(
            Who::Recruiter,
            "{home}/messages",
            &[("subject", "S"), ("body", "B")],
            &[
                (
                    "subject",
                    "select subject from candidate_messages order by id desc limit 1",
                ),
                ("body", "select body from candidate_messages order by id desc limit 1"),
            ],
            "{home}/messages",
            Nothing,
        ),
        sheet(
            Who::Admin,
            "/admin/holidays/{holiday}",
            &[("name", "N")],
            &[("name", "select name from holidays order by id limit 1")],
            "/admin/holidays/{holiday}",
            Nothing,
        ),
        sheet(
            Who::Recruiter,
            "/pipeline/views/{view}",
            &[("act", "rename"), ("name", "N")],
            &[("name", "select name from saved_views")],
            "/pipeline/views",
            Nothing,
        ),
        sheet(
            Who::Admin,
            "/admin/tracks/{track}/kit-background",
            &question,
            &[
                (
                    "question",
                    "select question from check_questions where kind = 'background' and position = 1",
                ),
                (
                    "weak",
                    "select weak from check_questions where kind = 'background' and position = 1",
                ),
                (
                    "solid",
                    "select solid from check_questions where kind = 'background' and position = 1",
                ),
                (
                    "strong",
                    "select strong from check_questions where kind = 'background' and position = 1",
                ),
            ],
            "/admin/tracks/{track}/kit-background",
            Nothing,
        ),
        sheet(
            Who::Ana,
            "{home}/checks/{check}/card",
            &[
                ("question", "Q"),
                ("rating", "3"),
                ("answer", "A"),
                ("recommendation", "yes"),
                ("same", "yes"),
                ("document", "passport"),
                ("red_flags", "F"),
                ("note", "N"),
                ("act", "in"),
            ],
            &[
                (
                    "answer",
                    "select answers -> 0 ->> 'note' from scorecards where state = 'in' order by handed_in_at desc, id desc limit 1",
                ),
                (
                    "red_flags",
                    "select red_flags from scorecards where state = 'in' order by handed_in_at desc, id desc limit 1",
                ),
                (
                    "note",
                    "select note from scorecards where state = 'in' order by handed_in_at desc, id desc limit 1",
                ),
                (
                    "document",
                    "select document_seen from scorecards where state = 'in' order by handed_in_at desc, id desc limit 1",
                ),
            ],
            "{home}/checks/{check}",
            Check("debugging"),
        ),
        sheet(
            Who::Recruiter,
            "{home}/checks/{check}/release",
            &[("card", "{card}"), ("release_reason", "R")],
            &[(
                "release_reason",
                "select release_reason from scorecards where state = 'released' order by id desc limit 1",
            )],
            "{home}/checks/{check}",
            Check("debugging"),
        ),
        sheet(
            Who::Recruiter,
            "{home}/checks/{check}/cancel",
            &[("giving_up", "R")],
            &[(
                "giving_up",
                "select reason from vetting_checks where state = 'cancelled' order by id desc limit 1",
            )],
            "{home}/vetting",
            Check("debugging"),
        ),
        sheet(
            Who::Recruiter,
            "{home}/checks/{check}/decide",
            &[
                ("result", "waived"),
                ("decided_on", "2026-11-23"),
                ("reason", "R"),
                ("note", "N"),
                ("provider", "P"),
                ("reference", "7"),
                ("provider_result", "clear"),
                ("scope", "S"),
            ],
            &[
                (
                    "reason",
                    "select reason from vetting_checks where state = 'waived' order by id desc limit 1",
                ),
                (
                    "note",
                    "select note from vetting_checks where state = 'waived' order by id desc limit 1",
                ),
                (
                    "provider",
                    "select provider from check_reports order by check_id desc limit 1",
                ),
                (
                    "reference",
                    "select reference from check_reports order by check_id desc limit 1",
                ),
                (
                    "provider_result",
                    "select result from check_reports order by check_id desc limit 1",
                ),
                (
                    "scope",
                    "select scope from check_reports order by check_id desc limit 1",
                ),
            ],
            "{home}/checks/{check}",
            Check("background"),
        ),
        sheet(
            Who::Recruiter,
            "{home}/findings/{finding}",
            &[("to", "explained"), ("found", "F")],
            &[(
                "found",
                "select reason from identity_findings where state = 'explained' order by raised_at desc limit 1",
            )],
            "{home}/vetting",
            Sql(FINDING),
        ),
        sheet(
            Who::Recruiter,
            "{home}/references",
            &asked,
            &[
                ("name", "select name from reference_requests order by id desc limit 1"),
                (
                    "company",
                    "select company from reference_requests order by id desc limit 1",
                ),
                (
                    "worked",
                    "select worked from reference_requests order by id desc limit 1",
                ),
            ],
            "{home}/references",
            Sql(WITHDRAWN),
        ),
        sheet(
            Who::Stranger,
            "{link}/confirm",
            WHO,
            &[
                (
                    "name",
                    "select name from reference_identities where request_id = (select max(id::text)::uuid from reference_requests)",
                ),
                (
                    "role",
                    "select role from reference_identities where request_id = (select max(id::text)::uuid from reference_requests)",
                ),
                (
                    "company",
                    "select company from reference_identities where request_id = (select max(id::text)::uuid from reference_requests)",
                ),
                (
                    "knows",
                    "select knows from reference_identities where request_id = (select max(id::text)::uuid from reference_requests)",
                ),
            ],
            "{link}",
            Referee,
        ),
        sheet(
            Who::Stranger,
            "{link}",
            &answer("yes"),
            &[
                (
                    "words_1",
                    "select answers -> 0 ->> 'text' from reference_answers order by answered_at desc, request_id desc limit 1",
                ),
                (
                    "further",
                    "select further from reference_answers order by answered_at desc, request_id desc limit 1",
                ),
            ],
            "{home}/references",
            Referee,
        ),
        sheet(
            Who::Stranger,
            "{link}/decline",
            &[("reason", "R")],
            &[(
                "reason",
                "select reason from reference_requests where state = 'declined' order by id desc limit 1",
            )],
            "{home}/references",
            Referee,
        ),
        sheet(
            Who::Recruiter,
            "{home}/references/{request}/withdraw",
            &[("reason", "R")],
            &[(
                "reason",
                "select reason from reference_requests where state = 'withdrawn' order by id desc limit 1",
            )],
            "{home}/references",
            Referee,
        ),
        // These keep what was promised, and take the person out of the pool.
        sheet(
            Who::Recruiter,
            "{home}/reject",
            &no,
            &[
                ("words", "select words from rejections order by id desc limit 1"),
                (
                    "message",
                    "select body from candidate_messages where occasion = 'rejection' order by id desc limit 1",
                ),
                ("note", "select note from rejections order by id desc limit 1"),
            ],
            "{home}/reject",
            Post("{home}/reject/take-back", &[("back_reason", "Again")]),
        ),
        sheet(
            Who::Recruiter,
            "{home}/reject/take-back",
            &[("back_reason", "R")],
            &[(
                "back_reason",
                "select ended_reason from rejections where ended_at is not null order by id desc limit 1",
            )],
            "{home}/history",
            Post(
                "{home}/reject",
                &[("reason", "english"), ("message", "M"), ("may_apply_on", "2027-05-23")],
            ),
        ),
    ]
}

/// An open finding of a check.
const FINDING: &str =
    "insert into identity_findings (id, candidate_id, check_id, kind, detail, owner_id, raised_by, raised_at, state)
    select gen_random_uuid(), k.candidate_id, k.id, 'not_sure', 'D', u.id, u.id,
           k.created_at + (select count(*) from identity_findings) * interval '1 second', 'open'
    from vetting_checks k, users u where u.email = 'recruiter@agency.test' order by k.id desc limit 1";

/// Few may be asked at a time.
pub const WITHDRAWN: &str =
    "update reference_requests set state = 'withdrawn', closed_by = added_by, closed_at = added_at + interval '1 hour'
    where state in ('named', 'asked')";
