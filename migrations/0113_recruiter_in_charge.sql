-- Who at the agency answers for a request. Whoever leaves hands it over in the same transaction.
alter table role_requests add column recruiter_id uuid references users (id);
create index role_requests_by_recruiter on role_requests (recruiter_id) where recruiter_id is not null;

-- Deferred, so that a departure and its hand-over are judged together. The share lock makes whoever puts somebody in charge and
-- whoever keeps them out come one after the other.
create function request_in_active_hands() returns trigger language plpgsql as $$
declare
    standing record;
begin
    if not exists (select 1 from role_requests r where r.id = new.id and r.recruiter_id = new.recruiter_id
                   and r.state not in ('draft', 'filled', 'cancelled')) then
        return null;
    end if;
    select u.role, u.deactivated_at into standing from users u where u.id = new.recruiter_id for share;
    if standing.deactivated_at is not null or standing.role not in ('admin', 'recruiter') then
        raise exception using errcode = 'check_violation', constraint = 'role_requests_in_active_hands', table = 'role_requests',
            message = 'a request that is not over is in the hands of active staff';
    end if;
    return null;
end $$;
create constraint trigger role_requests_begin_in_active_hands after insert on role_requests
    deferrable initially deferred for each row when (new.recruiter_id is not null) execute function request_in_active_hands();
-- Not for every move: one that changes neither the hands nor whether it is over would wait for a departure that waits for it.
create constraint trigger role_requests_in_active_hands after update of recruiter_id, state on role_requests
    deferrable initially deferred for each row
    when (new.recruiter_id is not null and (new.recruiter_id is distinct from old.recruiter_id
          or (old.state in ('draft', 'filled', 'cancelled') and new.state not in ('draft', 'filled', 'cancelled'))))
    execute function request_in_active_hands();

create function leaves_no_request_behind() returns trigger language plpgsql as $$
begin
    if exists (select 1 from role_requests r join users u on u.id = r.recruiter_id
               where u.id = new.id and r.state not in ('draft', 'filled', 'cancelled')
                 and (u.deactivated_at is not null or u.role not in ('admin', 'recruiter'))) then
        raise exception using errcode = 'check_violation', constraint = 'role_requests_in_active_hands', table = 'role_requests',
            message = 'whoever leaves hands their requests over first';
    end if;
    return null;
end $$;
create constraint trigger users_leave_no_request_behind after update of deactivated_at, role on users
    deferrable initially deferred for each row when (new.deactivated_at is not null or new.role not in ('admin', 'recruiter'))
    execute function leaves_no_request_behind();

drop trigger role_requests_noted on role_requests;
create trigger role_requests_noted after insert or update or delete on role_requests for each row execute function note_change(
    'role_request', 'id', '',
    'code, organization_id, track_id, title, system, performance_targets, concurrency, infrastructure, why_technology, zone, work_start, work_end, work_days, least_overlap_minutes, english_speaking, english_writing, budget_currency, budget_period, start_on, length_months, signals, state, state_reason, created_by, recruiter_id',
    'id, version, created_at, state_at');
