-- One-time links of accounts: to confirm an address, to change it, to choose a new password.

alter table users add column email_confirmed_at timestamptz;

create table account_links (
    id uuid primary key, -- version 4: the token is made from it
    purpose text not null constraint account_links_purpose_known check (purpose in ('confirm', 'address', 'reset')),
    user_id uuid not null references users (id) on delete cascade,
    email text not null constraint account_links_email_folded check (email = lower(btrim(email)) and length(email) <= 254),
    token_hash bytea not null constraint account_links_token_once unique,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    ended_at timestamptz, -- made useless by a later link or by a change of the account
    constraint account_links_end_after_start check (expires_at > created_at),
    constraint account_links_used_in_time check (used_at is null or used_at < expires_at),
    constraint account_links_used_or_ended check (used_at is null or ended_at is null)
);
create index account_links_live on account_links (user_id, purpose) where used_at is null and ended_at is null;

-- Somebody asked for a new password, for an address that may belong to nobody: the same row for either, so that the answer
-- and its time say nothing. A worker writes the letter, if there is an account.
create table asked_resets (
    id uuid primary key,
    email text not null constraint asked_resets_email_short check (length(email) <= 254),
    at timestamptz not null,
    network text,
    request_id text,
    done_at timestamptz
);
create index asked_resets_open on asked_resets (id) where done_at is null;
create index asked_resets_old on asked_resets (at);
