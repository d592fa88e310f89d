-- The stage of somebody in the pipeline of their track: new, then the first check in the track's order that is not met, then vetted.
-- It follows from the checks, from what the track asks for and from the day; it stands with the person, so that a board of many
-- people reads an index, with the days between which it holds, so that no reader takes it for true on another day.

-- The one definition. The stage is packed: place in the track's order * 16 + number of the kind (0123); 0 is new, 240 vetted. Of the
-- check: 0 not started, 1 invited, 2 scheduled, 3 waiting, 4 failed, 5 expired. Since when: the last of the days on which the person
-- came, on which a check before this one was met, and on which this one expired. Until: the next day on which it may be another.
create function stage_on_day(of_candidate uuid, of_track uuid, begun boolean, created timestamptz, day date)
returns table (stage smallint, stage_check smallint, stage_since date, stage_until date) language sql stable as $$
    with asked as (
        select (row_number() over (order by tc.position, tc.kind))::int as place, check_number(tc.kind) as number, l.state, l.decided_on,
               l.expires_on, o.state as open, coalesce(l.state <> 'failed' and (l.expires_on is null or l.expires_on > day), false) as met
        from track_checks tc
        left join lateral (select v.state, v.decided_on, v.expires_on from vetting_checks v
                           where v.candidate_id = of_candidate and v.track_id = of_track and v.kind = tc.kind
                             and v.state in ('passed', 'failed', 'waived') and v.decided_on <= day
                           order by v.decided_on desc, v.id desc limit 1) l on true
        left join lateral (select v.state from vetting_checks v
                           where v.candidate_id = of_candidate and v.track_id = of_track and v.kind = tc.kind
                             and v.state in ('invited', 'scheduled', 'waiting')) o on true
        where tc.track_id = of_track
    ), at as (select coalesce(min(a.place) filter (where not a.met), 15) as place from asked a)
    select (case when at.place = 15 then 240 when not begun then 0 else at.place * 16 + k.number end)::smallint,
           (case when at.place = 15 or not begun then 0
                 when k.open is not null then array_position(array['invited', 'scheduled', 'waiting'], k.open)
                 when k.state = 'failed' then 4 when k.state is not null then 5 else 0 end)::smallint,
           greatest((created at time zone 'UTC')::date,
                    (select max(a.decided_on) from asked a where a.met and a.place < at.place),
                    case when k.state <> 'failed' then k.expires_on end),
           least((select min(a.expires_on) from asked a where a.met and a.place < at.place),
                 (select min(v.decided_on) from vetting_checks v
                  where v.candidate_id = of_candidate and v.track_id = of_track and v.decided_on > day))
    from at left join asked k on k.place = at.place
$$;

alter table candidates
    add column stage smallint not null default 0,
    add column stage_check smallint not null default 0,
    add column stage_since date not null default '2000-01-01',
    -- The stage holds from this day on, and no longer on that one.
    add column stage_on date not null default '2000-01-01',
    add column stage_until date;

-- What follows from other columns and rows is no change of its own in the log: these columns join those that were named before.
do $$
declare
    definition text := (select pg_get_triggerdef(t.oid) from pg_trigger t
                        where t.tgname = 'candidates_noted' and t.tgrelid = 'candidates'::regclass);
