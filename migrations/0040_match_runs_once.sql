-- The same inputs for the same seat are one stored run, also when two people look at the same moment.
drop index match_runs_by_inputs;
create unique index match_runs_once on match_runs (seat_id, inputs_hash);
