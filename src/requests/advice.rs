//! When not to hire for this, said honestly. Advice never refuses: it stands at the end of the form and on the request.
//! Pure.

use super::{SeatGroup, Seniority, Signal};

/// Engagements of fewer months than this are discouraged for this kind of work.
const FEWEST_MONTHS: i16 = 3;

/// One piece of advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// What speaks against it.
    pub title: &'static str,
    /// What to do instead.
    pub text: &'static str,
}

/// What speaks against a hire, by what the client said.
pub fn against(signals: &[Signal], length_months: Option<i16>) -> Vec<Advice> {
    let mut found: Vec<Advice> = signals.iter().map(|signal| of_signal(*signal)).collect();
    if length_months.is_some_and(|months| months < FEWEST_MONTHS) {
        found.push(Advice {
            title: "The engagement is very short",
            text: "A new person needs weeks to learn your system before the work pays back. Under three months, buy the \
                   result from a firm, or plan for longer.",
        });
    }
    found
}

fn of_signal(signal: Signal) -> Advice {
    match signal {
        Signal::FormsAndTables => Advice {
            title: "Mainly forms and tables, and time to market decides",
            text: "A framework your team knows brings such an application to users sooner. Rust pays where load, latency \
                   or memory cost money.",
        },
        Signal::NobodyKnowsRust => Advice {
            title: "Nobody in the team knows Rust",
            text: "What one hired person writes, nobody can review or carry on. Hire a senior first who stays and teaches, \
                   or let somebody of the team learn it before.",
        },
        Signal::NoLimit => Advice {
            title: "No limit that Rust would help with",
            text: "Without a limit on processor, memory or latency the extra effort buys nothing you can measure.",
        },
        Signal::Prototype => Advice {
            title: "A prototype before product-market fit",
            text: "What you learn next week will change the product. Write it in what changes fastest in your hands and \
                   come back when the load is real.",
        },
    }
}

/// What is unusual in the shape of a team, if anything.
pub fn team_shape(seats: &[SeatGroup]) -> Option<&'static str> {
    let count = |wanted: Seniority| -> u16 {
        seats
            .iter()
            .filter(|group| group.seniority == wanted)
            .map(|group| group.count)
            .sum()
    };
    let (seniors, mids, juniors) = (
        count(Seniority::Senior),
        count(Seniority::Mid),
        count(Seniority::Junior),
    );
    match (seniors, mids, juniors) {
        (0, mids, juniors) if mids + juniors >= 2 => Some(
            "Nobody here would lead the architecture. One or two seniors with mid-level developers who build the services \
             is the shape that works, unless a senior of yours leads them.",
        ),
        (0, 0, 1..) => Some("A junior alone needs somebody in your team who reviews Rust every day."),
        (3.., _, _) => Some(
            "More than two seniors tend to design against each other. One or two who lead, with mid-level developers who \
             build the services, is usually quicker and costs less.",
        ),
        (2.., 0, _) | (1, 0, 1..) => Some(
            "Mid-level developers build most of the services in teams that work well; consider one or two of them in place \
             of the others.",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(seniors: u16, mids: u16, juniors: u16) -> Vec<SeatGroup> {
        [
            (Seniority::Senior, seniors),
            (Seniority::Mid, mids),
            (Seniority::Junior, juniors),
        ]
        .map(|(seniority, count)| SeatGroup {
            seniority,
            count,
            budget_minor: None,
        })
        .to_vec()
    }

    #[test]
    fn each_reason_not_to_hire_is_said_once_and_none_without_a_reason() {
        assert!(against(&[], None).is_empty());
        assert!(against(&[], Some(3)).is_empty());
        assert_eq!(against(&[], Some(2)).len(), 1);
        let all = against(&Signal::ALL, Some(1));
        assert_eq!(all.len(), 5);
        let mut titles: Vec<_> = all.iter().map(|advice| advice.title).collect();
        titles.dedup();
        assert_eq!(titles.len(), 5);
    }

    #[test]
    fn one_or_two_seniors_with_mid_levels_need_no_advice() {
        for fine in [
            seats(1, 0, 0),
            seats(1, 2, 0),
            seats(2, 3, 1),
            seats(0, 1, 0),
            seats(0, 0, 0),
        ] {
            assert_eq!(team_shape(&fine), None, "{fine:?}");
        }
        for odd in [
            seats(0, 2, 0),
            seats(0, 0, 1),
            seats(3, 1, 0),
            seats(2, 0, 0),
            seats(1, 0, 1),
        ] {
            assert!(team_shape(&odd).is_some(), "{odd:?}");
        }
    }
}
