-- Rules that the application kept alone until now. Triggers and NOT VALID keys judge what is written from here on; a row
-- from before stays as it is.

-- Agreed figures do not move: once sent, an offer is answered and nothing else.
create function offer_terms_stay() returns trigger language plpgsql as $$
begin
    if (new.id, new.introduction_id, new.seat_id, new.candidate_id, new.pay_minor, new.bill_minor, new.currency, new.period,
        new.engagement, new.start_on, new.length_months, new.agreement_id, new.sent_by, new.sent_at)
       is distinct from
       (old.id, old.introduction_id, old.seat_id, old.candidate_id, old.pay_minor, old.bill_minor, old.currency, old.period,
        old.engagement, old.start_on, old.length_months, old.agreement_id, old.sent_by, old.sent_at) then
        raise exception using errcode = 'check_violation', constraint = 'offers_terms_frozen', table = 'offers',
            message = 'the terms of an offer that was sent never change';
    end if;
    return new;
end $$;
create trigger offers_terms_frozen before update on offers for each row execute function offer_terms_stay();

-- Locks the request before its seat, as every act on a request does: the hire needs both (0050 took the seat alone, and an
-- edit of the request that gives seats up could wait for a hire that waited for it).
create or replace function offer_needs_an_open_seat() returns trigger language plpgsql as $$
declare
    standing text;
begin
    if new.state not in ('sent', 'accepted') then
        return new;
    end if;
    perform 1 from role_requests r where r.id = (select s.request_id from seats s where s.id = new.seat_id) for update;
    select s.state into standing from seats s where s.id = new.seat_id for update;
    if standing is distinct from 'open' then
        raise exception using errcode = 'check_violation', constraint = 'offers_seat_open', table = 'offers',
            message = format('the seat is %s, not open', coalesce(standing, 'missing'));
    end if;
    return new;
end $$;

-- A placement is the accepted offer of its introduction, for the client whose request it is.
alter table offers add constraint offers_parts unique (id, introduction_id, seat_id, candidate_id);
alter table placements add constraint placements_of_offer
    foreign key (offer_id, introduction_id, seat_id, candidate_id) references offers (id, introduction_id, seat_id, candidate_id) not valid;

create function placement_needs_an_accepted_offer() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from offers o where o.id = new.offer_id and o.state = 'accepted') then
        raise exception using errcode = 'check_violation', constraint = 'placements_of_accepted_offer', table = 'placements',
            message = 'a placement needs an accepted offer';
    end if;
    -- Not a foreign key: it would share a lock on the request when a departure starts and ends a placement in one transaction,
    -- and two departures that both need the request then wait for each other. Neither side of it can change later.
    if not exists (select 1 from role_requests r where r.id = new.request_id and r.organization_id = new.organization_id) then
        raise exception using errcode = 'check_violation', constraint = 'placements_request_of_client', table = 'placements',
            message = 'a placement is with the client whose request it fills';
    end if;
    -- The keys of organizations::terms::Terms. One that is missing would be filled in by a default that nobody promised.
    if jsonb_typeof(new.terms) is distinct from 'object' or not new.terms ?& array[
        'days', 'day_kind', 'start', 'covered_causes', 'exclusions', 'notice_business_days', 'payment_rule', 'exclusivity',
        'remedies', 'tiers', 'most_replacements', 'restart', 'pauses', 'check_in_days'] then
        raise exception using errcode = 'check_violation', constraint = 'placements_terms_whole', table = 'placements',
            message = 'the terms of a placement name every part of the promise';
    end if;
    return new;
end $$;
create trigger placements_of_accepted_offer before insert on placements
    for each row execute function placement_needs_an_accepted_offer();

-- As in 0007, and the introduction, the request, the engagement and the number in the chain with them.
create or replace function placement_terms_stay() returns trigger language plpgsql as $$
begin
    if (new.terms, new.specification, new.offer_id, new.introduction_id, new.seat_id, new.request_id, new.candidate_id,
        new.organization_id, new.run_id, new.zone, new.pay_minor, new.bill_minor, new.currency, new.period, new.engagement,
        new.accepted_at, new.root_id, new.replaces_id, new.replacement_number)
       is distinct from
       (old.terms, old.specification, old.offer_id, old.introduction_id, old.seat_id, old.request_id, old.candidate_id,
        old.organization_id, old.run_id, old.zone, old.pay_minor, old.bill_minor, old.currency, old.period, old.engagement,
        old.accepted_at, old.root_id, old.replaces_id, old.replacement_number)
       or (old.state in ('active', 'ended') and new.start_on <> old.start_on) then
        raise exception using errcode = 'check_violation', constraint = 'placements_terms_frozen', table = 'placements',
            message = 'the terms of a placement never change';
    end if;
    return new;
end $$;

-- Nobody is hired without having said yes to an offer. Named so that it fires after introductions_transition.
create function hire_needs_an_accepted_offer() returns trigger language plpgsql as $$
begin
    if new.state = 'hired' and not exists (
        select 1 from offers o where o.introduction_id = new.id and o.state = 'accepted') then
        raise exception using errcode = 'check_violation', constraint = 'introductions_with_accepted_offer', table = 'introductions',
            message = 'a hire needs an accepted offer';
    end if;
    return new;
end $$;
create trigger introductions_with_accepted_offer before insert or update of state on introductions
    for each row execute function hire_needs_an_accepted_offer();

-- Nobody is proposed for what nobody looks for. The locks make a simultaneous cancellation wait, or this one for it.
create function introduction_needs_a_search() returns trigger language plpgsql as $$
declare
    request text;
    seat text;
