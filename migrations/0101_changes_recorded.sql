-- The audit trail, second part: rows of people, money, terms, roles and states tell what of them changed.
--
-- A trigger and not the application: an act cannot forget a field, a table that gets a column tells of it without anybody's help
-- (hashed, until the column is named as one that is not personal), and what is done past the application is seen too.

-- Arguments: kind of the subject; the column with its id; columns that tell rows of one subject apart ('' for the record's own
-- row); columns whose values are kept readable; columns that are not recorded. Values of any other column are kept as a hash.
-- Columns that end in _hash are secrets: only that they changed.
create function note_change() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    plain text[] := string_to_array(replace(tg_argv[3], ' ', ''), ',');
    ignored text[] := string_to_array(replace(tg_argv[4], ' ', ''), ',');
    old_row jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    new_row jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    one jsonb := coalesce(new_row, old_row);
    was jsonb;
    became jsonb;
    its_part text := '';
begin
    select case when tg_op <> 'INSERT' then jsonb_object_agg(f.key, side(f.key, old_row -> f.key, plain, 'old')) end,
           case when tg_op <> 'DELETE' then jsonb_object_agg(f.key, side(f.key, f.value, plain, 'new')) end
    into was, became
    from jsonb_each(one) f
    where not f.key = any (ignored) and (tg_op <> 'UPDATE' or f.value is distinct from old_row -> f.key);
    if was is null and became is null then
        return null;
    end if;
    if tg_argv[2] <> '' then
        its_part := tg_table_name || '.' || (
            select string_agg(one ->> k, '.') from unnest(string_to_array(replace(tg_argv[2], ' ', ''), ',')) k);
    end if;
    insert into event_pending (first, subject_kind, subject_id, part, before, after)
    values (not exists (select from event_pending p where p.tx = pg_current_xact_id()),
            tg_argv[0], (one ->> tg_argv[1])::uuid, its_part, was, became);
    return null;
end $$;

create function side(field text, value jsonb, plain text[], which text) returns jsonb language sql immutable as $$
    select case when field like '%\_hash' then jsonb_build_object('secret', which)
                when field = any (plain) then value
                else jsonb_build_object('~personal', value) end
$$;

-- People and roles.
create trigger users_noted after insert or update or delete on users for each row execute function note_change(
    'user', 'id', '', 'role, organization_id, deactivated_at, email_confirmed_at', 'id, version, session_epoch, created_at');
create trigger invitations_noted after insert or update on invitations for each row when (new.candidate_id is null)
    execute function note_change('invitation', 'id', '', 'role, created_by, expires_at, used_at, used_by', 'id, token_hash, created_at, candidate_id');
create trigger invitations_to_candidates_noted after insert or update on invitations for each row when (new.candidate_id is not null)
    execute function note_change('candidate', 'candidate_id', 'id', 'role, created_by, expires_at, used_at, used_by', 'id, token_hash, created_at, candidate_id');
create trigger organizations_noted after insert or update or delete on organizations for each row execute function note_change(
    'organization', 'id', '', 'name, zone, website', 'id, version, created_at');
create trigger candidates_noted after insert or update or delete on candidates for each row execute function note_change(
    'candidate', 'id', '',
    'code, user_id, track_id, source, zone, work_start, work_end, work_days, seniority, pay_minor, pay_currency, pay_period, available_from, least_months, most_months, state',
    'id, version, created_at, updated_at');
create trigger claims_noted after insert or update or delete on claims for each row execute function note_change(
    'candidate', 'candidate_id', 'id',
    'kind, skill_id, value, source, stated_by, stated_at, verified_by, verified_at, current, withdrawn_at', 'id, candidate_id');
create trigger vetting_checks_noted after insert or update or delete on vetting_checks for each row execute function note_change(
    'candidate', 'candidate_id', 'id', 'track_id, kind, state, assessor_id, decided_on, expires_on, score_bp', 'id, candidate_id, created_at');
create trigger assignments_noted after insert or update or delete on assignments for each row execute function note_change(
    'assignment', 'id', '', 'candidate_id, challenge_id, rubric_id, state, due_at, invited_by', 'id, version, invited_at');
create trigger submissions_noted after insert on submissions for each row execute function note_change(
    'assignment', 'assignment_id', 'number', 'bytes, media, late, received_at', 'id, assignment_id, number, sha256');
create trigger grades_noted after insert on grades for each row execute function note_change(
    'assignment', 'assignment_id', 'id', 'submission_id, grader_id, score_bp, passed', 'id, assignment_id, graded_at');
