-- The staff, by name, on every page where somebody is put in charge: a few people among all who have an account. Looked up among
-- 28,000 accounts one by one that was three quarters of the page of a request.
create index users_staff on users (lower(name), id) where role in ('admin', 'recruiter') and deactivated_at is null;
