-- An agency that has an admin keeps one: whoever goes, by whatever way, somebody active remains who can let others in.
--
-- Deferred, so that a hand-over may take one away before it makes another. The lock makes two transactions that each
-- take away one of two admins come one after the other: the second one's count sees what the first has done. Looked at
-- only when an active admin stops being one, so an installation without an admin is no fault, and neither is its first.

create function keep_one_admin() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('users_one_admin'));
    if not exists (select 1 from users where role = 'admin' and deactivated_at is null) then
        raise exception using
            errcode = 'check_violation',
            constraint = 'users_one_admin',
            table = tg_table_name,
            message = 'an agency keeps at least one active admin';
    end if;
    return null;
end $$;

create constraint trigger users_one_admin after update of role, deactivated_at on users
    deferrable initially deferred for each row
    when (old.role = 'admin' and old.deactivated_at is null and (new.role <> 'admin' or new.deactivated_at is not null))
    execute function keep_one_admin();

create constraint trigger users_one_admin_left after delete on users
    deferrable initially deferred for each row
    when (old.role = 'admin' and old.deactivated_at is null)
    execute function keep_one_admin();
