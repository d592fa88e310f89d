-- What waits on whom, in two steps: first only which things wait and since when, of each kind and state the oldest, out of indexes
-- where that is possible; then what a line says, for the few lines that a page shows.
drop function desk_items(timestamptz, uuid, bigint);

create index candidates_active on candidates (id) where state = 'active';
create index seats_open on seats (id) include (request_id, number) where state = 'open';
create index offers_sent_by_introduction on offers (introduction_id) where state = 'sent';
create index introductions_live_by_seat on introductions (seat_id) where state in ('proposed', 'consented', 'interview', 'chosen');
create index role_requests_waiting on role_requests (state, state_at, id) include (recruiter_id) where state in ('submitted', 'needs_info', 'open');

-- By the id of the letter too, so that one line can be looked up again.
create or replace view unreached_letters as
    select m.subject, m.queued_at as since, coalesce(k.name, u.name) as title, coalesce(o.name, 'mail') as whom,
           case when k.id is not null then '/candidates/' || k.id else '/organizations/' || u.organization_id end as href, m.id
    from outbox m join users u on u.id = m.user_id left join candidates k on k.user_id = u.id
    left join organizations o on o.id = u.organization_id
    where m.state = 'dead' and u.deactivated_at is null and (k.id is not null or u.organization_id is not null)
      and not exists (select 1 from outbox l where l.user_id = m.user_id and l.state = 'sent' and l.sent_at > m.queued_at)
      and not exists (select 1 from outbox l where l.user_id = m.user_id and l.state = 'dead' and l.id > m.id);

-- What waits ('agency', 'client' or 'candidate': on whom) at an instant, with the id of its record: of each kind and state the
-- oldest, at most so many; of the requests that `mine` answers for, or (null) everything. Whose a request is, is asked by itself
-- and only where it matters. (The rows it is said to give are those that are looked up again: more, and whole tables would be read.)
create function desk_waits(instant timestamptz, mine uuid, most bigint)
returns table (side text, what text, id uuid, since timestamptz, candidate_id uuid, request_id uuid, placement_id uuid)
language plpgsql stable rows 30 set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
    (select 'agency', 'submitted', r.id, r.state_at, null::uuid, r.id, null::uuid from role_requests r
     where r.state = 'submitted' and case when mine is null then true else r.recruiter_id = mine end
     order by r.state_at, r.id limit most)
    union all
    (select 'client', 'needs_info', r.id, r.state_at, null, r.id, null from role_requests r
     where r.state = 'needs_info' and case when mine is null then true else r.recruiter_id = mine end
     order by r.state_at, r.id limit most)
    union all
    -- Somebody whose account is closed cannot answer: the agency has to ask them another way.
    (select case when closed.it then 'agency' when i.state = 'proposed' then 'candidate'
                 when i.state = 'chosen' or (i.state = 'interview' and i.interview_at is null) then 'agency' else 'client' end,
            case when closed.it then 'closed' when i.state = 'interview' and i.interview_at is null then 'unarranged' else i.state end, i.id, i.since,
            i.candidate_id, i.request_id, null
     from (values ('proposed'), ('consented'), ('interview'), ('chosen')) of(state) cross join lateral (
              select i.id, i.state, i.interview_at, i.candidate_id, i.request_id,
                     case when i.state = 'interview' then greatest(i.state_at, i.interview_at) else i.state_at end as since
              from introductions i
              where i.state = of.state and i.state in ('proposed', 'consented', 'interview', 'chosen')
                -- Before the interview nobody is waited for.
                and (i.state <> 'interview' or i.interview_at is null or i.interview_at <= instant)
                and exists (select from candidates c where c.id = i.candidate_id and c.state = 'active')
                and exists (select from seats s where s.id = i.seat_id and s.state = 'open')
                and not exists (select from offers f where f.introduction_id = i.id and f.state = 'sent')
                and case when mine is null then true else (select r.recruiter_id = mine from role_requests r where r.id = i.request_id) end
              order by case when i.state = 'interview' then greatest(i.state_at, i.interview_at) else i.state_at end, i.id limit most) i
          cross join lateral (select i.state = 'proposed' and i.candidate_id in (
              select c.id from users x join candidates c on c.user_id = x.id where x.deactivated_at is not null) as it) closed)
    union all
    (select 'candidate', 'offer', f.id, f.sent_at, f.candidate_id, s.request_id, null from offers f join seats s on s.id = f.seat_id
     where f.state = 'sent' and case when mine is null then true else
           (select r.recruiter_id = mine from role_requests r where r.id = s.request_id) end
     order by f.sent_at, f.id limit most)
    union all
    (select 'candidate', 'challenge', a.id, a.invited_at, a.candidate_id, null, null from assignments a where a.state = 'invited' and mine is null
     order by a.invited_at, a.id limit most)
    union all
    (select 'agency', 'solution', a.id, b.received_at, a.candidate_id, null, null
     from assignments a cross join lateral (
              select coalesce(max(received_at), a.invited_at) as received_at from submissions where assignment_id = a.id) b
     where a.state = 'submitted' and mine is null
     order by b.received_at, a.id limit most)
    union all
    (select 'agency', case g.state when 'replacement_search' then 'replacement' else 'claim' end, g.id, g.notified_at,
            p.candidate_id, p.request_id, p.id
     from guarantee_claims g join placements p on p.id = g.placement_id
     where g.state in ('notified', 'under_review', 'eligible', 'replacement_search') and case when mine is null then true else
           (select r.recruiter_id = mine from role_requests r where r.id = p.request_id) end
     order by g.notified_at, g.id limit most)
    union all
    (select 'agency', 'seats', r.id, r.state_at, null, r.id, null from role_requests r
     where r.state = 'open' and case when mine is null then true else r.recruiter_id = mine end
       and exists (select from seats s where s.request_id = r.id and s.state = 'open' and not exists (
               select from introductions i where i.seat_id = s.id and i.state in ('proposed', 'consented', 'interview', 'chosen')))
     order by r.state_at, r.id limit most)
    union all
    (select 'agency', 'application', c.id, c.created_at, c.id, null, null from candidates c
     where c.source = 'apply' and c.state = 'active' and not c.check_begun and mine is null
     order by c.created_at, c.id limit most)
    union all
    (select 'agency', 'letter', l.id, l.since, null, null, null from unreached_letters l where mine is null order by l.since, l.id limit most);
