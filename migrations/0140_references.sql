-- References: whom the agency may ask about somebody, how such a person said who they are, and what they said. One link each,
-- one answer each; what was said is never rewritten. `src/vetting/references/mod.rs` says what of it is personal.

create table reference_requests (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    track_id uuid not null references tracks (id),
    state text not null constraint reference_requests_state_known check (state in ('named', 'asked', 'answered', 'declined', 'withdrawn')),
    name text not null constraint reference_requests_name_one_line check (length(btrim(name)) between 1 and 120 and name !~ '[[:cntrl:]]'),
    email text not null constraint reference_requests_email_shape check (email = lower(btrim(email)) and length(email) <= 254 and email like '_%@_%'),
    relation text not null constraint reference_requests_relation_known check (relation in ('manager', 'colleague', 'report', 'client', 'other')),
    company text not null constraint reference_requests_company_one_line check (length(btrim(company)) between 1 and 120 and company !~ '[[:cntrl:]]'),
    worked text not null constraint reference_requests_worked_one_line check (length(btrim(worked)) between 1 and 80 and worked !~ '[[:cntrl:]]'),
    -- The person named them at home, or told somebody of the staff that they may be asked. Without either nobody is.
    agreed text not null constraint reference_requests_agreed_known check (agreed in ('named', 'told')),
    added_by uuid not null references users (id),
    added_at timestamptz not null,
    link_id uuid, -- version 4: the token is made from it
    token_hash bytea constraint reference_requests_token_once unique
        constraint reference_requests_token_is_hash check (length(token_hash) = 32),
    -- [{question, weak, solid, strong}] of the track's kit as it was when the letter left: a form does not change under a reader.
    questions jsonb constraint reference_requests_questions_list check (jsonb_typeof(questions) = 'array'),
    asked_by uuid references users (id),
    asked_at timestamptz,
    expires_at timestamptz,
    reminded_at timestamptz,
    closed_at timestamptz,
    closed_by uuid references users (id), -- who withdrew it
    reason text not null default '' constraint reference_requests_reason_short check (length(reason) <= 1000),
    constraint reference_requests_of_whom unique (id, candidate_id),
    constraint reference_requests_asked_whole check (num_nulls(link_id, token_hash, questions, asked_by, asked_at, expires_at) in (0, 6)),
    constraint reference_requests_asked_or_not check (case state when 'named' then asked_at is null when 'withdrawn' then true else asked_at is not null end),
    constraint reference_requests_end_after_start check (expires_at > asked_at),
    constraint reference_requests_reminded_after check (reminded_at is null or reminded_at >= asked_at),
    constraint reference_requests_closed check ((state in ('answered', 'declined', 'withdrawn')) = (closed_at is not null)),
    constraint reference_requests_withdrawn_by check ((state = 'withdrawn') = (closed_by is not null))
);
create index reference_requests_by_candidate on reference_requests (candidate_id, id);
-- One person is asked once about one person. Who was withdrawn, and so said nothing, may be asked after all.
create unique index reference_requests_address_once on reference_requests (candidate_id, email) where state <> 'withdrawn';

create trigger reference_requests_transition before insert or update of state on reference_requests
    for each row execute function enforce_transition('reference_request');
insert into state_transitions values
    ('reference_request', '', 'named'), ('reference_request', 'named', 'asked'), ('reference_request', 'named', 'withdrawn'),
    ('reference_request', 'asked', 'answered'), ('reference_request', 'asked', 'declined'), ('reference_request', 'asked', 'withdrawn');

create table reference_identities (
    request_id uuid primary key,
    candidate_id uuid not null,
    name text not null constraint reference_identities_name_given check (length(btrim(name)) between 1 and 120),
    role text not null constraint reference_identities_role_given check (length(btrim(role)) between 1 and 120),
    company text not null constraint reference_identities_company_given check (length(btrim(company)) between 1 and 120),
    knows text not null constraint reference_identities_knows_given check (length(btrim(knows)) between 1 and 1000),
    email text not null default '' constraint reference_identities_email_length check (length(email) <= 254),
    confirmed_at timestamptz not null,
    constraint reference_identities_of_the_request foreign key (request_id, candidate_id) references reference_requests (id, candidate_id)
);

