//! Amounts as people read and write them.

use super::Currency;

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
    fn amounts_are_shown_with_groups() {
        assert_eq!(display(780_000, Currency::USD), "$7,800");
        assert_eq!(display(780_050, Currency::USD), "$7,800.50");
        assert_eq!(display(1_500_000, code("CLP")), "CL$1,500,000");
    }
}
