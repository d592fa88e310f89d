-- A client with a request of two seats and a pool of 360 invented people: 60 complete ones, 300 of whom little is known.
-- Run after the shipped track and rates are loaded; the day is Monday 2026-11-23.

insert into organizations (id, name, zone, created_at)
values ('00000000-0000-7000-8000-000000000001', 'Halyard Payments', 'America/New_York', '2026-11-20T15:00:00Z');
insert into users (id, email, name, password_hash, role, organization_id, created_at)
values ('00000000-0000-7000-8000-000000000002', 'cto@halyard.test', 'Hal Yard', '-', 'client', '00000000-0000-7000-8000-000000000001', '2026-11-20T15:00:00Z'),
       ('00000000-0000-7000-8000-000000000003', 'assessor@agency.test', 'Asa Sessor', '-', 'recruiter', null, '2026-11-20T15:00:00Z');

insert into role_requests (id, organization_id, track_id, title, zone, work_start, work_end, work_days, least_overlap_minutes,
                           english_speaking, english_writing, budget_currency, budget_period, start_on, length_months, state, state_at,
                           created_by, created_at)
select '00000000-0000-7000-8000-000000000010', '00000000-0000-7000-8000-000000000001', t.id, 'Ledger services', 'America/New_York', 540, 1080, 31, 300,
       4, 4, 'USD', 'month', '2026-12-07', 12, 'submitted', '2026-11-20T15:00:00Z', '00000000-0000-7000-8000-000000000002', '2026-11-20T15:00:00Z'
from tracks t where t.slug = 'rust-actix';
insert into role_request_skills (request_id, skill_id, need, level, weight, position)
select '00000000-0000-7000-8000-000000000010', s.id, a.need, a.level, a.weight, a.position
from (values ('actix-web', 'must', 4, null, 1), ('async-rust', 'must', 3, null, 2),
             ('postgresql', 'nice', null, 4, 3), ('tracing', 'nice', null, 3, 4), ('docker', 'nice', null, 2, 5), ('kafka', 'nice', null, 1, 6))
     as a (slug, need, level, weight, position)
join skills s on s.slug = a.slug;
insert into seats (id, request_id, number, seniority, budget_minor, state)
values ('00000000-0000-7000-8000-000000000011', '00000000-0000-7000-8000-000000000010', 1, 'senior', 850000, 'open'),
       ('00000000-0000-7000-8000-000000000012', '00000000-0000-7000-8000-000000000010', 2, 'mid', 620000, 'open');

insert into candidates (id, track_id, name, source, city, zone, work_start, work_end, work_days, seniority, pay_minor, pay_currency, pay_period,
                        available_from, least_months, created_at, updated_at)
select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, t.id,
       case when n % 9 <> 0 then (array['Ana Lucía', 'Rafael', 'Beatriz', 'Joaquín', 'Diego', 'Camila', 'Mateo'])[n % 7 + 1] || ' ' ||
            (array['Restrepo', 'Monteiro', 'Nogueira', 'Herrera', 'Quispe', 'Vargas', 'Ibáñez', 'Ferreira'])[n % 8 + 1] end,
       'demo', (array['Medellín', 'Recife', 'São Paulo', 'Santiago', 'Lima'])[n % 5 + 1],
       (array['America/Bogota', 'America/Recife', 'America/Sao_Paulo', 'America/Santiago', 'America/Lima'])[n % 5 + 1],
       case when n % 11 = 0 then 840 else 540 end, case when n % 11 = 0 then 1380 else 1080 end, 31,
       (array['senior', 'mid', 'senior', 'junior'])[n % 4 + 1],
       case when n % 6 = 0 then 2600000 + n * 20000 else 420000 + n * 4000 end, case when n % 6 = 0 then 'BRL' else 'USD' end, 'month',
       case when n % 5 = 0 then date '2026-12-20' + n % 25 else date '2026-11-01' + n end,
       case when n % 13 = 0 then 18 end, '2026-11-10T10:00:00Z', '2026-11-10T10:00:00Z'
from generate_series(1, 60) n, tracks t where t.slug = 'rust-actix';
insert into candidates (id, track_id, source, zone, seniority, created_at, updated_at)
select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, t.id, 'import',
       (array['Europe/Berlin', 'America/Chicago', 'Asia/Kolkata'])[n % 3 + 1], (array['senior', 'mid', 'junior'])[n % 3 + 1],
       '2026-11-10T10:00:00Z', '2026-11-10T10:00:00Z'
from generate_series(61, 360) n, tracks t where t.slug = 'rust-actix';

insert into claims (id, candidate_id, kind, skill_id, value, source, stated_at, verified_by, verified_at, current)
select gen_random_uuid(), c.id, 'skill', s.id, case when a.k < 3 and c.code % 5 <> 0 then 4 + (c.code + a.k) % 2 else 2 + (c.code * 7 + a.k * 3) % 4 end, case when (c.code + a.k) % 3 = 0 then 'self' else 'interview' end,
       '2026-11-11T10:00:00Z', case when (c.code + a.k) % 3 <> 0 then '00000000-0000-7000-8000-000000000003'::uuid end,
       case when (c.code + a.k) % 3 <> 0 then timestamptz '2026-11-12T10:00:00Z' end, true
from candidates c
join (values ('actix-web', 1), ('async-rust', 2), ('postgresql', 3), ('tracing', 4), ('docker', 5), ('axum', 6), ('tokio', 7)) as a (slug, k)
     on (c.code * 5 + a.k * 11) % 8 > case when a.k < 3 then 0 else 3 end
join skills s on s.slug = a.slug
where c.source = 'demo';
-- The survey names technologies, never levels.
insert into claims (id, candidate_id, kind, skill_id, source, stated_at, current)
select gen_random_uuid(), c.id, 'skill', s.id, 'import', '2026-11-11T10:00:00Z', true
from candidates c join skills s on s.slug in ('actix-web', 'async-rust', 'docker') and (c.code % 4 = 0 or s.slug = 'docker')
where c.source = 'import';
insert into claims (id, candidate_id, kind, value, source, stated_at, verified_by, verified_at, current)
select gen_random_uuid(), c.id, k.kind, case when c.code % 8 = 0 then 3 else 4 + (c.code + length(k.kind)) % 3 end, 'interview', '2026-11-11T10:00:00Z',
       '00000000-0000-7000-8000-000000000003', '2026-11-12T10:00:00Z', true
from candidates c cross join (values ('english_speaking'), ('english_writing')) as k (kind)
where c.source = 'demo' and (c.code % 10 <> 0 or k.kind = 'english_speaking');

insert into vetting_checks (id, candidate_id, track_id, kind, state, assessor_id, decided_on, expires_on, score_bp, created_at)
select gen_random_uuid(), c.id, c.track_id, k.kind, 'passed', '00000000-0000-7000-8000-000000000003', '2026-11-12',
       case when k.kind = 'english' then date '2027-11-12' end, case when k.kind = 'take_home' then 5000 + (c.code * 137) % 5000 end,
       '2026-11-10T10:00:00Z'
from candidates c join track_checks k on k.track_id = c.track_id
where c.source = 'demo' and c.code % 15 <> 0;
