-- Files of a check, such as the notes of an interview or the code that was talked about. Background and identity checks have none:
-- their raw reports are to stay with whoever made them.

create table check_files (
    id uuid primary key,
    check_id uuid not null,
    candidate_id uuid not null,
    name text not null constraint check_files_name_length check (length(name) <= 120), -- as it was called
    kind text not null constraint check_files_kind_known check (kind in ('pdf', 'odt', 'docx', 'txt')),
    bytes bigint not null constraint check_files_size check (bytes between 1 and 5242880),
    sha256 bytea not null constraint check_files_sha256 check (octet_length(sha256) = 32),
    uploaded_by uuid not null references users (id),
    received_at timestamptz not null,
    constraint check_files_of_the_check foreign key (check_id, candidate_id) references vetting_checks (id, candidate_id)
);
create index check_files_by_check on check_files (check_id, id desc);
create index check_files_by_content on check_files (sha256);

create function check_files_fit() returns trigger language plpgsql as $$
begin
    if exists (select from vetting_checks k where k.id = new.check_id and k.kind in ('background', 'identity')) then
        raise exception using errcode = 'check_violation', constraint = 'check_files_no_raw_reports', table = 'check_files',
            message = 'background and identity checks keep no files';
    end if;
    return new;
end $$;
create trigger check_files_no_raw_reports before insert on check_files for each row execute function check_files_fit();
create trigger check_files_only_grow before update or delete on check_files for each row execute function refuse_change();
create trigger check_files_no_truncate before truncate on check_files for each statement execute function refuse_change();
create trigger check_files_noted after insert on check_files for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'check_id, kind, bytes, uploaded_by, received_at', 'id, candidate_id, sha256');

create or replace view blob_references as
    select sha256 from submissions
    union all
    select sha256 from cv_files where removed_at is null
    union all
    select sha256 from check_files;
