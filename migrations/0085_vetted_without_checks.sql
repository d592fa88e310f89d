-- Vetted is "every check the track requires has passed and none has expired". A track that requires none has none that is
-- missing: its people are vetted, and the gate of a match does not wait for a check that nobody will begin.
create or replace function vetting_standing(today date)
returns table (candidate_id uuid, track_id uuid, required integer, met integer, vetted boolean, first_expiry date, failed boolean)
language sql stable as $$
    select c.id, c.track_id, count(tc.kind)::int,
           (count(*) filter (where k.state in ('passed', 'waived') and (k.expires_on is null or k.expires_on > today)))::int,
           bool_and(tc.kind is null or coalesce(k.state in ('passed', 'waived') and (k.expires_on is null or k.expires_on > today), false)),
           min(k.expires_on),
           bool_or(coalesce(k.state = 'failed', false))
    from candidates c
    left join track_checks tc on tc.track_id = c.track_id
    left join lateral (
        select v.state, v.expires_on from vetting_checks v
        where v.candidate_id = c.id and v.track_id = c.track_id and v.kind = tc.kind
          and v.state in ('passed', 'failed', 'waived') and v.decided_on <= today
        order by v.decided_on desc, v.id desc limit 1
    ) k on true
    group by c.id, c.track_id
$$;
