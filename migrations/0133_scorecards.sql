-- Scorecards: one per assessor and check. What is typed is a draft, kept as it was typed, until it is handed in; then it stays.

create function scorecard_answers_fit(answers jsonb) returns boolean language sql immutable as $$
    select case when jsonb_typeof(answers) is distinct from 'array' then false
           else jsonb_array_length(answers) <= 24 and coalesce((
               select bool_and(jsonb_typeof(a -> 'question') is not distinct from 'string'
                               and jsonb_typeof(a -> 'note') is not distinct from 'string'
                               and (a ->> 'rating' is null or a ->> 'rating' in ('0', '1', '2', '3', '4')))
               from jsonb_array_elements(answers) a), true) end
$$;
create function scorecard_skills_fit(skills jsonb) returns boolean language sql immutable as $$
    select case when jsonb_typeof(skills) is distinct from 'array' then false
           else jsonb_array_length(skills) <= 40 and coalesce((
               select bool_and(coalesce(s ->> 'skill' ~ '^[0-9a-f-]{36}$' and s ->> 'level' in ('1', '2', '3', '4', '5'), false))
               from jsonb_array_elements(skills) s), true) end
$$;

create table scorecards (
    id uuid primary key,
    check_id uuid not null,
    candidate_id uuid not null,
    assessor_id uuid not null references users (id),
    state text not null constraint scorecards_state_known check (state in ('owed', 'in', 'released')),
    assigned_by uuid not null references users (id),
    assigned_at timestamptz not null,
    -- A person's judgement in one word; nothing follows from it by itself.
    recommendation text constraint scorecards_recommendation_known check (recommendation in ('strong_no', 'no', 'yes', 'strong_yes')),
    -- [{question, rating: 0-4 or null = not assessed, note}], with the question's words as they were asked.
    answers jsonb not null default '[]' constraint scorecards_answers_fit check (scorecard_answers_fit(answers)),
    -- [{skill, level: 1-5}]; a skill that was not assessed does not stand there.
    skills jsonb not null default '[]' constraint scorecards_skills_fit check (scorecard_skills_fit(skills)),
    speaking smallint constraint scorecards_speaking_range check (speaking between 1 and 7), -- 1 = A1 .. 6 = C2, 7 = native
    writing smallint constraint scorecards_writing_range check (writing between 1 and 7),
    red_flags text not null default '', -- words, never a score
    note text not null default '', -- private to staff
    same_person text constraint scorecards_same_person_known check (same_person in ('yes', 'unsure', 'no')),
    document_seen text not null default '',
    code_heard text constraint scorecards_code_known check (code_heard in ('yes', 'no')),
    clock_fits text constraint scorecards_clock_known check (clock_fits in ('yes', 'no')),
    payout_country text not null default '',
    handed_in_at timestamptz,
    released_by uuid references users (id),
    released_at timestamptz,
    release_reason text not null default '',
    constraint scorecards_one_each unique (check_id, assessor_id),
    constraint scorecards_of_the_check foreign key (check_id, candidate_id) references vetting_checks (id, candidate_id),
    constraint scorecards_in_is_whole check ((state = 'in') = (handed_in_at is not null) and (state = 'in') = (recommendation is not null)),
    constraint scorecards_released_says_why check (
        (state = 'released') = (released_at is not null) and (state = 'released') = (length(btrim(release_reason)) > 0)
        and (released_by is null or state = 'released')),
    constraint scorecards_empty_until_in check (state = 'in' or (answers = '[]' and skills = '[]' and speaking is null and writing is null
        and red_flags = '' and note = '' and same_person is null))
);
create index scorecards_owed on scorecards (assessor_id, candidate_id) where state = 'owed';
create index scorecards_by_candidate on scorecards (candidate_id);

create table scorecard_drafts (
    card_id uuid primary key references scorecards (id),
    typed jsonb not null constraint scorecard_drafts_pairs check (jsonb_typeof(typed) = 'array'),
    saved_at timestamptz not null
);

create trigger scorecards_transition before insert or update of state on scorecards
    for each row execute function enforce_transition('scorecard');
insert into state_transitions values ('scorecard', '', 'owed'), ('scorecard', 'owed', 'in'), ('scorecard', 'owed', 'released');

create function scorecards_stay() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.state <> 'owed' then
        raise exception using errcode = 'check_violation', constraint = 'scorecards_unchanged_once_in', table = 'scorecards',
            message = 'a scorecard that was handed in or released is never rewritten or removed';
    end if;
    if (new.id, new.check_id, new.candidate_id, new.assessor_id, new.assigned_by, new.assigned_at)
       is distinct from (old.id, old.check_id, old.candidate_id, old.assessor_id, old.assigned_by, old.assigned_at) then
        raise exception using errcode = 'check_violation', constraint = 'scorecards_whose_it_is', table = 'scorecards',
            message = 'a scorecard stays its assessor''s; release it and assign another person';
    end if;
    return new;
