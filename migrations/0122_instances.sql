-- Servers that run. Each says so with every round of its sweeps: its version, and how far its clock is ahead of the database's.
-- A server that ends in good order takes its row away; one that was killed leaves it, and `meridian doctor` tells of it.
create table instances (
    id uuid primary key,
    version text not null constraint instances_version_short check (length(version) between 1 and 60),
    started_at timestamptz not null,
    seen_at timestamptz not null,
    ahead_ms bigint not null
);
