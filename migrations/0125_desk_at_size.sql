-- The desk reads the oldest of each kind of waiting thing, state by state, however many there are.
drop index introductions_waiting;
create index introductions_waiting on introductions
    (state, (case when state = 'interview' then greatest(state_at, interview_at) else state_at end), id)
    where state in ('proposed', 'consented', 'interview', 'chosen');
create index offers_waiting on offers (sent_at, id) where state = 'sent';
create index assignments_invited on assignments (invited_at, id) where state = 'invited';
create index guarantee_claims_waiting on guarantee_claims (notified_at, id)
    where state in ('notified', 'under_review', 'eligible', 'replacement_search');
