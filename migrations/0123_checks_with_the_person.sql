-- What a list, a desk and a match ask of everybody's vetting stands with the person, so that reading many people needs no look
-- at their checks.

-- The kinds of checks by number. A further kind is appended: the numbers stand in the rows of people.
create function check_number(kind text) returns integer language sql immutable as $$
    select array_position(array['english', 'code_review', 'technical_interview', 'debugging', 'take_home', 'references', 'background',
                                'identity'], kind)
$$;

-- The latest decision of each kind, packed: number of the kind * 2^27 + failed * 2^26 + the first day on which it no longer
-- counts, in days since the year 2000; 2^26 - 1 is one that always counts. With the day of the latest decision of all: on a
-- day before it the checks themselves are to be asked.
create function packed_checks(of_candidate uuid, of_track uuid, out checks integer[], out checks_on date) language sql stable as $$
    select coalesce(array_agg((check_number(l.kind) << 27) | ((l.state = 'failed')::int << 26)
                              | case when l.expires_on is null then (1 << 26) - 1
                                     else least(greatest(l.expires_on - date '2000-01-01', 0), (1 << 26) - 2) end order by l.kind), '{}'),
           max(l.decided_on)
    from (select distinct on (v.kind) v.kind, v.state, v.expires_on, v.decided_on
          from vetting_checks v
          where v.candidate_id = of_candidate and v.track_id = of_track and v.state in ('passed', 'failed', 'waived')
          order by v.kind, v.decided_on desc, v.id desc) l
$$;

alter table candidates
    add column checks integer[] not null default '{}',
    add column checks_on date,
    -- Whether anybody ever began to check them, for whichever track.
    add column check_begun boolean not null default false;

create function checks_follow_the_decisions() returns trigger language plpgsql as $$
begin
    update candidates c set checks = n.checks, checks_on = n.checks_on, check_begun = true
    from (select w.candidate_id, p.checks, p.checks_on
          from (select distinct w.candidate_id from written w) w
          join candidates k on k.id = w.candidate_id
          cross join lateral packed_checks(k.id, k.track_id) p) n
    where c.id = n.candidate_id and (c.checks, c.checks_on, c.check_begun) is distinct from (n.checks, n.checks_on, true);
    return null;
end $$;
create trigger vetting_checks_written after insert on vetting_checks referencing new table as written
    for each statement execute function checks_follow_the_decisions();
create trigger vetting_checks_rewritten after update on vetting_checks referencing new table as written
    for each statement execute function checks_follow_the_decisions();

-- Somebody of another track starts with the decisions of that one.
create function checks_follow_the_track() returns trigger language plpgsql as $$
begin
    select p.checks, p.checks_on into new.checks, new.checks_on from packed_checks(new.id, new.track_id) p;
    return new;
end $$;
create trigger candidates_checks_of_the_track before update of track_id on candidates
    for each row when (old.track_id is distinct from new.track_id) execute function checks_follow_the_track();

-- What follows from other columns and rows is no change of its own in the log.
drop trigger candidates_noted on candidates;
create trigger candidates_noted after insert or update or delete on candidates for each row execute function note_change(
    'candidate', 'id', '',
    'code, user_id, track_id, source, zone, work_start, work_end, work_days, seniority, pay_minor, pay_currency, pay_period, available_from, least_months, most_months, state',
    'id, version, created_at, updated_at, search, search_start, skills, checks, checks_on, check_begun');

update candidates c set checks = p.checks, checks_on = p.checks_on, check_begun = true
from candidates k cross join lateral packed_checks(k.id, k.track_id) p
where k.id = c.id and exists (select from vetting_checks v where v.candidate_id = k.id);

-- The same standing as before (0085, 0105), out of the packed decisions. Planned once a connection: a function in SQL would be
-- unfolded into each query and planned with it, which takes ten times as long as the answer.
create or replace function vetting_standing_of(people uuid[], today date)
returns table (candidate_id uuid, track_id uuid, required integer, met integer, vetted boolean, first_expiry date, failed boolean)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
    select c.id, c.track_id, coalesce(r.required, 0), k.met, coalesce(r.required, 0) = k.met, k.first_expiry, coalesce(k.failed, false)
    from candidates c
    left join (select tc.track_id, count(*)::int as required, array_agg(check_number(tc.kind)) as kinds
               from track_checks tc group by tc.track_id) r on r.track_id = c.track_id
    cross join lateral (
        select (count(*) filter (where not l.failed and (l.expires_on is null or l.expires_on > today)))::int as met,
               min(l.expires_on) as first_expiry, bool_or(l.failed) as failed
        from (select u >> 27 as number, ((u >> 26) & 1) = 1 as failed,
                     nullif(u & ((1 << 26) - 1), (1 << 26) - 1) + date '2000-01-01' as expires_on
              from unnest(case when c.checks_on <= today then c.checks end) u
              union all
              (select distinct on (v.kind) check_number(v.kind), v.state = 'failed', v.expires_on
               from vetting_checks v
               where c.checks_on > today and v.candidate_id = c.id and v.track_id = c.track_id
                 and v.state in ('passed', 'failed', 'waived') and v.decided_on <= today
               order by v.kind, v.decided_on desc, v.id desc)) l
        where l.number = any(r.kinds)
    ) k
    where c.id = any(people);
end $$;

-- What a track asks for is part of what lists keep in memory.
create trigger track_checks_change_taxonomy after insert or update or delete on track_checks
    for each statement execute function taxonomy_changed();

-- Applications that nobody has begun to look at, oldest first.
create index candidates_to_begin on candidates (created_at, id) where source = 'apply' and state = 'active' and not check_begun;
