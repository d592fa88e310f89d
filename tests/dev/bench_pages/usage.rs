//! Processor time of other processes, as Linux counts it.
//!
//! `/proc/PID/stat` has user and system time of a process with all its threads, ended ones too, in ticks of 10 ms, and
//! what ended children took. `/proc/PID/task/TID/schedstat` has nanoseconds of each living thread. A process whose
//! threads all lived through the measurement is counted in nanoseconds; any other in ticks, so that a measurement of a
//! second is wrong by at most 1% for each such process.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::time::Duration;

/// A tick of `/proc`: the kernel tells times to programs in hundredths of a second, whatever it counts in itself.
pub const TICK: Duration = Duration::from_millis(10);

/// One process at an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Process {
    /// Who started it.
    pub parent: u32,
    /// User and system time, in ticks.
    pub ticks: u64,
    /// The same of children that have ended and were waited for.
    pub ended: u64,
    /// Nanoseconds of each living thread; empty where the kernel does not count them.
    pub threads: HashMap<u32, u64>,
}

/// Some processes at an instant.
#[derive(Debug, Clone, Default)]
pub struct Snapshot(HashMap<u32, Process>);

impl Snapshot {
    /// These processes, and with each everything it started.
    ///
    /// # Errors
    /// When one of them is gone, or this is no Linux.
    pub fn of(roots: &[u32]) -> io::Result<Self> {
        let all = parents()?;
        let mut wanted = roots.to_vec();
        let mut next = 0;
        while let Some(&parent) = wanted.get(next) {
            wanted.extend(all.iter().filter(|(_, of)| *of == parent).map(|(child, _)| child));
            next += 1;
        }
        let mut found = HashMap::new();
        for pid in wanted {
            match process(pid) {
                Ok(process) => drop(found.insert(pid, process)),
                // A child may end between two looks.
                Err(_) if !roots.contains(&pid) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self(found))
    }

    /// What they used from `before` until now.
    pub fn since(&self, before: &Self) -> Duration {
        let living: Duration = self.0.iter().map(|(pid, now)| used(before.0.get(pid), now)).sum();
        // What ended meanwhile stands with its parent, whole: less what it had used before.
        let ended = |of: &Self| -> u64 { of.0.values().map(|process| process.ended).sum() };
        let gone = before.0.iter().filter(|(pid, _)| !self.0.contains_key(pid));
        let counted: u64 = gone.map(|(_, process)| process.ticks).sum();
        let left = ended(self).saturating_sub(ended(before)).saturating_sub(counted);
        living + ticks(left)
    }
}

fn used(before: Option<&Process>, now: &Process) -> Duration {
    let Some(before) = before else {
        return ticks(now.ticks);
    };
    let whole = !before.threads.is_empty() && before.threads.keys().all(|tid| now.threads.contains_key(tid));
    if whole {
        let nanos = |of: &Process| of.threads.values().sum::<u64>();
        Duration::from_nanos(nanos(now).saturating_sub(nanos(before)))
    } else {
        ticks(now.ticks.saturating_sub(before.ticks))
    }
}

fn ticks(number: u64) -> Duration {
    TICK.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Every process of this machine with its parent.
fn parents() -> io::Result<Vec<(u32, u32)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Ok(stat) = fs::read_to_string(entry.path().join("stat")).and_then(|text| parse(&text)) {
            all.push((pid, stat.parent));
        }
    }
    Ok(all)
}

fn process(pid: u32) -> io::Result<Process> {
    let mut process = parse(&fs::read_to_string(format!("/proc/{pid}/stat"))?)?;
    for task in fs::read_dir(format!("/proc/{pid}/task"))?.flatten() {
        let tid = task.file_name().to_str().and_then(|name| name.parse().ok());
        let nanos = fs::read_to_string(task.path().join("schedstat"))
            .ok()
            .and_then(|text| text.split_whitespace().next()?.parse().ok());
        if let (Some(tid), Some(nanos)) = (tid, nanos) {
            process.threads.insert(tid, nanos);
        }
    }
    Ok(process)
}

/// A line of `/proc/PID/stat`. The name in parentheses may hold anything, spaces and parentheses too.
fn parse(stat: &str) -> io::Result<Process> {
    let unreadable = || io::Error::other(format!("a process cannot be read: {stat}"));
    let (_, rest) = stat.rsplit_once(')').ok_or_else(unreadable)?;
    // From the third field on: state, parent; the 14th to 17th are the times, own and those of ended children.
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| -> io::Result<u64> {
        let text = fields.get(at - 3).copied().unwrap_or_default();
        text.parse().map_err(|_| unreadable())
    };
    Ok(Process {
        parent: u32::try_from(number(4)?).map_err(io::Error::other)?,
        ticks: number(14)? + number(15)?,
        ended: number(16)? + number(17)?,
        threads: HashMap::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_process(ticks: u64, ended: u64, threads: &[(u32, u64)]) -> Process {
        Process {
            parent: 1,
            ticks,
            ended,
            threads: threads.iter().copied().collect(),
        }
    }

    fn snapshot(processes: &[(u32, Process)]) -> Snapshot {
        Snapshot(processes.iter().cloned().collect())
    }

    #[test]
    fn a_line_of_proc_is_read_behind_the_name() {
        let line = "71 (post (gres) 4) S 12 71 71 0 -1 0 0 0 0 0 150 50 30 4 20 0 1 0 99 0 0";
        assert_eq!(
            parse(line).expect("a process"),
            Process {
                parent: 12,
                ..a_process(200, 34, &[])
            }
        );
        assert!(parse("71 (postgres) S").is_err());
    }

    #[test]
    fn threads_that_lived_are_counted_in_nanoseconds_and_others_in_ticks() {
        let before = snapshot(&[
            (1, a_process(10, 0, &[(1, 1_000), (2, 500)])),
            (2, a_process(7, 0, &[(2, 9)])),
        ]);
        let now = snapshot(&[
            // A thread came.
            (1, a_process(12, 0, &[(1, 3_000), (2, 500), (3, 40)])),
            // A thread went.
            (2, a_process(10, 0, &[(5, 1)])),
        ]);
        assert_eq!(now.since(&before), Duration::from_nanos(2_040) + TICK * 3);
    }

    #[test]
    fn a_child_that_ended_counts_what_it_used_since() {
        let before = snapshot(&[(1, a_process(0, 5, &[])), (2, a_process(40, 0, &[]))]);
        // It had 40 ticks before and 44 when it ended; a new one has used 3.
        let now = snapshot(&[(1, a_process(0, 49, &[])), (3, a_process(3, 0, &[]))]);
        assert_eq!(now.since(&before), TICK * 7);
    }

    #[test]
    fn work_of_this_process_is_seen() {
        let me = std::process::id();
        let before = Snapshot::of(&[me]).expect("Linux");
        let begun = std::time::Instant::now();
        let mut sum = 0_u64;
        let used = loop {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 7);
            if sum.is_multiple_of(1_024) || begun.elapsed() > Duration::from_millis(20) {
                let used = Snapshot::of(&[me]).expect("Linux").since(&before);
                if used >= Duration::from_millis(20) || begun.elapsed() > Duration::from_secs(20) {
                    break used;
                }
            }
        };
        assert!(used >= Duration::from_millis(20), "{used:?}");
    }
}
