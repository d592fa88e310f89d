-- What strangers leave half filled in at /start: one form for each browser, found again by a token in its cookie, for 30 days.

create table start_drafts (
    id uuid primary key, -- random: nothing is listed by it
    token_hash bytea not null constraint start_drafts_token_once unique
        constraint start_drafts_token_is_hash check (length(token_hash) = 32),
    form jsonb not null
        constraint start_drafts_form_is_object check (jsonb_typeof(form) = 'object')
        constraint start_drafts_without_password check (not form ? 'password')
        constraint start_drafts_bounded check (octet_length(form::text) <= 65536),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    expires_at timestamptz not null,
    constraint start_drafts_thirty_days check (expires_at > updated_at and expires_at <= updated_at + interval '30 days')
);
create index start_drafts_by_end on start_drafts (expires_at);
