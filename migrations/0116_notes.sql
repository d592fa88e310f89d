-- What staff write down about a person or a client. Nobody else reads it.

create table notes (
    id uuid primary key,
    root_id uuid not null references notes (id), -- the first version of the note; its own id there
    number integer not null constraint notes_number_from_one check (number >= 1),
    candidate_id uuid references candidates (id),
    organization_id uuid references organizations (id),
    body text not null constraint notes_body_length check (length(btrim(body)) >= 1 and length(body) <= 10000),
    pinned boolean not null default false, -- of the first version; holds for the note
    made_by uuid not null references users (id),
    made_at timestamptz not null,
    constraint notes_about_one check (num_nonnulls(candidate_id, organization_id) = 1),
    constraint notes_root_first check ((number = 1) = (root_id = id)),
    constraint notes_version_once unique (root_id, number),
    constraint notes_pin_on_the_first check (number = 1 or not pinned)
);
create index notes_by_candidate on notes (candidate_id, pinned desc, id desc) where number = 1;
create index notes_by_organization on notes (organization_id, pinned desc, id desc) where number = 1;

create trigger notes_of_candidates_noted after insert or update on notes for each row when (new.candidate_id is not null)
    execute function note_change('candidate', 'candidate_id', 'id', 'number, pinned, made_by, made_at', 'id, root_id, candidate_id, organization_id');
create trigger notes_of_organizations_noted after insert or update on notes for each row when (new.organization_id is not null)
    execute function note_change('organization', 'organization_id', 'id', 'number, pinned, made_by, made_at', 'id, root_id, candidate_id, organization_id');

-- A correction is another version, by the author and within a day; what stood there stays. Only the pin moves.
create function notes_stay() returns trigger language plpgsql as $$
declare
    first notes;
begin
    if tg_op = 'UPDATE' then
        if (new.id, new.root_id, new.number, new.candidate_id, new.organization_id, new.body, new.made_by, new.made_at)
           is distinct from (old.id, old.root_id, old.number, old.candidate_id, old.organization_id, old.body, old.made_by, old.made_at) then
            raise exception using errcode = 'check_violation', constraint = 'notes_unchanged', table = 'notes',
                message = 'a note is not rewritten; enter another version';
        end if;
        return new;
    end if;
    if not exists (select 1 from users u where u.id = new.made_by and u.role in ('admin', 'recruiter')) then
        raise exception using errcode = 'check_violation', constraint = 'notes_by_staff', table = 'notes',
            message = 'notes are written by staff';
    end if;
    if new.number > 1 then
        select * into first from notes n where n.id = new.root_id for update;
        if first.id is null or (first.candidate_id, first.organization_id, first.made_by)
               is distinct from (new.candidate_id, new.organization_id, new.made_by)
           or new.made_at < first.made_at or new.made_at >= first.made_at + interval '24 hours' then
            raise exception using errcode = 'check_violation', constraint = 'notes_corrected_by_the_author', table = 'notes',
                message = 'a note is corrected by its author, within a day';
        end if;
    end if;
    return new;
end $$;
create trigger notes_unchanged before insert or update on notes for each row execute function notes_stay();
create trigger notes_never_removed before delete on notes for each row execute function refuse_removal();
create trigger notes_no_truncate before truncate on notes for each statement execute function refuse_removal();
