-- What lists and searches need so that a page costs the same with 100,000 people as with 10,000.

-- The standing of some people. The same rule as before (0085), which now stands here alone: it starts from the checks that
-- these people have, where the old text looked each kind up for everybody.
create function vetting_standing_of(people uuid[], today date)
returns table (candidate_id uuid, track_id uuid, required integer, met integer, vetted boolean, first_expiry date, failed boolean)
language sql stable as $$
    select c.id, c.track_id, coalesce(r.required, 0), k.met, coalesce(r.required, 0) = k.met, k.first_expiry, coalesce(k.failed, false)
    from candidates c
    left join (select tc.track_id, count(*)::int as required, array_agg(tc.kind) as kinds from track_checks tc group by tc.track_id) r
         on r.track_id = c.track_id
    cross join lateral (
        select (count(*) filter (where l.state in ('passed', 'waived') and (l.expires_on is null or l.expires_on > today)))::int as met,
               min(l.expires_on) as first_expiry, bool_or(l.state = 'failed') as failed
        from (select distinct on (v.kind) v.kind, v.state, v.expires_on
              from vetting_checks v
              where v.candidate_id = c.id and v.track_id = c.track_id and v.state in ('passed', 'failed', 'waived') and v.decided_on <= today
              order by v.kind, v.decided_on desc, v.id desc) l
        where l.kind = any(r.kinds)
    ) k
    where c.id = any(people)
$$;

-- The standing of everybody, for the pool of a match.
create or replace function vetting_standing(today date)
returns table (candidate_id uuid, track_id uuid, required integer, met integer, vetted boolean, first_expiry date, failed boolean)
language sql stable as $$
    select s.candidate_id, s.track_id, s.required, s.met, s.vetted, s.first_expiry, s.failed
    from vetting_standing_of((select array_agg(c.id) from candidates c), today) s
$$;

-- The latest decision of each kind in the order in which the standing reads it, without looking at the rows.
create index vetting_checks_decided on vetting_checks (candidate_id, track_id, kind, decided_on desc, id desc)
    include (state, expires_on) where state in ('passed', 'failed', 'waived');

-- Everything a person is searched by, folded once. A line end keeps fields apart: no search can hold one. The start of it, which
-- is nearly always all of it, fits into an index whatever letters it has, so that the latest people can be looked through
-- without their rows.
alter table candidates
    add column search text not null generated always as (
        lower(coalesce(name, '') || E'\n' || coalesce(email, '') || E'\n' || coalesce(city, '') || E'\n' || headline)) stored,
    add column search_start text not null generated always as (
        left(lower(coalesce(name, '') || E'\n' || coalesce(email, '') || E'\n' || coalesce(city, '') || E'\n' || headline), 600)) stored,
    -- The current skills out of the ledger, for a line of a list: number of the skill * 16 + level * 2 + whether it was
    -- verified; level 0 is one that was not stated.
    add column skills integer[] not null default '{}';
create index candidates_walk on candidates (updated_at desc, id desc) include (search_start);

-- Trigrams make a search for something rare quick. They are an extension that comes with PostgreSQL and that the owner of a
-- database may add; without it a search looks at every row, and finds the same.
do $$
begin
    create extension if not exists pg_trgm;
    create index candidates_search on candidates using gin (search gin_trgm_ops) with (fastupdate = off);
exception when undefined_file or feature_not_supported or insufficient_privilege or undefined_object then
    raise notice 'searches for something rare are slow: pg_trgm is not available (%)', sqlerrm;
end $$;

-- A short number for each skill, and a number that changes with the taxonomy, so that who has read it once knows whether it
-- is still what it was.
alter table skills add column number integer generated always as identity constraint skills_number_once unique;
create table taxonomy_version (
    one boolean primary key default true constraint taxonomy_version_one_row check (one),
    version bigint not null
);
insert into taxonomy_version (version) values (1);
create function taxonomy_changed() returns trigger language plpgsql as $$
begin
    update taxonomy_version set version = version + 1;
    return null;
end $$;
create trigger skills_change_taxonomy after insert or update or delete on skills
    for each statement execute function taxonomy_changed();
create trigger track_skills_change_taxonomy after insert or update or delete on track_skills
    for each statement execute function taxonomy_changed();

-- One statement writes the lines of many people at an import, so each of them is looked at once.
create function skills_follow_the_ledger() returns trigger language plpgsql as $$
begin
    update candidates c set skills = n.skills
    from (select p.candidate_id, array_remove(array_agg(
                     s.number * 16 + coalesce(k.value, 0) * 2 + (k.verified_at is not null)::int order by s.number), null) as skills
          from (select distinct w.candidate_id from written w where w.kind = 'skill') p
          left join claims k on k.candidate_id = p.candidate_id and k.current and k.kind = 'skill'
          left join skills s on s.id = k.skill_id
          group by p.candidate_id) n
    where c.id = n.candidate_id and c.skills is distinct from n.skills;
    return null;
end $$;
create trigger claims_written after insert on claims referencing new table as written
    for each statement execute function skills_follow_the_ledger();
create trigger claims_rewritten after update on claims referencing new table as written
    for each statement execute function skills_follow_the_ledger();
update candidates c set skills = n.skills
from (select k.candidate_id, array_agg(s.number * 16 + coalesce(k.value, 0) * 2 + (k.verified_at is not null)::int order by s.number) as skills
      from claims k join skills s on s.id = k.skill_id where k.current and k.kind = 'skill' group by k.candidate_id) n
where c.id = n.candidate_id;

-- A function in SQL that is not part of its query is planned anew at each call; these are planned once a connection.
create or replace function specification_of(seat uuid) returns jsonb language plpgsql stable as $$
begin
    return (select jsonb_build_object(
        'title', r.title, 'track', t.slug, 'seat', s.number, 'seniority', s.seniority,
        'zone', r.zone, 'work_start', r.work_start, 'work_end', r.work_end, 'work_days', r.work_days,
        'least_overlap_minutes', r.least_overlap_minutes,
        'english_speaking', r.english_speaking, 'english_writing', r.english_writing,
        'skills', coalesce((select jsonb_agg(jsonb_build_object('skill', k.slug, 'need', rs.need, 'level', rs.level, 'weight', rs.weight) order by k.slug)
                            from role_request_skills rs join skills k on k.id = rs.skill_id where rs.request_id = r.id), '[]'))
    from seats s join role_requests r on r.id = s.request_id join tracks t on t.id = r.track_id
    where s.id = seat);
end $$;

create or replace function work_of(specification jsonb) returns jsonb language plpgsql immutable as $$
begin
    return specification - 'title' || jsonb_build_object('skills', coalesce((
        select jsonb_object_agg(s ->> 'skill', s -> 'level')
        from jsonb_array_elements(specification -> 'skills') s where s ->> 'need' = 'must'), '{}'));
end $$;

create or replace function same_specification(frozen jsonb, seat uuid) returns boolean language plpgsql stable as $$
begin
    return work_of(frozen) = work_of(specification_of(seat));
end $$;
