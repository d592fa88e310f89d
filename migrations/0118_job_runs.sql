-- What each periodic job did when it last ran: one row a job. No rule reads it.

create table job_runs (
    name text primary key constraint job_runs_name_short check (length(name) between 1 and 60),
    started_at timestamptz not null,
    ended_at timestamptz not null,
    result bigint, -- rows it changed; null: it failed
    error text constraint job_runs_error_short check (length(error) <= 1000), -- of its last failure, and
    failed_at timestamptz, -- when that was; both stay when it runs well again
    runs bigint not null default 1,
    constraint job_runs_failure_whole check (num_nulls(error, failed_at) in (0, 2)),
    constraint job_runs_failure_told check (result is not null or error is not null)
);
