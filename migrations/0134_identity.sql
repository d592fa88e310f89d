-- What does not fit about who somebody is: a finding with an owner, a state and a reason. It stops nothing by itself.

create table identity_findings (
    id uuid primary key,
    candidate_id uuid not null,
    check_id uuid not null, -- the live step at which it was noticed
    kind text not null constraint identity_findings_kind_known check (kind in
        ('another_person', 'not_sure', 'no_document', 'code_wrong', 'clock', 'payout_country')),
    detail text not null default '' constraint identity_findings_detail_length check (length(detail) <= 400),
    state text not null constraint identity_findings_state_known check (state in ('open', 'explained', 'confirmed')),
    owner_id uuid not null references users (id),
    raised_by uuid not null references users (id),
    raised_at timestamptz not null,
    decided_by uuid references users (id),
    decided_at timestamptz,
    reason text not null default '',
    constraint identity_findings_of_the_check foreign key (check_id, candidate_id) references vetting_checks (id, candidate_id),
    constraint identity_findings_decided_whole check (
        (state = 'open') = (decided_by is null) and (state = 'open') = (decided_at is null)
        and (state = 'open') = (length(btrim(reason)) = 0))
);
create index identity_findings_by_candidate on identity_findings (candidate_id, id desc);
create index identity_findings_open on identity_findings (owner_id, raised_at) where state = 'open';

create trigger identity_findings_transition before insert or update of state on identity_findings
    for each row execute function enforce_transition('identity_finding');
-- What was explained may turn out to be true after all, and the other way round; each time a person says why.
insert into state_transitions values
    ('identity_finding', '', 'open'), ('identity_finding', 'open', 'explained'), ('identity_finding', 'open', 'confirmed'),
    ('identity_finding', 'explained', 'confirmed'), ('identity_finding', 'confirmed', 'explained');

create function identity_findings_stay() returns trigger language plpgsql as $$
begin
    if (new.id, new.candidate_id, new.check_id, new.kind, new.detail, new.raised_by, new.raised_at)
       is distinct from (old.id, old.candidate_id, old.check_id, old.kind, old.detail, old.raised_by, old.raised_at) then
        raise exception using errcode = 'check_violation', constraint = 'identity_findings_unchanged', table = 'identity_findings',
            message = 'what was found is not rewritten; say what became of it';
    end if;
    return new;
end $$;
create trigger identity_findings_unchanged before update on identity_findings for each row execute function identity_findings_stay();
create trigger identity_findings_never_removed before delete on identity_findings for each row execute function refuse_removal();
create trigger identity_findings_no_truncate before truncate on identity_findings for each statement execute function refuse_removal();
create trigger identity_findings_noted after insert or update or delete on identity_findings for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'check_id, kind, state, owner_id, raised_by, decided_by, decided_at', 'id, candidate_id, raised_at');

-- What a provider of background or identity checks said, never the report itself: there is no place for a file here.
create table check_reports (
    check_id uuid primary key references vetting_checks (id),
    candidate_id uuid not null,
    provider text not null constraint check_reports_provider_given check (length(btrim(provider)) between 1 and 120),
    reference text not null default '' constraint check_reports_reference_length check (length(reference) <= 120),
    result text not null constraint check_reports_result_given check (length(btrim(result)) between 1 and 200),
    scope text not null default '' constraint check_reports_scope_length check (length(scope) <= 400),
    constraint check_reports_of_the_check foreign key (check_id, candidate_id) references vetting_checks (id, candidate_id)
);
create trigger check_reports_noted after insert or update or delete on check_reports for each row execute function note_change(
    'candidate', 'candidate_id', 'check_id', 'provider', 'check_id, candidate_id');
create function check_reports_fit() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        raise exception using errcode = 'check_violation', constraint = 'check_reports_unchanged', table = 'check_reports',
            message = 'what a provider said is not rewritten; enter a new check';
    end if;
    if not exists (select from vetting_checks k where k.id = new.check_id and k.kind in ('background', 'identity')) then
        raise exception using errcode = 'check_violation', constraint = 'check_reports_of_providers', table = 'check_reports',
            message = 'only background and identity checks have a provider';
    end if;
    return new;
end $$;
create trigger check_reports_unchanged before insert or update or delete on check_reports for each row execute function check_reports_fit();
