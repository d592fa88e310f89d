//! OWASP ASVS 5.0, levels 1 and 2: sessions, authentication, access control and mail, each line with the test that shows it.
//!
//! The words are ours and short; the numbers are the standard's. A line that does not apply says why, one that is met in
//! another way than the standard's says how. The test below reads this table against the tests' own source: a test that is
//! renamed or removed leaves a hole that shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// How a line is met.
enum Met {
    /// By these tests.
    By(&'static [&'static str]),
    /// By the words of this file, which hold this text: what the standard calls documentation.
    Said(&'static str, &'static str),
    /// It does not apply, or is met otherwise, because of this.
    Otherwise(&'static str),
}
use Met::{By, Otherwise, Said};

#[rustfmt::skip]
const LINES: &[(&str, &str, Met)] = &[
    // Mail
    ("1.3.11", "nothing typed reaches the headers of a letter", By(&["hostile_words_stay_words", "a_thousand_hostile_strings_through_every_field_of_every_form"])),
    // Cookies
    ("3.3.2", "SameSite on every cookie", By(&["cookies_are_kept_from_scripts_and_other_sites"])),
    ("3.3.4", "HttpOnly on the cookie of the session", By(&["cookies_are_kept_from_scripts_and_other_sites"])),
    // Authentication: what is written down
    ("6.1.1", "limits, and why nobody is locked out by others", Said("src/accounts/limits.rs", "keeps other strangers away from it for a while, but not its owner")),
    ("6.1.2", "words that are no passwords here", Said("src/accounts/password_rules.rs", "what is known of the person (name, address, company)")),
    ("6.1.3", "the ways in: password, one-time link, invitation", Said("src/accounts/signing_in/pages/mod.rs", "Lets somebody in whose password was right, or asks for the code")),
    // Passwords
    ("6.2.1", "eight characters at least", By(&["a_new_password_is_long_enough_and_no_common_one"])),
    ("6.2.2", "people change their own", By(&["changing_the_password_ends_every_other_session"])),
    ("6.2.3", "by the present one", By(&["changing_the_password_ends_every_other_session"])),
    ("6.2.4", "no common ones", By(&["a_new_password_is_long_enough_and_no_common_one", "common_and_own_passwords_are_refused_and_no_composition_is_asked"])),
    ("6.2.5", "any composition", By(&["common_and_own_passwords_are_refused_and_no_composition_is_asked"])),
    ("6.2.6", "masked while typed", By(&["a_password_field_is_masked_and_open_to_managers"])),
    ("6.2.7", "paste and password managers work", By(&["a_password_field_is_masked_and_open_to_managers"])),
    ("6.2.8", "compared as it was typed", By(&["a_password_counts_to_its_last_character"])),
    ("6.2.9", "64 characters and more", By(&["a_password_counts_to_its_last_character"])),
    ("6.2.10", "none runs out", By(&["a_password_counts_to_its_last_character"])),
    ("6.2.11", "own name, address and company are no passwords", By(&["a_new_password_is_long_enough_and_no_common_one"])),
    // Authentication in general
    ("6.3.1", "guessing and spraying end", By(&["ten_guesses_at_an_address_are_enough_on_every_server_and_after_a_restart", "one_password_tried_at_many_addresses_ends_at_the_network", "guesses_side_by_side_are_counted_before_they_are_judged"])),
    ("6.3.2", "more than one factor", Otherwise("An admin asks it of the staff (an_admin_asks_the_staff_for_it_and_helps_who_lost_the_phone); clients and candidates choose it. They see their own records only, and a demand would keep developers from applying.")),
    ("6.3.3", "no way in is weaker than another", By(&["codes_cannot_be_tried_out_and_a_letter_is_no_way_round", "every_route_has_a_row_and_every_row_a_route"])),
    // Factors: birth, loss
    ("6.4.1", "one-time links are random, short-lived and used once", By(&["an_invitation_works_once_and_opening_it_changes_nothing", "an_invitation_ends_after_a_week", "a_link_ends_with_its_hour_with_a_newer_one_and_with_its_account"])),
    ("6.4.2", "no hints and no secret questions", Otherwise("There are none: users have a name, an address and a hash (migrations/0001_kernel.sql).")),
    ("6.4.3", "a new password is no way round the second factor", By(&["codes_cannot_be_tried_out_and_a_letter_is_no_way_round"])),
    ("6.4.4", "a lost factor is taken away by a person who knows who asks", By(&["an_admin_asks_the_staff_for_it_and_helps_who_lost_the_phone"])),
    // Codes
    ("6.5.1", "every code and link counts once", By(&["a_second_factor_is_asked_for_after_the_password_and_each_code_counts_once", "two_people_with_the_same_link_are_one_too_many", "the_database_refuses_what_the_app_would_not_do"])),
    ("6.5.2", "recovery codes have 120 bits and are stored as a keyed hash", By(&["a_recovery_code_is_read_as_people_type_it"])),
    ("6.5.3", "made by a cryptographic generator", Said("src/accounts/second_factor/mod.rs", "rand::rng()")),
    ("6.5.4", "at least 20 bits", By(&["a_recovery_code_is_read_as_people_type_it"])),
    ("6.5.5", "codes of the app have an end", Otherwise("A code counts for its 30 seconds and one step to either side, as RFC 6238 allows for clocks that differ; once, and five wrong ones end it (the_codes_are_those_of_the_standard, codes_cannot_be_tried_out_and_a_letter_is_no_way_round).")),
    ("6.6.1", "codes by telephone", Otherwise("There are none.")),
    ("6.6.2", "a link belongs to what it was asked for", By(&["a_link_ends_with_its_hour_with_a_newer_one_and_with_its_account"])),
    ("6.6.3", "links have 128 bits, codes a limit", By(&["a_token_belongs_to_one_link_and_one_installation", "codes_cannot_be_tried_out_and_a_letter_is_no_way_round"])),
    // Sessions: what is written down
    ("7.1.1", "how long they last and why", Said("src/accounts/signing_in/mod.rs", "A session ends 14 days after it was last used and 30 days after it began")),
    ("7.1.2", "how many at once", Said("src/accounts/signing_in/mod.rs", "any number of browsers")),
    ("7.1.3", "federated sessions", Otherwise("There are none.")),
    // Sessions
    ("7.2.1", "judged by the server", By(&["a_session_from_before_a_sign_out_everywhere_is_worth_nothing"])),
    ("7.2.2", "made for each sign-in", By(&["a_session_key_planted_before_the_login_is_worth_nothing"])),
    ("7.2.3", "keys have 128 bits and more", By(&["cookies_are_kept_from_scripts_and_other_sites"])),
    ("7.2.4", "a new key with each sign-in", By(&["a_session_key_planted_before_the_login_is_worth_nothing"])),
    ("7.3.1", "unused ones end", By(&["a_session_ends_when_it_is_not_used_and_after_a_month_in_any_case"])),
    ("7.3.2", "all end", By(&["a_session_ends_when_it_is_not_used_and_after_a_month_in_any_case"])),
    ("7.4.1", "after signing out the key is worth nothing", By(&["a_key_kept_from_before_signing_out_is_worth_nothing"])),
    ("7.4.2", "nobody who was deactivated stays in", By(&["an_admin_changes_roles_and_keeps_people_out_but_never_themselves"])),
    ("7.4.3", "a new password ends the others; a new factor offers it", By(&["changing_the_password_ends_every_other_session", "a_forgotten_password_is_chosen_anew_by_the_letter_alone"])),
    ("7.4.4", "signing out stands on every page", By(&["signing_out_stands_on_every_home"])),
    ("7.4.5", "an admin ends somebody's", By(&["an_admin_changes_roles_and_keeps_people_out_but_never_themselves"])),
    ("7.5.1", "the way into an account is changed after a fresh proof", By(&["money_roles_and_the_way_in_ask_for_a_fresh_proof", "an_address_is_changed_by_its_new_owner_and_the_old_one_is_told"])),
    ("7.5.2", "one sees and ends one's own after a fresh proof", By(&["somebody_sees_and_ends_the_own_sessions_and_nobody_elses"])),
    ("7.6.1", "federated ends", Otherwise("There are none.")),
    ("7.6.2", "no session without an act", Otherwise("A session begins with a form that somebody sends; same-site posts alone (another_site_cannot_post).")),
    // Access
    ("8.1.1", "who may do what", Said("tests/it/access.rs", "One row a route")),
    ("8.1.2", "which fields whom", Said("src/introductions/policy.rs", "//!")),
    ("8.2.1", "every route refuses every other role", By(&["everybody_reaches_their_own_routes_and_no_others"])),
    ("8.2.2", "every record is hidden from whoever it is not for", By(&["a_record_of_somebody_else_is_not_found_by_page_nor_by_act"])),
    ("8.2.3", "fields too", By(&["a_client_reads_a_rounded_rate_and_staff_the_exact_one", "a_headline_that_gives_its_writer_away_never_reaches_the_client"])),
    ("8.3.1", "on the server", By(&["everybody_reaches_their_own_routes_and_no_others"])),
    ("8.4.1", "one client's acts never touch another's records", By(&["a_record_of_somebody_else_is_not_found_by_page_nor_by_act"])),
    // Connections of mail
    ("12.3.1", "letters leave over TLS", By(&["letters_leave_over_tls_from_the_first_byte_and_over_starttls", "an_offer_of_starttls_that_was_taken_out_on_the_way_is_no_reason_to_do_without", "a_server_that_does_not_begin_with_tls_is_not_talked_to"])),
    ("12.3.2", "to a server whose certificate is looked at first", By(&["a_certificate_for_another_name_is_refused", "a_certificate_that_has_expired_is_refused", "an_authority_that_nobody_named_is_not_believed"])),
    ("12.3.4", "of a private authority no other is believed beside", By(&["an_authority_that_nobody_named_is_not_believed"])),
];

