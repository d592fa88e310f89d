-- People the agency places, what is claimed of them, and how it was vetted.

create sequence candidate_codes start 1001;

create table candidates (
    id uuid primary key,
    -- The number behind "M-1001", the name a person has before names are shown.
    code integer not null default nextval('candidate_codes') constraint candidates_code_once unique,
    user_id uuid constraint candidates_user_once unique references users (id),
    track_id uuid not null references tracks (id),
    name text, -- null: an anonymous profile
    email text constraint candidates_email_shape check (email = lower(btrim(email)) and email like '_%@_%'),
    phone text,
    source text not null constraint candidates_source_known check (source in ('apply', 'staff', 'import', 'demo')),
    external_source text,
    external_id text,
    country text, -- display only, never a score input
    city text,
    zone text,
    work_start smallint constraint candidates_work_start check (work_start between 0 and 1439), -- minutes after local midnight
    work_end smallint constraint candidates_work_end check (work_end between 0 and 1439), -- at or before work_start: the next day
    work_days smallint constraint candidates_work_days check (work_days between 1 and 127), -- bit 0 = Monday
    seniority text constraint candidates_seniority_known check (seniority in ('junior', 'mid', 'senior')),
    pay_minor bigint constraint candidates_pay_positive check (pay_minor > 0),
    pay_currency char(3),
    pay_period text constraint candidates_pay_period_known check (pay_period in ('hour', 'month', 'year')),
    available_from date,
    least_months smallint, -- the shortest engagement the person wants; null = not stated
    most_months smallint, -- the longest one; null = no limit stated
    wishes text not null default '',
    headline text not null default '', -- one line of evidence for a client ("Cut p99 of a payments API from 180 to 22 ms")
    links text not null default '',
    state text not null default 'active' constraint candidates_state_known check (state in ('active', 'paused', 'withdrawn')),
    state_reason text not null default '',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1,
    constraint candidates_hours_whole check (num_nulls(work_start, work_end, work_days) in (0, 3)),
    constraint candidates_pay_whole check (num_nulls(pay_minor, pay_currency, pay_period) in (0, 3)),
    constraint candidates_external_whole check (num_nulls(external_source, external_id) in (0, 2)),
    constraint candidates_external_once unique (external_source, external_id)
);
create unique index candidates_email_once on candidates (email) where email is not null;
create index candidates_by_name on candidates (lower(coalesce(name, '')), id);
create index candidates_by_updated on candidates (updated_at desc, id desc);
create index candidates_by_track on candidates (track_id);

-- The claim ledger. Rows are never removed; a newer or better row takes `current` over. Verified outranks claimed.
create table claims (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    kind text not null constraint claims_kind_known check (kind in ('skill', 'english_speaking', 'english_writing', 'years')),
    skill_id uuid references skills (id),
    -- skill: level 1-5 or null = named without a level; English: 1 = A1 .. 6 = C2, 7 = native; years: whole years.
    value smallint,
    source text not null constraint claims_source_known check (source in
        ('self', 'resume', 'interview', 'challenge', 'reference', 'import')),
    note text not null default '',
    stated_by uuid references users (id),
    stated_at timestamptz not null,
    verified_by uuid references users (id),
    verified_at timestamptz,
    current boolean not null,
    withdrawn_at timestamptz,
    constraint claims_skill_named check ((kind = 'skill') = (skill_id is not null)),
    constraint claims_value_range check (case kind
        when 'skill' then value is null or value between 1 and 5
        when 'years' then value between 0 and 60
        else value between 1 and 7 end),
    constraint claims_verified_whole check (num_nulls(verified_by, verified_at) in (0, 2)),
    constraint claims_self_is_unverified check (source <> 'self' or verified_by is null),
    constraint claims_withdrawn_not_current check (withdrawn_at is null or not current)
);
create unique index claims_one_current on claims (candidate_id, kind, coalesce(skill_id, '00000000-0000-0000-0000-000000000000')) where current;
create index claims_by_candidate on claims (candidate_id, kind);
create index claims_current_skill on claims (skill_id, value) where current and kind = 'skill';

create table vetting_checks (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    track_id uuid not null references tracks (id),
    kind text not null constraint vetting_checks_kind_known check (kind in
        ('english', 'code_review', 'technical_interview', 'debugging', 'take_home', 'references', 'background', 'identity')),
    state text not null constraint vetting_checks_state_known check (state in
        ('waiting', 'passed', 'failed', 'waived', 'cancelled')),
    assessor_id uuid references users (id),
    decided_on date,
    expires_on date, -- the first day on which it no longer counts; null = never
    score_bp integer constraint vetting_checks_score check (score_bp between 0 and 10000), -- take-home: rubric score
    note text not null default '', -- private to staff
    reason text not null default '',
    created_at timestamptz not null,
    constraint vetting_checks_decided check ((state in ('passed', 'failed', 'waived')) = (decided_on is not null)),
    constraint vetting_checks_assessed check (state in ('waiting', 'cancelled') or assessor_id is not null),
    constraint vetting_checks_waiver_reason check (state <> 'waived' or length(btrim(reason)) > 0),
    constraint vetting_checks_expiry_after check (expires_on is null or decided_on is null or expires_on > decided_on)
);
create unique index vetting_checks_one_waiting on vetting_checks (candidate_id, track_id, kind) where state = 'waiting';
create index vetting_checks_by_candidate on vetting_checks (candidate_id, track_id, kind, decided_on desc);
create trigger vetting_checks_transition before insert or update of state on vetting_checks
    for each row execute function enforce_transition('vetting_check');
insert into state_transitions values
    ('vetting_check', '', 'waiting'), ('vetting_check', '', 'passed'), ('vetting_check', '', 'failed'), ('vetting_check', '', 'waived'),
    ('vetting_check', 'waiting', 'passed'), ('vetting_check', 'waiting', 'failed'), ('vetting_check', 'waiting', 'waived'), ('vetting_check', 'waiting', 'cancelled');
create trigger candidates_transition before insert or update of state on candidates
    for each row execute function enforce_transition('candidate');
insert into state_transitions values
    ('candidate', '', 'active'), ('candidate', 'active', 'paused'), ('candidate', 'paused', 'active'),
    ('candidate', 'active', 'withdrawn'), ('candidate', 'paused', 'withdrawn'), ('candidate', 'withdrawn', 'active');

-- The one definition of "vetted": for every kind the track requires, the latest decided check counts (passed or
-- waived) and has not expired on the day asked about. `today` is an argument: no row goes stale overnight.
create function vetting_standing(today date)
returns table (candidate_id uuid, track_id uuid, required integer, met integer, vetted boolean, first_expiry date, failed boolean)
language sql stable as $$
    select c.id, c.track_id, count(tc.kind)::int,
           (count(*) filter (where k.state in ('passed', 'waived') and (k.expires_on is null or k.expires_on > today)))::int,
           count(tc.kind) > 0 and bool_and(coalesce(k.state in ('passed', 'waived') and (k.expires_on is null or k.expires_on > today), false)),
           min(k.expires_on),
           bool_or(coalesce(k.state = 'failed', false))
    from candidates c
    left join track_checks tc on tc.track_id = c.track_id
    left join lateral (
        select v.state, v.expires_on from vetting_checks v
        where v.candidate_id = c.id and v.track_id = c.track_id and v.kind = tc.kind
          and v.state in ('passed', 'failed', 'waived') and v.decided_on <= today
        order by v.decided_on desc, v.id desc limit 1
    ) k on true
    group by c.id, c.track_id
$$;
