//! Money in minor units, pay periods and dated exchange rates.
//!
//! Amounts are integers of minor units (cents) with an ISO 4217 code. Conversions between currencies and periods go
//! through a dated table that an admin keeps; a pair without a rate is unknown, never guessed. One year is 12 months, one
//! month is 160 working hours. Every conversion is one exact fraction, rounded half up at the end.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Working hours of a month, for converting hourly to monthly amounts.
pub const HOURS_A_MONTH: i128 = 160;

/// An ISO 4217 currency code of the list that the app knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// Codes offered in forms, with their symbol and the number of minor digits.
const KNOWN: &[(&str, &str, u32)] = &[
    ("USD", "$", 2),
    ("EUR", "€", 2),
    ("GBP", "£", 2),
    ("CAD", "CA$", 2),
    ("AUD", "A$", 2),
    ("CHF", "CHF ", 2),
    ("BRL", "R$", 2),
    ("MXN", "MX$", 2),
    ("ARS", "AR$", 2),
    ("COP", "CO$", 2),
    ("CLP", "CL$", 0),
    ("PEN", "S/", 2),
    ("UYU", "$U", 2),
    ("PYG", "₲", 0),
    ("BOB", "Bs ", 2),
    ("CRC", "₡", 2),
    ("GTQ", "Q", 2),
    ("DOP", "RD$", 2),
    ("JPY", "¥", 0),
    ("INR", "₹", 2),
    ("PLN", "zł ", 2),
    ("UAH", "₴", 2),
    ("SEK", "kr ", 2),
];

impl Currency {
    /// US dollars.
    pub const USD: Self = Self(*b"USD");

    /// The codes that forms offer, in order of use.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().filter_map(|(code, _, _)| code.parse().ok())
    }

    /// The three-letter code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    fn known(self) -> (&'static str, u32) {
        KNOWN
            .iter()
            .find(|(code, _, _)| code.as_bytes() == self.0)
            .map_or(("", 2), |(_, symbol, digits)| (*symbol, *digits))
    }

    /// How many digits the minor unit has (2 for cents).
    pub fn minor_digits(self) -> u32 {
        self.known().1
    }

    /// How many units are about as much as one dollar, as a power of ten: for steps, not for conversions.
    fn worth(self) -> i64 {
        match self.code() {
            "BRL" | "MXN" | "GTQ" | "BOB" | "SEK" | "UYU" | "UAH" | "DOP" => 10,
            "JPY" | "INR" => 100,
            "CLP" | "ARS" | "CRC" | "COP" | "PYG" => 1_000,
            _ => 1,
        }
    }

    /// "$" and the like; empty when unknown.
    pub fn symbol(self) -> &'static str {
        self.known().0
    }
}

/// A code that is not of the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a currency this installation knows")]
pub struct UnknownCurrency(String);

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.trim().to_ascii_uppercase();
        KNOWN
            .iter()
            .find(|(code, _, _)| *code == upper)
            .and_then(|(code, _, _)| code.as_bytes().try_into().ok())
            .map(Self)
            .ok_or(UnknownCurrency(upper))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What an amount is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Period {
    /// One working hour.
    Hour,
    /// One month: 160 working hours.
    Month,
    /// One year: 12 months.
    Year,
}

impl Period {
    /// All periods, shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Month, Self::Year];

    /// "hour", "month", "year".
    pub fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Working hours in the period.
    pub fn hours(self) -> i128 {
        match self {
            Self::Hour => 1,
            Self::Month => HOURS_A_MONTH,
            Self::Year => HOURS_A_MONTH * 12,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|period| period.word() == text)
            .ok_or_else(|| format!("\"{text}\" is not hour, month or year"))
    }
}

/// An amount per period: pay, or a bill rate, or a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Minor units of `currency`.
    pub minor: i64,
    /// ISO 4217.
    pub currency: Currency,
    /// What it is paid for.
    pub period: Period,
}

impl Rate {
    /// The same rate with a mark-up of `basis_points` on it, rounded half up; `None` when it does not fit.
    pub fn with_markup(self, basis_points: i32) -> Option<Self> {
        let minor = divide_half_up(i128::from(self.minor) * (10_000 + i128::from(basis_points)), 10_000)?;
        Some(Self { minor, ..self })
    }