create function reference_answers_fit(answers jsonb) returns boolean language sql immutable as $$
    select case when jsonb_typeof(answers) is distinct from 'array' then false
           else jsonb_array_length(answers) <= 12 and coalesce((
               select bool_and(jsonb_typeof(a -> 'question') is not distinct from 'string'
                               and jsonb_typeof(a -> 'text') is not distinct from 'string' and length(a ->> 'text') <= 3000
                               and (a ->> 'rating' is null or a ->> 'rating' in ('weak', 'solid', 'strong')))
               from jsonb_array_elements(answers) a), true) end
$$;

create table reference_answers (
    -- One answer a request, and none without an identity.
    request_id uuid constraint reference_answers_once primary key
        constraint reference_answers_of_a_confirmed_identity references reference_identities (request_id),
    candidate_id uuid not null,
    -- [{question, rating: weak, solid, strong or null = cannot say, anchor, text}], in the words in which it was asked.
    answers jsonb not null constraint reference_answers_fit check (reference_answers_fit(answers)),
    again text not null constraint reference_answers_again_known check (again in ('yes', 'no', 'rather_not_say')),
    further text not null default '' constraint reference_answers_further_length check (length(further) <= 3000),
    may_read boolean not null, -- whether the person may read it: the referee's own word
    answered_at timestamptz not null,
    constraint reference_answers_of_the_request foreign key (request_id, candidate_id) references reference_requests (id, candidate_id)
);

-- What a referee typed and has not sent. Nobody else reads it; it goes with the end of its request.
create table reference_drafts (
    request_id uuid primary key references reference_requests (id),
    typed jsonb not null constraint reference_drafts_pairs check (jsonb_typeof(typed) = 'array')
        constraint reference_drafts_bounded check (octet_length(typed::text) <= 200000),
    saved_at timestamptz not null
);

-- Who is asked: few at a time, not the person themselves, and nobody of the staff, who assess.
create function reference_requests_may_be_asked() returns trigger language plpgsql as $$
declare
    open integer;
begin
    if new.state not in ('named', 'asked') or (tg_op = 'UPDATE' and old.state = new.state) then
        return new;
    end if;
    -- Two requests about one person wait for each other: the second one has to see the first.
    perform from candidates c where c.id = new.candidate_id for no key update;
    if exists (select from candidates c left join users u on u.id = c.user_id
               where c.id = new.candidate_id and new.email in (c.email, u.email)) then
        raise exception using errcode = 'check_violation', constraint = 'reference_requests_not_the_person', table = 'reference_requests',
            message = 'nobody is a reference for themselves';
    end if;
    if exists (select from users u where u.email = new.email and u.role in ('admin', 'recruiter')) then
        raise exception using errcode = 'check_violation', constraint = 'reference_requests_not_staff', table = 'reference_requests',
            message = 'who assesses is no reference';
    end if;
    select count(*) into open from reference_requests r
    where r.candidate_id = new.candidate_id and r.id <> new.id
      and (r.state = 'named' or (r.state = 'asked' and r.expires_at > coalesce(new.asked_at, new.added_at)));
    if open >= 5 then
        raise exception using errcode = 'check_violation', constraint = 'reference_requests_few_open', table = 'reference_requests',
            message = 'five people at most are asked about somebody at a time';
    end if;
    return new;
end $$;
create trigger reference_requests_may_be_asked before insert or update of state on reference_requests
    for each row execute function reference_requests_may_be_asked();

