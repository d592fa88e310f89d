//! The words of the log, all of them: what each kind of event is called, and each kind of record.

/// Kinds and their words, in the order of the kinds. `<record>.changed`: something that was done to another record changed this
/// one, or somebody did past the application.
pub const KINDS: &[(&str, &str)] = &[
    ("agreement.accepted", "Terms accepted"),
    ("agreement.changed", "Agreement changed"),
    ("assignment.changed", "Assignment changed"),
    ("assignment.deadline_moved", "Deadline moved"),
    ("assignment.downloaded", "Upload fetched"),
    ("assignment.draft_handed_over", "A grade begun was handed over"),
    ("assignment.feedback_released", "Feedback released"),
    ("assignment.graded", "Graded"),
    ("assignment.invited", "Invited to the take-home"),
    ("assignment.submitted", "Upload came in"),
    ("assignment.time_asked", "More time asked for"),
    ("assignment.time_declined", "No more time"),
    ("assignment.withdrawn", "Take-home called off"),
    ("calendar.copied", "Holidays of a year copied"),
    ("calendar.day_added", "Holiday added"),
    ("calendar.day_removed", "Holiday removed"),
    ("calendar.day_renamed", "Holiday renamed"),
    ("calendar.shipped", "Shipped with the installation"),
    ("candidate.applied_again", "Applied again"),
    ("candidate.changed", "Profile changed"),
    ("candidate.claimed", "The person took the profile over"),
    ("candidate.created", "Profile created"),
    ("candidate.cv_added", "CV received"),
    ("candidate.cv_downloaded", "CV fetched"),
    ("candidate.cv_removed", "CV removed"),
    ("candidate.edited", "Profile changed"),
    ("candidate.imported_again", "Imported again"),
    ("candidate.invited", "Invited to take the profile over"),
    ("candidate.note_added", "Note written"),
    ("candidate.note_corrected", "Note corrected"),
    ("candidate.note_pinned", "Pin of a note moved"),
    ("candidate.off_limits_ended", "Off limits no longer"),
    ("candidate.off_limits_set", "Off limits for a client"),
    ("candidate.paused", "Paused"),
    ("candidate.reactivated", "Active again"),
    ("candidate.rejected", "Rejected"),
    ("candidate.rejection_taken_back", "Rejection taken back"),
    ("candidate.withdrawn", "Withdrawn"),
    ("candidate.written_to", "Written to"),
    ("check.assigned", "Assessor assigned"),
    ("check.begun", "Check begun"),
    ("check.cancelled", "Check given up"),
    ("check.card_in", "Scorecard handed in"),
    ("check.card_released", "Scorecard released"),
    ("check.decided", "Check decided"),
    ("check.file_added", "File of a check received"),
    ("check.file_downloaded", "File of a check fetched"),
    ("check.handed_over", "Check handed over"),
    ("check.moved", "Check moved on"),
    ("check.scheduled", "Appointment made"),
    ("claim.own_word_changed", "The person changed their own word"),
    ("claim.stated", "Claim added"),
    ("claim.verified", "Claim verified"),
    ("claim.withdrawn", "Claim taken back"),
    ("demo.chapter_told", "A chapter of the demo was told"),
    ("exchange_rate.added", "Exchange rate entered"),
    ("exchange_rate.changed", "Exchange rate changed"),
    ("guarantee.running", "The guarantee began to run"),
    ("guarantee.satisfied", "The last covered day passed"),
    ("guarantee_claim.decided", "Guarantee claim judged"),
    ("guarantee_claim.notified", "Guarantee claim notified"),
    ("guarantee_claim.owed_again", "A replacement is owed again"),
    ("guarantee_claim.remedy", "Remedy opened"),
    ("guarantee_claim.replaced", "Replaced"),
    ("identity.decided", "Said what became of an identity finding"),
    ("identity.given", "Identity finding given to somebody"),
    ("identity.raised", "Something about the identity does not fit"),
    ("introduction.changed", "Introduction changed"),
    ("introduction.chosen", "Chosen by the client"),
    ("introduction.consented", "The candidate said yes"),
    ("introduction.declined", "The candidate said no"),
    ("introduction.interview", "Interview wanted"),
    ("introduction.interview_set", "Interview time set"),
    ("introduction.proposed", "Proposed"),
    ("introduction.refused", "Refused by the client"),
    ("introduction.withdrawn", "Introduction withdrawn"),
    ("invitation.changed", "Invitation changed"),
    ("invitation.ended", "Invitation ended"),
    ("invitation.made", "Invitation made"),
    ("invitation.used", "Invitation used"),
    ("mail.requeued", "Mail sent again"),
    ("markup.added", "Mark-up entered"),
    ("markup.changed", "Mark-up changed"),
    ("offer.accepted", "Offer accepted"),
    ("offer.changed", "Offer changed"),
    ("offer.declined", "Offer declined"),
    ("offer.sent", "Offer sent"),
    ("offer.withdrawn", "Offer taken back"),
    ("organization.changed", "Client changed"),
    ("organization.founded", "Client registered"),
    ("organization.note_added", "Note written"),
    ("organization.note_corrected", "Note corrected"),
    ("organization.note_pinned", "Pin of a note moved"),
    ("placement.cancelled", "Cancelled before the start"),
    ("placement.changed", "Placement changed"),
    ("placement.ended", "A departure was recorded"),
    ("placement.made", "Offer accepted, terms frozen"),
    ("placement.no_show", "Recorded: never started"),
    ("placement.started", "First paid day"),
    ("promise.begun", "An answer was promised"),
    ("promise.kept", "The promised answer was given"),
    ("promise.moved", "A promised date was moved"),
    ("reference.answered", "A referee answered"),
    ("reference.asked", "A referee was asked"),
    ("reference.confirmed", "A referee said who they are"),
    ("reference.declined", "A referee declined"),
    ("reference.named", "A referee was named"),
    ("reference.reminded", "A referee was reminded"),
    ("reference.withdrawn", "A request for a reference was withdrawn"),
    ("role_request.answered", "Question answered"),
    ("role_request.asked", "More information asked for"),
    ("role_request.cancelled", "Cancelled"),
    ("role_request.changed", "Request changed"),
    ("role_request.drafted", "Draft begun"),
    ("role_request.edited", "Brief changed"),
    (
        "role_request.filed_by_phone",
        "Filed by the agency for the client, by phone",
    ),
    ("role_request.filled", "Every seat is filled"),
    ("role_request.held", "Put on hold"),
    ("role_request.opened", "Search opened"),
    ("role_request.put_in_charge", "Put into other hands"),
    ("role_request.reopened", "Search opened again"),
    ("role_request.resumed", "Search resumed"),
    ("role_request.submitted", "Handed in"),
    ("role_request.vacated", "A filled seat is empty again"),
    ("seat.filled", "Seat filled"),
    ("seat.vacated", "Seat empty again"),
    ("settings.changed", "Settings changed"),
    ("skill.changed", "Skill changed"),
    ("skill.made", "Skill made"),
    ("skill.restored", "Skill offered again"),
    ("skill.retired", "Skill retired"),
    ("track.archived", "Archived"),
    ("track.bands_set", "Bands changed"),
    ("track.challenge_added", "Challenge version added"),
    ("track.changed", "Track changed"),
    ("track.checks_set", "Required checks changed"),
    ("track.completed", "Shipped kits and titles added"),
    ("track.created", "Shipped with the installation"),
    ("track.described", "Words changed"),
    ("track.kit_set", "Interview kit changed"),
    ("track.made", "Track made"),
    ("track.restored", "Offered again"),
    ("track.rubric_added", "Rubric version added"),
    ("track.skills_set", "Skills changed"),
    ("user.accepted_document", "Privacy notice or terms accepted"),
    ("user.address_asked", "New address asked for"),
    ("user.address_changed", "Address changed"),
    ("user.address_confirmed", "Address confirmed"),
    ("user.changed", "Account changed"),
    ("user.deactivated", "Deactivated"),
    ("user.password_changed", "Password changed"),
    ("user.proved", "Proved who they are"),
    ("user.reactivated", "Let in again"),
    ("user.recovery_code_used", "A recovery code was used"),
    ("user.recovery_codes_made", "New recovery codes"),
    ("user.registered", "Registered"),
    ("user.renamed", "Renamed"),
    ("user.reset_asked", "New password asked for"),
    ("user.role_changed", "Role changed"),
    ("user.second_factor_off", "Second factor taken away"),
    ("user.second_factor_on", "Second factor turned on"),
    ("user.sessions_ended", "Signed out everywhere"),
    ("user.sign_in_failed", "Sign-in failed"),
    ("user.signed_in", "Signed in"),
];

