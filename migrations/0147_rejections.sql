-- The agency's no to somebody who applied: a person's act, with a reason, a message and a date from which they may apply again.

alter table candidates drop constraint candidates_state_known,
    add constraint candidates_state_known check (state in ('active', 'paused', 'withdrawn', 'rejected'));
alter table candidate_states drop constraint candidate_states_from_known, drop constraint candidate_states_to_known,
    add constraint candidate_states_from_known check (from_state in ('active', 'paused', 'withdrawn', 'rejected')),
    add constraint candidate_states_to_known check (to_state in ('active', 'paused', 'withdrawn', 'rejected'));
insert into state_transitions values
    ('candidate', 'active', 'rejected'), ('candidate', 'paused', 'rejected'), ('candidate', 'rejected', 'active');

create table rejections (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    reason text not null constraint rejections_reason_known check (reason in
        ('skills', 'english', 'overlap', 'pay', 'unverified', 'no_contact', 'no_roles', 'other')),
    words text not null constraint rejections_words_short check (length(words) <= 200), -- what "other" is
    note text not null constraint rejections_note_short check (length(note) <= 4000), -- private to staff
    message_id uuid not null references candidate_messages (id), -- what the person reads
    rejected_by uuid not null references users (id),
    rejected_at timestamptz not null,
    rejected_on date not null, -- the date of that instant where the person works
    may_apply_on date not null,
    ended_at timestamptz,
    ended_on date,
    ended_by uuid references users (id),
    ended_how text constraint rejections_end_known check (ended_how in ('taken_back', 'applied_again')),
    ended_reason text not null default '' constraint rejections_end_reason_short check (length(ended_reason) <= 500),
    constraint rejections_end_whole check (num_nulls(ended_at, ended_on, ended_by, ended_how) in (0, 4)),
    constraint rejections_ended_after check (ended_at >= rejected_at),
    constraint rejections_at_most_two_years check (may_apply_on between rejected_on and (rejected_on + interval '24 months')::date),
    constraint rejections_not_before_the_date check (ended_how <> 'applied_again' or ended_on >= may_apply_on)
);
create unique index rejections_one_open on rejections (candidate_id) where ended_at is null;
create index rejections_by_candidate on rejections (candidate_id, id desc);

-- No number and no job rejects anybody: it is somebody of the staff, and "other" says what it is. What was said stays; words about
-- the person can be taken away.
create function rejection_stands() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if not exists (select from users u where u.id = new.rejected_by and u.role in ('admin', 'recruiter')) then
            raise exception using errcode = 'check_violation', constraint = 'rejections_by_staff', table = 'rejections',
                message = 'somebody of the staff rejects, and nothing else';
        end if;
        if new.reason = 'other' and btrim(new.words) = '' then
            raise exception using errcode = 'check_violation', constraint = 'rejections_other_said', table = 'rejections',
                message = 'another reason is said in words';
        end if;
        return new;
    end if;
    if old.ended_at is not null and (new.ended_at, new.ended_on, new.ended_by, new.ended_how)
           is distinct from (old.ended_at, old.ended_on, old.ended_by, old.ended_how) then
        raise exception using errcode = 'check_violation', constraint = 'rejections_end_once', table = 'rejections',
            message = 'a rejection ends once';
    end if;
    if (new.id, new.candidate_id, new.reason, new.message_id, new.rejected_by, new.rejected_at, new.rejected_on, new.may_apply_on)
           is distinct from (old.id, old.candidate_id, old.reason, old.message_id, old.rejected_by, old.rejected_at, old.rejected_on, old.may_apply_on)
       or (new.words is distinct from old.words and new.words <> '')
       or (new.note is distinct from old.note and new.note <> '')
       or (old.ended_at is not null and new.ended_reason is distinct from old.ended_reason and new.ended_reason <> '') then
        raise exception using errcode = 'check_violation', constraint = 'rejections_unchanged', table = 'rejections',
            message = 'a rejection is not rewritten; take it back';
    end if;
    if old.ended_at is null and new.ended_how = 'taken_back' and (btrim(new.ended_reason) = ''
           or not exists (select from users u where u.id = new.ended_by and u.role in ('admin', 'recruiter'))) then
        raise exception using errcode = 'check_violation', constraint = 'rejections_taken_back_by_staff', table = 'rejections',
            message = 'staff take a rejection back, with a reason';
    end if;
    return new;
end $$;
create trigger rejections_stand before insert or update on rejections for each row execute function rejection_stands();
create trigger rejections_never_removed before delete on rejections for each row execute function refuse_removal();
create trigger rejections_no_truncate before truncate on rejections for each statement execute function refuse_removal();
create trigger rejections_noted after insert or update or delete on rejections for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'reason, message_id, rejected_by, may_apply_on, ended_by, ended_how', 'id, candidate_id, rejected_at, rejected_on, ended_at, ended_on');

-- Rejected is who has a rejection that stands, when the transaction ends: neither without the other.
create function rejected_by_a_person() returns trigger language plpgsql as $$
declare
    whom uuid := case when tg_table_name = 'candidates' then to_jsonb(new) ->> 'id' else to_jsonb(new) ->> 'candidate_id' end;
begin
    if (select c.state = 'rejected' from candidates c where c.id = whom)
       is distinct from exists (select from rejections r where r.candidate_id = whom and r.ended_at is null) then
        raise exception using errcode = 'check_violation', constraint = 'candidates_rejected_by_a_person', table = 'candidates',
            message = 'the state and the rejection belong together';
    end if;
    return null;
end $$;
create constraint trigger candidates_rejected_by_a_person after update of state on candidates
    deferrable initially deferred for each row
    when (new.state is distinct from old.state and (new.state = 'rejected' or old.state = 'rejected')) execute function rejected_by_a_person();
create constraint trigger rejections_and_the_state after insert or update on rejections
    deferrable initially deferred for each row execute function rejected_by_a_person();

-- Nobody is rejected with an offer in hand or a placement that runs, and nobody rejected is introduced or gets an offer. Whichever
-- comes second waits for the row of the person, and then sees the first.
create function rejected_person_is_free() returns trigger language plpgsql as $$
begin
    if exists (select from offers o where o.candidate_id = new.id and o.state = 'sent')
       or exists (select from placements p where p.candidate_id = new.id and p.state in ('accepted', 'scheduled', 'active')) then
        raise exception using errcode = 'check_violation', constraint = 'candidates_rejected_free', table = 'candidates',
            message = 'an offer is out, or a placement runs';
    end if;
    return null;
end $$;
create constraint trigger candidates_rejected_free after update of state on candidates
    deferrable initially deferred for each row when (new.state = 'rejected' and old.state <> 'rejected') execute function rejected_person_is_free();

create function not_to_rejected() returns trigger language plpgsql as $$
begin
    if (select c.state from candidates c where c.id = new.candidate_id) = 'rejected' then
        raise exception using errcode = 'check_violation', constraint = tg_table_name || '_not_to_rejected', table = tg_table_name,
            message = 'this person was rejected';
    end if;
    return null;
end $$;
-- After the foreign key, which waits for whoever holds the person.
create trigger z_offers_not_to_rejected after insert on offers for each row execute function not_to_rejected();
create trigger z_introductions_not_to_rejected after insert on introductions for each row execute function not_to_rejected();
