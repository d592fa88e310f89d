-- Whoever may look: a user who is not deactivated, by a sign-in that was not ended. Read together with the session, so that a
-- page asks once who is there.
create view viewers as
select u.id as user_id, u.session_epoch, u.name, u.email, u.role, u.organization_id, c.id as candidate_id,
       coalesce(c.zone, (select o.zone from organizations o where o.id = u.organization_id)) as zone,
       n.id as sign_in_id, n.at as signed_in_at, n.seen_at, n.proved_at,
       exists (select from second_factors f where f.user_id = u.id and f.confirmed_at is not null) as has_second_factor,
       coalesce((select v.value = 'true'::jsonb from settings v where v.name = 'staff_second_factor'), false) as staff_need_one
from users u
join sign_ins n on n.user_id = u.id
left join candidates c on c.user_id = u.id
where u.deactivated_at is null and n.ended_at is null;