create trigger time_wishes_noted after insert or update or delete on time_wishes for each row execute function note_change(
    'assignment', 'assignment_id', 'id', 'asked_at, granted, answered_by, answered_at', 'id, assignment_id');

-- Terms and what is asked for.
create trigger agreements_noted after insert on agreements for each row execute function note_change(
    'agreement', 'id', '', 'organization_id, number, terms, accepted_by, accepted_at', 'id');
create trigger role_requests_noted after insert or update or delete on role_requests for each row execute function note_change(
    'role_request', 'id', '',
    'code, organization_id, track_id, title, system, performance_targets, concurrency, infrastructure, why_technology, zone, work_start, work_end, work_days, least_overlap_minutes, english_speaking, english_writing, budget_currency, budget_period, start_on, length_months, signals, state, state_reason, created_by',
    'id, version, created_at, state_at');
create trigger role_request_skills_noted after insert or update or delete on role_request_skills for each row execute function note_change(
    'role_request', 'request_id', 'skill_id', 'need, level, weight', 'request_id, skill_id, position');
create trigger seats_noted after insert or update or delete on seats for each row execute function note_change(
    'role_request', 'request_id', 'number', 'seniority, budget_minor, state', 'id, request_id, number');
create trigger introductions_noted after insert or update or delete on introductions for each row execute function note_change(
    'introduction', 'id', '',
    'request_id, seat_id, organization_id, candidate_id, run_id, points, state, reason_kind, proposed_by, consented_at, consented_by, interview_at, interview_local, interview_zone',
    'id, version, proposed_at, state_at');

-- Money and promises.
create trigger offers_noted after insert or update or delete on offers for each row execute function note_change(
    'offer', 'id', '',
    'introduction_id, seat_id, candidate_id, pay_minor, bill_minor, currency, period, engagement, start_on, length_months, agreement_id, state, sent_by',
    'id, sent_at, answered_at');
create trigger placements_noted after insert or update or delete on placements for each row execute function note_change(
    'placement', 'id', '',
    'offer_id, introduction_id, seat_id, request_id, organization_id, candidate_id, state, start_on, zone, terms, specification, run_id, pay_minor, bill_minor, currency, period, engagement, accepted_at, last_working_day, end_cause, ended_at, replaces_id, root_id, replacement_number',
    'id, version');
create trigger guarantees_noted after insert or update or delete on guarantees for each row execute function note_change(
    'placement', 'placement_id', 'placement_id', 'state, span, last_covered, starts_at, ends_at, notice_before', 'placement_id, state_at');
create trigger guarantee_claims_noted after insert or update or delete on guarantee_claims for each row execute function note_change(
    'placement', 'placement_id', 'id', 'state, last_working_day, cause, notified_by, notified_at, decided_by, decided_at, replaced_by',
    'id, placement_id, version');
create trigger exchange_rates_noted after insert or update or delete on exchange_rates for each row execute function note_change(
    'exchange_rate', 'id', '', 'base, quote, rate_e9, valid_from, source, set_by', 'id, set_at');
create trigger markups_noted after insert or update or delete on markups for each row execute function note_change(
    'markup', 'id', '', 'track_id, organization_id, basis_points, valid_from, set_by', 'id, set_at');

-- What a track asks of people, and its market rates.
create trigger tracks_noted after insert or update or delete on tracks for each row execute function note_change(
    'track', 'id', '', 'slug, name, summary, red_flags, archived_at', 'id, version, created_at');
create trigger track_skills_noted after insert or update or delete on track_skills for each row execute function note_change(
    'track', 'track_id', 'skill_id', 'need, level, weight', 'track_id, skill_id, position');
create trigger track_bands_noted after insert or update or delete on track_bands for each row execute function note_change(
    'track', 'track_id', 'region, seniority', 'years_from, years_to, hint, currency, yearly_from_minor, yearly_to_minor, source, source_on',
    'track_id, region, seniority');
create trigger track_checks_noted after insert or update or delete on track_checks for each row execute function note_change(
    'track', 'track_id', 'kind', 'valid_months', 'track_id, kind, position');
create trigger challenges_noted after insert on challenges for each row execute function note_change(
    'track', 'track_id', 'number', 'title, timebox_hours, deadline_days, created_by', 'id, track_id, number, body, created_at');
create trigger rubrics_noted after insert on rubrics for each row execute function note_change(
    'track', 'track_id', 'number', 'created_by', 'id, track_id, number, criteria, created_at');
