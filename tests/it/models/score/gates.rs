//! Gates of the model: yes, no or unknown.

use serde_json::Value;

use super::facts::{
    Answer, all_of, asked_overlap, band, cefr, day_number, english_parts, entries, must_entry, number, yes_if,
};
use super::slips::Slip;

pub(super) fn gates(slip: Slip, seat: &Value, candidate: &Value) -> Vec<(&'static str, Answer)> {
    let musts: Vec<Answer> = entries(&seat["must"])
        .iter()
        .map(|entry| must_entry(slip, seat, candidate, entry).0)
        .collect();
    let vetting = match candidate["vetting"].as_str().unwrap() {
        "vetted" => Answer::Yes,
        "unfinished" if slip == Slip::ExpiredCheckFails => Answer::No,
        "unfinished" => Answer::Unknown,
        "failed" => Answer::No,
        other => panic!("no vetting {other}"),
    };
    let off_limits = candidate["off_limits"] == true && slip != Slip::OffLimitsForgotten;
    let seniority = match (band(&seat["seniority"]), band(&candidate["seniority"])) {
        (None, _) => Answer::Yes,
        (Some(_), None) => Answer::Unknown,
        (Some(asked), Some(have)) => {
            yes_if(asked.abs_diff(have) <= if slip == Slip::SeniorityTwoApart { 2 } else { 1 })
        }
    };
    let overlap = match (asked_overlap(slip, seat), number(&candidate["overlap_minutes"])) {
        (None, _) => Answer::Yes,
        (Some(_), None) => Answer::Unknown,
        (Some(asked), Some(have)) => yes_if(if slip == Slip::OverlapAboveNotFrom {
            have > asked
        } else {
            have >= asked
        }),
    };
    let budget = match (number(&seat["budget_minor"]), number(&candidate["bill_minor"])) {
        (None, _) => Answer::Yes,
        (Some(_), None) => Answer::Unknown,
        (Some(budget), Some(bill)) => yes_if(match slip {
            Slip::BudgetGateAtHundred => bill <= budget,
            Slip::BudgetGateStrict => bill * 100 < budget * 115,
            _ => bill * 100 <= budget * 115,
        }),
    };
    let within = if slip == Slip::FreeWithinTwentyNine { 29 } else { 30 };
    let free = match (day_number(&seat["start"]), day_number(&candidate["free_from"])) {
        (None, _) => Answer::Yes,
        (Some(_), None) => Answer::Unknown,
        (Some(start), Some(free)) => yes_if(free - start <= within),
    };
    let open_ended = if slip == Slip::OpenEndedIsLimitless { 1200 } else { 12 };
    let months = number(&seat["months"]).unwrap_or(open_ended);
    let length = yes_if(
        slip == Slip::LengthIgnored
            || (months >= number(&candidate["least_months"]).unwrap_or(0)
                && months <= number(&candidate["most_months"]).unwrap_or(u64::MAX)),
    );
    let english: Vec<Answer> = english_parts(seat, candidate)
        .into_iter()
        .map(|(asked, have)| match cefr(slip, &have["level"]) {
            None if slip == Slip::UnknownEnglishFails => Answer::No,
            None => Answer::Unknown,
            Some(have) => yes_if(have >= cefr(slip, asked).unwrap()),
        })
        .collect();
    let english = if slip == Slip::EnglishBestOfBoth && english.contains(&Answer::Yes) {
        Answer::Yes
    } else {
        all_of(&english)
    };
    vec![
        ("must_have", all_of(&musts)),
        ("vetting", vetting),
        ("standing", yes_if(candidate["active"] == true && !off_limits)),
        ("seniority", seniority),
        ("overlap", overlap),
        ("budget", budget),
        ("availability", all_of(&[free, length])),
        ("english", english),
    ]
}