/// Kinds of records and their words.
pub const SUBJECTS: &[(&str, &str)] = &[
    ("address", "address without an account"),
    ("agreement", "agreement"),
    ("assignment", "take-home"),
    ("calendar", "holidays"),
    ("candidate", "candidate"),
    ("demo", "demo"),
    ("exchange_rate", "exchange rate"),
    ("introduction", "introduction"),
    ("invitation", "invitation"),
    ("mail", "letter"),
    ("markup", "mark-up"),
    ("offer", "offer"),
    ("organization", "client"),
    ("placement", "placement"),
    ("role_request", "request"),
    ("seat", "seat"),
    ("settings", "settings"),
    ("skill", "skill"),
    ("track", "track"),
    ("user", "account"),
];

/// A kind of event in words. One without words of its own is shown by its name, so that nothing is hidden.
pub fn of(kind: &str) -> String {
    let known = KINDS.binary_search_by_key(&kind, |(kind, _)| kind);
    known.map_or_else(|_| kind.replace(['.', '_'], " "), |at| KINDS[at].1.to_owned())
}

/// A kind of record in words.
pub fn subject(kind: &str) -> String {
    let known = SUBJECTS.iter().find(|(known, _)| *known == kind);
    known.map_or_else(|| kind.replace('_', " "), |(_, words)| (*words).to_owned())
}