create function reference_requests_stay() returns trigger language plpgsql as $$
begin
    if old.closed_at is not null and new is distinct from old then
        raise exception using errcode = 'check_violation', constraint = 'reference_requests_unchanged_once_closed', table = 'reference_requests',
            message = 'a request that was answered, declined or withdrawn stays as it is';
    end if;
    if (new.id, new.candidate_id, new.track_id, new.name, new.email, new.relation, new.company, new.worked, new.agreed, new.added_by, new.added_at)
       is distinct from (old.id, old.candidate_id, old.track_id, old.name, old.email, old.relation, old.company, old.worked, old.agreed, old.added_by, old.added_at)
       or (old.asked_at is not null and (new.link_id, new.token_hash, new.questions, new.asked_by, new.asked_at)
           is distinct from (old.link_id, old.token_hash, old.questions, old.asked_by, old.asked_at)) then
        raise exception using errcode = 'check_violation', constraint = 'reference_requests_unchanged', table = 'reference_requests',
            message = 'whom one asks about whom is not rewritten; withdraw it and ask anew';
    end if;
    -- One reminder; the end moves with it and with nothing else.
    if old.asked_at is not null and (new.reminded_at is distinct from old.reminded_at or new.expires_at is distinct from old.expires_at)
       and (old.reminded_at is not null or new.reminded_at is null or new.expires_at <= old.expires_at or new.state <> 'asked') then
        raise exception using errcode = 'check_violation', constraint = 'reference_requests_reminded_once', table = 'reference_requests',
            message = 'a referee is reminded once, and the end moves with the reminder only';
    end if;
    if new.state = 'answered' and old.state <> 'answered' and not exists (select from reference_answers a where a.request_id = new.id) then
        raise exception using errcode = 'check_violation', constraint = 'reference_requests_answered_by_an_answer', table = 'reference_requests',
            message = 'a request is answered by its answer';
    end if;
    if new.state = 'declined' and old.state <> 'declined' and new.closed_at >= old.expires_at then
        raise exception using errcode = 'check_violation', constraint = 'reference_requests_declined_in_time', table = 'reference_requests',
            message = 'the time of this request is over';
    end if;
    if new.closed_at is not null and old.closed_at is null then
        delete from reference_drafts d where d.request_id = new.id;
    end if;
    return new;
end $$;
create trigger reference_requests_unchanged before update on reference_requests for each row execute function reference_requests_stay();

-- Whatever a referee says, says it about an open request and in time. The lock lets a send, a withdrawal and a refusal wait for
-- each other.
create function reference_is_open() returns trigger language plpgsql as $$
declare
    its reference_requests;
    at timestamptz := (to_jsonb(new) ->> tg_argv[0])::timestamptz;
begin
    select * into its from reference_requests r where r.id = new.request_id for update;
    if its.id is not null and (its.state <> 'asked' or at >= its.expires_at or at < its.asked_at) then
        raise exception using errcode = 'check_violation', constraint = tg_table_name || '_in_time', table = tg_table_name,
            message = 'this request takes no answer: it is closed, or its time is over';
    end if;
    return new;
end $$;
create trigger reference_identities_in_time before insert or update on reference_identities
    for each row execute function reference_is_open('confirmed_at');
create trigger reference_answers_in_time before insert on reference_answers
    for each row execute function reference_is_open('answered_at');
create trigger reference_drafts_in_time before insert or update on reference_drafts
    for each row execute function reference_is_open('saved_at');

create function reference_answer_closes() returns trigger language plpgsql as $$
begin
    update reference_requests r set state = 'answered', closed_at = new.answered_at where r.id = new.request_id;
    return null;
end $$;
create trigger reference_answers_close after insert on reference_answers for each row execute function reference_answer_closes();

create function reference_answers_stay() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'check_violation', constraint = 'reference_answers_unchanged', table = 'reference_answers',
        message = 'what a referee said is never rewritten or removed';
end $$;
create trigger reference_answers_unchanged before update or delete on reference_answers for each row execute function reference_answers_stay();
create trigger reference_answers_no_truncate before truncate on reference_answers for each statement execute function refuse_removal();
create trigger reference_identities_never_removed before delete on reference_identities for each row execute function refuse_removal();
create trigger reference_identities_no_truncate before truncate on reference_identities for each statement execute function refuse_removal();
create trigger reference_requests_never_removed before delete on reference_requests for each row execute function refuse_removal();
create trigger reference_requests_no_truncate before truncate on reference_requests for each statement execute function refuse_removal();

-- The log tells who asked, when, and how it ended. Who the referee is and what they said stand there as hashes.
create trigger reference_requests_noted after insert or update or delete on reference_requests for each row execute function note_change(
    'candidate', 'candidate_id', 'id',
    'track_id, state, relation, agreed, added_by, added_at, asked_by, asked_at, expires_at, reminded_at, closed_at, closed_by',
    'id, candidate_id, link_id, questions');
create trigger reference_identities_noted after insert or update or delete on reference_identities for each row execute function note_change(
    'candidate', 'candidate_id', 'request_id', 'confirmed_at', 'request_id, candidate_id');
create trigger reference_answers_noted after insert or update or delete on reference_answers for each row execute function note_change(
    'candidate', 'candidate_id', 'request_id', 'may_read, answered_at', 'request_id, candidate_id');
