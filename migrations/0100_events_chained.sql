-- The audit trail, first part: events are chained by hash per subject, and written at the end of the transaction.
--
-- An act hands its events to record_event(), and triggers hand over what changed (0101). Both wait in event_pending until the
-- transaction commits. Then one deferred trigger merges them and writes the events, subject after subject in one order for
-- everybody: the lock on a subject's head is the last lock that a transaction takes, and all take several in the same order,
-- so two acts on the same two records cannot block each other for ever.

alter table events
    add column before jsonb,
    add column after jsonb,
    add column chain bigint,
    add column prev_hash bytea,
    add column hash bytea;
alter table events drop constraint events_actor_known;
-- "database": somebody changed a record past the application.
alter table events add constraint events_actor_known
    check (actor_kind in ('user', 'visitor', 'system', 'operator', 'database'));

-- How far each subject's chain has come. `salt` is what personal values of the subject are hashed with: without it the hashes
-- say nothing, and the chain still holds.
create table event_heads (
    subject_kind text not null,
    subject_id uuid not null,
    chain bigint not null constraint event_heads_chain_from_zero check (chain >= 0),
    hash bytea not null,
    salt bytea,
    primary key (subject_kind, subject_id)
);

-- A text and where it ends, so that two rows of different values never read the same.
create function event_part(value text) returns text language sql immutable parallel safe as $$
    select case when value is null then '-;' else octet_length(value) || ':' || value || ';' end
$$;

create function event_hash(e events) returns bytea language sql stable parallel safe as $$
    select sha256(convert_to(
        'event 1;'
        || event_part(encode(e.prev_hash, 'hex')) || event_part(e.chain::text) || event_part(e.id::text)
        || event_part((extract(epoch from e.at) * 1000000)::bigint::text)
        || event_part(e.actor_id::text) || event_part(e.actor_kind) || event_part(e.kind)
        || event_part(e.subject_kind) || event_part(e.subject_id::text)
        || event_part(e.data::text) || event_part(e.before::text) || event_part(e.after::text)
        || event_part(e.network) || event_part(e.request_id), 'UTF8'))
$$;

-- What there is already gets its chain, oldest first.
alter table events disable trigger events_only_grow;
do $$
declare
    e events;
    head event_heads;
