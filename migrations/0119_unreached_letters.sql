-- Letters that were given up to somebody the agency deals with, whom no later letter has reached: the recruiter's matter, and no
-- longer the mail server's. Of several to one person the newest.
create view unreached_letters as
    select m.subject, m.queued_at as since, coalesce(k.name, u.name) as title, coalesce(o.name, 'mail') as whom,
           case when k.id is not null then '/candidates/' || k.id else '/organizations/' || u.organization_id end as href
    from outbox m join users u on u.id = m.user_id left join candidates k on k.user_id = u.id
    left join organizations o on o.id = u.organization_id
    where m.state = 'dead' and u.deactivated_at is null and (k.id is not null or u.organization_id is not null)
      and not exists (select 1 from outbox l where l.user_id = m.user_id and l.state = 'sent' and l.sent_at > m.queued_at)
      and not exists (select 1 from outbox l where l.user_id = m.user_id and l.state = 'dead' and l.id > m.id);
