//! A disk of a few hundred kilobytes, over a directory: what is written there beyond its size meets a full disk.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::skip;

/// The disk; dropping it takes it away again.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Over `directory`, which must exist. `None`: this user may not mount, and that was said to be acceptable.
    pub fn over(directory: &Path, kilobytes: u32) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k,mode=0700"), "tmpfs"])
            .arg(directory)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        skip::unless(
            mounted,
            "full-disk",
            "a disk of a few kilobytes needs the right to mount one",
        )
        .then(|| Self(directory.to_owned()))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Takes what room there is.
    pub fn fill(&self) {
        use std::io::Write as _;
        let mut filler = std::fs::File::create(self.filler()).expect("a file");
        while filler.write_all(&[0; 4096]).is_ok() {}
    }

    /// Gives it back.
    pub fn make_room(&self) {
        std::fs::remove_file(self.filler()).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a file may be open still.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
