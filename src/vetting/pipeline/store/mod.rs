//! SQL of the pipeline.

pub mod views;

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::{Pipeline, Progress, Stage};
use crate::candidates::State;
use crate::candidates::store::{Cut, Direction, Filter, Tally, narrow};
use crate::db::by_values;
use crate::error::AppResult;
use crate::ids::{CandidateId, CheckId, TrackId, UserId};
use crate::tracks::levels::Seniority;
use crate::vetting::Kind;

/// Brings the stages of everybody to `today`: first of all, by whoever reads stages.
pub async fn roll(conn: &mut PgConnection, today: NaiveDate) -> AppResult<u64> {
    let rolled = sqlx::query_scalar!(r#"select roll_stages($1) as "rolled!""#, today)
        .fetch_one(conn)
        .await?;
    Ok(u64::try_from(rolled).unwrap_or_default())
}

/// Adds up the lines of the tallies.
pub async fn fold(conn: &mut PgConnection) -> AppResult<u64> {
    let lines = sqlx::query_scalar!(r#"select fold_stage_tallies() as "lines!""#)
        .fetch_one(conn)
        .await?;
    Ok(u64::try_from(lines).unwrap_or_default())
}

/// The tracks that are offered with what they ask for, by name.
pub async fn pipelines(conn: &mut PgConnection) -> AppResult<Vec<Pipeline>> {
    let rows = sqlx::query!(
        r#"select t.id as "id: TrackId", t.slug, t.name, tc.kind as "kind?: Kind", tc.title as "title?"
           from tracks t left join track_checks tc on tc.track_id = t.id
           where t.archived_at is null order by lower(t.name), t.id, tc.position, tc.kind"#
    )
    .fetch_all(conn)
    .await?;
    let pipelines = rows.chunk_by(|one, next| one.id == next.id).map(|rows| {
        let checks: Vec<(Kind, String)> = rows.iter().filter_map(|row| row.kind.zip(row.title.clone())).collect();
        Pipeline::new(rows[0].id, rows[0].slug.clone(), rows[0].name.clone(), &checks)
    });
    Ok(pipelines.collect())
}

/// Whom the pipeline shows.
#[derive(Debug, Clone)]
pub struct Narrowed {
    /// Of this track.
    pub track: TrackId,
    /// In this state: only the active are in the pipeline.
    pub state: State,
    /// At this stage.
    pub stage: Option<Stage>,
    /// With the check of the stage there.
    pub progress: Option<Progress>,
    /// Who owes a scorecard about the person.
    pub assessor: Option<UserId>,
    /// At the stage since before this day.
    pub before: Option<NaiveDate>,
    /// What a person is found by in the pool, too.
    pub person: Filter,
    /// Whether `person` asks for anything.
    pub by_person: bool,
}

impl Narrowed {
    /// Nothing beside track and stage is asked for: the counts are known, and any plan is the right one.
    pub fn is_plain(&self) -> bool {
        self.state == State::Active
            && self.progress.is_none()
            && self.assessor.is_none()
            && self.before.is_none()
            && !self.by_person
    }

    fn push(&self, sql: &mut QueryBuilder<Postgres>, today: NaiveDate) {
        sql.push(" where c.track_id = ").push_bind(self.track);
        // Said in the text, so that the indexes of active people are found whatever is planned once.
        if self.state == State::Active {
            sql.push(" and c.state = 'active'");
        } else {
            sql.push(" and c.state = ").push_bind(self.state);
        }
        if let Some(stage) = self.stage {
            sql.push(format!(" and c.stage = {}", stage.packed()));
        }
        if let Some(progress) = self.progress {
            sql.push(format!(" and c.stage_check = {}", progress.number()));
            if progress == Progress::NotStarted {
                sql.push(" and c.stage not in (0, 240)");
            }
        }
        if let Some(assessor) = self.assessor {
            sql.push(" and ").push_bind(assessor).push(" = any(c.owed_by)");
        }
        if let Some(before) = self.before {
            sql.push(" and c.stage_since < ").push_bind(before);
        }
        if self.by_person {
            narrow(sql, &self.person, today);
        }
    }
}

/// Somebody in the pipeline.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Placed {
    /// Id.
    pub id: CandidateId,
    /// The number behind "M-1001".
    pub code: i32,
    /// None: anonymous.
    pub name: Option<String>,
    /// A hint.
    pub seniority: Option<Seniority>,
    /// The packed stage.
    pub stage: i16,
    /// Where its check stands, by number.
    pub stage_check: i16,
    /// At this stage since.
    pub stage_since: NaiveDate,
    /// Who owes a scorecard about them.
    pub owed_by: Vec<UserId>,
}

impl Placed {
    /// The stage.
    pub fn stage(&self) -> Stage {
        Stage::of(self.stage)
    }

    /// Where its check stands.
    pub fn progress(&self) -> Progress {
        Progress::of(self.stage_check)
    }
}

const CARD: &str = "c.id, c.code, c.name, c.seniority, c.stage, c.stage_check, c.stage_since, c.owed_by";

/// What a board shows.
#[derive(Debug, Default)]
pub struct Board {
    /// Of each stage, packed, the people who are there longest.
    pub cards: HashMap<i16, Vec<Placed>>,
    /// How many there are.
    pub counts: HashMap<i16, Tally>,
}

/// The board: at most `most` cards of each stage.
pub async fn board(
    conn: &mut PgConnection,
    pipeline: &Pipeline,
    narrowed: &Narrowed,
    today: NaiveDate,
    most: usize,
) -> AppResult<Board> {
    if narrowed.is_plain() {
        let rows = cards(conn, pipeline, narrowed, today, most).await?;
        let counts = tallies(conn, pipeline.track).await?;
        return Ok(Board {
            cards: grouped(rows),
            counts,
        });
    }
    let mut tx = by_values(conn).await?;
    let rows = cards(&mut tx, pipeline, narrowed, today, most).await?;
    let counts = counted(&mut tx, pipeline, narrowed, today).await?;
    tx.commit().await?;
    Ok(Board {
        cards: grouped(rows),
        counts,
    })
}

fn grouped(rows: Vec<Placed>) -> HashMap<i16, Vec<Placed>> {
    let mut grouped: HashMap<i16, Vec<Placed>> = HashMap::new();
    for row in rows {
        grouped.entry(row.stage).or_default().push(row);
    }
    for column in grouped.values_mut() {
        column.sort_by_key(|row| (row.stage_since, row.id));
    }
    grouped
}

/// The stages as an array in the text: numbers of ours, and the same for every board of the track.
fn stages(pipeline: &Pipeline, narrowed: &Narrowed) -> String {
    let asked = pipeline.stages.iter().map(|(stage, _)| *stage);
    let asked = asked.filter(|stage| narrowed.stage.is_none_or(|only| only == *stage));
    let numbers: Vec<String> = asked.map(|stage| stage.packed().to_string()).collect();
    format!("unnest(array[{}]::smallint[]) s (stage)", numbers.join(","))
}

async fn cards(
    conn: &mut PgConnection,
    pipeline: &Pipeline,
    narrowed: &Narrowed,
    today: NaiveDate,
    most: usize,
) -> AppResult<Vec<Placed>> {
    let stages = stages(pipeline, narrowed);
    let mut sql = QueryBuilder::new(format!(
        "select c.* from {stages} cross join lateral (select {CARD} from candidates c"
    ));
    let of_each = Narrowed {
        stage: None,
        ..narrowed.clone()
    };
    of_each.push(&mut sql, today);
    sql.push(format!(
        " and c.stage = s.stage order by c.stage_since, c.id limit {most}) c"
    ));
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

async fn counted(
    conn: &mut PgConnection,
    pipeline: &Pipeline,
    narrowed: &Narrowed,
    today: NaiveDate,
) -> AppResult<HashMap<i16, Tally>> {
    let stages = stages(pipeline, narrowed);
    let mut sql = QueryBuilder::new("select s.stage, (select count(*) from (select from candidates c");
    let of_each = Narrowed {
        stage: None,
        ..narrowed.clone()
    };
    of_each.push(&mut sql, today);
    sql.push(format!(
        " and c.stage = s.stage limit {}) n) from {stages}",
        Tally::MOST + 1
    ));
    let rows: Vec<(i16, i64)> = sql.build_query_as().fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|(stage, people)| (stage, Tally::up_to(people)))
        .collect())
}

