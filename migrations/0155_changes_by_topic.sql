-- What servers keep of what they read, and for how long it is true: which transactions changed what a match run reads of people
-- (0127), and now which changed what stands on the desk. One table for both: a row for each transaction and topic. Whoever read in a
-- snapshot asks for a number that it does not see.
create table changes (
    topic text not null constraint changes_topic_known check (topic in ('pool', 'desk')),
    xid xid8 not null,
    constraint changes_once primary key (topic, xid)
);

-- The arguments are the topics that a table belongs to.
create function change_topics() returns trigger language plpgsql as $$
declare
    one text;
begin
    foreach one in array tg_argv loop
        insert into changes (topic, xid) values (one, pg_current_xact_id()) on conflict do nothing;
        if found then
            -- This row says as much as all that ended before it: whoever did not see one of them does not see this one either.
            -- A row that somebody else is removing is left to them.
            delete from changes where topic = one and xid in (
                select c.xid from changes c where c.topic = one and c.xid < pg_snapshot_xmin(pg_current_snapshot()) for update skip locked);
        end if;
    end loop;
    return null;
end $$;

do $$
declare
    one text;
    topics text;
begin
    foreach one in array array['candidates', 'claims', 'vetting_checks', 'track_checks', 'introductions', 'placements', 'off_limits'] loop
        execute format('drop trigger %I on %I', one || '_change_pools', one);
    end loop;
    for one, topics in values
        ('candidates', '''pool'', ''desk'''), ('vetting_checks', '''pool'', ''desk'''), ('track_checks', '''pool'', ''desk'''),
        ('introductions', '''pool'', ''desk'''), ('placements', '''pool'', ''desk'''), ('claims', '''pool'''), ('off_limits', '''pool'''),
        ('role_requests', '''desk'''), ('seats', '''desk'''), ('offers', '''desk'''), ('assignments', '''desk'''), ('submissions', '''desk'''),
        ('guarantees', '''desk'''), ('guarantee_claims', '''desk'''), ('scorecards', '''desk'''), ('reference_requests', '''desk'''),
        ('identity_findings', '''desk'''), ('promises', '''desk'''), ('outbox', '''desk'''), ('users', '''desk'''), ('organizations', '''desk''')
    loop
        execute format('create trigger %I after insert or update or delete on %I for each statement execute function change_topics(%s)',
                       one || '_change_topics', one, topics);
    end loop;
end $$;

drop function pool_changed();
drop table pool_changes;

-- The first instant after this one at which the desk says something else although nobody changed anything: an interview is over, a
-- word is late, a link of a referee ends, a day begins. Guarantees count their days by the zones of clients, and every zone of today
-- begins its days at a quarter of an hour.
create index introductions_interview_at on introductions (interview_at) where state = 'interview';
create index reference_requests_end on reference_requests (expires_at) where state = 'asked';

create function desk_until(instant timestamptz) returns timestamptz language sql stable as $$
    select least(
        (select min(i.interview_at) from introductions i where i.state = 'interview' and i.interview_at > instant),
        (select min(p.due_before) from promises p where p.kept_at is null and p.due_before > instant),
        (select min(q.expires_at) from reference_requests q where q.state = 'asked' and q.expires_at > instant),
        to_timestamp((floor(extract(epoch from instant) / 900) + 1) * 900))
$$;
