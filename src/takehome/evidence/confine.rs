//! What a child process does to itself before it touches an upload: limits that the kernel keeps.
//!
//! It does so itself, and not its parent between fork and exec, because the address space it may have is counted from what it
//! has once it runs, which differs from build to build. Until then nothing of an upload has been read.

use std::io;

use super::Limits;

/// How deep the stack may grow. A parser of a hostile file overflows it, which ends the child and is told as nesting; an honest
/// one needs a fraction, also in a build that is not optimised.
const STACK: u64 = 32 * super::limits::MIB;

/// Limits this process for good, with so many seconds of processor time.
#[expect(unsafe_code, reason = "prctl and umask have no safe wrapper")]
pub fn confine(limits: &Limits, seconds: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    // SAFETY: plain system calls that take numbers and change this process alone.
    unsafe {
        // Whoever started us may be killed: nobody is left who waits, or who takes the directory away.
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
            return Err(io::Error::last_os_error());
        }
        // No allocator arena of its own for a second thread: each reserves 64 MiB of the address space that is left.
        #[cfg(target_env = "gnu")]
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
    // SAFETY: changes a number of this process and cannot fail.
    unsafe {
        libc::umask(0o022);
        // A file that is too large is an error that is answered, not the end.
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
    set(libc::RLIMIT_CORE, 0, 0)?;
    set(libc::RLIMIT_FSIZE, limits.file, limits.file)?;
    set(libc::RLIMIT_NOFILE, limits.open_files, limits.open_files)?;
    // The softer of the two ends it by a signal of its own, so that its parent knows why.
    set(libc::RLIMIT_CPU, seconds, seconds + 1)?;
    set(libc::RLIMIT_STACK, STACK, STACK)?;
    if let Some(size) = own_size()? {
        set(libc::RLIMIT_AS, size + limits.memory, size + limits.memory)?;
    }
    Ok(())
}

/// The type of a limit's name differs between C libraries.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

/// Sets a limit, or keeps the one there is when that is less: what the machine's administrator chose stays.
#[expect(unsafe_code, reason = "setrlimit has no safe wrapper")]
fn set(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointers are to a local that outlives the calls.
    let done = unsafe {
        libc::getrlimit(resource, &raw mut limit) == 0 && {
            limit.rlim_cur = soft.min(limit.rlim_max);
            limit.rlim_max = hard.min(limit.rlim_max);
            libc::setrlimit(resource, &raw const limit) == 0
        }
    };
    if done { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Processor time of this process so far, in milliseconds.
#[expect(unsafe_code, reason = "getrusage has no safe wrapper")]
pub fn spent() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a local that outlives the call, and zeros are a valid value of it.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    [usage.ru_utime, usage.ru_stime]
        .iter()
        .map(|time| {
            u64::try_from(time.tv_sec).unwrap_or_default() * 1_000
                + u64::try_from(time.tv_usec).unwrap_or_default() / 1_000
        })
        .sum()
}

/// The address space of this process in bytes; none where the system does not tell.
fn own_size() -> io::Result<Option<u64>> {
    if cfg!(not(target_os = "linux")) {
        return Ok(None);
    }
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map(|kib| Some(kib * 1024))
        .ok_or_else(|| io::Error::other("/proc/self/status does not tell the size of the process"))
}
