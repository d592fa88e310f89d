-- What somebody looks for in the pipeline again and again, under a name: their own, and nobody else's.
create table saved_views (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    name text not null constraint saved_views_name_one_line check (length(btrim(name)) between 1 and 60 and name !~ '[[:cntrl:]]'),
    -- The part of the address behind the question mark, as the page writes it.
    query text not null constraint saved_views_query_plain check (query ~ '^[!-~]{1,1500}$'),
    -- The pipeline opens with it.
    is_default boolean not null default false,
    created_at timestamptz not null
);
create unique index saved_views_name_once on saved_views (user_id, lower(btrim(name)));
create unique index saved_views_one_default on saved_views (user_id) where is_default;
