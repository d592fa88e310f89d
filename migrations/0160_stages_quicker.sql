-- What a track asks for reaches everybody of it: with 10,000 people that took up to ten seconds, nearly all of it for entries of an
-- index that say the same as before. PostgreSQL writes every index of a row anew when any column of an index changes, and the
-- index of trigrams (0126) has some hundred entries a person. So it stands beside the people now, and follows their words alone.

create table candidate_texts (
    -- Written by the triggers below alone, in the transaction of the person's row; so no key leads back to it.
    candidate_id uuid primary key,
    words text not null
);
insert into candidate_texts (candidate_id, words) select c.id, c.words from candidates c;

drop index if exists candidates_words;
do $$
begin
    create index candidate_texts_trigrams on candidate_texts using gin (words gin_trgm_ops) with (fastupdate = off);
exception when undefined_object then
    raise notice 'searches for something rare are slow: pg_trgm is not available (%)', sqlerrm;
end $$;

create function texts_follow() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from candidate_texts where candidate_id = old.id;
    else
        insert into candidate_texts (candidate_id, words) values (new.id, new.words)
        on conflict (candidate_id) do update set words = excluded.words;
    end if;
    return null;
end $$;
create trigger candidates_texts_made after insert or delete on candidates for each row execute function texts_follow();
create trigger candidates_texts_changed after update on candidates
    for each row when (old.words is distinct from new.words) execute function texts_follow();

-- A track that calls its checks otherwise, or lets them count for longer, moves nobody: validity is used up when a check is judged.
create function stages_follow_the_order() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
    perform stages_of_tracks(array(
        select distinct coalesce(n.track_id, o.track_id)
        from written n full join gone o on o.track_id = n.track_id and o.kind = n.kind
        where n.position is distinct from o.position));
    return null;
end $$;

-- As before (0150), for some tracks; nothing is looked at for none.
create function stages_of_tracks(changed uuid[]) returns void language plpgsql
set plan_cache_mode = force_generic_plan as $$
begin
    if cardinality(changed) = 0 then
        return;
    end if;
    perform from tracks t where t.id = any (changed) order by t.id for update;
    perform from candidates c where c.track_id = any (changed) order by c.id for no key update;
    update candidates c set stage = n.stage, stage_check = n.stage_check, stage_since = n.stage_since, stage_until = n.stage_until
    from (select k.id, s.* from candidates k
          cross join lateral stage_on_day(k.id, k.track_id, k.check_begun, k.created_at, k.stage_on) s
          where k.track_id = any (changed)) n
    where c.id = n.id
      and (c.stage, c.stage_check, c.stage_since, c.stage_until) is distinct from (n.stage, n.stage_check, n.stage_since, n.stage_until);
end $$;

create or replace function stages_follow_the_track() returns trigger language plpgsql as $$
begin
    perform stages_of_tracks(array(select distinct w.track_id from written w));
    return null;
end $$;

drop trigger track_checks_stages_anew on track_checks;
create trigger track_checks_stages_anew after update on track_checks referencing old table as gone new table as written
    for each statement execute function stages_follow_the_order();
