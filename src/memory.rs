//! Keeps the process small on glibc, whose allocator gives freed memory back late.
//!
//! Measured on the demo after 20 logins and 240 pages: 61 MB resident as glibc comes, 57 MB with two arenas, 49 MB after a
//! trim. A password verification takes 19 MiB: without the thresholds, 80 of them left more than 900 MB.

use std::time::Duration;

/// How often freed memory is given back; a trim takes about a millisecond.
const EVERY: Duration = Duration::from_secs(10);

/// Sets the allocator's parameters. Called first in `main`, before there is another thread.
pub fn tune() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "mallopt has no safe wrapper")]
        // SAFETY: it only sets parameters of the allocator.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 1024 * 1024);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 1024 * 1024);
            libc::mallopt(libc::M_ARENA_MAX, 2);
        }
    }
}

/// Gives freed memory back every few seconds, until the future is dropped.
pub async fn keep_small() {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Off the async threads: it takes the arenas' locks.
        let _ = tokio::task::spawn_blocking(trim).await;
    }
}

fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "malloc_trim has no safe wrapper")]
        // SAFETY: it may be called at any time from any thread.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}
