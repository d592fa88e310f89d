//! What a crash, a flood or a second upload of the same file must not do.

use sha2::{Digest as _, Sha256};

use super::*;

const ZIP: &[u8] = b"PK\x03\x04 and so on";

fn at(hour: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + hour * 3_600, 0).expect("an instant of 2027")
}

fn open(limit: u64) -> (tempfile::TempDir, Blobs) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let blobs = Blobs::open(dir.path().join("blobs"), limit).expect("a folder of blobs");
    (dir, blobs)
}

async fn store(blobs: &Blobs, pieces: &[&[u8]], now: DateTime<Utc>) -> Result<Stored, BlobError> {
    let mut intake = blobs.begin(now).await?;
    for piece in pieces {
        intake.write(piece).await?;
    }
    intake.finish().await
}

fn partials(blobs: &Blobs) -> usize {
    fs::read_dir(blobs.root.join("partial")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn what_is_stored_is_what_was_sent_under_its_hash() {
    let (_dir, blobs) = open(LIMIT);
    let mut body = vec![0x1f, 0x8b, 8, 0];
    body.extend((0..300_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]));
    let pieces: Vec<&[u8]> = body.chunks(1_777).collect();
    let stored = store(&blobs, &pieces, at(0)).await.expect("stored");
    assert_eq!((stored.size, stored.kind), (300_004, ArchiveKind::Gzip));
    assert_eq!(stored.digest, Digest(Sha256::digest(&body).into()));
    assert_eq!(fs::read(blobs.path(stored.digest)).expect("the blob"), body);
    assert_eq!(partials(&blobs), 0);
    let mut back = Vec::new();
    let mut file = blobs.read(stored.digest).await.expect("open");
    loop {
        let (chunk, same) = next_chunk(file, 10_000).await.expect("a chunk");
        if chunk.is_empty() {
            break;
        }
        assert!(chunk.len() <= 10_000);
        back.extend(chunk);
        file = same;
    }
    assert_eq!(back, body);
}

#[tokio::test]
async fn the_same_blob_many_times_at_once_is_there_once() {
    let (_dir, blobs) = open(LIMIT);
    let uploads = (0..12).map(|_| store(&blobs, &[ZIP], at(0)));
    for stored in futures_util::future::join_all(uploads).await {
        assert_eq!(stored.expect("stored").size, ZIP.len() as u64);
    }
    assert_eq!(partials(&blobs), 0);
    let all = blobs
        .orphans(at(2), TimeDelta::hours(1), |_| false)
        .await
        .expect("a list");
    assert_eq!(all, [Orphan::Blob(Digest(Sha256::digest(ZIP).into()))]);
}

#[tokio::test]
async fn the_limit_is_exact_and_leaves_nothing() {
    let (_dir, blobs) = open(ZIP.len() as u64);
    assert!(store(&blobs, &[ZIP], at(0)).await.is_ok());
    let over = store(&blobs, &[ZIP, b"x"], at(0)).await;
    assert!(
        matches!(over, Err(BlobError::TooLarge { limit }) if limit == ZIP.len() as u64),
        "{over:?}"
    );
    wait_until(|| partials(&blobs) == 0).await;
}

#[tokio::test]
async fn the_type_is_in_the_bytes() {
    let (_dir, blobs) = open(LIMIT);
    for body in [
        &b"#!/bin/sh\n"[..],
        b"PK",
        b"PK\x05\x06\0\0\0\0",
        b"\x7fELF....",
        b"<html>",
    ] {
        let refused = store(&blobs, &[body], at(0)).await;
        assert!(matches!(refused, Err(BlobError::NotAnArchive)), "{body:?}");
    }
    assert!(matches!(store(&blobs, &[], at(0)).await, Err(BlobError::Empty)));
    // One byte at a time is the same file.
    let bytes: Vec<&[u8]> = ZIP.chunks(1).collect();
    assert_eq!(
        store(&blobs, &bytes, at(0)).await.expect("stored").kind,
        ArchiveKind::Zip
    );
    wait_until(|| partials(&blobs) == 0).await;
}

#[tokio::test]
async fn a_crash_leaves_a_partial_file_that_the_sweep_takes() {
    let (_dir, blobs) = open(LIMIT);
    let mut intake = blobs.begin(at(0)).await.expect("begun");
    intake.write(ZIP).await.expect("written");
    std::mem::forget(intake);
    assert_eq!(partials(&blobs), 1);
    let early = blobs.sweep(at(1), TimeDelta::hours(1), |_| false).await.expect("swept");
    assert_eq!(early, []);
    let late = blobs.sweep(at(2), TimeDelta::hours(1), |_| false).await.expect("swept");
    assert!(matches!(late[..], [Orphan::Partial(_)]), "{late:?}");
    assert_eq!(partials(&blobs), 0);
}

#[tokio::test]
async fn the_sweep_keeps_what_is_referred_to_and_what_is_young() {
    let (_dir, blobs) = open(LIMIT);
    let kept = store(&blobs, &[ZIP, b"kept"], at(0)).await.expect("stored").digest;
    let gone = store(&blobs, &[ZIP, b"gone"], at(0)).await.expect("stored").digest;
    let again = store(&blobs, &[ZIP, b"again"], at(0)).await.expect("stored").digest;
    // Sent again later: young again, though nothing refers to it yet.
    store(&blobs, &[ZIP, b"again"], at(30)).await.expect("stored");
    let swept = blobs
        .sweep(at(30), TimeDelta::hours(24), move |digest| digest == kept)
        .await
        .expect("swept");
    assert_eq!(swept, [Orphan::Blob(gone)]);
    assert!(blobs.read(kept).await.is_ok());
    assert!(blobs.read(again).await.is_ok());
    assert!(blobs.read(gone).await.is_err());
}

#[tokio::test]
async fn nobody_else_on_the_machine_reads_an_upload() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let root = dir.path().join("blobs");
    fs::create_dir(&root).expect("a folder from before");
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).expect("as it was");
    let blobs = Blobs::open(&root, LIMIT).expect("opened");
    let stored = store(&blobs, &[ZIP], at(0)).await.expect("stored");
    let file = blobs.path(stored.digest);
    let folder = file.parent().expect("a folder");
    for (path, allowed) in [
        (root.as_path(), 0o700),
        (folder, 0o700),
        (&root.join("partial"), 0o700),
        (&file, 0o600),
        (&root.join("lock"), 0o600),
    ] {
        let mode = fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, allowed, "{}", path.display());
    }
}

