-- A check has steps before its judgement: invited, scheduled (with an instant), and waiting on the agency's judgement. They may
-- follow each other in any order, because appointments fall through; what is judged or given up stays.

alter table vetting_checks drop constraint vetting_checks_state_known;
alter table vetting_checks add constraint vetting_checks_state_known check (state in
    ('invited', 'scheduled', 'waiting', 'passed', 'failed', 'waived', 'cancelled'));
alter table vetting_checks drop constraint vetting_checks_assessed;
alter table vetting_checks add constraint vetting_checks_assessed check
    (state in ('invited', 'scheduled', 'waiting', 'cancelled') or assessor_id is not null);
alter table vetting_checks
    add column starts_at timestamptz, -- of the appointment
    -- Said aloud at a live step: the person has it on their own page, the assessor on the scorecard.
    add column spoken_code text not null default '' constraint vetting_checks_code_shape check (spoken_code ~ '^([0-9]{6})?$'),
    add constraint vetting_checks_scheduled check (state <> 'scheduled' or starts_at is not null),
    add constraint vetting_checks_not_scheduled_yet check (state <> 'invited' or starts_at is null),
    add constraint vetting_checks_of_whom unique (id, candidate_id);

insert into state_transitions
    select 'vetting_check', f.state, t.state
    from (values ('invited'), ('scheduled'), ('waiting')) f (state),
         (values ('invited'), ('scheduled'), ('waiting'), ('passed'), ('failed'), ('waived'), ('cancelled')) t (state)
    where f.state <> t.state
    on conflict do nothing;
insert into state_transitions values ('vetting_check', '', 'invited');

create unique index vetting_checks_one_open on vetting_checks (candidate_id, track_id, kind)
    where state in ('invited', 'scheduled', 'waiting');
drop index vetting_checks_one_waiting;
create index vetting_checks_open_of_assessor on vetting_checks (assessor_id)
    where state in ('invited', 'scheduled', 'waiting') and assessor_id is not null;

create or replace function vetting_result_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or (old.state not in ('invited', 'scheduled', 'waiting') and new is distinct from old) then
        raise exception using errcode = 'check_violation', constraint = 'vetting_checks_unchanged_once_decided', table = 'vetting_checks',
            message = 'what was checked is never rewritten or removed; enter a new check';
    end if;
    return new;
end $$;

-- As before (0123), but two decisions about one person wait for each other here: the second one has to see the first.
create or replace function checks_follow_the_decisions() returns trigger language plpgsql as $$
begin
    perform from candidates c where c.id in (select w.candidate_id from written w) order by c.id for no key update;
    update candidates c set checks = n.checks, checks_on = n.checks_on, check_begun = true
    from (select w.candidate_id, p.checks, p.checks_on
          from (select distinct w.candidate_id from written w) w
          join candidates k on k.id = w.candidate_id
          cross join lateral packed_checks(k.id, k.track_id) p) n
    where c.id = n.candidate_id and (c.checks, c.checks_on, c.check_begun) is distinct from (n.checks, n.checks_on, true);
    return null;
end $$;

drop trigger vetting_checks_noted on vetting_checks;
create trigger vetting_checks_noted after insert or update or delete on vetting_checks for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'track_id, kind, state, starts_at, assessor_id, decided_on, expires_on, score_bp',
    'id, candidate_id, spoken_code, created_at');
