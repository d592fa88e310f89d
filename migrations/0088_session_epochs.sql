-- A session is worth something while its number is the user's own: ending somebody's sessions counts on, so that one which was
-- being made at that moment is worth nothing either.
alter table users add column session_epoch integer not null default 0;