/// How many active people each stage of a track has.
async fn tallies(conn: &mut PgConnection, track: TrackId) -> AppResult<HashMap<i16, Tally>> {
    let rows = sqlx::query!(
        r#"select stage, sum(people)::bigint as "people!" from stage_tallies where track_id = $1 group by stage"#,
        track as TrackId,
    )
    .fetch_all(conn)
    .await?;
    let tally = |row: (i16, i64)| (row.0, Tally::up_to(row.1));
    Ok(rows.into_iter().map(|row| tally((row.stage, row.people))).collect())
}

/// How many people are left, in all; of a plain table it is known.
pub async fn count(conn: &mut PgConnection, narrowed: &Narrowed, today: NaiveDate) -> AppResult<Tally> {
    if narrowed.is_plain() {
        let all = sqlx::query_scalar!(
            r#"select coalesce(sum(people), 0)::bigint as "people!" from stage_tallies where track_id = $1 and ($2::smallint is null or stage = $2)"#,
            narrowed.track as TrackId,
            narrowed.stage.map(Stage::packed),
        )
        .fetch_one(conn)
        .await?;
        return Ok(Tally::up_to(all));
    }
    let mut sql = QueryBuilder::new("select count(*) from (select from candidates c");
    narrowed.push(&mut sql, today);
    sql.push(format!(" limit {}) n", Tally::MOST + 1));
    let mut tx = by_values(conn).await?;
    let people = sql.build_query_scalar().fetch_one(&mut *tx).await?;
    tx.commit().await?;
    Ok(Tally::up_to(people))
}

