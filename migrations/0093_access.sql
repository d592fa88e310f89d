-- Who may try how often, who is signed in where, and the second factor.

-- How often something was done lately, a row for each doer: an account, an address, a network. The key is a keyed hash, so
-- no address can be read from it. `free_at` is when everything done so far is forgotten (a leaky bucket in one instant):
-- one row, one lock, right over any number of servers and restarts.
create table throttles (
    limit_name text not null constraint throttles_limit_named check (length(limit_name) between 1 and 40),
    key bytea not null constraint throttles_key_is_hash check (length(key) = 32),
    free_at timestamptz not null,
    primary key (limit_name, key)
);
create index throttles_by_end on throttles (free_at);

-- A browser in which somebody is signed in. The session's row holds the state of the cookie; this one is what its owner
-- sees and ends.
create table sign_ins (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    at timestamptz not null,
    seen_at timestamptz not null,
    proved_at timestamptz not null, -- when the person last proved who they are: by password, and code where there is one
    network text,
    agent text not null default '' constraint sign_ins_agent_short check (length(agent) <= 300),
    ended_at timestamptz
);
create index sign_ins_open on sign_ins (user_id, seen_at desc) where ended_at is null;
create index sign_ins_by_seen on sign_ins (seen_at);

-- The second factor: codes of an app (RFC 6238). The shared secret is not here: it is the keyed hash of `salt` under the
-- installation's secret, so a copy of the database makes no codes.
create table second_factors (
    user_id uuid primary key references users (id) on delete cascade,
    salt uuid not null,
    created_at timestamptz not null,
    confirmed_at timestamptz, -- once a first code was typed back
    last_step bigint not null default 0 -- of the last code accepted: no code counts twice
);

create function code_steps_only_grow() returns trigger language plpgsql as $$
begin
    if new.salt = old.salt and new.last_step < old.last_step then
        raise exception using errcode = 'check_violation', constraint = 'second_factors_code_once', table = tg_table_name,
            message = 'a code counts once';
    end if;
    return new;
end $$;
create trigger second_factors_code_once before update on second_factors for each row execute function code_steps_only_grow();

create table recovery_codes (
    user_id uuid not null references second_factors (user_id) on delete cascade,
    code_hash bytea not null constraint recovery_codes_hash check (length(code_hash) = 32),
    used_at timestamptz,
    primary key (user_id, code_hash)
);
create function recovery_codes_once() returns trigger language plpgsql as $$
begin
    if old.used_at is not null then
        raise exception using errcode = 'check_violation', constraint = 'recovery_codes_used_once', table = tg_table_name,
            message = 'a recovery code counts once';
    end if;
    return new;
end $$;
create trigger recovery_codes_used_once before update on recovery_codes for each row execute function recovery_codes_once();

-- What an admin chose for the installation.
create table settings (
    name text primary key constraint settings_known check (name in ('staff_second_factor')),
    value jsonb not null,
    changed_at timestamptz not null,
    changed_by uuid references users (id),
    constraint settings_staff_second_factor check (name <> 'staff_second_factor' or jsonb_typeof(value) = 'boolean')
);
