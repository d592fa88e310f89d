//! kill -9 at every commit of the main job: from a client's request to a claim under the guarantee, on the real binary.
//!
//! The wire between the app and its database kills the app at a commit: before the server hears of it, or after the server
//! has done it and before the app hears of that. Then the app starts again on what is there. Every act that was answered
//! must be there, the act that was cut off must be there whole or not at all, and it must be possible to do it again.
//! Each act is cut at its first commit, then at its second, and so on until it passes without meeting another one, each
//! time from a copy of the database as it was before the act. A statement that writes outside a transaction is a commit.

mod installation;
mod job;

use crate::support::cluster;
use crate::support::wire::Side;
use installation::Installation;
use job::{Act, JOB, People, act, prepare};

#[actix_web::test]
async fn no_commit_of_the_main_job_is_lost_or_halved() {
    let database = cluster::database().await;
    prepare(&database.pool()).await;
    database.pool().close().await;
    let mut it = Installation::new(&database);
    let original = it.database.clone();
    let names = ["a", "b", "c"].map(|letter| format!("{original}_{letter}"));
    let mut people = People::at(&it.url());
    // The database as it is before the act; two names, so that the next is made while this one is still there.
    let mut base = original.clone();
    let (mut acknowledged, mut cuts) = (Vec::new(), Vec::new());
    for (number, this) in JOB.iter().copied().enumerate() {
        let mut points = 0;
        'points: loop {
            points += 1;
            for side in [Side::Before, Side::After] {
                it.copy_of(&base, &names[2]).await;
                it.start().await;
                it.arm(points, side);
                let now = people.clone();
                let said = act(&mut it, &now, this).await;
                if !it.is_dead() {
                    // It met fewer commits than that: it is done, and the job goes on from here.
                    said.unwrap_or_else(|error| panic!("{this:?} is refused: {error}"));
                    assert!(it.holds(this.done()).await, "{this:?} was answered and is not there");
                    people = now;
                    break 'points;
                }
                it.start().await;
                let place = format!("{this:?}, cut {side:?} commit {points}");
                check(&mut it, &acknowledged, &place).await;
                let done = it.holds(this.done()).await;
                let again = act(&mut it, &now, this).await;
                let refused = again.as_ref().err().is_some_and(|error| !done || error.contains(": 5"));
                assert!(!refused, "{place}: it cannot be done again: {again:?}");
                assert!(
                    it.holds(this.done()).await,
                    "{place}: it was done again and is not there"
                );
                check(&mut it, &acknowledged, &format!("{place}, and done again")).await;
                cuts.push(place);
            }
        }
        acknowledged.push(this);
        let next = names[number % 2].clone();
        let from = it.database.clone();
        it.copy_of(&from, &next).await;
        base = next;
    }
    it.stop().await;
    for name in names {
        it.order(format!("drop database if exists {name} with (force)")).await;
    }
    println!("{} cuts:\n{}", cuts.len(), cuts.join("\n"));
    // Each act that writes was cut on both sides of at least one commit.
    for this in JOB.iter().filter(|this| **this != Act::Guarantee) {
        let cut = cuts
            .iter()
            .filter(|place| place.starts_with(&format!("{this:?},")))
            .count();
        assert!(cut >= 2, "{this:?} was cut {cut} times");
    }
}

/// Everything that was answered is there, and nothing is half-done.
async fn check(it: &mut Installation, acknowledged: &[Act], place: &str) {
    for earlier in acknowledged {
        assert!(it.holds(earlier.done()).await, "{place}: {earlier:?} is lost");
    }
    let halves = it.halves().await;
    assert!(halves.is_empty(), "{place}: {halves:?}");
}
