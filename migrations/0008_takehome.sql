-- The take-home challenge: assignment, submissions (stored, never opened), grades by hand.

create table assignments (
    id uuid primary key,
    candidate_id uuid not null references candidates (id),
    challenge_id uuid not null references challenges (id), -- the version is pinned
    rubric_id uuid not null references rubrics (id),
    state text not null constraint assignments_state_known check (state in ('invited', 'submitted', 'graded', 'withdrawn')),
    due_at timestamptz not null,
    invited_by uuid not null references users (id),
    invited_at timestamptz not null,
    version integer not null default 1
);
create unique index assignments_one_open on assignments (candidate_id) where state in ('invited', 'submitted');
create index assignments_by_candidate on assignments (candidate_id, id desc);
create index assignments_by_state on assignments (state, due_at);
create trigger assignments_transition before insert or update of state on assignments
    for each row execute function enforce_transition('assignment');
insert into state_transitions values
    ('assignment', '', 'invited'), ('assignment', 'invited', 'submitted'), ('assignment', 'invited', 'withdrawn'),
    ('assignment', 'submitted', 'graded'), ('assignment', 'submitted', 'withdrawn');

create table submissions (
    id uuid primary key,
    assignment_id uuid not null references assignments (id),
    number smallint not null,
    file_name text not null,
    bytes bigint not null constraint submissions_size check (bytes between 1 and 20971520),
    sha256 bytea not null constraint submissions_hash check (length(sha256) = 32),
    media text not null constraint submissions_media_known check (media in ('zip', 'gzip')),
    late boolean not null,
    received_at timestamptz not null,
    constraint submissions_number_once unique (assignment_id, number)
);
create index submissions_by_hash on submissions (sha256);
create trigger submissions_only_grow before update or delete on submissions for each row execute function refuse_change();

create table grades (
    id uuid primary key,
    assignment_id uuid not null references assignments (id),
    submission_id uuid not null references submissions (id),
    grader_id uuid not null references users (id),
    scores jsonb not null, -- [{key, score: 0-4 or null, comment}]
    score_bp integer constraint grades_score check (score_bp between 0 and 10000), -- null: nothing was assessed
    passed boolean not null,
    feedback text not null default '', -- for the candidate
    graded_at timestamptz not null,
    constraint grades_one_per_assignment unique (assignment_id)
);
create trigger grades_only_grow before update or delete on grades for each row execute function refuse_change();
