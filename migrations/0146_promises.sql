-- By when somebody hears from the agency: a row for each application and each finished check, written with the fact. And what the
-- agency wrote to them, which is one of the ways in which such a promise is kept.

create table promises (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    what text not null constraint promises_what_known check (what in ('application', 'check')),
    check_id uuid references vetting_checks (id),
    begun_at timestamptz not null,
    begun_on date not null, -- the date of that instant where the person works
    due_on date not null, -- the last date on which it is in time
    due_before timestamptz not null, -- the first instant at which it is late: the end of due_on where the person works
    kept_at timestamptz,
    kept_by uuid references users (id),
    kept_how text constraint promises_how_known check (kept_how in
        ('message', 'invitation', 'introduction', 'rejection', 'offer', 'withdrew')), -- withdrew: the person left, nothing is owed
    constraint promises_check_named check ((what = 'check') = (check_id is not null)),
    constraint promises_due_after check (due_on > begun_on and due_before > begun_at),
    constraint promises_kept_whole check (num_nulls(kept_at, kept_by, kept_how) in (0, 3)),
    constraint promises_kept_after check (kept_at >= begun_at)
);
create unique index promises_one_open on promises (candidate_id, what, coalesce(check_id, '00000000-0000-0000-0000-000000000000'))
    where kept_at is null;
-- Who is waiting, the longest first; and who was answered last.
create index promises_open on promises (due_before, id) where kept_at is null;
create index promises_open_of on promises (candidate_id, due_before) where kept_at is null;
create index promises_kept on promises (kept_at desc, id desc) where kept_at is not null;
create index promises_by_candidate on promises (candidate_id, begun_at desc);
create index promises_by_check on promises (check_id) where check_id is not null;

-- A date that was moved: from when to when, and why. The person was told.
create table promise_moves (
    id uuid primary key,
    promise_id uuid not null references promises (id),
    from_on date not null,
    to_on date not null,
    reason text not null constraint promise_moves_reason_given check (length(btrim(reason)) between 1 and 500),
    by_user uuid not null references users (id),
    at timestamptz not null,
    constraint promise_moves_moves check (from_on <> to_on)
);
create index promise_moves_by_promise on promise_moves (promise_id, at desc, id desc);

create function promise_stays() returns trigger language plpgsql as $$
begin
    if old.kept_at is not null and new is distinct from old then
        raise exception using errcode = 'check_violation', constraint = 'promises_kept_once', table = 'promises',
            message = 'a promise is kept once';
    end if;
    if (new.id, new.candidate_id, new.what, new.check_id, new.begun_at, new.begun_on)
       is distinct from (old.id, old.candidate_id, old.what, old.check_id, old.begun_at, old.begun_on) then
        raise exception using errcode = 'check_violation', constraint = 'promises_unchanged', table = 'promises',
            message = 'what was promised is not rewritten';
    end if;
    if (new.due_on, new.due_before) is distinct from (old.due_on, old.due_before) and not exists (
           select from promise_moves m where m.promise_id = new.id and m.from_on = old.due_on and m.to_on = new.due_on) then
        raise exception using errcode = 'check_violation', constraint = 'promises_moved_with_a_reason', table = 'promises',
            message = 'a date is moved with a reason';
    end if;
    return new;
end $$;
create trigger promises_stay before update on promises for each row execute function promise_stays();
create trigger promises_never_removed before delete on promises for each row execute function refuse_removal();
create trigger promises_no_truncate before truncate on promises for each statement execute function refuse_removal();
create trigger promise_moves_never_changed before update or delete on promise_moves for each row execute function refuse_removal();
create trigger promise_moves_no_truncate before truncate on promise_moves for each statement execute function refuse_removal();

-- A word of the agency is somebody's of the agency; only that nothing is owed any more, the person says themselves.
create function promise_kept_by_staff() returns trigger language plpgsql as $$
begin
    if new.kept_at is not null and new.kept_how <> 'withdrew'
       and not exists (select from users u where u.id = new.kept_by and u.role in ('admin', 'recruiter')) then
        raise exception using errcode = 'check_violation', constraint = 'promises_kept_by_staff', table = 'promises',
            message = 'a promise of the agency is kept by its staff';
    end if;
    return new;
end $$;
create trigger promises_kept_by_staff before insert or update of kept_at on promises for each row execute function promise_kept_by_staff();

create trigger promises_noted after insert or update or delete on promises for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'what, check_id, begun_on, due_on, kept_at, kept_by, kept_how', 'id, candidate_id, begun_at, due_before');

-- What staff wrote to a person: a letter, and the same at their home. The words can be taken away with the person's others.
create table candidate_messages (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    occasion text not null constraint candidate_messages_occasion_known check (occasion in ('word', 'moved', 'rejection', 'taken_back')),
    subject text not null constraint candidate_messages_subject_short check (length(subject) <= 150),
    body text not null constraint candidate_messages_body_short check (length(body) <= 3000),
    by_letter boolean not null, -- whether there was an address to send it to
    sent_by uuid not null references users (id),
    sent_at timestamptz not null
);
create index candidate_messages_by_candidate on candidate_messages (candidate_id, id desc);

create function candidate_messages_stay() returns trigger language plpgsql as $$
begin
    if (new.id, new.candidate_id, new.occasion, new.by_letter, new.sent_by, new.sent_at)
           is distinct from (old.id, old.candidate_id, old.occasion, old.by_letter, old.sent_by, old.sent_at)
       or (new.subject is distinct from old.subject and new.subject <> '')
       or (new.body is distinct from old.body and new.body <> '') then
        raise exception using errcode = 'check_violation', constraint = 'candidate_messages_unchanged', table = 'candidate_messages',
            message = 'what was written to somebody is not rewritten; it can only be taken away';
    end if;
    return new;
end $$;
create trigger candidate_messages_unchanged before update on candidate_messages for each row execute function candidate_messages_stay();
create trigger candidate_messages_never_removed before delete on candidate_messages for each row execute function refuse_removal();
create trigger candidate_messages_no_truncate before truncate on candidate_messages for each statement execute function refuse_removal();
create trigger candidate_messages_noted after insert or update or delete on candidate_messages for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'occasion, by_letter, sent_by', 'id, candidate_id, sent_at');
