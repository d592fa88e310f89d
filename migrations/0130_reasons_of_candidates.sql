-- Why a person paused, came back or withdrew: one line for each time, for staff to read. The log of events keeps such words as a hash,
-- because they are about a person; here they can be taken away with the person's other words, and the line stays.

create table candidate_states (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    from_state text constraint candidate_states_from_known check (from_state in ('active', 'paused', 'withdrawn')), -- null = not known
    to_state text not null constraint candidate_states_to_known check (to_state in ('active', 'paused', 'withdrawn')),
    reason text not null default '',
    by_user uuid references users (id), -- null = not known
    at timestamptz not null,
    constraint candidate_states_moves check (from_state is distinct from to_state),
    constraint candidate_states_reason_length check (length(reason) <= 500)
);
create index candidate_states_by_candidate on candidate_states (candidate_id, at desc, id desc);

-- What was said before there were lines, of whoever is not active now.
insert into candidate_states (id, candidate_id, to_state, reason, at)
select gen_random_uuid(), c.id, c.state, left(c.state_reason, 500), c.updated_at from candidates c where c.state <> 'active';

create function candidate_states_stay() returns trigger language plpgsql as $$
begin
    if (new.id, new.candidate_id, new.from_state, new.to_state, new.by_user, new.at)
           is distinct from (old.id, old.candidate_id, old.from_state, old.to_state, old.by_user, old.at)
       or (new.reason is distinct from old.reason and new.reason <> '') then
        raise exception using errcode = 'check_violation', constraint = 'candidate_states_unchanged', table = 'candidate_states',
            message = 'what was said of a state is not rewritten; it can only be taken away';
    end if;
    return new;
end $$;
create trigger candidate_states_unchanged before update on candidate_states for each row execute function candidate_states_stay();
create trigger candidate_states_never_removed before delete on candidate_states for each row execute function refuse_removal();
create trigger candidate_states_no_truncate before truncate on candidate_states for each statement execute function refuse_removal();
