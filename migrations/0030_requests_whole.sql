-- Role requests: what the client says speaks against a hire, and the rules of their states that the first draft left to
-- the application.

-- What the client ticked of the honest questions; the advice is derived from it.
alter table role_requests add column signals text[] not null default '{}'
    constraint role_requests_signals_known check (signals <@ array['forms_and_tables', 'nobody_knows_rust', 'no_limit', 'prototype']);

-- A request that stops says why.
alter table role_requests add constraint role_requests_reason_given
    check (state not in ('needs_info', 'on_hold', 'cancelled') or length(btrim(state_reason)) > 0);
alter table role_request_states add constraint role_request_states_reason_given check (length(btrim(reason)) > 0);

-- Filled means filled: no seat of it still looks for somebody, and one seat at least found them.
create function request_filled_whole() returns trigger language plpgsql as $$
begin
    if new.state = 'filled' and (
        exists (select 1 from seats s where s.request_id = new.id and s.state = 'open')
        or not exists (select 1 from seats s where s.request_id = new.id and s.state = 'filled')) then
        raise exception using errcode = 'check_violation', constraint = 'role_requests_filled_whole', table = 'role_requests',
            message = 'a request with an open seat is not filled';
    end if;
    return new;
end $$;
create trigger role_requests_filled_whole before insert or update of state on role_requests
    for each row execute function request_filled_whole();
