//! One candidate as a row of a list and as the panel that explains every point.

use std::sync::Arc;

use crate::candidates::blind::Eyes;
use crate::matching::inputs;
use crate::matching::overlap::{Overlap, Overlaps, start_on_client_clock};
use crate::matching::pool::{Face, PoolWords};
use crate::matching::raw::{RawCandidate, RawSeat};
use crate::matching::runs::Computed;
use crate::matching::score::explain::{self, Words as _, hours};
use crate::matching::score::{Candidate, Criterion, POINTS, Standing, Used, must_use, nice_use};
use crate::web::marks::{OverlapStrip, PointsBar, PointsPart};
use crate::zones::{WorkingWeek, Zone};

/// Chips a row shows before it says how many more there are.
const CHIPS: usize = 4;

/// Evidence for one skill.
pub struct Chip {
    /// verified, stated or absent: how the drawing marks it.
    pub kind: &'static str,
    /// The skill, or the stand-in and what it stands for.
    pub text: String,
    /// Its level; empty = not stated.
    pub level: String,
    /// Whether anything is known of it.
    pub known: bool,
}

/// One row of a list.
pub struct Row {
    /// Place in the list, from 1.
    pub place: usize,
    /// The person.
    pub id: uuid::Uuid,
    /// What they are called.
    pub name: String,
    /// "Senior · Medellín · UTC−5".
    pub sub: String,
    /// Where the row leads: the same list with this person explained.
    pub href: String,
    /// Evidence.
    pub chips: Vec<Chip>,
    /// Skills of the seat that found no room.
    pub more: usize,
    /// The two working days; none if unknown.
    pub strip: Option<OverlapStrip>,
    /// Bill rate.
    pub rate: String,
    /// "now" or the first free day.
    pub free: String,
    /// Points by criterion, without notes.
    pub bar: PointsBar,
    /// Whether the panel explains this one.
    pub selected: bool,
    /// Already introduced for this seat.
    pub introduced: bool,
}

/// The explanation of every point of one person.
pub struct Panel {
    /// The person.
    pub id: uuid::Uuid,
    /// What they are called.
    pub name: String,
    /// "Senior · Medellín · UTC−5".
    pub sub: String,
    /// Every part with its reason.
    pub bar: PointsBar,
    /// The gates nobody can answer yet, with questions; empty for a match.
    pub questions: Vec<String>,
}

/// Writes rows and panels of one computed pool.
pub struct Writer<'a> {
    computed: &'a Computed,
    people: &'a std::collections::HashMap<uuid::Uuid, Face>,
    words: &'a PoolWords,
    overlaps: Overlaps,
    eyes: Eyes,
}

impl<'a> Writer<'a> {
    /// For the pool and what was computed of it, as these eyes may see it.
    pub fn new(
        computed: &'a Computed,
        people: &'a std::collections::HashMap<uuid::Uuid, Face>,
        words: &'a PoolWords,
        eyes: Eyes,
    ) -> Self {
        Self {
            eyes,
            computed,
            people,
            words,
            overlaps: inputs::overlaps(&computed.raw.seat),
        }
    }