/// How the table is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// As the board: stage by stage, in each the longest first.
    #[default]
    Stage,
    /// At their stage longest.
    Longest,
    /// At their stage shortest.
    Shortest,
    /// By name; anonymous profiles first.
    Name,
}

impl Sort {
    /// All orders.
    pub const ALL: [Self; 4] = [Self::Stage, Self::Longest, Self::Shortest, Self::Name];

    /// As the address writes it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Longest => "longest",
            Self::Shortest => "shortest",
            Self::Name => "name",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Stage => "Stage",
            Self::Longest => "Longest there",
            Self::Shortest => "Shortest there",
            Self::Name => "Name",
        }
    }

    /// Reads what an address says.
    pub fn parse(key: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.key() == key).unwrap_or_default()
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Stage => &["c.stage", "c.stage_since", "c.id"],
            Self::Longest | Self::Shortest => &["c.stage_since", "c.id"],
            Self::Name => &["lower(coalesce(c.name, ''))", "c.id"],
        }
    }
}

/// A line of the table.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    /// Who, and where they stand.
    #[sqlx(flatten)]
    pub placed: Placed,
    /// Display only.
    pub country: Option<String>,
    /// Display only.
    pub city: Option<String>,
    /// The current skills, see [`crate::tracks::taxonomy`].
    pub skills: Vec<i32>,
    /// Of the taxonomy at that moment.
    pub taxonomy: i64,
}

/// One page of the table; backwards ones come reversed.
pub async fn table(
    conn: &mut PgConnection,
    narrowed: &Narrowed,
    sort: Sort,
    today: NaiveDate,
    cut: Cut,
) -> AppResult<Vec<Row>> {
    let mut sql = QueryBuilder::new(format!(
        "select {CARD}, c.country, c.city, c.skills, (select version from taxonomy_version) as taxonomy from candidates c"
    ));
    page(&mut sql, narrowed, sort, today, cut);
    if narrowed.is_plain() {
        return Ok(sql.build_query_as().fetch_all(conn).await?);
    }
    let mut tx = by_values(conn).await?;
    let rows = sql.build_query_as().fetch_all(&mut *tx).await?;
    tx.commit().await?;
    Ok(rows)
}

