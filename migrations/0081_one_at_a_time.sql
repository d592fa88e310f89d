-- One person, one placement at a time; and a yes that can be taken back until the client has chosen.

insert into state_transitions values
    ('introduction', 'consented', 'declined'), ('introduction', 'interview', 'declined');

-- A trigger and not an index: an installation may hold two from before this rule. The lock on the person makes two
-- acceptances wait for each other.
create function placement_one_at_a_time() returns trigger language plpgsql as $$
begin
    if new.state not in ('accepted', 'scheduled', 'active') then
        return new;
    end if;
    perform 1 from candidates c where c.id = new.candidate_id for update;
    if exists (select 1 from placements p where p.candidate_id = new.candidate_id and p.id <> new.id
                 and p.state in ('accepted', 'scheduled', 'active')) then
        raise exception using errcode = 'check_violation', constraint = 'placements_one_at_a_time', table = 'placements',
            message = 'this person is placed already';
    end if;
    return new;
end $$;
create trigger placements_one_at_a_time before insert on placements for each row execute function placement_one_at_a_time();

-- A replacement who never came is no replacement: the claim it had ended is owed again, and its place in the chain is free.
insert into state_transitions values ('guarantee_claim', 'replaced', 'replacement_search');
alter table placements drop constraint placements_replaced_once, drop constraint placements_number_once;
create unique index placements_replaced_once on placements (replaces_id) where state not in ('no_show', 'cancelled_before_start');
create unique index placements_number_once on placements (root_id, replacement_number) where state not in ('no_show', 'cancelled_before_start');

-- Withdrawn by mistake is not for ever: only an introduction that is not withdrawn stands in the way of another one.
alter table introductions drop constraint introductions_once_per_seat;
create unique index introductions_once_per_seat on introductions (seat_id, candidate_id) where state <> 'withdrawn';

-- A client may answer by phone: staff record it and open the search.
insert into state_transitions values ('role_request', 'needs_info', 'open');
