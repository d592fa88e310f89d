-- Agreements, role requests and their seats.

-- Terms a contact accepted for the client; versions, never edited.
create table agreements (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    number integer not null,
    terms jsonb not null, -- placements::guarantee::Terms
    accepted_by uuid not null references users (id),
    accepted_name text not null, -- as the contact typed it
    accepted_at timestamptz not null,
    accepted_network text,
    constraint agreements_version_once unique (organization_id, number)
);
create trigger agreements_only_grow before update or delete on agreements for each row execute function refuse_change();

create sequence request_codes start 101;

create table role_requests (
    id uuid primary key,
    code integer not null default nextval('request_codes') constraint role_requests_code_once unique,
    organization_id uuid not null references organizations (id),
    track_id uuid not null references tracks (id),
    title text not null constraint role_requests_title_given check (length(btrim(title)) between 1 and 200),
    system text not null default '',
    performance_targets text not null default '',
    concurrency text not null default '',
    infrastructure text not null default '',
    team_structure text not null default '',
    why_technology text not null default '',
    zone text not null,
    work_start smallint not null constraint role_requests_work_start check (work_start between 0 and 1439),
    work_end smallint not null constraint role_requests_work_end check (work_end between 0 and 1439),
    work_days smallint not null constraint role_requests_work_days check (work_days between 1 and 127),
    least_overlap_minutes smallint constraint role_requests_overlap check (least_overlap_minutes between 0 and 1440), -- null: not asked
    english_speaking smallint constraint role_requests_speaking check (english_speaking between 1 and 7),
    english_writing smallint constraint role_requests_writing check (english_writing between 1 and 7),
    budget_currency char(3),
    budget_period text constraint role_requests_period_known check (budget_period in ('hour', 'month', 'year')),
    start_on date,
    length_months smallint constraint role_requests_length check (length_months between 1 and 120), -- null: open-ended
    state text not null constraint role_requests_state_known check (state in
        ('draft', 'submitted', 'needs_info', 'open', 'on_hold', 'filled', 'cancelled')),
    state_reason text not null default '',
    state_at timestamptz not null,
    created_by uuid not null references users (id),
    created_at timestamptz not null,
    version integer not null default 1,
    constraint role_requests_budget_whole check (num_nulls(budget_currency, budget_period) in (0, 2)),
    -- For composite keys: a seat's row can name its request and its client and cannot lie.
    constraint role_requests_organization_key unique (id, organization_id)
);
create index role_requests_by_organization on role_requests (organization_id, id desc);
create index role_requests_by_state on role_requests (state, state_at);
create trigger role_requests_transition before insert or update of state on role_requests
    for each row execute function enforce_transition('role_request');
insert into state_transitions values
    ('role_request', '', 'draft'), ('role_request', '', 'submitted'),
    ('role_request', 'draft', 'submitted'), ('role_request', 'draft', 'cancelled'),
    ('role_request', 'submitted', 'needs_info'), ('role_request', 'submitted', 'open'), ('role_request', 'submitted', 'cancelled'),
    ('role_request', 'needs_info', 'submitted'), ('role_request', 'needs_info', 'cancelled'),
    ('role_request', 'open', 'on_hold'), ('role_request', 'open', 'filled'), ('role_request', 'open', 'cancelled'),
    ('role_request', 'on_hold', 'open'), ('role_request', 'on_hold', 'cancelled'),
    -- A hire who leaves inside the guarantee opens the search again.
    ('role_request', 'filled', 'open');

create table role_request_states (
    id uuid primary key,
    request_id uuid not null references role_requests (id),
    from_state text not null,
    to_state text not null,
    reason text not null,
    by_user uuid references users (id),
    at timestamptz not null
);
create index role_request_states_by_request on role_request_states (request_id, id);
create trigger role_request_states_only_grow before update or delete on role_request_states for each row execute function refuse_change();

create table role_request_skills (
    request_id uuid not null references role_requests (id) on delete cascade,
    skill_id uuid not null references skills (id),
    need text not null constraint role_request_skills_need_known check (need in ('must', 'nice')),
    level smallint constraint role_request_skills_level check (level between 1 and 5),
    weight smallint constraint role_request_skills_weight check (weight between 1 and 5),
    position integer not null default 0,
    primary key (request_id, skill_id),
    constraint role_request_skills_shape check ((need = 'must' and level is not null and weight is null)
                                             or (need = 'nice' and weight is not null and level is null))
);

create table seats (
    id uuid primary key,
    request_id uuid not null references role_requests (id),
    number smallint not null constraint seats_number_from_one check (number between 1 and 100),
    seniority text constraint seats_seniority_known check (seniority in ('junior', 'mid', 'senior')),
    budget_minor bigint constraint seats_budget_positive check (budget_minor > 0), -- in the request's currency and period
    state text not null constraint seats_state_known check (state in ('open', 'filled', 'cancelled')),
    constraint seats_number_once unique (request_id, number),
    constraint seats_request_key unique (id, request_id)
);
create trigger seats_transition before insert or update of state on seats for each row execute function enforce_transition('seat');
insert into state_transitions values
    ('seat', '', 'open'), ('seat', 'open', 'filled'), ('seat', 'filled', 'open'), ('seat', 'open', 'cancelled');
