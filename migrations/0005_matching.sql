-- Stored, replayable computations.

create table match_runs (
    id uuid primary key,
    seat_id uuid not null references seats (id),
    request_id uuid not null,
    formula integer not null,
    zone_data text not null,
    inputs_hash bytea not null, -- SHA-256 of the canonical inputs
    inputs jsonb not null, -- raw: seat, exchange rates, mark-up, every candidate of the pool
    results jsonb not null,
    pool integer not null,
    matched integer not null,
    to_confirm integer not null,
    created_by uuid references users (id),
    created_at timestamptz not null,
    constraint match_runs_seat_of_request foreign key (seat_id, request_id) references seats (id, request_id)
);
create index match_runs_by_seat on match_runs (seat_id, id desc);
create index match_runs_by_inputs on match_runs (seat_id, inputs_hash);
create trigger match_runs_only_grow before update or delete on match_runs for each row execute function refuse_change();