fn page(sql: &mut QueryBuilder<Postgres>, narrowed: &Narrowed, sort: Sort, today: NaiveDate, cut: Cut) {
    narrowed.push(sql, today);
    // Within one stage the stage orders nobody; and whoever moved on since stands where they stood, by how long they are there.
    let sort = if narrowed.stage.is_some() && sort == Sort::Stage {
        Sort::Longest
    } else {
        sort
    };
    let (sign, order) = if (sort == Sort::Shortest) == (cut.direction == Direction::Forward) {
        ("<", "desc")
    } else {
        (">", "asc")
    };
    let columns = sort.columns().join(", ");
    if let Some(from) = cut.from {
        sql.push(format!(
            " and ({columns}) {sign} (select {columns} from candidates c where c.id = "
        ));
        sql.push_bind(from).push(")");
    }
    let ordered: Vec<String> = sort
        .columns()
        .iter()
        .map(|column| format!("{column} {order}"))
        .collect();
    sql.push(format!(" order by {} limit {}", ordered.join(", "), cut.limit));
}

/// How many stand before or after somebody, up to the limit of the cut.
pub async fn how_many(
    conn: &mut PgConnection,
    narrowed: &Narrowed,
    sort: Sort,
    today: NaiveDate,
    cut: Cut,
) -> AppResult<Tally> {
    let mut sql = QueryBuilder::new("select count(*) from (select c.id from candidates c");
    page(&mut sql, narrowed, sort, today, cut);
    sql.push(") n");
    let mut tx = by_values(conn).await?;
    let people = sql.build_query_scalar().fetch_one(&mut *tx).await?;
    tx.commit().await?;
    Ok(Tally::up_to(people))
}

/// Who stands beside somebody in the table.
pub async fn beside(
    conn: &mut PgConnection,
    narrowed: &Narrowed,
    sort: Sort,
    today: NaiveDate,
    cut: Cut,
) -> AppResult<Option<CandidateId>> {
    let mut sql = QueryBuilder::new("select c.id from candidates c");
    page(&mut sql, narrowed, sort, today, cut);
    let mut tx = by_values(conn).await?;
    let found = sql.build_query_scalar().fetch_optional(&mut *tx).await?;
    tx.commit().await?;
    Ok(found)
}

/// Somebody whom an act is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Id.
    pub id: CandidateId,
    /// The number behind "M-1001".
    pub code: i32,
    /// None: anonymous.
    pub name: Option<String>,
    /// Only the active are in the pipeline.
    pub state: State,
    /// Their track.
    pub track: TrackId,
    /// The stage.
    pub stage: Stage,
    /// Where its check stands.
    pub progress: Progress,
    /// At this stage since.
    pub since: NaiveDate,
    /// The open check of the stage.
    pub check: Option<CheckId>,
    /// The zone of the profile.
    pub zone: Option<String>,
}

impl Asked {
    /// Name, or code.
    pub fn title(&self) -> String {
        self.name
            .clone()
            .unwrap_or_else(|| crate::candidates::code_label(self.code))
    }
}

/// The people of these codes, by code.
pub async fn asked(conn: &mut PgConnection, codes: &[i32]) -> AppResult<Vec<Asked>> {
    let rows = sqlx::query!(
        r#"select c.id as "id: CandidateId", c.code, c.name, c.state as "state: State", c.track_id as "track: TrackId",
                  c.stage, c.stage_check, c.stage_since, c.zone, k.id as "check?: CheckId"
           from candidates c
           left join vetting_checks k on k.candidate_id = c.id and k.track_id = c.track_id and check_number(k.kind) = (c.stage & 15)
                and k.state in ('invited', 'scheduled', 'waiting')
           where c.code = any($1) order by c.code"#,
        codes,
    )
    .fetch_all(conn)
    .await?;
    let people = rows.into_iter().map(|row| Asked {
        id: row.id,
        code: row.code,
        name: row.name,
        state: row.state,
        track: row.track,
        stage: Stage::of(row.stage),
        progress: Progress::of(row.stage_check),
        since: row.stage_since,
        check: row.check,
        zone: row.zone,
    });
    Ok(people.collect())
}
