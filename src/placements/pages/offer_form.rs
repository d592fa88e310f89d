//! The form of an offer: what stands in it at first, and how it is read.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::money::{self, Currency, Period, Rate};
use crate::placements::Engagement;
use crate::placements::actions::NewTerms;
use crate::placements::store::offers as store;
use crate::web::form::{self, FormErrors};

/// The offer as staff type it.
#[derive(Deserialize, Default)]
pub(super) struct OfferForm {
    #[serde(default)]
    pub(super) pay: String,
    #[serde(default)]
    pub(super) bill: String,
    #[serde(default)]
    pub(super) currency: String,
    #[serde(default)]
    pub(super) period: String,
    #[serde(default)]
    pub(super) engagement: String,
    #[serde(default)]
    pub(super) start: String,
    #[serde(default)]
    pub(super) months: String,
}

impl OfferForm {
    /// What the profile, the mark-up and the request suggest.
    pub(super) fn suggested(by: &store::Suggestion) -> Self {
        let currency: Currency = by
            .pay_currency
            .as_deref()
            .and_then(|code| code.parse().ok())
            .unwrap_or(Currency::USD);
        let pay = by.pay_minor.zip(by.pay_period).map(|(minor, period)| Rate {
            minor,
            currency,
            period,
        });
        let bill = pay.zip(by.markup).and_then(|(pay, markup)| pay.with_markup(markup));
        Self {
            pay: pay.map(|pay| money::plain(pay.minor, currency)).unwrap_or_default(),
            bill: bill.map(|bill| money::plain(bill.minor, currency)).unwrap_or_default(),
            currency: currency.code().to_owned(),
            period: by.pay_period.unwrap_or(Period::Month).word().to_owned(),
            engagement: String::new(),
            start: by.start_on.map(|start| start.to_string()).unwrap_or_default(),
            months: by.length_months.map(|months| months.to_string()).unwrap_or_default(),
        }
    }

    pub(super) fn read(&self, today: NaiveDate, errors: &mut FormErrors) -> Option<NewTerms> {
        let currency = errors.take(
            "currency",
            self.currency.parse::<Currency>().map_err(|_| "Choose a currency."),
        );
        let period = errors.take(
            "period",
            self.period.parse::<Period>().map_err(|_| "Choose hour, month or year."),
        );
        let engagement = errors.take(
            "engagement",
            Engagement::parse(&self.engagement).ok_or("Choose who employs the person."),
        );
        let start_on = errors.take(
            "start",
            match self.start.trim() {
                "" => Err("Give the first day of paid work."),
                text => form::date_near(text, today),
            },
        );
        if start_on.is_some_and(|start| start < today) {
            errors.add("start", "The first day cannot be in the past.");
        }
        let length_months = match self.months.trim() {
            "" => Some(None),
            text => {
                let months = text.parse::<i16>().ok().filter(|months| (1..=120).contains(months));
                errors.take(
                    "months",
                    months.map(Some).ok_or("Give 1 to 120 months, or leave it empty."),
                )
            }
        };
        let currency = currency?;
        let pay = errors.take("pay", amount(&self.pay, currency));
        let bill = errors.take("bill", amount(&self.bill, currency));
        if let (Some(pay), Some(bill)) = (pay, bill)
            && bill < pay
        {
            errors.add("bill", "The bill rate covers at least the pay.");
        }
        let pay = Rate {
            minor: pay?,
            currency,
            period: period?,
        };
        let terms = NewTerms {
            pay,
            bill_minor: bill?,
            engagement: engagement?,
            start_on: start_on?,
            length_months: length_months?,
        };
        errors.is_empty().then_some(terms)
    }
}

fn amount(text: &str, currency: Currency) -> Result<i64, &'static str> {
    match money::parse(text, currency) {
        Ok(0) => Err("Give an amount above zero."),
        other => other,
    }
}
