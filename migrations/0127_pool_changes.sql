-- Which transactions changed what a match run reads of people, so that a server knows whether a pool that it has scored is still
-- the pool: one row for each transaction, under its number. Whoever read in a snapshot asks for a number that it does not see.
-- Asking for what came after the newest one would miss whoever committed late.
create table pool_changes (xid xid8 not null constraint pool_changes_once primary key);

create function pool_changed() returns trigger language plpgsql as $$
begin
    insert into pool_changes (xid) values (pg_current_xact_id()) on conflict do nothing;
    if found then
        -- This row says as much as all that ended before it: whoever did not see one of them does not see this one either.
        -- A row that somebody else is removing is left to them.
        delete from pool_changes where xid in (
            select p.xid from pool_changes p where p.xid < pg_snapshot_xmin(pg_current_snapshot()) for update skip locked);
    end if;
    return null;
end $$;

do $$
declare
    one text;
begin
    foreach one in array array['candidates', 'claims', 'vetting_checks', 'track_checks', 'introductions', 'placements', 'off_limits'] loop
        execute format('create trigger %I after insert or update or delete on %I for each statement execute function pool_changed()',
                       one || '_change_pools', one);
    end loop;
end $$;
