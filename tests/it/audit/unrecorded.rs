//! Tables whose rows the log does not tell of, each with the reason.

/// Tables whose changes are not recorded row by row, each with the reason.
pub const UNRECORDED: &[(&str, &str)] = &[
    ("_sqlx_migrations", "the migrations' own"),
    (
        "account_links",
        "the acts on an account are its events; a link is a secret",
    ),
    (
        "asked_resets",
        "a question from a stranger, answered by an event of the account",
    ),
    (
        "candidate_states",
        "only grows, and is a log itself; the move is an event of the person",
    ),
    (
        "candidate_texts",
        "follows from the rows of people, whose changes are recorded",
    ),
    (
        "candidate_words",
        "follows from the rows of people, whose changes are recorded",
    ),
    ("event_heads", "the log itself"),
    ("event_pending", "the log itself"),
    ("events", "the log itself"),
    (
        "feedback_releases",
        "only grows, says who and when, and its act is an event",
    ),
    ("grade_drafts", "not yet a grade"),
    ("holiday_years", "their acts are events, each with the day and its name"),
    ("holidays", "their acts are events, each with the day and its name"),
    ("job_runs", "what the machine did, one row a job"),
    ("mail_attempts", "only grows, and is a log itself"),
    ("match_runs", "only grows, and holds its inputs"),
    (
        "outbox",
        "its attempts are its log; what people do with a letter is an event",
    ),
    (
        "promise_moves",
        "only grows, says who, when and why; the moved date is an event of the person",
    ),
    (
        "recovery_codes",
        "secrets; making and using them are events of the account",
    ),
    ("changes", "topics and numbers of transactions, forgotten soon"),
    (
        "reference_drafts",
        "what a referee typed and did not send; gone with the end of its request",
    ),
    ("role_request_states", "only grows, and is a log itself"),
    (
        "second_factors",
        "a secret; turning it on and off are events of the account",
    ),
    ("scorecard_drafts", "not yet a scorecard"),
    (
        "saved_views",
        "what somebody likes to look at; about nobody but its owner",
    ),
    ("sessions", "signing in and out is an event of the account"),
    ("settings", "the event of the change says from what to what"),
    ("sign_ins", "signing in and out is an event of the account"),
    ("skill_adjacency", "taxonomy: its acts are events"),
    ("skill_aliases", "taxonomy: its acts are events"),
    ("skills", "taxonomy: its acts are events"),
    ("documents", "published by migrations; only grows"),
    (
        "start_drafts",
        "what a stranger typed before there is any record; gone after 30 days",
    ),
    (
        "stage_tallies",
        "numbers that follow from the rows of people, whose changes are recorded",
    ),
    ("state_transitions", "the schema's"),
    ("instances", "servers that run, said by themselves each minute"),
    ("taxonomy_version", "a number that says that the taxonomy changed"),
    ("throttles", "counters that are forgotten within the hour"),
];