begin
    drop trigger candidates_noted on candidates;
    execute regexp_replace(definition, '''\)$', ', stage, stage_check, stage_since, stage_on, stage_until'')');
end $$;

-- As before (0132), with the stage. Planned once a connection: for each new person the plan would take longer than the answer.
create or replace function checks_follow_the_decisions() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
    perform from candidates c where c.id in (select w.candidate_id from written w) order by c.id for no key update;
    update candidates c set checks = n.checks, checks_on = n.checks_on, check_begun = true, stage = n.stage, stage_check = n.stage_check,
        stage_since = n.stage_since, stage_on = n.stage_on, stage_until = n.stage_until
    from (select w.candidate_id, p.checks, p.checks_on, greatest(k.stage_on, p.checks_on) as stage_on, s.*
          from (select distinct w.candidate_id from written w) w
          join candidates k on k.id = w.candidate_id
          cross join lateral packed_checks(k.id, k.track_id) p
          cross join lateral stage_on_day(k.id, k.track_id, true, k.created_at, greatest(k.stage_on, p.checks_on)) s) n
    where c.id = n.candidate_id
      and (c.checks, c.checks_on, c.check_begun, c.stage, c.stage_check, c.stage_since, c.stage_on, c.stage_until)
          is distinct from (n.checks, n.checks_on, true, n.stage, n.stage_check, n.stage_since, n.stage_on, n.stage_until);
    return null;
end $$;

-- As before (0123), with the stage in the other track.
create or replace function checks_follow_the_track() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
    select p.checks, p.checks_on into new.checks, new.checks_on from packed_checks(new.id, new.track_id) p;
    new.stage_on := coalesce(new.checks_on, date '2000-01-01');
    select s.* into new.stage, new.stage_check, new.stage_since, new.stage_until
    from stage_on_day(new.id, new.track_id, new.check_begun, new.created_at, new.stage_on) s;
    return new;
end $$;

-- The track is held, so that whoever changes what it asks for waits, and then finds this person.
create function candidates_begin_at_a_stage() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
    perform from tracks t where t.id = new.track_id for key share;
    select s.* into new.stage, new.stage_check, new.stage_since, new.stage_until
    from stage_on_day(new.id, new.track_id, false, new.created_at, new.stage_on) s;
    return new;
end $$;
create trigger candidates_first_stage before insert on candidates for each row execute function candidates_begin_at_a_stage();

-- What a track asks for reaches everybody of it.
create function stages_follow_the_track() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
    perform from tracks t where t.id in (select w.track_id from written w) order by t.id for update;
    perform from candidates c where c.track_id in (select w.track_id from written w) order by c.id for no key update;
    update candidates c set stage = n.stage, stage_check = n.stage_check, stage_since = n.stage_since, stage_until = n.stage_until
    from (select k.id, s.* from candidates k
          cross join lateral stage_on_day(k.id, k.track_id, k.check_begun, k.created_at, k.stage_on) s
          where k.track_id in (select w.track_id from written w)) n
    where c.id = n.id
      and (c.stage, c.stage_check, c.stage_since, c.stage_until) is distinct from (n.stage, n.stage_check, n.stage_since, n.stage_until);
    return null;
end $$;
create trigger track_checks_stages_in after insert on track_checks referencing new table as written
    for each statement execute function stages_follow_the_track();
create trigger track_checks_stages_anew after update on track_checks referencing new table as written
    for each statement execute function stages_follow_the_track();
create trigger track_checks_stages_out after delete on track_checks referencing old table as written
    for each statement execute function stages_follow_the_track();

update candidates c set stage = n.stage, stage_check = n.stage_check, stage_since = n.stage_since, stage_on = n.stage_on,
    stage_until = n.stage_until
from (select k.id, coalesce(k.checks_on, date '2000-01-01') as stage_on, s.* from candidates k
      cross join lateral stage_on_day(k.id, k.track_id, k.check_begun, k.created_at, coalesce(k.checks_on, date '2000-01-01')) s) n
where c.id = n.id;

-- A column of the board, and everybody who waits longest first.
create index candidates_of_stage on candidates (track_id, stage, stage_since, id) where state = 'active';
create index candidates_by_wait on candidates (track_id, stage_since, id) where state = 'active';
create index candidates_stage_until on candidates (stage_until) where stage_until is not null;
create index candidates_stage_on on candidates (stage_on);

-- Stages of another day than `today` are computed again. Whoever reads stages calls this first, so no job is needed for an expiry to
-- move somebody; after the first reader of a day it finds nobody.
create function roll_stages(today date) returns integer language plpgsql as $$
declare
    rolled integer;
begin
    -- The ends of two indexes: asked for by a condition, nobody would be looked for among everybody.
    if coalesce((select min(c.stage_until) from candidates c) > today, true) and coalesce((select max(c.stage_on) from candidates c) <= today, true) then
        return 0;
    end if;
    perform from candidates c where c.stage_until <= today or c.stage_on > today order by c.id for no key update;
    update candidates c set stage = n.stage, stage_check = n.stage_check, stage_since = n.stage_since, stage_on = today,
        stage_until = n.stage_until
    from (select k.id, s.* from candidates k
          cross join lateral stage_on_day(k.id, k.track_id, k.check_begun, k.created_at, today) s
          where k.stage_until <= today or k.stage_on > today) n
    where c.id = n.id;
    get diagnostics rolled = row_count;
    return rolled;
end $$;

-- How many active people each stage has: the sum of its lines. Lines are only added, so that two people who move at once do not wait
-- for each other; they are added up from time to time.
create table stage_tallies (
    track_id uuid not null, -- no reference: it would hold the track's row for each person who moves
    stage smallint not null,
    people bigint not null
);
create index stage_tallies_of_track on stage_tallies (track_id) include (stage, people);

create function stage_tallies_in() returns trigger language plpgsql as $$
begin
    insert into stage_tallies
        select n.track_id, n.stage, count(*) from fresh n where n.state = 'active' group by n.track_id, n.stage;
    return null;
end $$;
create function stage_tallies_moved() returns trigger language plpgsql as $$
begin
    insert into stage_tallies
        select m.track_id, m.stage, sum(m.people)
        from (select o.track_id, o.stage, -1 as people from gone o where o.state = 'active'
              union all select n.track_id, n.stage, 1 from fresh n where n.state = 'active') m
        group by m.track_id, m.stage having sum(m.people) <> 0;
    return null;
end $$;
create function stage_tallies_out() returns trigger language plpgsql as $$
begin
    insert into stage_tallies
        select o.track_id, o.stage, -count(*) from gone o where o.state = 'active' group by o.track_id, o.stage;
    return null;
end $$;
insert into stage_tallies select c.track_id, c.stage, count(*) from candidates c where c.state = 'active' group by c.track_id, c.stage;
create trigger candidates_tallied_in after insert on candidates referencing new table as fresh
    for each statement execute function stage_tallies_in();
create trigger candidates_tallied after update on candidates referencing old table as gone new table as fresh
    for each statement execute function stage_tallies_moved();
create trigger candidates_tallied_out after delete on candidates referencing old table as gone
    for each statement execute function stage_tallies_out();

-- Adds the lines up: as many are left as there are stages. A line that somebody else is adding up is left to them.
create function fold_stage_tallies() returns bigint language plpgsql as $$
declare
    lines bigint;
begin
    select count(*) into lines from stage_tallies;
    if lines <= (select count(*) from (select distinct t.track_id, t.stage from stage_tallies t) d) then
        return 0;
    end if;
    with held as (select t.ctid as line from stage_tallies t for update skip locked),
         gone as (delete from stage_tallies t using held h where t.ctid = h.line returning t.track_id, t.stage, t.people)
    insert into stage_tallies select g.track_id, g.stage, sum(g.people) from gone g group by g.track_id, g.stage having sum(g.people) <> 0;
    return lines;
end $$;
