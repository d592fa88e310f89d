-- A search for people by the beginnings of words, whatever the accents: "mar gar" finds María García. What people are searched by
-- is folded into words once, and the first three letters of each lead to the people, last changed first, so that the first
-- page of a search costs the same however many people there are.

-- Lower case without accents, words apart by one blank, one before the first. Whatever is no letter and no digit of ASCII, and
-- the punctuation beyond it, is between words.
create function search_words(words text) returns text language sql immutable parallel safe as $$
    select ' ' || btrim(regexp_replace(
        translate(lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g')), 'łđøı', 'ldoi'),
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u303f]+', ' ', 'g'))
$$;

-- What finds them: a pattern for each word of what was typed, the longest first. None of a text without words.
create function search_patterns(typed text) returns text[] language sql immutable parallel safe as $$
    select array_agg('% ' || w || '%' order by char_length(w) desc, w)
    from (select distinct w from unnest(string_to_array(btrim(search_words(typed)), ' ')) w where w <> '') words
$$;

-- The beginnings of words that have three letters.
create function word_keys(words text) returns text[] language sql immutable parallel safe as $$
    select coalesce(array_agg(distinct left(w, 3)), '{}') from unnest(string_to_array(btrim(words), ' ')) w where char_length(w) >= 3
$$;

drop index candidates_walk;
drop index if exists candidates_search;
alter table candidates drop column search_start, drop column search;
alter table candidates
    add column words text not null generated always as (
        search_words(coalesce(name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(city, '') || ' ' || headline)) stored,
    -- The beginning, nearly always all of it, fits into an index whatever letters it has.
    add column words_start text not null generated always as (
        left(search_words(coalesce(name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(city, '') || ' ' || headline), 600)) stored;
create index candidates_walk on candidates (updated_at desc, id desc) include (words_start);
do $$
begin
    create index candidates_words on candidates using gin (words gin_trgm_ops) with (fastupdate = off);
exception when undefined_object then
    raise notice 'searches for something rare are slow: pg_trgm is not available (%)', sqlerrm;
end $$;

-- Written by the triggers below alone, in the transaction of the person's row; so no key leads back to it.
create table candidate_words (
    key text not null,
    updated_at timestamptz not null,
    candidate_id uuid not null,
    constraint candidate_words_once primary key (key, updated_at, candidate_id)
);

-- Row by row: a statement that joined the rows before it with those after it would compare each with each when they are many.
create function words_follow() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        delete from candidate_words
        where key = any (word_keys(old.words)) and updated_at = old.updated_at and candidate_id = old.id;
    end if;
    if tg_op <> 'DELETE' then
        insert into candidate_words (key, updated_at, candidate_id) select k, new.updated_at, new.id from unnest(word_keys(new.words)) k;
    end if;
    return null;
end $$;
create trigger candidates_words_made after insert or delete on candidates for each row execute function words_follow();
create trigger candidates_words_changed after update on candidates
    for each row when ((old.words, old.updated_at) is distinct from (new.words, new.updated_at)) execute function words_follow();

insert into candidate_words (key, updated_at, candidate_id)
select k, c.updated_at, c.id from candidates c cross join lateral unnest(word_keys(c.words)) k;

-- What follows from other columns is no change of its own in the log (0123).
drop trigger candidates_noted on candidates;
create trigger candidates_noted after insert or update or delete on candidates for each row execute function note_change(
    'candidate', 'id', '',
    'code, user_id, track_id, source, zone, work_start, work_end, work_days, seniority, pay_minor, pay_currency, pay_period, available_from, least_months, most_months, state',
    'id, version, created_at, updated_at, words, words_start, skills, checks, checks_on, check_begun');
