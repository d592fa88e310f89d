-- One candidate proposed to one client for one seat.

create table introductions (
    id uuid primary key,
    request_id uuid not null,
    seat_id uuid not null,
    organization_id uuid not null,
    candidate_id uuid not null references candidates (id),
    run_id uuid references match_runs (id), -- the computation that was shown when the person was shortlisted
    points integer,
    pitch text not null default '', -- what staff say of the person to this client
    ask_about text not null default '',
    state text not null constraint introductions_state_known check (state in
        ('proposed', 'declined', 'consented', 'interview', 'refused', 'chosen', 'hired', 'withdrawn')),
    reason_kind text not null default '',
    reason text not null default '',
    proposed_by uuid not null references users (id),
    proposed_at timestamptz not null,
    consented_at timestamptz,
    consented_by uuid references users (id),
    state_at timestamptz not null,
    interview_at timestamptz,
    interview_local timestamp, -- the wall time that was agreed, in interview_zone; the instant is derived
    interview_zone text,
    version integer not null default 1,
    constraint introductions_seat_of_request foreign key (seat_id, request_id) references seats (id, request_id),
    constraint introductions_request_of_client foreign key (request_id, organization_id) references role_requests (id, organization_id),
    constraint introductions_once_per_seat unique (seat_id, candidate_id),
    constraint introductions_parts unique (id, seat_id, candidate_id),
    -- Nothing reaches a client about a person who has not said yes to that client and that role.
    constraint introductions_consent_first check (state in ('proposed', 'declined', 'withdrawn') or (consented_at is not null and consented_by is not null)),
    constraint introductions_reason_given check (state not in ('refused', 'withdrawn') or length(btrim(reason_kind)) > 0)
);
create index introductions_by_request on introductions (request_id, seat_id);
create index introductions_by_candidate on introductions (candidate_id, id desc);
create index introductions_by_organization on introductions (organization_id, state);
create trigger introductions_transition before insert or update of state on introductions
    for each row execute function enforce_transition('introduction');
insert into state_transitions values
    ('introduction', '', 'proposed'),
    ('introduction', 'proposed', 'consented'), ('introduction', 'proposed', 'declined'), ('introduction', 'proposed', 'withdrawn'),
    ('introduction', 'consented', 'interview'), ('introduction', 'consented', 'refused'), ('introduction', 'consented', 'chosen'), ('introduction', 'consented', 'withdrawn'),
    ('introduction', 'interview', 'refused'), ('introduction', 'interview', 'chosen'), ('introduction', 'interview', 'withdrawn'),
    ('introduction', 'chosen', 'hired'), ('introduction', 'chosen', 'refused'), ('introduction', 'chosen', 'withdrawn');

-- The consent must be the candidate's own.
create function consent_is_the_candidates() returns trigger language plpgsql as $$
begin
    if new.consented_by is not null and not exists (
        select 1 from candidates c where c.id = new.candidate_id and c.user_id = new.consented_by) then
        raise exception using errcode = 'check_violation', constraint = 'introductions_consent_own', table = 'introductions',
            message = 'only the candidate can consent to an introduction';
    end if;
    return new;
end $$;
create trigger introductions_consent_own before insert or update of consented_by on introductions
    for each row execute function consent_is_the_candidates();