/// The names of all functions under a directory that are tests.
fn tests_under(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            tests_under(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("source");
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[actix_web::test]") {
                    is_test = true;
                } else if let (true, Some((_, rest))) = (is_test, line.split_once("fn ")) {
                    names.extend(rest.split('(').next().map(str::to_owned));
                    is_test = false;
                }
            }
        }
    }
}

#[test]
fn every_line_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    tests_under(&root.join("tests"), &mut names);
    tests_under(&root.join("src"), &mut names);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, words, met) in LINES {
        if !seen.insert(*number) || words.is_empty() {
            wrong.push(format!("{number} stands twice or says nothing"));
        }
        match met {
            By(tests) => {
                let gone = tests.iter().filter(|test| !names.contains(**test));
                wrong.extend(gone.map(|test| format!("{number}: there is no test {test}")));
                if tests.is_empty() {
                    wrong.push(format!("{number}: no test"));
                }
            }
            Said(file, text) => {
                let source = fs::read_to_string(root.join(file)).unwrap_or_default();
                // Comments break where the line ends.
                let flat = source.replace("\n//! ", " ").replace("\n/// ", " ");
                if !flat.contains(text) {
                    wrong.push(format!("{number}: {file} does not say \"{text}\""));
                }
            }
            Otherwise(why) => {
                let told = why
                    .split(['(', ')', ',', ' '])
                    .filter(|word| word.matches('_').count() > 3);
                let gone = told.filter(|word| !names.contains(*word));
                wrong.extend(gone.map(|test| format!("{number}: there is no test {test}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
