-- Contacts of a client are invited too: by a colleague, or by the agency when the client phoned.
alter table invitations drop constraint invitations_role_known;
alter table invitations
    add column organization_id uuid references organizations (id),
    add column name text not null default '', -- as whoever invites knows it; the person corrects it when joining
    add constraint invitations_role_known check (role in ('admin', 'recruiter', 'client', 'candidate')),
    add constraint invitations_client_has_organization check ((role = 'client') = (organization_id is not null)),
    add constraint invitations_name_bounded check (length(name) <= 200);
create index invitations_by_organization on invitations (organization_id) where organization_id is not null;

drop trigger invitations_noted on invitations;
create trigger invitations_noted after insert or update on invitations for each row when (new.candidate_id is null)
    execute function note_change('invitation', 'id', '', 'role, organization_id, created_by, expires_at, used_at, used_by', 'id, token_hash, created_at, candidate_id');
