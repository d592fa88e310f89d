-- What an assessor asks: a title of its own for a check of a track, and structured questions with what weak, solid and strong
-- answers look like. Data of the track, for checks that it requires and for those that may be added for one person.

alter table track_checks add column title text not null default ''
    constraint track_checks_title_one_line check (length(title) <= 120 and title !~ '[[:cntrl:]]');

create table check_questions (
    track_id uuid not null references tracks (id) on delete cascade,
    kind text not null constraint check_questions_kind_known check (kind in
        ('english', 'code_review', 'technical_interview', 'debugging', 'take_home', 'references', 'background', 'identity')),
    position integer not null constraint check_questions_few check (position between 1 and 12),
    question text not null constraint check_questions_asked check (length(btrim(question)) between 1 and 600),
    weak text not null default '',
    solid text not null default '',
    strong text not null default '',
    constraint check_questions_anchors_short check (length(weak) <= 400 and length(solid) <= 400 and length(strong) <= 400),
    primary key (track_id, kind, position)
);

drop trigger track_checks_noted on track_checks;
create trigger track_checks_noted after insert or update or delete on track_checks for each row execute function note_change(
    'track', 'track_id', 'kind', 'title, valid_months', 'track_id, kind, position');
create trigger check_questions_noted after insert or update or delete on check_questions for each row execute function note_change(
    'track', 'track_id', 'kind, position', 'question, weak, solid, strong', 'track_id, kind, position');
