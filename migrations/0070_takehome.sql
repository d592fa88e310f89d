-- What grading by hand needs beside the assignment: drafts, the release of feedback, wishes for more time; and the
-- rules of an upload that no second server may break.

-- A grader's unfinished marks. One each, overwritten; gone when the grade is in.
create table grade_drafts (
    assignment_id uuid not null references assignments (id),
    grader_id uuid not null references users (id),
    scores jsonb not null, -- [[key, mark as typed, comment as typed]]
    outcome text not null default '',
    feedback text not null default '',
    saved_at timestamptz not null,
    primary key (assignment_id, grader_id)
);

-- The candidate reads the feedback from here on. It cannot be taken back.
create table feedback_releases (
    grade_id uuid primary key references grades (id),
    released_by uuid not null references users (id),
    released_at timestamptz not null
);
create trigger feedback_releases_only_grow before update or delete on feedback_releases
    for each row execute function refuse_change();

-- The candidate asks for more time; staff answer.
create table time_wishes (
    id uuid primary key,
    assignment_id uuid not null references assignments (id),
    reason text not null constraint time_wishes_reason_given check (length(btrim(reason)) > 0),
    asked_at timestamptz not null,
    granted boolean,
    answered_by uuid references users (id),
    answered_at timestamptz,
    constraint time_wishes_answered_whole check (num_nulls(granted, answered_by, answered_at) in (0, 3))
);
create unique index time_wishes_one_open on time_wishes (assignment_id) where granted is null;

-- A grade is of a submission to the same assignment.
alter table submissions add constraint submissions_key unique (id, assignment_id);
alter table grades add constraint grades_of_the_assignment
    foreign key (submission_id, assignment_id) references submissions (id, assignment_id);

-- Nothing is uploaded to an assignment that is graded or withdrawn. The share lock makes a simultaneous grade wait.
create function submission_needs_open_assignment() returns trigger language plpgsql as $$
declare
    standing text;
begin
    select a.state into standing from assignments a where a.id = new.assignment_id for share;
    if standing not in ('invited', 'submitted') then
        raise exception using errcode = 'check_violation', constraint = 'submissions_while_open', table = 'submissions',
            message = format('the assignment is %s', standing);
    end if;
    return new;
end $$;
create trigger submissions_while_open before insert on submissions
    for each row execute function submission_needs_open_assignment();

-- The version of challenge and rubric stays as it was at the invitation.
create function assignment_versions_stay() returns trigger language plpgsql as $$
begin
    if (new.candidate_id, new.challenge_id, new.rubric_id, new.invited_at)
       is distinct from (old.candidate_id, old.challenge_id, old.rubric_id, old.invited_at) then
        raise exception using errcode = 'check_violation', constraint = 'assignments_pinned', table = 'assignments',
            message = 'an assignment keeps its candidate, challenge and rubric';
    end if;
    return new;
end $$;
create trigger assignments_pinned before update on assignments for each row execute function assignment_versions_stay();