/// The event's details that say more than its changes: reasons, numbers, what it followed from.
pub fn details(data: &serde_json::Value) -> String {
    let Some(fields) = data.as_object() else {
        return String::new();
    };
    if let Some(act) = data["followed"].as_str() {
        return format!("followed from: {}", of(act));
    }
    let shown = fields.iter().filter_map(|(name, value)| {
        let text = match value {
            serde_json::Value::String(text) if is_id(text) || text.is_empty() => return None,
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null | serde_json::Value::Object(_) => return None,
            serde_json::Value::Array(list) => {
                let texts: Vec<&str> = list.iter().filter_map(|one| one.as_str()).collect();
                if texts.is_empty() || texts.iter().any(|text| is_id(text)) {
                    return None;
                }
                texts.join(", ")
            }
            other => other.to_string(),
        };
        Some(format!("{} {}", name.replace('_', " "), text.replace('_', " ")))
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.parse::<uuid::Uuid>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_in_order_so_that_each_is_found() {
        assert!(KINDS.is_sorted_by(|a, b| a.0 < b.0));
        for (kind, words) in KINDS {
            assert_eq!(of(kind), *words);
        }
        assert_eq!(of("house.blessed_twice"), "house blessed twice");
    }

    #[test]
    fn details_leave_out_what_nobody_can_read() {
        let data = serde_json::json!({
            "reason": "moved away", "claim": "0192f3a0-0000-7000-8000-000000000001", "number": 2, "fields": ["zone", "work_start"]
        });
        assert_eq!(details(&data), "fields zone, work start, number 2, reason moved away");
        let followed = serde_json::json!({ "followed": "offer.accepted", "of": "offer" });
        assert_eq!(details(&followed), "followed from: Offer accepted");
    }
}