#[tokio::test]
async fn what_a_request_holds_is_not_taken_away() {
    let (_dir, blobs) = open(LIMIT);
    let digest = store(&blobs, &[ZIP], at(0)).await.expect("stored").digest;
    let held = blobs.hold(digest).await.expect("locked").expect("there");
    let other = blobs.clone();
    let removal = tokio::spawn(async move { other.alone().await.expect("alone").remove(digest).await });
    assert!(!removal.is_finished() && blobs.read(digest).await.is_ok());
    drop(held);
    removal.await.expect("joined").expect("removed");
    assert!(blobs.hold(digest).await.expect("locked").is_none());
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_nothing() {
    let (_dir, blobs) = open(LIMIT);
    let mut intake = blobs.begin(at(0)).await.expect("begun");
    intake.write(&[ZIP, &vec![0; 200_000]].concat()).await.expect("written");
    drop(intake);
    wait_until(|| partials(&blobs) == 0).await;
}

#[test]
fn only_a_plain_digest_becomes_a_name() {
    let good = "ab".repeat(32);
    assert_eq!(
        good.parse::<Digest>().map(|digest| digest.to_string()),
        Ok(good.clone())
    );
    let wrong = [
        "../../../etc/passwd".to_owned(),
        good.to_uppercase(),
        good[1..].to_owned(),
        format!("{good}0"),
        format!("/{}", &good[1..]),
        "é".repeat(32),
    ];
    for text in wrong {
        assert_eq!(text.parse::<Digest>(), Err(NotADigest), "{text}");
    }
}

/// The removal runs on the blocking pool; give it turns rather than time.
async fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if done() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    panic!("it never came true");
}
