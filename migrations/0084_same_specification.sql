-- "Same specification as the snapshot" is about the work: the track, the must-haves with their levels, the seniority, the hours
-- in their zone with the overlap asked for, and English. A title is a name and a nice-to-have never kept anybody out, so that
-- correcting one takes nothing from the client. Snapshots keep all that was written, old and new ones alike; what is compared
-- is what this leaves of them.
create function work_of(specification jsonb) returns jsonb language sql immutable as $$
    select specification - 'title' || jsonb_build_object('skills', coalesce((
        select jsonb_object_agg(s ->> 'skill', s -> 'level')
        from jsonb_array_elements(specification -> 'skills') s where s ->> 'need' = 'must'), '{}'))
$$;

create function same_specification(frozen jsonb, seat uuid) returns boolean language sql stable as $$
    select work_of(frozen) = work_of(specification_of(seat))
$$;
