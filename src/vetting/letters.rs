//! What candidates are written about their checks. Titles are the track's words; notes and scores never stand here, and the spoken
//! code stays on the person's own page: whoever reads a mailbox shall not be able to say it.

use chrono::{DateTime, Utc};

use super::store::Addressee;
use super::title_or_label;
use crate::ids::CheckId;
use crate::mail::{Letter, Recipient};
use crate::zones::Zone;

fn letter<'a>(to: &'a Addressee, occasion: &'static str, about: &str, subject: &str) -> Letter<'a> {
    let recipient = Recipient {
        user: to.user,
        address: &to.email,
        name: &to.name,
    };
    let greeting = if to.name.is_empty() {
        "Hello,".to_owned()
    } else {
        format!("Hello {},", to.name)
    };
    Letter::new(recipient, occasion, &about, subject).say(greeting)
}

/// To somebody who is asked to a check.
pub fn invited(to: &Addressee, check: CheckId) -> Letter<'_> {
    let title = title_or_label(&to.title, to.kind);
    letter(
        to,
        "check.invited",
        &check.to_string(),
        &format!("You are invited: {title}"),
    )
    .say(format!("the next step of your vetting is: {title}."))
    .say("We write to you about a time that suits you. Where each step stands you see on your page.")
    .page("Open your page", "/me")
}

/// To somebody with whom an appointment was made, or moved.
pub fn scheduled(to: &Addressee, check: CheckId, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Letter<'_> {
    let title = title_or_label(&to.title, to.kind);
    // A time that moves back to where it was is news as well, so the appointment alone does not tell two letters apart.
    let about = format!("{check} {} {}", starts_at.timestamp(), now.timestamp_micros());
    letter(to, "check.scheduled", &about, &format!("Your appointment: {title}"))
        .say(format!("{title} takes place on {}.", when(starts_at, to.zone.as_deref())))
        .say("On your page stands a code that you will be asked to read aloud, so that both sides know who they are talking to. Have a document with a photo at hand.")
        .say("If the time does not suit you any more, answer to the agency; nobody counts that against you.")
        .page("Open your page", "/me")
}

/// "Tue 24 Nov 2026, 10:00 Bogota (15:00 UTC)".
pub fn when(at: DateTime<Utc>, zone: Option<&str>) -> String {
    let utc = at.format("%H:%M UTC");
    match zone
        .and_then(|name| Zone::parse(name).ok())
        .filter(|zone| *zone != Zone::utc())
    {
        Some(zone) => {
            let place = zone.place();
            let town = place.split(',').next().unwrap_or(&place);
            format!("{} {town} ({utc})", zone.local(at).format("%a %-d %b %Y, %H:%M"))
        }
        None => at.format("%a %-d %b %Y, %H:%M UTC").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_said_on_the_persons_clock_and_in_utc() {
        let at = "2026-11-24T15:00:00Z".parse().expect("an instant");
        assert_eq!(
            when(at, Some("America/Bogota")),
            "Tue 24 Nov 2026, 10:00 Bogota (15:00 UTC)"
        );
        assert_eq!(when(at, Some("Nowhere/Else")), "Tue 24 Nov 2026, 15:00 UTC");
        assert_eq!(when(at, None), "Tue 24 Nov 2026, 15:00 UTC");
    }
}
