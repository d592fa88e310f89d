//! Who the server runs as. Every PostgreSQL program refuses root, so root has to become somebody else first.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a server that root starts gets rid of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootDrop {
    /// A user namespace where the kernel grants one, else setuid.
    Auto,
    /// Always setuid, as in containers that forbid namespaces.
    Setuid,
}

/// The answer for this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity {
    /// Not root: nothing to do.
    Own,
    /// In a namespace where our root bears this account's number. On disk everything stays root's.
    Namespace(Account),
    /// Really that account, which then owns the cluster's directory.
    Setuid(Account),
}

/// An account of /etc/passwd (the server looks up its own name, so the number must exist there).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

/// Whether this process is root.
pub(super) fn is_root() -> bool {
    effective_uid() == 0
}

#[expect(unsafe_code, reason = "the standard library has no call for the effective user")]
pub(super) fn effective_uid() -> u32 {
    // SAFETY: geteuid has no arguments, cannot fail and touches no memory of ours.
    unsafe { libc::geteuid() }
}

impl Identity {
    pub(super) fn choose(drop: RootDrop) -> io::Result<Self> {
        if !is_root() {
            return Ok(Self::Own);
        }
        let account = account(&std::fs::read_to_string("/etc/passwd")?)
            .ok_or_else(|| io::Error::other("neither `postgres` nor `nobody` is in /etc/passwd"))?;
        let namespace = Self::Namespace(account.clone());
        Ok(if drop == RootDrop::Auto && namespace.is_granted() {
            namespace
        } else {
            Self::Setuid(account)
        })
    }

    /// Makes `command` start as this identity.
    pub(super) fn apply(&self, command: &mut Command) {
        match self {
            Self::Own => {}
            Self::Namespace(account) => enter_namespace(command, account),
            // The standard library drops the supplementary groups as well.
            Self::Setuid(account) => {
                command.uid(account.uid).gid(account.gid);
            }
        }
    }

    /// Gives `directory` and all below it to whom the server will be, when it is somebody else's.
    pub(super) fn own(&self, directory: &Path) -> io::Result<()> {
        let (uid, gid) = match self {
            Self::Own => return Ok(()),
            Self::Namespace(_) => (0, 0),
            Self::Setuid(account) => (account.uid, account.gid),
        };
        if directory.symlink_metadata()?.uid() == uid {
            return Ok(());
        }
        give(directory, uid, gid)
    }

    /// The first directory above `path` that this identity may not enter.
    pub(super) fn barred(&self, path: &Path) -> Option<Account> {
        let Self::Setuid(account) = self else { return None };
        let enters = |directory: &Path| {
            directory.metadata().is_ok_and(|about| {
                let bits = about.permissions().mode();
                let bit = if about.uid() == account.uid {
                    0o100
                } else if about.gid() == account.gid {
                    0o010
                } else {
                    0o001
                };
                bits & bit != 0
            })
        };
        path.ancestors()
            .skip(1)
            .any(|directory| !enters(directory))
            .then(|| account.clone())
    }

    /// Asked by trying: there are too many switches (sysctl, seccomp, container runtimes) to read them all.
    fn is_granted(&self) -> bool {
        if !cfg!(target_os = "linux") {
            return false;
        }
        let mut probe = Command::new("/bin/sh");
        probe
            .args(["-c", ":"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.apply(&mut probe);
        probe.status().is_ok_and(|status| status.success())
    }
}

/// `postgres` where a package made it, else `nobody`.
fn account(passwd: &str) -> Option<Account> {
    let find = |name: &str| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            (uid != 0).then(|| Account {
                name: name.to_owned(),
                uid,
                gid,
            })
        })
    };
    find("postgres").or_else(|| find("nobody"))
}

fn give(path: &Path, uid: u32, gid: u32) -> io::Result<()> {
    lchown(path, Some(uid), Some(gid))?;
    if path.symlink_metadata()?.is_dir() {
        for entry in std::fs::read_dir(path)? {
            match give(&entry?.path(), uid, gid) {
                // Removed meanwhile, as the mark of the sync is.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "only the child itself can leave its user namespace, between fork and exec"
)]
fn enter_namespace(command: &mut Command, account: &Account) {
    let uid_map = format!("{} 0 1", account.uid);
    let gid_map = format!("{} 0 1", account.gid);
    // SAFETY: the closure runs in the forked child. It makes system calls on memory that was laid out before the
    // fork; the paths are short, so the standard library turns them into C strings on the stack, and an error from a
    // system call is a plain number: nothing allocates or takes a lock.
    unsafe {
        command.pre_exec(move || {
            if libc::unshare(libc::CLONE_NEWUSER) != 0 {
                return Err(io::Error::last_os_error());
            }
            // Without this refusal the kernel does not accept a map of groups.
            std::fs::write("/proc/self/setgroups", "deny")?;
            std::fs::write("/proc/self/uid_map", &uid_map)?;
            std::fs::write("/proc/self/gid_map", &gid_map)
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn enter_namespace(_command: &mut Command, _account: &Account) {
    // Never chosen: `is_granted` says no.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_postgres_then_nobody_and_never_root() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:n:/:/bin/false\n";
        assert_eq!(
            account(passwd),
            Some(Account {
                name: "nobody".into(),
                uid: 65534,
                gid: 65533
            })
        );
        let passwd = format!("{passwd}postgres:x:101:104:p:/var:/bin/bash\n");
        assert_eq!(
            account(&passwd),
            Some(Account {
                name: "postgres".into(),
                uid: 101,
                gid: 104
            })
        );
        assert_eq!(account("postgres:x:0:0:p:/:/bin/sh\n"), None);
    }
}
