//! Money in minor units, pay periods and dated exchange rates.
//!
//! Amounts are integers of minor units (cents) with an ISO 4217 code. Conversions between currencies and periods go
//! through a dated table that an admin keeps; a pair without a rate is unknown, never guessed. One year is 12 months, one
//! month is 160 working hours. Every conversion is one exact fraction, rounded half up at the end.

mod currency;
mod text;

pub use currency::{Currency, UnknownCurrency};
pub use text::{display, parse, plain};

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Working hours of a month, for converting hourly to monthly amounts.
pub const HOURS_A_MONTH: i128 = 160;

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
