-- Mail. What is to be sent is a row of the transaction that made the fact, so there is no mail without its fact and no
-- fact without its mail. Sending is a later act with a log of its own. A row holds words, never a working one-time link:
-- the token is made again from link_id and the installation's secret when the letter is written out.

insert into state_transitions (machine, from_state, to_state) values
    ('mail', '', 'queued'),
    ('mail', 'queued', 'sending'),
    ('mail', 'sending', 'queued'),
    ('mail', 'sending', 'sent'),
    ('mail', 'sending', 'dead'),
    ('mail', 'dead', 'queued');

create table outbox (
    id uuid primary key,
    occasion text not null constraint outbox_occasion_named check (occasion ~ '^[a-z_.]{1,60}$'),
    about text not null constraint outbox_about_short check (length(about) <= 100),
    user_id uuid references users (id) on delete set null,
    recipient text not null constraint outbox_recipient_shape
        check (recipient like '_%@_%' and length(recipient) <= 254 and recipient !~ '[[:cntrl:][:space:]<>,]'),
    recipient_name text not null,
    subject text not null constraint outbox_subject_one_line check (length(subject) between 1 and 200 and subject !~ '[[:cntrl:]]'),
    blocks jsonb not null,
    link_path text,
    link_id uuid,
    state text not null constraint outbox_state_known check (state in ('queued', 'sending', 'sent', 'dead')),
    attempts integer not null default 0,
    created_at timestamptz not null,
    queued_at timestamptz not null,
    due_at timestamptz not null,
    leased_until timestamptz,
    sent_at timestamptz,
    constraint outbox_once unique (recipient, occasion, about),
    constraint outbox_link_whole check ((link_path is null) = (link_id is null)),
    constraint outbox_leased_while_sending check ((state = 'sending') = (leased_until is not null)),
    constraint outbox_sent_at_an_instant check ((state = 'sent') = (sent_at is not null))
);
create index outbox_due on outbox (due_at) where state in ('queued', 'sending');
create index outbox_dead on outbox (id) where state = 'dead';
create index outbox_by_user on outbox (user_id, id desc);
create trigger outbox_transition before insert or update on outbox for each row execute function enforce_transition('mail');

-- Each try and what the other side said.
create table mail_attempts (
    mail_id uuid not null references outbox (id) on delete cascade,
    number integer not null,
    at timestamptz not null,
    outcome text not null constraint mail_attempts_outcome_known check (outcome in ('sent', 'later', 'unreachable', 'refused', 'lost')),
    answer text not null constraint mail_attempts_answer_short check (length(answer) <= 500),
    primary key (mail_id, number)
);
create trigger mail_attempts_only_grow before update on mail_attempts for each row execute function refuse_change();
