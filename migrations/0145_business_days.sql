-- Which days are no business days: statutory holidays by country, kept by an admin. A day counts for two people when it is a business
-- day where each of them works.

-- That a year of a country is known at all: without it "no holiday" and "nobody has entered them" would look alike, and what an
-- admin took away would be shipped again.
create table holiday_years (
    id uuid primary key,
    country text not null constraint holiday_years_country check (country ~ '^[A-Z]{2}$'), -- ISO 3166-1 alpha-2
    year integer not null constraint holiday_years_of_this_age check (year between 2000 and 2099),
    source text not null constraint holiday_years_sourced check (length(btrim(source)) between 1 and 300),
    constraint holiday_years_once unique (country, year)
);

create table holidays (
    id uuid primary key,
    country text not null,
    year integer not null generated always as (extract(year from day)::integer) stored,
    day date not null,
    name text not null constraint holidays_named check (length(btrim(name)) between 1 and 100),
    constraint holidays_of_a_known_year foreign key (country, year) references holiday_years (country, year),
    constraint holidays_once unique (country, day)
);

-- Where the agency works, and within how many business days somebody hears from it.
alter table settings drop constraint settings_known;
alter table settings add constraint settings_known check (name in ('staff_second_factor', 'agency_country', 'promise_days')),
    add constraint settings_agency_country check (name <> 'agency_country' or (jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^[A-Z]{2}$')),
    add constraint settings_promise_days check (name <> 'promise_days'
        or case when jsonb_typeof(value) = 'number' and value #>> '{}' ~ '^[0-9]{1,2}$' then (value #>> '{}')::integer between 1 and 20 else false end);

-- The country whose holidays a person keeps, because they work there. Not a nationality, and read by nothing but the count of
-- business days. Null: as their time zone says.
alter table candidates add column works_in text constraint candidates_works_in check (works_in ~ '^[A-Z]{2}$');
