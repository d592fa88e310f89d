-- Offers, placements, guarantee claims.

create table offers (
    id uuid primary key,
    introduction_id uuid not null,
    seat_id uuid not null,
    candidate_id uuid not null,
    pay_minor bigint not null constraint offers_pay_positive check (pay_minor > 0),
    bill_minor bigint not null constraint offers_bill_covers_pay check (bill_minor >= pay_minor),
    currency char(3) not null,
    period text not null constraint offers_period_known check (period in ('hour', 'month', 'year')),
    engagement text not null constraint offers_engagement_known check (engagement in ('contractor', 'employer_of_record', 'agency_employee', 'client_employee')),
    start_on date not null,
    length_months smallint,
    agreement_id uuid not null references agreements (id),
    state text not null constraint offers_state_known check (state in ('sent', 'accepted', 'declined', 'withdrawn')),
    reason text not null default '',
    sent_by uuid not null references users (id),
    sent_at timestamptz not null,
    answered_at timestamptz,
    constraint offers_of_introduction foreign key (introduction_id, seat_id, candidate_id) references introductions (id, seat_id, candidate_id)
);
create unique index offers_one_live_per_seat on offers (seat_id) where state = 'sent';
create unique index offers_one_accepted_per_introduction on offers (introduction_id) where state = 'accepted';
create index offers_by_candidate on offers (candidate_id, id desc);
create trigger offers_transition before insert or update of state on offers for each row execute function enforce_transition('offer');
insert into state_transitions values
    ('offer', '', 'sent'), ('offer', 'sent', 'accepted'), ('offer', 'sent', 'declined'), ('offer', 'sent', 'withdrawn');

-- No offer to somebody the client has not chosen (so none to the rejected or withdrawn), and none can be accepted after
-- the choice is gone. The lock makes a simultaneous refusal wait for this transaction, or this one for it.
create function offer_needs_a_choice() returns trigger language plpgsql as $$
declare
    standing text;
begin
    if new.state not in ('sent', 'accepted') then
        return new;
    end if;
    select i.state into standing from introductions i where i.id = new.introduction_id for update;
    if standing is distinct from 'chosen' then
        raise exception using errcode = 'check_violation', constraint = 'offers_to_the_chosen', table = 'offers',
            message = format('the introduction is %s, not chosen', coalesce(standing, 'missing'));
    end if;
    return new;
end $$;
create trigger offers_to_the_chosen before insert or update of state on offers for each row execute function offer_needs_a_choice();

create table placements (
    id uuid primary key,
    offer_id uuid not null constraint placements_one_per_offer unique references offers (id),
    introduction_id uuid not null,
    seat_id uuid not null,
    request_id uuid not null,
    organization_id uuid not null references organizations (id),
    candidate_id uuid not null,
    state text not null constraint placements_state_known check (state in
        ('accepted', 'scheduled', 'active', 'ended', 'no_show', 'cancelled_before_start')),
    start_on date not null,
    zone text not null, -- whose days the guarantee counts
    -- Frozen when the offer was accepted.
    terms jsonb not null,
    specification jsonb not null,
    run_id uuid references match_runs (id),
    pay_minor bigint not null,
    bill_minor bigint not null,
    currency char(3) not null,
    period text not null,
    engagement text not null,
    accepted_at timestamptz not null,
    last_working_day date,
    end_cause text not null default '',
    ended_at timestamptz,
    replaces_id uuid constraint placements_replaced_once unique references placements (id),
    root_id uuid not null references placements (id),
    replacement_number smallint not null default 0,
    version integer not null default 1,
    constraint placements_of_introduction foreign key (introduction_id, seat_id, candidate_id) references introductions (id, seat_id, candidate_id),
    constraint placements_seat_of_request foreign key (seat_id, request_id) references seats (id, request_id),
    constraint placements_root_of_chain check ((replaces_id is null) = (root_id = id) and (replaces_id is null) = (replacement_number = 0)),
    constraint placements_ended_whole check ((state = 'ended') = (last_working_day is not null)),
    constraint placements_number_once unique (root_id, replacement_number)
);
-- One hire per seat.
create unique index placements_one_hire_per_seat on placements (seat_id) where state in ('accepted', 'scheduled', 'active');
create index placements_by_organization on placements (organization_id, id desc);
create index placements_by_candidate on placements (candidate_id, id desc);
create index placements_by_state on placements (state, start_on);
create trigger placements_transition before insert or update of state on placements
    for each row execute function enforce_transition('placement');