    /// A list as these eyes may see it: whose points are hidden stand behind the others, in an order that says nothing, because a
    /// place among them would tell the points.
    pub fn order<'s>(&self, list: &'s [Standing]) -> Vec<&'s Standing> {
        let (mut hidden, mut seen): (Vec<&Standing>, Vec<&Standing>) =
            list.iter().partition(|standing| self.is_closed(standing));
        hidden.sort_by_key(|standing| standing.candidate);
        seen.append(&mut hidden);
        seen
    }

    fn seat(&self) -> &'a RawSeat {
        &self.computed.raw.seat
    }

    fn name(&self, id: uuid::Uuid) -> String {
        self.people
            .get(&id)
            .map_or_else(|| id.to_string(), |face| face.name.clone())
    }

    /// What is asked of this person, as questions.
    pub fn questions(&self, standing: &Standing) -> Vec<String> {
        let candidate = &self.computed.candidates[standing.index];
        standing
            .unknown
            .iter()
            .flat_map(|question| explain::questions(question.gate, &self.computed.seat, candidate, self.words))
            .collect()
    }

    /// A row of a list.
    pub fn row(&mut self, place: usize, standing: &Standing, href: String, selected: bool) -> Row {
        let (raw, candidate) = self.of(standing);
        let mut chips = self.chips(candidate);
        let closed = self.is_closed(standing);
        for chip in chips.iter_mut().filter(|chip| closed && chip.kind == "verified") {
            (chip.kind, chip.level) = ("stated", "?".to_owned());
        }
        let more = chips.len().saturating_sub(CHIPS);
        chips.truncate(CHIPS);
        let free = match candidate.free_from {
            None => "not stated".to_owned(),
            Some(day) if day <= self.seat().window_from => "by the start".to_owned(),
            Some(day) => day.format("%-d %b").to_string(),
        };
        Row {
            place,
            id: standing.candidate,
            name: self.name(standing.candidate),
            sub: self.sub(raw),
            href,
            chips,
            more,
            strip: self.strip(raw),
            rate: candidate
                .bill_minor
                .map_or("not known".to_owned(), |minor| self.words.money(minor)),
            free,
            bar: if closed {
                hidden_bar()
            } else {
                bar(standing, |_| String::new())
            },
            selected,
            introduced: self.people.get(&standing.candidate).is_some_and(|face| face.introduced),
        }
    }

    /// The panel of one person.
    pub fn panel(&mut self, standing: &Standing) -> Panel {
        let (raw, candidate) = self.of(standing);
        let overlap = inputs::overlap(&mut self.overlaps, raw);
        let (computed, words) = (self.computed, self.words);
        let bar = if self.is_closed(standing) {
            hidden_bar()
        } else {
            bar(standing, |criterion| {
                let reason = explain::reason(criterion, &computed.seat, candidate, words);
                match (criterion, &overlap) {
                    (Criterion::Overlap, Some(overlap)) => with_regimes(&reason, overlap),
                    _ => reason,
                }
            })
        };
        Panel {
            id: standing.candidate,
            name: self.name(standing.candidate),
            sub: self.sub(raw),
            bar,
            questions: self.questions(standing),
        }
    }

    /// Whether the viewer owes a scorecard about this person: no level and no point is shown until it is in.
    pub fn is_closed(&self, standing: &Standing) -> bool {
        let face = self.people.get(&standing.candidate);
        face.is_some_and(|face| self.eyes.are_closed(&face.owed_by))
    }

    fn of(&self, standing: &Standing) -> (&'a RawCandidate, &'a Candidate) {
        (
            &self.computed.raw.candidates[standing.index],
            &self.computed.candidates[standing.index],
        )
    }

    fn sub(&self, raw: &RawCandidate) -> String {
        let band = raw.seniority.map_or("band not stated", |band| band.name());
        let mut sub = capital(band);
        if let Some(city) = self
            .people
            .get(&raw.id)
            .and_then(|face| face.city.as_deref())
            .filter(|city| !city.is_empty())
        {
            sub = format!("{sub} \u{b7} {city}");
        }
        match raw.week {
            Some(week) => format!("{sub} \u{b7} {}", offset(week.zone, self.seat())),
            None => sub,
        }
    }

    fn chips(&self, candidate: &Candidate) -> Vec<Chip> {
        let seat = &self.computed.seat;
        let must = seat
            .must
            .iter()
            .map(|asked| (asked.skill.as_str(), must_use(seat, candidate, asked).used));
        let nice = seat
            .nice
            .iter()
            .map(|asked| (asked.skill.as_str(), nice_use(seat, candidate, asked)));
        let mut chips: Vec<Chip> = must.chain(nice).map(|(asked, used)| self.chip(asked, used)).collect();
        // What is there comes before what is not; the order of the request otherwise.
        chips.sort_by_key(|chip| !chip.known);
        chips
    }

    fn chip(&self, asked: &str, used: Option<Used<'_>>) -> Chip {
        let Some(used) = used else {
            return Chip {
                kind: "absent",
                text: self.words.skill(asked),
                level: String::new(),
                known: false,
            };
        };
        let name = self.words.skill(&used.skill.skill);
        let text = if used.credit < 100 {
            format!("{name} for {}", self.words.skill(asked))
        } else {
            name
        };
        let level = used.skill.level.map_or("?".to_owned(), |level| level.to_string());
        Chip {
            kind: if used.skill.verified { "verified" } else { "stated" },
            text,
            level,
            known: true,
        }
    }

    fn strip(&mut self, raw: &RawCandidate) -> Option<OverlapStrip> {
        let overlap = inputs::overlap(&mut self.overlaps, raw)?;
        let developer = raw.week.as_ref()?;
        let worst = overlap.regimes.iter().min_by_key(|regime| regime.minutes_per_day)?;
        let client = &self.seat().week;
        let mut caption = hours(overlap.least_minutes.into());
        if overlap.warning().is_some() {
            caption.push_str(", shorter for days");
        }
        let start = i32::from(start_on_client_clock(developer, worst.difference));
        Some(OverlapStrip::new(
            day(client, client.start_minute.into()),
            day(developer, start),
            caption,
        ))
    }
}

/// The first letter as a capital.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn day(week: &WorkingWeek, start: i32) -> (i32, i32) {
    (start, week.minutes_a_day().into())
}

fn offset(zone: Zone, seat: &RawSeat) -> String {
    zone.offset_label(zone.start_of_day(seat.window_from))
}

/// Every regime with its dates, and short ones that do not count.
fn with_regimes(reason: &str, overlap: &Arc<Overlap>) -> String {
    let regimes = if overlap.regimes.len() > 1 {
        format!("; {}", overlap.explanation())
    } else {
        String::new()
    };
    let warning = overlap
        .warning()
        .map(|warning| format!("; for a few days less: {warning}"))
        .unwrap_or_default();
    format!("{reason}{regimes}{warning}")
}

/// What stands where the points would.
fn hidden_bar() -> PointsBar {
    let part = PointsPart::new("Hidden until your scorecard is in", 0, POINTS, "");
    PointsBar::new(POINTS, vec![part])
}

/// The bar of a standing, each part with its note.
pub fn bar(standing: &Standing, note: impl Fn(Criterion) -> String) -> PointsBar {
    let parts = standing.breakdown.parts.iter();
    let parts =
        parts.map(|part| PointsPart::new(part.criterion.name(), part.points, part.weight, note(part.criterion)));
    PointsBar::new(POINTS, parts.collect())
}