    /// The rate in another currency and period by the table; `None` when a rate is missing or the result does not fit.
    pub fn convert(self, currency: Currency, period: Period, table: &RateTable) -> Option<Self> {
        let (up, down) = table.between(self.currency, currency)?;
        let scale_to = 10_i128.pow(currency.minor_digits());
        let scale_from = 10_i128.pow(self.currency.minor_digits());
        let numerator = i128::from(self.minor)
            .checked_mul(period.hours())?
            .checked_mul(scale_to)?
            .checked_mul(up)?;
        let denominator = self.period.hours().checked_mul(scale_from)?.checked_mul(down)?;
        Some(Self {
            minor: divide_half_up(numerator, denominator)?,
            currency,
            period,
        })
    }

    /// The rate as a client reads it before anything is agreed: rounded up to a step, because several exact ones would tell
    /// the mark-up. The step is 1 an hour, 50 a month, 500 a year, in currencies of small worth ten times that or more.
    pub fn rounded_up(self) -> Option<Self> {
        let units = match self.period {
            Period::Hour => 1,
            Period::Month => 50,
            Period::Year => 500,
        };
        let step = units * self.currency.worth() * 10_i64.pow(self.currency.minor_digits());
        let minor = self.minor.checked_add(step - 1)?.div_euclid(step) * step;
        Some(Self { minor, ..self })
    }

    /// The amount without its period, "$7,800".
    pub fn amount(&self) -> String {
        display(self.minor, self.currency)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.amount(), self.period)
    }
}

/// Rounds a non-negative-denominator fraction half up; `None` when it leaves i64.
fn divide_half_up(numerator: i128, denominator: i128) -> Option<i64> {
    let doubled = numerator.checked_mul(2)?.checked_add(denominator)?;
    i64::try_from(doubled.div_euclid(denominator.checked_mul(2)?)).ok()
}

/// "$7,800" or "$7,800.50": minor digits only when there are any.
pub fn display(minor: i64, currency: Currency) -> String {
    let (symbol, digits) = currency.known();
    let unit = 10_u64.pow(digits);
    let absolute = minor.unsigned_abs();
    let (whole, rest) = (absolute / unit, absolute % unit);
    let mut grouped = String::new();
    let text = whole.to_string();
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && (text.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if minor < 0 { "−" } else { "" };
    let symbol = if symbol.is_empty() {
        format!("{currency} ")
    } else {
        symbol.to_owned()
    };
    if rest == 0 {
        format!("{sign}{symbol}{grouped}")
    } else {
        format!("{sign}{symbol}{grouped}.{rest:0width$}", width = digits as usize)
    }
}

/// The amount as a form field shows it: "7800" or "7800.50".
pub fn plain(minor: i64, currency: Currency) -> String {
    let digits = currency.minor_digits();
    let unit = 10_u64.pow(digits);
    let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    if rest == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{rest:0width$}", width = digits as usize)
    }
}

/// Reads what a person typed ("7,800", "7800.5", "$ 7 800") as minor units. Both separators are understood: the last of
/// `.` and `,` is the decimal one when at most as many digits follow as the currency has.
pub fn parse(text: &str, currency: Currency) -> Result<i64, &'static str> {
    const NOT: &str = "Write an amount such as 7,800 or 7800.50.";
    let cleaned: String = text
        .trim()
        .trim_start_matches(currency.symbol().trim())
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != '\'')
        .collect();
    if cleaned.is_empty() || !cleaned.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',') {
        return Err(NOT);
    }
    let digits = currency.minor_digits() as usize;
    let (whole, fraction) = match cleaned.rfind(['.', ',']) {
        Some(at) if cleaned.len() - at - 1 <= digits && at + 1 < cleaned.len() => (&cleaned[..at], &cleaned[at + 1..]),
        Some(at) if cleaned.len() - at - 1 == 3 => (cleaned.as_str(), ""),
        Some(_) => return Err(NOT),
        None => (cleaned.as_str(), ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let padded = format!("{whole}{fraction:0<digits$}");
    let minor: i64 = padded.parse().map_err(|_| "That amount is too large.")?;
    if minor > 1_000_000_000_000 {
        Err("That amount is too large.")
    } else {
        Ok(minor)
    }
}

/// One dated exchange rate: one base unit costs `rate_e9` / 10^9 quote units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRate {
    /// What is priced.
    pub base: Currency,
    /// What it is priced in.
    pub quote: Currency,
    /// Price times 10^9.
    pub rate_e9: i64,
    /// First day of validity.
    pub valid_from: NaiveDate,
}

