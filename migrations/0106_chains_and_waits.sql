-- A placement's page asks who replaced it and how long its chain is. The unique keys of both became partial with 0081 and no
-- longer answer, so that each page read every placement.
create index placements_by_replaced on placements (replaces_id) where replaces_id is not null;
create index placements_by_chain on placements (root_id) where replacement_number > 0;

-- Applications whose vetting has not begun, on the desk.
create index candidates_applied on candidates (created_at, id) where source = 'apply' and state = 'active';
-- What waits on somebody is a small part of all introductions.
create index introductions_waiting on introductions (state, state_at) where state in ('proposed', 'consented', 'interview', 'chosen');
