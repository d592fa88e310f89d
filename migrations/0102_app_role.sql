-- The audit trail, third part: a role for the application that cannot rewrite the log, whatever statement it is made to run.
--
-- The role has no login of its own: the application signs in as the owner of the tables and takes this role on at the start of
-- each connection. Where the login may not make roles (managed databases) the migration goes on, and `meridian doctor` says what
-- an administrator of the server has to do; `meridian migrate` then gives the rights.

-- Makes the role where that is allowed, lets this login take it on, and gives it its rights on all tables there are and will be.
-- Gives what is missing, in words; null when nothing is. Runs again with every `meridian migrate`.
create function grant_app_role() returns text language plpgsql as $$
declare
    own name;
begin
    if not exists (select from pg_roles where rolname = 'meridian_app') then
        begin
            create role meridian_app nologin noinherit;
        exception
            -- Roles belong to the whole server: another database's migration was quicker.
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then
                return format('the role meridian_app does not exist and %s may not make it', current_user);
        end;
    end if;
    begin
        if not pg_has_role(current_user, 'meridian_app', 'member') then
            execute format('grant meridian_app to %I', current_user);
        end if;
    exception
        when insufficient_privilege then
            return format('%s may not take on the role meridian_app', current_user);
        when internal_error or unique_violation then null; -- two at once: the other one has done it
    end;
    begin
        execute format('grant usage on schema %I to meridian_app', current_schema());
        execute format('grant select, insert, update, delete on all tables in schema %I to meridian_app', current_schema());
        execute format('grant usage, select on all sequences in schema %I to meridian_app', current_schema());
        execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to meridian_app', current_schema());
        execute format('alter default privileges in schema %I grant usage, select on sequences to meridian_app', current_schema());
        -- The log is read by the application and written by record_event() only.
        revoke insert, update, delete on events from meridian_app;
        revoke all on event_heads, event_pending from meridian_app;
        grant select (subject_kind, subject_id, chain, hash) on event_heads to meridian_app;
        revoke all on sequence event_pending_n from meridian_app;
        -- The order of states is the schema's.
        revoke insert, update, delete on state_transitions from meridian_app;
        if to_regclass('_sqlx_migrations') is not null then
            revoke insert, update, delete on _sqlx_migrations from meridian_app;
        end if;
        grant execute on function record_event(uuid, timestamptz, uuid, text, text, text, uuid, jsonb, text, text),
            forget_personal_values(text, uuid) to meridian_app;
    exception when insufficient_privilege then
        return format('%s may not give rights on the tables: run `meridian migrate` as their owner', current_user);
    end;
    return null;
end $$;

revoke execute on function record_event(uuid, timestamptz, uuid, text, text, text, uuid, jsonb, text, text),
    forget_personal_values(text, uuid), write_event(event_pending, jsonb),
    write_consequence(text, uuid, event_pending, jsonb, boolean), grant_app_role() from public;

do $$
declare
    missing text := grant_app_role();
begin
    if missing is not null then
        raise warning 'the application will run with its owner''s rights: %. `meridian doctor` says what to do', missing;
    end if;
end $$;
