-- What the flow from introduction to guarantee needs beyond its first tables.

-- A client chooses one person at a time for a seat.
create unique index introductions_one_chosen_per_seat on introductions (seat_id) where state = 'chosen';

-- No offer for a seat that is filled or cancelled. The lock makes two hires of one seat wait for each other.
create function offer_needs_an_open_seat() returns trigger language plpgsql as $$
declare
    standing text;
begin
    if new.state not in ('sent', 'accepted') then
        return new;
    end if;
    select s.state into standing from seats s where s.id = new.seat_id for update;
    if standing is distinct from 'open' then
        raise exception using errcode = 'check_violation', constraint = 'offers_seat_open', table = 'offers',
            message = format('the seat is %s, not open', coalesce(standing, 'missing'));
    end if;
    return new;
end $$;
-- Named so that it fires after offers_to_the_chosen: introduction first, then seat, the order of every action.
create trigger offers_towards_an_open_seat before insert or update of state on offers
    for each row execute function offer_needs_an_open_seat();

-- What is asked for, as far as a match depends on it: frozen with a placement, and compared when a claim is made.
create function specification_of(seat uuid) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'title', r.title, 'track', t.slug, 'seat', s.number, 'seniority', s.seniority,
        'zone', r.zone, 'work_start', r.work_start, 'work_end', r.work_end, 'work_days', r.work_days,
        'least_overlap_minutes', r.least_overlap_minutes,
        'english_speaking', r.english_speaking, 'english_writing', r.english_writing,
        'skills', coalesce((select jsonb_agg(jsonb_build_object('skill', k.slug, 'need', rs.need, 'level', rs.level, 'weight', rs.weight) order by k.slug)
                            from role_request_skills rs join skills k on k.id = rs.skill_id where rs.request_id = r.id), '[]'))
    from seats s join role_requests r on r.id = s.request_id join tracks t on t.id = r.track_id
    where s.id = seat
$$;

-- The guarantee of a placement. Dates and instants follow from the placement's frozen terms; they are kept so that a sweep
-- finds what is due with one index, and so that history says what was promised.
create table guarantees (
    placement_id uuid primary key references placements (id),
    state text not null constraint guarantees_state_known check (state in
        ('pending', 'running', 'paused', 'satisfied', 'claim_open', 'voided', 'waived')),
    span jsonb not null, -- placements::guarantee::Span
    last_covered date,
    starts_at timestamptz,
    ends_at timestamptz, -- the first instant that is not covered
    notice_before timestamptz, -- the first instant at which notice of a departure on the last covered date is late
    state_at timestamptz not null,
    constraint guarantees_dated check (state = 'waived' or num_nulls(last_covered, starts_at, ends_at, notice_before) = 0)
);
create index guarantees_due on guarantees (state, ends_at);
create trigger guarantees_transition before insert or update of state on guarantees
    for each row execute function enforce_transition('guarantee');
insert into state_transitions values
    ('guarantee', '', 'pending'), ('guarantee', '', 'waived'),
    ('guarantee', 'pending', 'running'), ('guarantee', 'pending', 'voided'), ('guarantee', 'pending', 'waived'),
    ('guarantee', 'running', 'paused'), ('guarantee', 'paused', 'running'),
    ('guarantee', 'running', 'satisfied'), ('guarantee', 'paused', 'satisfied'),
    ('guarantee', 'running', 'claim_open'), ('guarantee', 'paused', 'claim_open'), ('guarantee', 'satisfied', 'claim_open'),
    ('guarantee', 'running', 'voided'), ('guarantee', 'paused', 'voided'), ('guarantee', 'running', 'waived'), ('guarantee', 'paused', 'waived'),
    ('guarantee', 'claim_open', 'satisfied'), ('guarantee', 'claim_open', 'voided'), ('guarantee', 'claim_open', 'waived');

create function guarantee_dates_stay() returns trigger language plpgsql as $$
begin
    if old.state <> 'pending' and (new.span, new.last_covered, new.starts_at, new.ends_at, new.notice_before)
       is distinct from (old.span, old.last_covered, old.starts_at, old.ends_at, old.notice_before) then
        raise exception using errcode = 'check_violation', constraint = 'guarantees_dates_frozen', table = 'guarantees',
            message = 'the dates of a guarantee that has begun never change';
    end if;
    return new;
end $$;
create trigger guarantees_dates_frozen before update on guarantees for each row execute function guarantee_dates_stay();

-- A decision on a claim has somebody who took it.
alter table guarantee_claims add constraint guarantee_claims_decided
    check (state in ('draft', 'notified', 'under_review', 'withdrawn') or (decided_by is not null and decided_at is not null));
-- A claim is about a departure: somebody still at work has none.
create function claim_needs_a_departure() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from placements p where p.id = new.placement_id and p.state = 'ended') then
        raise exception using errcode = 'check_violation', constraint = 'guarantee_claims_after_departure', table = 'guarantee_claims',
            message = 'a guarantee claim needs a departure';
    end if;
    return new;
end $$;
create trigger guarantee_claims_after_departure before insert on guarantee_claims
    for each row execute function claim_needs_a_departure();
