-- Tracks, the taxonomy, money tables: data an admin keeps.

create table skills (
    id uuid primary key,
    slug text not null constraint skills_slug_once unique,
    name text not null,
    -- The name folded (case, accents, punctuation) as skills.rs does; what a typed name is compared with.
    folded text not null constraint skills_name_once unique,
    area text not null default '', -- a heading such as "Async and web"
    retired_at timestamptz,
    version integer not null default 1
);

create table skill_aliases (
    folded text primary key,
    alias text not null,
    skill_id uuid not null references skills (id) on delete cascade,
    low_confidence boolean not null default false
);
create index skill_aliases_by_skill on skill_aliases (skill_id);

-- Somebody with stands_in_id gets credit_percent of its level towards skill_id. One hop, directed, maximum not sum.
create table skill_adjacency (
    skill_id uuid not null references skills (id) on delete cascade,
    stands_in_id uuid not null references skills (id) on delete cascade,
    credit_percent integer not null constraint skill_adjacency_credit check (credit_percent between 1 and 100),
    primary key (skill_id, stands_in_id),
    constraint skill_adjacency_not_itself check (skill_id <> stands_in_id)
);

create table tracks (
    id uuid primary key,
    slug text not null constraint tracks_slug_once unique,
    name text not null,
    summary text not null default '',
    red_flags text[] not null default '{}', -- interview prompts, never score inputs
    archived_at timestamptz,
    created_at timestamptz not null,
    version integer not null default 1
);

-- The role template of the track: what a request starts from.
create table track_skills (
    track_id uuid not null references tracks (id) on delete cascade,
    skill_id uuid not null references skills (id),
    need text not null constraint track_skills_need_known check (need in ('must', 'nice')),
    level smallint constraint track_skills_level check (level between 1 and 5),
    weight smallint constraint track_skills_weight check (weight between 1 and 5),
    position integer not null default 0,
    primary key (track_id, skill_id),
    constraint track_skills_shape check ((need = 'must' and level is not null and weight is null)
                                      or (need = 'nice' and weight is not null and level is null))
);

create table track_bands (
    track_id uuid not null references tracks (id) on delete cascade,
    seniority text not null constraint track_bands_seniority_known check (seniority in ('junior', 'mid', 'senior')),
    years_from smallint not null,
    years_to smallint,
    hint text not null default '',
    region text not null default 'US',
    currency char(3),
    yearly_from_minor bigint, -- comparators; null = no reliable figure known
    yearly_to_minor bigint,
    source text not null default '',
    source_on date,
    primary key (track_id, region, seniority)
);

create table track_checks (
    track_id uuid not null references tracks (id) on delete cascade,
    kind text not null constraint track_checks_kind_known check (kind in
        ('english', 'code_review', 'technical_interview', 'debugging', 'take_home', 'references', 'background', 'identity')),
    position integer not null,
    valid_months smallint constraint track_checks_validity check (valid_months between 1 and 120), -- null = never expires
    primary key (track_id, kind)
);

create table challenges (
    id uuid primary key,
    track_id uuid not null references tracks (id),
    number integer not null, -- version
    title text not null,
    body text not null,
    timebox_hours smallint not null,
    deadline_days smallint not null,
    created_at timestamptz not null,
    created_by uuid references users (id),
    constraint challenges_version_once unique (track_id, number)
);
create trigger challenges_only_grow before update or delete on challenges for each row execute function refuse_change();

-- A rubric version: criteria with anchors and weights; a grade keeps the version it was given by.
create table rubrics (
    id uuid primary key,
    track_id uuid not null references tracks (id),
    number integer not null,
    criteria jsonb not null, -- [{key, name, weight, anchors: {"0": .., "2": .., "4": ..}}]
    created_at timestamptz not null,
    created_by uuid references users (id),
    constraint rubrics_version_once unique (track_id, number)
);
create trigger rubrics_only_grow before update or delete on rubrics for each row execute function refuse_change();

-- One base unit costs rate_e9 / 1e9 quote units from valid_from on.
create table exchange_rates (
    id uuid primary key,
    base char(3) not null,
    quote char(3) not null,
    rate_e9 bigint not null constraint exchange_rates_positive check (rate_e9 > 0),
    valid_from date not null,
    source text not null default '',
    set_by uuid references users (id),
    set_at timestamptz not null,
    constraint exchange_rates_other_currency check (base <> quote),
    constraint exchange_rates_once unique (base, quote, valid_from)
);

-- The agency's mark-up on pay, in basis points of pay: bill rate = pay * (10,000 + basis_points) / 10,000.
create table markups (
    id uuid primary key,
    track_id uuid not null references tracks (id),
    organization_id uuid references organizations (id), -- null: the track's default
    basis_points integer not null constraint markups_range check (basis_points between 0 and 50000),
    valid_from date not null,
    set_by uuid references users (id),
    set_at timestamptz not null
);
create unique index markups_once on markups (track_id, coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), valid_from);