end $$;
create trigger scorecards_unchanged_once_in before update or delete on scorecards for each row execute function scorecards_stay();
create trigger scorecards_no_truncate before truncate on scorecards for each statement execute function refuse_change();

-- The lock lets a card and the decision about its check wait for each other.
create function scorecards_of_open_checks() returns trigger language plpgsql as $$
begin
    if new.state <> 'released' and not exists (
        select from (select k.state from vetting_checks k where k.id = new.check_id for share) k
        where k.state in ('invited', 'scheduled', 'waiting')) then
        raise exception using errcode = 'check_violation', constraint = 'scorecards_of_an_open_check', table = 'scorecards',
            message = 'a check that is decided or given up takes no scorecards';
    end if;
    if tg_op = 'INSERT' and not exists (
        select from users u where u.id = new.assessor_id and u.role in ('admin', 'recruiter') and u.deactivated_at is null) then
        raise exception using errcode = 'check_violation', constraint = 'scorecards_assessor_is_staff', table = 'scorecards',
            message = 'people of the staff who can sign in assess';
    end if;
    return new;
end $$;
create trigger scorecards_of_an_open_check before insert or update of state on scorecards
    for each row execute function scorecards_of_open_checks();

-- Whatever ends a check, nobody owes a card of it afterwards.
create function vetting_checks_end_with_their_cards() returns trigger language plpgsql as $$
begin
    if new.state not in ('invited', 'scheduled', 'waiting')
       and exists (select from scorecards s where s.check_id = new.id and s.state = 'owed') then
        raise exception using errcode = 'check_violation', constraint = 'vetting_checks_cards_in', table = 'vetting_checks',
            message = 'an assessor still owes a scorecard of this check';
    end if;
    return new;
end $$;
create trigger vetting_checks_cards_in before update of state on vetting_checks
    for each row execute function vetting_checks_end_with_their_cards();

-- Who owes a card about a person stands with the person: they read no score of that person's checks before theirs is in, and each
-- page that could show one knows it without another look.
alter table candidates add column owed_by uuid[] not null default '{}';
create function owed_by_follows_the_cards() returns trigger language plpgsql as $$
begin
    perform from candidates c where c.id in (select w.candidate_id from written w) order by c.id for no key update;
    update candidates c set owed_by = n.owed_by
    from (select w.candidate_id, coalesce(array_agg(distinct s.assessor_id) filter (where s.state = 'owed'), '{}') as owed_by
          from (select distinct w.candidate_id from written w) w
          left join scorecards s on s.candidate_id = w.candidate_id
          group by w.candidate_id) n
    where c.id = n.candidate_id and c.owed_by is distinct from n.owed_by;
    return null;
end $$;
create trigger scorecards_written after insert on scorecards referencing new table as written
    for each statement execute function owed_by_follows_the_cards();
create trigger scorecards_rewritten after update on scorecards referencing new table as written
    for each statement execute function owed_by_follows_the_cards();

drop trigger candidates_noted on candidates;
create trigger candidates_noted after insert or update or delete on candidates for each row execute function note_change(
    'candidate', 'id', '',
    'code, user_id, track_id, source, zone, work_start, work_end, work_days, seniority, pay_minor, pay_currency, pay_period, available_from, least_months, most_months, state',
    'id, version, created_at, updated_at, words, words_start, skills, checks, checks_on, check_begun, owed_by');

-- The log tells that a card exists, whose it is and in what state: its content is hashed like anything personal, for everybody.
create trigger scorecards_noted after insert or update or delete on scorecards for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'check_id, assessor_id, state, handed_in_at, released_by, released_at',
    'id, candidate_id, assigned_by, assigned_at');

-- A line of the ledger that came of a check says of which.
alter table claims add column check_id uuid,
    add constraint claims_of_the_persons_check foreign key (check_id, candidate_id) references vetting_checks (id, candidate_id),
    add constraint claims_of_a_check_are_verified check (check_id is null or verified_by is not null);
create index claims_by_check on claims (check_id) where check_id is not null;
create or replace function claim_line_stays() returns trigger language plpgsql as $$
begin
    if (new.id, new.candidate_id, new.kind, new.skill_id, new.value, new.source, new.note, new.stated_by, new.stated_at, new.check_id)
       is distinct from
       (old.id, old.candidate_id, old.kind, old.skill_id, old.value, old.source, old.note, old.stated_by, old.stated_at, old.check_id)
       or (old.verified_at is not null and (new.verified_by, new.verified_at) is distinct from (old.verified_by, old.verified_at))
       or (old.withdrawn_at is not null and new.withdrawn_at is distinct from old.withdrawn_at) then
        raise exception using errcode = 'check_violation', constraint = 'claims_line_stays', table = 'claims',
            message = 'a line of the ledger is not rewritten; enter a new one';
    end if;
    return new;
end $$;
drop trigger claims_noted on claims;
create trigger claims_noted after insert or update or delete on claims for each row execute function note_change(
    'candidate', 'candidate_id', 'id',
    'kind, skill_id, value, source, stated_by, stated_at, verified_by, verified_at, current, withdrawn_at, check_id', 'id, candidate_id');