insert into state_transitions values
    ('placement', '', 'accepted'), ('placement', '', 'scheduled'),
    ('placement', 'accepted', 'scheduled'), ('placement', 'accepted', 'cancelled_before_start'),
    ('placement', 'scheduled', 'active'), ('placement', 'scheduled', 'cancelled_before_start'), ('placement', 'scheduled', 'no_show'),
    ('placement', 'active', 'ended'), ('placement', 'active', 'no_show');

create function placement_terms_stay() returns trigger language plpgsql as $$
begin
    if (new.terms, new.specification, new.offer_id, new.seat_id, new.candidate_id, new.organization_id, new.run_id, new.zone,
        new.pay_minor, new.bill_minor, new.currency, new.period, new.accepted_at, new.root_id, new.replaces_id)
       is distinct from
       (old.terms, old.specification, old.offer_id, old.seat_id, old.candidate_id, old.organization_id, old.run_id, old.zone,
        old.pay_minor, old.bill_minor, old.currency, old.period, old.accepted_at, old.root_id, old.replaces_id)
       or (old.state in ('active', 'ended') and new.start_on <> old.start_on) then
        raise exception using errcode = 'check_violation', constraint = 'placements_terms_frozen', table = 'placements',
            message = 'the terms of a placement never change';
    end if;
    return new;
end $$;
create trigger placements_terms_frozen before update on placements for each row execute function placement_terms_stay();

create table guarantee_claims (
    id uuid primary key,
    placement_id uuid not null references placements (id),
    state text not null constraint guarantee_claims_state_known check (state in
        ('draft', 'notified', 'under_review', 'eligible', 'ineligible', 'replacement_search', 'replaced',
         'refund_due', 'refunded', 'credit_issued', 'withdrawn', 'closed_unfilled')),
    last_working_day date not null,
    cause text not null constraint guarantee_claims_cause_given check (length(btrim(cause)) > 0),
    note text not null default '',
    notified_by uuid not null references users (id), -- who told us, or who entered it for them
    notified_at timestamptz not null,
    checklist jsonb not null default '[]', -- as judged; lines with overrides, reasons, evidence
    decided_by uuid references users (id),
    decided_at timestamptz,
    decision_reason text not null default '',
    replaced_by uuid references placements (id),
    version integer not null default 1
);
create unique index guarantee_claims_one_open on guarantee_claims (placement_id)
    where state in ('draft', 'notified', 'under_review', 'eligible', 'replacement_search', 'refund_due');
create index guarantee_claims_by_placement on guarantee_claims (placement_id, id desc);
create trigger guarantee_claims_transition before insert or update of state on guarantee_claims
    for each row execute function enforce_transition('guarantee_claim');
insert into state_transitions values
    ('guarantee_claim', '', 'draft'), ('guarantee_claim', '', 'notified'),
    ('guarantee_claim', 'draft', 'notified'), ('guarantee_claim', 'draft', 'withdrawn'),
    ('guarantee_claim', 'notified', 'under_review'), ('guarantee_claim', 'notified', 'eligible'), ('guarantee_claim', 'notified', 'ineligible'), ('guarantee_claim', 'notified', 'withdrawn'),
    ('guarantee_claim', 'under_review', 'eligible'), ('guarantee_claim', 'under_review', 'ineligible'), ('guarantee_claim', 'under_review', 'withdrawn'),
    ('guarantee_claim', 'eligible', 'replacement_search'), ('guarantee_claim', 'eligible', 'refund_due'), ('guarantee_claim', 'eligible', 'credit_issued'), ('guarantee_claim', 'eligible', 'withdrawn'),
    ('guarantee_claim', 'replacement_search', 'replaced'), ('guarantee_claim', 'replacement_search', 'refund_due'), ('guarantee_claim', 'replacement_search', 'closed_unfilled'), ('guarantee_claim', 'replacement_search', 'withdrawn'),
    ('guarantee_claim', 'refund_due', 'refunded');
