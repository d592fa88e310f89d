//! Money in minor units, pay periods and dated exchange rates.