begin
    select r.state into request from role_requests r where r.id = new.request_id for share;
    select s.state into seat from seats s where s.id = new.seat_id for share;
    if request is distinct from 'open' or seat is distinct from 'open' then
        raise exception using errcode = 'check_violation', constraint = 'introductions_for_an_open_seat', table = 'introductions',
            message = format('the request is %s and the seat is %s', coalesce(request, 'missing'), coalesce(seat, 'missing'));
    end if;
    return new;
end $$;
create trigger introductions_for_an_open_seat before insert on introductions
    for each row execute function introduction_needs_a_search();

-- A seat is filled by somebody who is hired for it. Judged at the end of the transaction, because a hire and a departure each
-- write both rows, in either order.
create function seat_is_filled_by_a_hire() returns trigger language plpgsql as $$
declare
    -- Read as JSON because the two tables name it differently.
    seat uuid := to_jsonb(new) ->> case tg_table_name when 'seats' then 'id' else 'seat_id' end;
begin
    if exists (select 1 from seats s where s.id = seat and s.state = 'filled')
       and not exists (select 1 from placements p where p.seat_id = seat and p.state in ('accepted', 'scheduled', 'active')) then
        raise exception using errcode = 'check_violation', constraint = 'seats_filled_by_a_hire', table = 'seats',
            message = 'a filled seat needs somebody who is hired for it';
    end if;
    return null;
end $$;
create constraint trigger seats_filled_by_a_hire after insert or update of state on seats
    deferrable initially deferred for each row when (new.state = 'filled') execute function seat_is_filled_by_a_hire();
create constraint trigger placements_leave_an_empty_seat after update of state on placements
    deferrable initially deferred for each row
    when (old.state is distinct from new.state and new.state in ('ended', 'no_show', 'cancelled_before_start'))
    execute function seat_is_filled_by_a_hire();

-- What was judged stays judged: a correction is a new row, and the latest one counts.
create function vetting_result_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or (old.state <> 'waiting' and new is distinct from old) then
        raise exception using errcode = 'check_violation', constraint = 'vetting_checks_unchanged_once_decided', table = 'vetting_checks',
            message = 'what was checked is never rewritten or removed; enter a new check';
    end if;
    return new;
end $$;
-- Named so that it fires after vetting_checks_transition, whose refusal says more about a move between states.
create trigger vetting_checks_unchanged_once_decided before update or delete on vetting_checks
    for each row execute function vetting_result_stays();

-- A line of the claim ledger says for ever what it said. It may be verified once, taken back once, and stop or begin to be
-- the one that counts.
create function claim_line_stays() returns trigger language plpgsql as $$
begin
    if (new.id, new.candidate_id, new.kind, new.skill_id, new.value, new.source, new.note, new.stated_by, new.stated_at)
       is distinct from
       (old.id, old.candidate_id, old.kind, old.skill_id, old.value, old.source, old.note, old.stated_by, old.stated_at)
       or (old.verified_at is not null and (new.verified_by, new.verified_at) is distinct from (old.verified_by, old.verified_at))
       or (old.withdrawn_at is not null and new.withdrawn_at is distinct from old.withdrawn_at) then
        raise exception using errcode = 'check_violation', constraint = 'claims_line_stays', table = 'claims',
            message = 'a line of the ledger is not rewritten; enter a new one';
    end if;
    return new;
end $$;
create trigger claims_line_stays before update on claims for each row execute function claim_line_stays();

create function claim_is_verified_by_staff() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.verified_by is not distinct from old.verified_by then
        return new;
    end if;
    if new.verified_by is not null and not exists (
        select 1 from users u where u.id = new.verified_by and u.role in ('admin', 'recruiter')) then
        raise exception using errcode = 'check_violation', constraint = 'claims_verified_by_staff', table = 'claims',
            message = 'only staff verify a claim';
    end if;
    return new;
end $$;
create trigger claims_verified_by_staff before insert or update of verified_by on claims
    for each row execute function claim_is_verified_by_staff();

-- When notice was given and which day was the last decides what is owed. A draft has not been given yet.
create function claim_notice_stays() returns trigger language plpgsql as $$
begin
    if new.placement_id is distinct from old.placement_id
       or (old.state <> 'draft' and (new.last_working_day, new.cause, new.note, new.notified_by, new.notified_at)
           is distinct from (old.last_working_day, old.cause, old.note, old.notified_by, old.notified_at)) then
        raise exception using errcode = 'check_violation', constraint = 'guarantee_claims_notice_frozen', table = 'guarantee_claims',
            message = 'a notice that was given never changes';
    end if;
    return new;
end $$;
create trigger guarantee_claims_notice_frozen before update on guarantee_claims
    for each row execute function claim_notice_stays();

-- Records of people and money are never removed.
create function refuse_removal() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'check_violation', constraint = tg_table_name || '_never_removed', table = tg_table_name,
        message = format('rows of %s are never removed', tg_table_name);
end $$;
create trigger claims_never_removed before delete on claims for each row execute function refuse_removal();
create trigger offers_never_removed before delete on offers for each row execute function refuse_removal();
create trigger placements_never_removed before delete on placements for each row execute function refuse_removal();
create trigger guarantees_never_removed before delete on guarantees for each row execute function refuse_removal();
create trigger guarantee_claims_never_removed before delete on guarantee_claims for each row execute function refuse_removal();
create trigger claims_no_truncate before truncate on claims for each statement execute function refuse_removal();
create trigger offers_no_truncate before truncate on offers for each statement execute function refuse_removal();
create trigger placements_no_truncate before truncate on placements for each statement execute function refuse_removal();
create trigger guarantees_no_truncate before truncate on guarantees for each statement execute function refuse_removal();
create trigger guarantee_claims_no_truncate before truncate on guarantee_claims for each statement execute function refuse_removal();
