-- A yes, an interview and a choice need somebody who looks for work and a request that looks for somebody.
-- Read without a lock: whoever pauses a person or closes a request takes the introductions first, and waits for this one.
create function introduction_needs_both_sides() returns trigger language plpgsql as $$
begin
    if new.state not in ('consented', 'interview', 'chosen') then
        return new;
    end if;
    if not exists (select 1 from seats s join role_requests r on r.id = s.request_id
                   where s.id = new.seat_id and s.state = 'open' and r.state = 'open') then
        raise exception using errcode = 'check_violation', constraint = 'introductions_need_an_open_request', table = 'introductions',
            message = 'the seat or its request is not open';
    end if;
    if not exists (select 1 from candidates c where c.id = new.candidate_id and c.state = 'active') then
        raise exception using errcode = 'check_violation', constraint = 'introductions_need_an_active_person', table = 'introductions',
            message = 'this person does not look for work at present';
    end if;
    return new;
end $$;
-- Named so that it fires after introductions_transition: a move that does not exist is told first.
create trigger introductions_with_both_sides before update of state on introductions
    for each row execute function introduction_needs_both_sides();
