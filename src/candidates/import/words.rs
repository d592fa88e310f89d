//! Words of a cell: skills with levels, addresses, times, days.

use super::ImportedSkill;
use super::mapping::SkillsSpec;

pub(super) fn one_skill(spec: &SkillsSpec, piece: &str) -> Result<Option<ImportedSkill>, String> {
    let (name, level) = match spec.level_separator.as_deref().and_then(|mark| piece.rsplit_once(mark)) {
        Some((name, level)) => (name.trim(), Some(level.trim())),
        None => (piece, None),
    };
    if spec.ignore.iter().any(|ignored| ignored.eq_ignore_ascii_case(name)) {
        return Ok(None);
    }
    let level = match level {
        None | Some("") => None,
        Some(text) => match text.parse::<i16>() {
            Ok(level) if (1..=5).contains(&level) => Some(level),
            _ => return Err(format!("\"{text}\" is no level from 1 to 5 ({piece})")),
        },
    };
    let (name, slug) = (name.to_owned(), spec.names.get(name).cloned());
    if name.chars().count() > 200 {
        return Err("a skill's name is longer than 200 characters; is the separator right?".to_owned());
    }
    Ok(Some(ImportedSkill { name, slug, level }))
}

/// Named twice, the higher level counts.
pub(super) fn merge(found: &mut Vec<ImportedSkill>, skill: ImportedSkill) {
    match found.iter_mut().find(|known| known.name == skill.name) {
        Some(known) => known.level = known.level.max(skill.level),
        None => found.push(skill),
    }
}

/// Somebody@somewhere, folded.
pub(super) fn email_address(text: &str) -> Result<String, String> {
    use validator::ValidateEmail as _;
    let folded = crate::accounts::fold_email(text);
    if folded.len() <= 254 && folded.validate_email() {
        Ok(folded)
    } else {
        Err(format!("\"{text}\" is no e-mail address"))
    }
}

/// "09:00" or "9" -> minutes; "24:00" is midnight.
pub(super) fn minute(text: &str) -> Result<i16, String> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    match (hours.trim().parse::<i16>(), minutes.trim().parse::<i16>()) {
        (Ok(24), Ok(0)) => Ok(0),
        (Ok(hours @ 0..=23), Ok(minutes @ 0..=59)) => Ok(hours * 60 + minutes),
        _ => Err(format!("\"{text}\" is no time such as 09:00")),
    }
}

/// "mon-fri", "sun-thu", "mon;wed;fri" -> bits, Monday first.
pub(super) fn weekdays(text: &str) -> Result<i16, String> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let wrong = || format!("\"{text}\" are no days such as mon-fri or mon;wed;fri");
    let day = |word: &str| {
        let word = word.trim().to_lowercase();
        DAYS.iter().position(|day| word.starts_with(day)).ok_or_else(wrong)
    };
    let mut bits = 0i16;
    for part in text.split([',', ';', ' ']).filter(|part| !part.trim().is_empty()) {
        match part.split_once('-') {
            Some((from, to)) => {
                let (from, to) = (day(from)?, day(to)?);
                let count = (to + 7 - from) % 7;
                (0..=count).for_each(|step| bits |= 1 << ((from + step) % 7));
            }
            None => bits |= 1 << day(part)?,
        }
    }
    if bits == 0 { Err(wrong()) } else { Ok(bits) }
}
