-- CV files: kept as they came, newest first, until the person removes them.

create table cv_files (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    name text not null constraint cv_files_name_length check (length(name) <= 120), -- as it was called; gone with the file
    kind text not null constraint cv_files_kind_known check (kind in ('pdf', 'odt', 'docx', 'txt')),
    bytes bigint not null constraint cv_files_size check (bytes between 1 and 5242880),
    sha256 bytea not null constraint cv_files_sha256 check (octet_length(sha256) = 32),
    uploaded_by uuid not null references users (id),
    received_at timestamptz not null,
    removed_by uuid references users (id),
    removed_at timestamptz,
    constraint cv_files_removal_whole check (num_nulls(removed_by, removed_at) in (0, 2)),
    constraint cv_files_removed_is_nameless check (removed_at is null or name = '')
);
create index cv_files_by_candidate on cv_files (candidate_id, id desc);
create index cv_files_by_content on cv_files (sha256) where removed_at is null;

create trigger cv_files_noted after insert or update or delete on cv_files for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'kind, bytes, uploaded_by, received_at, removed_by, removed_at', 'id, candidate_id, sha256');

create function cv_files_stay() returns trigger language plpgsql as $$
begin
    if (new.id, new.candidate_id, new.kind, new.bytes, new.sha256, new.uploaded_by, new.received_at)
       is distinct from (old.id, old.candidate_id, old.kind, old.bytes, old.sha256, old.uploaded_by, old.received_at)
       or old.removed_at is not null or (new.removed_at is null and new.name is distinct from old.name) then
        raise exception using errcode = 'check_violation', constraint = 'cv_files_unchanged', table = 'cv_files',
            message = 'a file is removed or replaced by another one, and not changed';
    end if;
    -- The person's own act.
    if not exists (select 1 from candidates c where c.id = new.candidate_id and c.user_id = new.removed_by) then
        raise exception using errcode = 'check_violation', constraint = 'cv_files_removed_by_the_person', table = 'cv_files',
            message = 'a file is removed by the person whose it is';
    end if;
    return new;
end $$;
create trigger cv_files_unchanged before update on cv_files for each row execute function cv_files_stay();
create trigger cv_files_never_removed before delete on cv_files for each row execute function refuse_removal();
create trigger cv_files_no_truncate before truncate on cv_files for each statement execute function refuse_removal();

-- Everything that refers to a blob on disk; whatever stands in no row here may be swept away.
create view blob_references as
    select sha256 from submissions
    union all
    select sha256 from cv_files where removed_at is null;