end $$;

-- The lines of a desk: of each side the oldest `shown`, with how many wait there (`of`: exact below `most`) and what each says.
-- Planned once a connection and not once a look: finding the way through so many tables takes longer than going it.
create function desk_lines(instant timestamptz, mine uuid, most bigint, shown bigint)
returns table (side text, what text, href text, title text, whom text, since timestamptz, recruiter text, of bigint)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
    with numbered as (
        select w.*, row_number() over (partition by w.side order by w.since, w.id) as place, count(*) over (partition by w.side) as of
        from desk_waits(instant, mine, most) w
    ), line as materialized (
        select * from numbered w
        where w.place <= shown
    )
    select l.side,
           case l.what when 'submitted' then 'Open it or ask' when 'needs_info' then 'Answer our question' when 'proposed' then 'Say yes or no'
                when 'closed' then 'Their account is closed: ask them or withdraw' when 'consented' then 'Look at the person and decide'
                when 'unarranged' then 'Arrange the interview' when 'interview' then 'Decide after the interview' when 'chosen' then 'Make the offer'
                when 'offer' then 'Answer the offer' when 'challenge' then 'Solve the challenge' when 'solution' then 'Grade the challenge'
                when 'replacement' then 'Find the replacement' when 'claim' then 'Decide the guarantee claim'
                when 'application' then 'Begin the vetting' when 'seats' then 'Propose people: ' || free.seats
                else 'Reach them another way: "' || m.subject || '" could not be delivered' end,
           case when l.what in ('submitted', 'needs_info') then '/requests/' || l.id
                when l.what = 'seats' then '/requests/' || l.id || '/matches?seat=' || free.first
                when l.what = 'offer' then '/offers/' || l.id
                when l.what in ('challenge', 'solution') then '/takehome/' || l.id
                when l.what in ('claim', 'replacement') then '/placements/' || l.placement_id
                when l.what = 'application' then '/candidates/' || l.id
                when l.what = 'letter' then m.href
                else '/introductions/' || l.id end,
           case when l.what in ('submitted', 'needs_info', 'seats') then r.title
                when l.what = 'solution' then 'M-' || c.code -- graded without a name
                when l.what = 'letter' then m.title
                else coalesce(c.name, 'M-' || c.code) end,
           case when l.what in ('submitted', 'needs_info', 'seats', 'claim', 'replacement') then o.name
                when l.what in ('challenge', 'solution') then 'take-home challenge'
                when l.what = 'application' then 'new application'
                when l.what = 'letter' then m.whom
                else o.name || ', ' || r.title end,
           l.since, u.name, l.of
    from line l
    left join candidates c on c.id = l.candidate_id
    left join role_requests r on r.id = l.request_id
    left join organizations o on o.id = r.organization_id
    left join users u on u.id = r.recruiter_id
    left join lateral (
        select string_agg('seat ' || s.number, ', ' order by s.number) as seats, min(s.number) as first
        from seats s
        where l.what = 'seats' and s.request_id = l.id and s.state = 'open' and not exists (
            select from introductions i where i.seat_id = s.id and i.state in ('proposed', 'consented', 'interview', 'chosen'))) free on true
    left join unreached_letters m on m.id = l.id and l.what = 'letter'
    order by l.side, l.place;
end $$;

-- The placements that are agreed and not over, newest first.
create index placements_live on placements (id desc) where state in ('accepted', 'scheduled', 'active');
