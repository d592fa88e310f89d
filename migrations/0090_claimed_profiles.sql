-- A one-time link by which a developer takes over the profile that the agency has of them.
alter table invitations drop constraint invitations_role_known;
alter table invitations
    add column candidate_id uuid references candidates (id),
    add constraint invitations_role_known check (role in ('admin', 'recruiter', 'candidate')),
    add constraint invitations_candidate_has_profile check ((role = 'candidate') = (candidate_id is not null));
create index invitations_by_candidate on invitations (candidate_id) where candidate_id is not null;
