//! The currencies that the app knows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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

    pub(super) fn known(self) -> (&'static str, u32) {
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
    pub(super) fn worth(self) -> i64 {
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