begin
    for e in select * from events order by subject_kind, subject_id, id loop
        if head.subject_id is distinct from e.subject_id or head.subject_kind is distinct from e.subject_kind then
            if head.subject_id is not null then
                insert into event_heads select head.*;
            end if;
            head := row(e.subject_kind, e.subject_id, 0, ''::bytea,
                        decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
        end if;
        e.chain := head.chain + 1;
        e.prev_hash := head.hash;
        e.hash := event_hash(e);
        update events set chain = e.chain, prev_hash = e.prev_hash, hash = e.hash where id = e.id;
        head.chain := e.chain;
        head.hash := e.hash;
    end loop;
    if head.subject_id is not null then
        insert into event_heads select head.*;
    end if;
end $$;
alter table events enable trigger events_only_grow;
alter table events
    alter column chain set not null,
    alter column prev_hash set not null,
    alter column hash set not null,
    add constraint events_chain_from_one check (chain >= 1),
    add constraint events_hash_whole check (length(hash) = 32),
    add constraint events_chain_once unique (subject_kind, subject_id, chain);
create index events_by_actor_kind on events (actor_kind, id desc) where actor_kind <> 'user';
create index events_by_kind on events (kind text_pattern_ops, id desc);
create index events_by_subject_kind on events (subject_kind, id desc);
create index events_by_at on events (at);
create index events_by_network on events (network, id desc) where network is not null;
create index events_by_request on events (request_id, id desc) where request_id is not null;

create function event_heads_advance_only() returns trigger language plpgsql as $$
begin
    -- Below another trigger, that of events, is the one way forward.
    if tg_op = 'INSERT' and new.chain = 0 and new.hash = ''::bytea then
        return new;
    elsif tg_op = 'UPDATE' and (new.subject_kind, new.subject_id) = (old.subject_kind, old.subject_id) then
        if new.chain = old.chain + 1 and pg_trigger_depth() > 1 and new.salt is not distinct from old.salt then
            return new;
        elsif new.chain = old.chain and new.hash = old.hash and new.salt is null then
            return new;
        end if;
    end if;
    raise exception using errcode = 'check_violation', constraint = 'event_heads_only_advance', table = 'event_heads',
        message = 'the head of a chain follows its events, and nothing else moves it';
end $$;
create trigger event_heads_only_advance before insert or update or delete on event_heads
    for each row execute function event_heads_advance_only();
create trigger event_heads_no_truncate before truncate on event_heads
    for each statement execute function event_heads_advance_only();

-- Each row continues the chain of its subject. The head's lock makes writers of one subject wait for each other, and only them.
create function event_continues() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    head event_heads;
    given bytea := new.hash;
begin
    select * into head from event_heads h
    where h.subject_kind = new.subject_kind and h.subject_id = new.subject_id for update;
    if not found then
        insert into event_heads (subject_kind, subject_id, chain, hash, salt)
        values (new.subject_kind, new.subject_id, 0, '', decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'))
        on conflict do nothing;
        select * into head from event_heads h
        where h.subject_kind = new.subject_kind and h.subject_id = new.subject_id for update;
    end if;
    if new.chain is distinct from head.chain + 1 and new.chain is not null
       or new.prev_hash is distinct from head.hash and new.prev_hash is not null then
        raise exception using errcode = 'check_violation', constraint = 'events_continue_the_chain', table = 'events',
            message = format('the next event of this %s is number %s', new.subject_kind, head.chain + 1);
    end if;
    new.chain := head.chain + 1;
    new.prev_hash := head.hash;
    new.hash := event_hash(new);
    if given is distinct from new.hash and given is not null then
        raise exception using errcode = 'check_violation', constraint = 'events_continue_the_chain', table = 'events',
            message = 'the hash is not that of the row';
    end if;
    update event_heads h set chain = new.chain, hash = new.hash
    where h.subject_kind = new.subject_kind and h.subject_id = new.subject_id;
    return new;
end $$;
create trigger events_continue_the_chain before insert on events for each row execute function event_continues();

-- Events and changes of transactions that are under way. Nobody else ever sees a row: they go with the commit. Unlogged: what a
-- crash empties has not been committed.
create sequence event_pending_n;
create unlogged table event_pending (
    tx xid8 not null default pg_current_xact_id(),
    n bigint not null default nextval('event_pending_n'),
    first boolean not null, -- of its transaction
    subject_kind text not null,
    subject_id uuid not null,
    -- An event:
    id uuid,
    at timestamptz,
    actor_id uuid,
    actor_kind text,
    kind text,
    data jsonb,
    network text,
    request_id text,
    -- or a change:
    part text, -- '' for the record's own row, "table.key" for a row that belongs to it
    before jsonb,
    after jsonb
);
create index event_pending_by_tx on event_pending (tx, n);

-- Takes an event of the transaction under way; the one way by which the application writes to the log.
create function record_event(
    id uuid, at timestamptz, actor_id uuid, actor_kind text, kind text, subject_kind text, subject_id uuid, data jsonb,
    network text, request_id text)
returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    -- Now, and not at the commit below the heads' locks: somebody may be changing the actor's own row.
    perform 1 from users u where u.id = record_event.actor_id for key share;
    insert into event_pending (first, subject_kind, subject_id, id, at, actor_id, actor_kind, kind, data, network, request_id)
    values (not exists (select from event_pending p where p.tx = pg_current_xact_id()),
            record_event.subject_kind, record_event.subject_id, record_event.id, record_event.at, record_event.actor_id,
            record_event.actor_kind, record_event.kind, record_event.data, record_event.network, record_event.request_id);
end $$;

-- One row's side of a change as it is kept: personal values only as a hash that needs the subject's salt.
create function event_kept(fields jsonb, salt bytea) returns jsonb language sql immutable as $$
    select coalesce(jsonb_object_agg(f.key, case
        when jsonb_typeof(f.value) <> 'object' or not f.value ? '~personal' then f.value
        when f.value -> '~personal' in ('null', '""') then f.value -> '~personal'
        else jsonb_build_object('kept_out', coalesce(
            encode(sha256(salt || convert_to(f.key || ':' || (f.value -> '~personal')::text, 'UTF8')), 'hex'), ''))
        end), '{}')
    from jsonb_each(fields) f
$$;

-- What an event says of its changes: each side an object of field -> value, a row that belongs to the record under "table.key";
-- nothing that is the same on both sides, and nothing that was left empty in a row that came or went.
create function event_sides(changes jsonb, salt bytea, out before jsonb, out after jsonb) language plpgsql immutable as $$
declare
    part text;
    was jsonb;
    became jsonb;
    left_out text[];
begin
    for part, was, became in select c.key, nullif(c.value -> 'b', 'null'), nullif(c.value -> 'a', 'null') from jsonb_each(changes) c loop
        select array_agg(f.key) into left_out from jsonb_each(coalesce(was, '{}') || coalesce(became, '{}')) f
        where case when was is null or became is null then f.value in ('null', '""', '{"~personal": null}', '{"~personal": ""}')
                   else was -> f.key is not distinct from became -> f.key end;
        was := was - coalesce(left_out, '{}');
        became := became - coalesce(left_out, '{}');
        if was = '{}' and became = '{}' then
            continue;
        end if;
        if was is not null then
            before := coalesce(before, '{}') || case part when '' then event_kept(was, salt) else jsonb_build_object(part, event_kept(was, salt)) end;
        end if;
        if became is not null then
            after := coalesce(after, '{}') || case part when '' then event_kept(became, salt) else jsonb_build_object(part, event_kept(became, salt)) end;
        end if;
    end loop;
end $$;

-- Puts a further change to those of the same row before it: the first "before" and the last "after" stay. A row that came has no
-- "before" and one that went has no "after" (SQL null, or JSON null inside `changes`).
create function event_merged(changes jsonb, part text, was jsonb, became jsonb) returns jsonb language sql immutable as $$
    select changes || jsonb_build_object(part, case
        when not changes ? part then jsonb_build_object('b', was, 'a', became)
        else jsonb_build_object(
            'b', case when jsonb_typeof(changes #> array[part, 'b']) = 'object' and was is not null
                      then was || (changes #> array[part, 'b']) else changes #> array[part, 'b'] end,
            'a', case when jsonb_typeof(changes #> array[part, 'a']) = 'object' and became is not null
                      then (changes #> array[part, 'a']) || became else coalesce(became, 'null') end)
        end)
$$;

-- Writes what event_pending holds for this transaction. A change belongs to the act (actor, instant, request) of the event that
-- was recorded next; of its subject's events in that act it goes to the next one, else to the last. A subject that the act
-- changed without an event of its own gets one that names the event it follows from. Without any act, the change was made past
-- the application: that is written down as such, and refused to the application's own role.
create function write_events() returns trigger language plpgsql security definer
    set search_path = public, pg_temp set enable_nestloop = off as $$
declare
    p record;
    of_act record; -- the last change that was gathered
    changes jsonb := '{}'; -- gathered, of one subject and one act
    its_act event_pending;
    held event_pending; -- the event that waits for changes which come after it
    held_act text;
    held_changes jsonb;
    one record;
    is_app boolean := current_setting('role') = 'meridian_app'
        or (current_setting('role') = 'none' and session_user = 'meridian_app');
begin
    for p in
        with gone as (
            delete from event_pending where tx = pg_current_xact_id() returning *
        ), placed as (
            select g.*, coalesce(min(g.n) filter (where g.kind is not null) over (order by g.n desc),
                                 max(g.n) filter (where g.kind is not null) over ()) as act_n
            from gone g
        )
        select g as row, s.n, s.subject_kind, s.subject_id, s.kind, s.part, s.before, s.after, a as act,
               row(a.at, a.actor_id, a.actor_kind, a.request_id, a.network)::text as act_key
        from (select n, act_n, subject_kind, subject_id, kind, part, before, after from placed
              -- The end: closes what is gathered.
              union all select null, null, null, null, null, null, null, null) s
        left join gone a on a.n = s.act_n left join gone g on g.n = s.n
        order by s.subject_kind collate "C" nulls last, s.subject_id, s.n
    loop
        -- What is gathered ends with its subject and with its act.
        if changes <> '{}' then
            if (of_act.subject_kind, of_act.subject_id, of_act.act_key) is distinct from (p.subject_kind, p.subject_id, p.act_key) then
                if held.id is not null and held_act = of_act.act_key then
                    for one in select * from jsonb_each(changes) loop
                        held_changes := event_merged(held_changes, one.key, nullif(one.value -> 'b', 'null'), nullif(one.value -> 'a', 'null'));
                    end loop;
                else
                    if held.id is not null then
                        perform write_event(held, held_changes);
                        held := null;
                    end if;
                    its_act := of_act.act;
                    perform write_consequence(of_act.subject_kind, of_act.subject_id, its_act, changes, is_app);
                end if;
                changes := '{}';
            end if;
        end if;
        if held.id is not null and (p.kind is not null or (held.subject_kind, held.subject_id) is distinct from (p.subject_kind, p.subject_id)) then
            perform write_event(held, held_changes);
            held := null;
        end if;
        if p.kind is not null then
            held := p.row;
            held_act := p.act_key;
            held_changes := changes;
            changes := '{}';
        elsif p.part is not null then
            changes := event_merged(changes, p.part, p.before, p.after);
            of_act := p;
        end if;
    end loop;
    return null;
end $$;

-- The instant of what somebody does past the application: there is no request whose clock could have been bound, and a line of
-- the log without an instant would be worth little. No rule depends on it.
create function instant_past_the_app() returns timestamptz language sql volatile as $$
    select clock_timestamp() -- past the application
$$;

-- A UUID v7 of the same millisecond as another one's, or of now.
create function event_id_beside(other uuid) returns uuid language sql volatile as $$
    select (lpad(to_hex(case when other is null then (extract(epoch from instant_past_the_app()) * 1000)::bigint
                             else ('x' || substr(replace(other::text, '-', ''), 1, 12))::bit(48)::bigint end), 12, '0')
            || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14, 19))::uuid
$$;

create function write_event(e event_pending, changes jsonb)
returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
    its_salt bytea;
    sides record;
begin
    insert into event_heads (subject_kind, subject_id, chain, hash, salt)
    values (e.subject_kind, e.subject_id, 0, '', decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'))
    on conflict do nothing;
    select h.salt into its_salt from event_heads h
    where h.subject_kind = e.subject_kind and h.subject_id = e.subject_id for update;
    select * into sides from event_sides(changes, its_salt);
    insert into events (id, at, actor_id, actor_kind, kind, subject_kind, subject_id, data, network, request_id, before, after)
    values (e.id, e.at, e.actor_id, e.actor_kind, e.kind, e.subject_kind, e.subject_id, e.data, e.network, e.request_id,
            sides.before, sides.after);
end $$;

-- The event of a subject that an act changed without naming it; `act` is the event of the act, or null where there is none.
create function write_consequence(its_kind text, its_id uuid, act event_pending, changes jsonb, is_app boolean)
returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
    e event_pending := act;
    sides record;
begin
    -- A row that came and went, or went there and back, left nothing to tell.
    select * into sides from event_sides(changes, '');
    if sides.before is null and sides.after is null then
        return;
    end if;
    if act.id is null and is_app then
        raise exception using errcode = 'check_violation', constraint = 'changes_have_an_event', table = 'events',
            message = format('a change of %s %s without an event', its_kind, its_id);
    end if;
    e.id := event_id_beside(act.id);
    e.at := coalesce(act.at, instant_past_the_app());
    e.actor_kind := coalesce(act.actor_kind, 'database');
    e.kind := its_kind || '.changed';
    e.subject_kind := its_kind;
    e.subject_id := its_id;
    e.data := case when act.id is null then jsonb_build_object('login', session_user)
                   else jsonb_build_object('followed', act.kind, 'of', act.subject_kind, 'of_id', act.subject_id) end;
    perform write_event(e, changes);
end $$;

create constraint trigger event_pending_written after insert on event_pending
    deferrable initially deferred for each row when (new.first) execute function write_events();

-- Personal values that the log knows of a subject become unreadable for ever; its chain holds.
create function forget_personal_values(subject_kind text, subject_id uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
    update event_heads h set salt = null
    where h.subject_kind = forget_personal_values.subject_kind and h.subject_id = forget_personal_values.subject_id and h.salt is not null
$$;
