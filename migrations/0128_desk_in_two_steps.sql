-- What the desk reads (0153): which things wait and since when, of each kind and state the oldest, out of indexes where that is possible.
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

-- The placements that are agreed and not over, newest first.
create index placements_live on placements (id desc) where state in ('accepted', 'scheduled', 'active');
