-- Kernel: state machines as data, the append-only event log, people who sign in, sessions.
--
-- Conventions of every migration here:
--   ids are UUID v7 made by the application; instants (timestamptz) and dates are bound by the application, because
--   the instant of an act is what the app's clock said for that request. The only database clock use is none at all.
--   A status is text with a named CHECK; its legal moves are rows of state_transitions, enforced by the trigger
--   below, so that the wrong order of two requests, or of two servers, is refused here as well.

create table state_transitions (
    machine text not null,
    from_state text not null, -- '' = may be born in to_state
    to_state text not null,
    primary key (machine, from_state, to_state)
);

create function enforce_transition() returns trigger language plpgsql as $$
declare
    old_state text := '';
begin
    if tg_op = 'UPDATE' then
        if new.state = old.state then
            return new;
        end if;
        old_state := old.state;
    end if;
    if not exists (select 1 from state_transitions t
                   where t.machine = tg_argv[0] and t.from_state = old_state and t.to_state = new.state) then
        raise exception using
            errcode = 'check_violation',
            constraint = tg_argv[0] || '_transition',
            table = tg_table_name,
            message = format('%s may not go from "%s" to "%s"', tg_argv[0], old_state, new.state);
    end if;
    return new;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception using
        errcode = 'check_violation',
        constraint = tg_table_name || '_only_grows',
        table = tg_table_name,
        message = format('rows of %s are never changed or removed', tg_table_name);
end $$;

create table organizations (
    id uuid primary key,
    name text not null constraint organizations_name_given check (length(btrim(name)) between 1 and 200),
    zone text not null,
    website text not null default '',
    created_at timestamptz not null,
    version integer not null default 1
);
create unique index organizations_name_once on organizations (lower(name));

create table users (
    id uuid primary key,
    email text not null constraint users_email_shape check (email = lower(btrim(email)) and email like '_%@_%' and length(email) <= 254),
    name text not null constraint users_name_given check (length(btrim(name)) between 1 and 200),
    password_hash text not null,
    role text not null constraint users_role_known check (role in ('admin', 'recruiter', 'client', 'candidate')),
    organization_id uuid references organizations (id),
    created_at timestamptz not null,
    deactivated_at timestamptz,
    version integer not null default 1,
    constraint users_email_once unique (email),
    constraint users_client_has_organization check ((role = 'client') = (organization_id is not null))
);
create index users_by_organization on users (organization_id) where organization_id is not null;

create table sessions (
    key_hash bytea primary key, -- SHA-256 of the cookie's key: a stolen backup signs nobody in
    user_id uuid references users (id) on delete cascade,
    state jsonb not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

create table invitations (
    id uuid primary key,
    email text not null,
    role text not null constraint invitations_role_known check (role in ('admin', 'recruiter')),
    token_hash bytea not null constraint invitations_token_once unique,
    created_by uuid references users (id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    used_by uuid references users (id),
    constraint invitations_used_by_somebody check ((used_at is null) = (used_by is null))
);

-- Who did what to which record, when and from where. It only grows.
create table events (
    id uuid primary key,
    at timestamptz not null,
    actor_id uuid references users (id), -- null: the system itself, or a stranger
    actor_kind text not null constraint events_actor_known check (actor_kind in ('user', 'visitor', 'system', 'operator')),
    kind text not null,
    subject_kind text not null,
    subject_id uuid not null,
    data jsonb not null default '{}',
    network text,
    request_id text
);
create index events_by_subject on events (subject_kind, subject_id, id desc);
create index events_by_actor on events (actor_id, id desc);
create trigger events_only_grow before update or delete on events for each row execute function refuse_change();
create trigger events_no_truncate before truncate on events for each statement execute function refuse_change();
