-- A seat whose person has left is not filled. A filled request that loses somebody rests until one of the two sides asks for
-- the next person, or a guarantee claim owes one.
insert into state_transitions values
    ('role_request', 'filled', 'on_hold'),
    -- The client gave the seat up while the claim was judged, and the agreement knows no other remedy.
    ('guarantee_claim', 'eligible', 'closed_unfilled');

-- Departures from before this rule.
update seats s set state = 'open'
where s.state = 'filled'
  and exists (select 1 from placements p where p.seat_id = s.id and p.state = 'ended')
  and not exists (select 1 from placements p where p.seat_id = s.id and p.state in ('accepted', 'scheduled', 'active'));

with emptied as (
    select r.id, max(p.ended_at) as at
    from role_requests r join seats s on s.request_id = r.id and s.state = 'open' join placements p on p.seat_id = s.id and p.state = 'ended'
    where r.state = 'filled' group by r.id
), newest as (
    select distinct on (l.request_id) l.request_id, replace(l.id::text, '-', '') as hex
    from role_request_states l join emptied e on e.id = l.request_id order by l.request_id, l.id desc
), told as (
    -- Lines are read in the order of their ids: a UUID v7 of the millisecond after the newest line.
    insert into role_request_states (id, request_id, from_state, to_state, reason, at)
    select (lpad(to_hex(('x' || substr(n.hex, 1, 12))::bit(48)::bigint + 1), 12, '0') || substr(n.hex, 13))::uuid,
           e.id, 'filled', 'on_hold', 'A seat is empty: somebody left. Resume the search to look for somebody else.', e.at
    from emptied e join newest n on n.request_id = e.id
)
update role_requests r
set state = 'on_hold', state_reason = 'A seat is empty: somebody left. Resume the search to look for somebody else.',
    state_at = e.at, version = r.version + 1
from emptied e where e.id = r.id;
