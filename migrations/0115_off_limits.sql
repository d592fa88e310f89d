-- Who is not to be proposed to whom: rules that staff make, and the one place that says for everybody whether they hold.

create table off_limits (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    organization_id uuid not null references organizations (id),
    reason text not null constraint off_limits_reason_given check (length(btrim(reason)) between 1 and 2000),
    ends_on date constraint off_limits_ends_in_this_age check (ends_on between '2000-01-01' and '2099-12-31'), -- the last day on which it holds; null = until somebody ends it
    made_by uuid not null references users (id),
    made_at timestamptz not null,
    ended_by uuid references users (id),
    ended_at timestamptz,
    end_reason text constraint off_limits_end_reason_given check (length(btrim(end_reason)) between 1 and 2000),
    constraint off_limits_end_whole check (num_nulls(ended_by, ended_at, end_reason) in (0, 3)),
    constraint off_limits_ended_after check (ended_at >= made_at),
    constraint off_limits_last_day_to_come check (ends_on >= (made_at at time zone 'UTC')::date)
);
create unique index off_limits_one_live on off_limits (candidate_id, organization_id) where ended_at is null;
create index off_limits_by_organization on off_limits (organization_id, id desc);
create index off_limits_by_candidate on off_limits (candidate_id, id desc);

create trigger off_limits_noted after insert or update or delete on off_limits for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'organization_id, ends_on, made_by, ended_by, ended_at', 'id, candidate_id, made_at');

-- A rule says for ever what it said; it can be ended, once.
create function off_limits_stay() returns trigger language plpgsql as $$
begin
    if (new.id, new.candidate_id, new.organization_id, new.reason, new.ends_on, new.made_by, new.made_at)
       is distinct from (old.id, old.candidate_id, old.organization_id, old.reason, old.ends_on, old.made_by, old.made_at)
       or (old.ended_at is not null and new is distinct from old) then
        raise exception using errcode = 'check_violation', constraint = 'off_limits_unchanged', table = 'off_limits',
            message = 'a rule is not rewritten; end it and make another';
    end if;
    return new;
end $$;
create trigger off_limits_unchanged before update on off_limits for each row execute function off_limits_stay();
create trigger off_limits_never_removed before delete on off_limits for each row execute function refuse_removal();
create trigger off_limits_no_truncate before truncate on off_limits for each statement execute function refuse_removal();

-- Whoever proposes the person at this moment waits for the rule, or the rule for them.
create function off_limits_waits() returns trigger language plpgsql as $$
begin
    perform 1 from candidates c where c.id = new.candidate_id for update;
    return new;
end $$;
create trigger off_limits_waits before insert on off_limits for each row execute function off_limits_waits();

-- The rules that hold on a day of UTC: from the day one is made, through its last day, and no longer on the day it is ended. The
-- only definition; whatever else asks, asks this.
create function off_limits_on(on_day date) returns setof off_limits language sql stable as $$
    select * from off_limits r
    where (r.made_at at time zone 'UTC')::date <= on_day
      and (r.ends_on is null or r.ends_on >= on_day)
      and (r.ended_at is null or (r.ended_at at time zone 'UTC')::date > on_day)
$$;

create function is_off_limits(candidate uuid, organization uuid, on_day date) returns boolean language sql stable as $$
    select exists (select 1 from off_limits_on(on_day) r where r.candidate_id = candidate and r.organization_id = organization)
$$;

-- When the client last said no to the person, whatever the request; null = never.
create function refused_by_client(candidate uuid, organization uuid) returns timestamptz language sql stable as $$
    select max(i.state_at) from introductions i
    where i.candidate_id = candidate and i.organization_id = organization and i.state = 'refused'
$$;

-- Everybody who is not to be proposed for a seat of a client on a day, with each reason. The pool of a match run, the shortlist and
-- the pages of staff all read it.
create function barred(organization uuid, seat uuid, on_day date) returns table (candidate_id uuid, why text) language sql stable as $$
    select r.candidate_id, 'rule' from off_limits_on(on_day) r where r.organization_id = organization
    union all
    select i.candidate_id, 'refused' from introductions i where i.organization_id = organization and i.state = 'refused'
    union all
    select p.candidate_id, 'left_client' from placements p
    where p.organization_id = organization and p.state = 'ended' and p.end_cause in ('performance', 'conduct')
    union all
    select p.candidate_id, 'left_seat' from placements p where p.seat_id = seat and p.state in ('ended', 'no_show')
    union all
    select i.candidate_id, 'declined' from introductions i where i.seat_id = seat and i.state = 'declined'
$$;

-- Nobody off limits is proposed, says yes, is talked to, chosen or hired. A no, and taking back, are always possible. The day is
-- that of the act. A client that said no to somebody is not shown the same person again.
create function introduction_not_off_limits() returns trigger language plpgsql as $$
begin
    if new.state in ('declined', 'refused', 'withdrawn') or (tg_op = 'UPDATE' and new.state is not distinct from old.state) then
        return new;
    end if;
    if tg_op = 'INSERT' then
        perform 1 from candidates c where c.id = new.candidate_id for key share;
        if refused_by_client(new.candidate_id, new.organization_id) is not null then
            raise exception using errcode = 'check_violation', constraint = 'introductions_not_refused_before', table = 'introductions',
                message = 'this client has refused this person before';
        end if;
    end if;
    if is_off_limits(new.candidate_id, new.organization_id, (new.state_at at time zone 'UTC')::date) then
        raise exception using errcode = 'check_violation', constraint = 'introductions_not_off_limits', table = 'introductions',
            message = 'this person is off limits for this client';
    end if;
    return new;
end $$;
-- Named so that it fires after introductions_transition and introductions_for_an_open_seat, whose refusals come first.
create trigger introductions_with_nobody_off_limits before insert or update of state on introductions
    for each row execute function introduction_not_off_limits();

create function offer_not_off_limits() returns trigger language plpgsql as $$
begin
    if new.state in ('sent', 'accepted') and is_off_limits(new.candidate_id,
        (select i.organization_id from introductions i where i.id = new.introduction_id),
        (coalesce(new.answered_at, new.sent_at) at time zone 'UTC')::date) then
        raise exception using errcode = 'check_violation', constraint = 'offers_not_off_limits', table = 'offers',
            message = 'this person is off limits for this client';
    end if;
    return new;
end $$;
create trigger offers_with_nobody_off_limits before insert or update of state on offers
    for each row execute function offer_not_off_limits();