/// The rates that hold on one day: at most one per direction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateTable(Vec<ExchangeRate>);

impl RateTable {
    /// Of `rates`, those that hold on `day`: the latest per pair that is not of the future.
    pub fn on(day: NaiveDate, rates: &[ExchangeRate]) -> Self {
        let mut held: Vec<ExchangeRate> = rates.iter().copied().filter(|rate| rate.valid_from <= day).collect();
        held.sort_by_key(|rate| (rate.base, rate.quote, std::cmp::Reverse(rate.valid_from)));
        held.dedup_by_key(|rate| (rate.base, rate.quote));
        Self(held)
    }

    /// The rates, sorted by pair.
    pub fn rates(&self) -> &[ExchangeRate] {
        &self.0
    }

    /// The fraction to multiply with; the direct pair first, then the inverse one. No chains: a rate nobody entered is
    /// unknown.
    fn between(&self, from: Currency, to: Currency) -> Option<(i128, i128)> {
        const ONE: i128 = 1_000_000_000;
        if from == to {
            return Some((1, 1));
        }
        let find = |base, quote| self.0.iter().find(|rate| rate.base == base && rate.quote == quote);
        find(from, to)
            .map(|rate| (i128::from(rate.rate_e9), ONE))
            .or_else(|| find(to, from).map(|rate| (ONE, i128::from(rate.rate_e9))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Currency {
        text.parse().expect("known")
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, minor) in [
            ("7,800", 780_000),
            ("7800", 780_000),
            ("7800.5", 780_050),
            ("7.800,50", 780_050),
            ("$ 7 800", 780_000),
            ("1,234,567", 123_456_700),
        ] {
            assert_eq!(parse(text, Currency::USD), Ok(minor), "{text}");
        }
        for text in ["", "abc", "-5", "7,80,0x", "99999999999999", "1.2345"] {
            assert!(parse(text, Currency::USD).is_err(), "{text}");
        }
        assert_eq!(parse("1500000", code("CLP")), Ok(1_500_000));
    }

    #[test]
    fn what_a_client_reads_tells_no_mark_up() {
        for (minor, currency, period, shown) in [
            (583_335, "USD", Period::Month, 585_000),
            (585_000, "EUR", Period::Month, 585_000),
            (585_001, "EUR", Period::Month, 590_000),
            (6_750, "USD", Period::Hour, 6_800),
            (7_000_001, "GBP", Period::Year, 7_050_000),
            (5_400_001, "CLP", Period::Month, 5_450_000),
            (0, "USD", Period::Month, 0),
        ] {
            let rate = Rate {
                minor,
                currency: code(currency),
                period,
            };
            assert_eq!(rate.rounded_up().expect("fits").minor, shown, "{minor} {currency}");
        }
        let most = Rate {
            minor: i64::MAX,
            currency: Currency::USD,
            period: Period::Hour,
        };
        assert_eq!(most.rounded_up(), None);
    }

    #[test]
    fn amounts_are_shown_with_groups() {
        assert_eq!(display(780_000, Currency::USD), "$7,800");
        assert_eq!(display(780_050, Currency::USD), "$7,800.50");
        assert_eq!(display(1_500_000, code("CLP")), "CL$1,500,000");
    }

    #[test]
    fn periods_and_currencies_convert_exactly_or_not_at_all() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 21).expect("a date");
        let rates = [
            ExchangeRate {
                base: code("EUR"),
                quote: Currency::USD,
                rate_e9: 1_100_000_000,
                valid_from: day,
            },
            ExchangeRate {
                base: code("EUR"),
                quote: Currency::USD,
                rate_e9: 2_000_000_000,
                valid_from: day.succ_opt().expect("a date"),
            },
        ];
        let table = RateTable::on(day, &rates);
        let hourly = Rate {
            minor: 5_000,
            currency: code("EUR"),
            period: Period::Hour,
        };
        let monthly = hourly
            .convert(Currency::USD, Period::Month, &table)
            .expect("known pair");
        assert_eq!(monthly.minor, 880_000);
        assert_eq!(
            monthly
                .convert(code("EUR"), Period::Hour, &table)
                .expect("the inverse")
                .minor,
            5_000
        );
        assert_eq!(hourly.convert(code("BRL"), Period::Hour, &table), None);
        assert_eq!(hourly.with_markup(3_500).expect("fits").minor, 6_750);
    }
}
