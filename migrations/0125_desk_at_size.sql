-- The desk reads the oldest of each kind of waiting thing, state by state, however many there are.
drop index introductions_waiting;
create index introductions_waiting on introductions
    (state, (case when state = 'interview' then greatest(state_at, interview_at) else state_at end), id)
    where state in ('proposed', 'consented', 'interview', 'chosen');
create index offers_waiting on offers (sent_at, id) where state = 'sent';
create index assignments_invited on assignments (invited_at, id) where state = 'invited';
create index guarantee_claims_waiting on guarantee_claims (notified_at, id)
    where state in ('notified', 'under_review', 'eligible', 'replacement_search');

create index users_deactivated on users (id) where deactivated_at is not null;

-- What waits on whom ('agency', 'client' or 'candidate') at an instant: of each kind and state the oldest, at most so many; of the
-- requests that somebody answers for, or (null) everything. An interview is waited for by nobody until it is over. Planned once a
-- connection and not once a look: finding the way through so many tables takes longer than going it. (By the CASE the planner
-- takes half of the rows to be somebody's; of an OR with a null it would expect next to none, and go the longest way.)
create function desk_items(instant timestamptz, mine uuid, most bigint)
returns table (side text, what text, href text, title text, whom text, since timestamptz, recruiter_id uuid)
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
    (select case when r.state = 'submitted' then 'agency' else 'client' end as side,
           case when r.state = 'submitted' then 'Open it or ask' else 'Answer our question' end as what,
           '/requests/' || r.id as href, r.title, o.name as whom, r.state_at as since, r.recruiter_id
    from (values ('submitted'), ('needs_info')) of(state) cross join lateral (
             select * from role_requests r where r.state = of.state and case when mine is null then true else r.recruiter_id = mine end
             order by r.state_at limit most) r
         join organizations o on o.id = r.organization_id)
    union all
    (select case when i.state = 'proposed' and not closed.it then 'candidate' when i.state = 'proposed' then 'agency'
                when i.state = 'chosen' or (i.state = 'interview' and i.interview_at is null) then 'agency' else 'client' end,
           case when i.state = 'proposed' and closed.it then 'Their account is closed: ask them or withdraw'
                when i.state = 'proposed' then 'Say yes or no' when i.state = 'chosen' then 'Make the offer'
                when i.state = 'consented' then 'Look at the person and decide'
                when i.interview_at is null then 'Arrange the interview' else 'Decide after the interview' end,
           '/introductions/' || i.id, coalesce(c.name, 'M-' || c.code), o.name || ', ' || r.title, i.since, r.recruiter_id
    from (values ('proposed'), ('consented'), ('interview'), ('chosen')) of(state) cross join lateral (
             select i.*, case when i.state = 'interview' then greatest(i.state_at, i.interview_at) else i.state_at end as since
             from introductions i join candidates c on c.id = i.candidate_id and c.state = 'active'
                  join seats s on s.id = i.seat_id and s.state = 'open' join role_requests r on r.id = i.request_id
             where i.state = of.state and i.state in ('proposed', 'consented', 'interview', 'chosen')
               and (i.state <> 'interview' or i.interview_at is null or i.interview_at <= instant) -- before it nobody is waited on
               and not exists (select 1 from offers f where f.introduction_id = i.id and f.state = 'sent')
               and case when mine is null then true else r.recruiter_id = mine end
             order by case when i.state = 'interview' then greatest(i.state_at, i.interview_at) else i.state_at end, i.id limit most) i
         join candidates c on c.id = i.candidate_id join role_requests r on r.id = i.request_id
         join organizations o on o.id = i.organization_id
         cross join lateral (select exists (select 1 from users x where x.id = c.user_id and x.deactivated_at is not null) as it) closed)
    union all
    (select 'candidate', 'Answer the offer', '/offers/' || f.id, coalesce(c.name, 'M-' || c.code), o.name || ', ' || r.title, f.sent_at, r.recruiter_id
    from offers f join candidates c on c.id = f.candidate_id join seats s on s.id = f.seat_id
         join role_requests r on r.id = s.request_id join organizations o on o.id = r.organization_id
    where f.state = 'sent' and case when mine is null then true else r.recruiter_id = mine end
    order by f.sent_at, f.id limit most)
    union all
    (select 'candidate', 'Solve the challenge', '/takehome/' || a.id, coalesce(c.name, 'M-' || c.code), 'take-home challenge', a.invited_at, null::uuid
    from assignments a join candidates c on c.id = a.candidate_id where a.state = 'invited' and mine is null
    order by a.invited_at, a.id limit most)
    union all
    (select 'agency', 'Grade the challenge', '/takehome/' || a.id, 'M-' || c.code, 'take-home challenge', b.received_at, null::uuid
    from assignments a join candidates c on c.id = a.candidate_id
         cross join lateral (select coalesce(max(received_at), a.invited_at) as received_at from submissions where assignment_id = a.id) b
    where a.state = 'submitted' and mine is null
    order by b.received_at, a.id limit most)
    union all
    (select 'agency', case g.state when 'replacement_search' then 'Find the replacement' else 'Decide the guarantee claim' end,
           '/placements/' || g.placement_id, coalesce(c.name, 'M-' || c.code), o.name, g.notified_at, r.recruiter_id
    from guarantee_claims g join placements p on p.id = g.placement_id join candidates c on c.id = p.candidate_id
         join role_requests r on r.id = p.request_id join organizations o on o.id = p.organization_id
    where g.state in ('notified', 'under_review', 'eligible', 'replacement_search') and case when mine is null then true else r.recruiter_id = mine end
    order by g.notified_at, g.id limit most)
    union all
    (select 'agency', 'Propose people: ' || string_agg('seat ' || s.number, ', ' order by s.number),
           '/requests/' || r.id || '/matches?seat=' || min(s.number), r.title, o.name, r.state_at, r.recruiter_id
    from role_requests r join organizations o on o.id = r.organization_id join seats s on s.request_id = r.id and s.state = 'open'
    where r.state = 'open' and case when mine is null then true else r.recruiter_id = mine end
      and not exists (select 1 from introductions i where i.seat_id = s.id and i.state in ('proposed', 'consented', 'interview', 'chosen'))
    group by r.id, o.id order by r.state_at limit most)
    union all
    (select 'agency', 'Begin the vetting', '/candidates/' || c.id, coalesce(c.name, 'M-' || c.code), 'new application', c.created_at, null::uuid
    from candidates c where c.source = 'apply' and c.state = 'active' and not c.check_begun and mine is null
    order by c.created_at, c.id limit most)
    union all
    (select 'agency', 'Reach them another way: "' || subject || '" could not be delivered', href, title, whom, since, null::uuid
    from unreached_letters where mine is null
    order by since limit most);
end $$;
