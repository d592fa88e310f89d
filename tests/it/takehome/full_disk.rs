//! Uploads onto a disk that has no room for them.

use std::path::Path;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;

use super::{ZIP, scene, upload};
use crate::support::small_disk::SmallDisk;

/// Every file below `directory` but the lock.
fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found.retain(|name| name != "lock");
    found
}

#[actix_web::test]
async fn a_full_disk_is_said_leaves_nothing_behind_and_passes() {
    let scene = scene().await;
    let path = scene.invited().await;
    let uploads = scene.app.parts.data.join("uploads");
    let Some(disk) = SmallDisk::over(&uploads, 256) else {
        return;
    };
    std::fs::create_dir(uploads.join("partial")).expect("as it was");
    let mut large = ZIP.to_vec();
    large.resize(1024 * 1024, b'x');
    for headers in [&[][..], &[("x-upload", "1")]] {
        let answer = upload(&scene.ana, &path, "solution", "messages.zip", &large, headers).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
        assert!(
            answer.has("There is no room for files") && answer.has("Nothing was saved"),
            "{}",
            answer.text()
        );
        assert!(!answer.has("os error"), "causes go to the log only: {}", answer.text());
        assert_eq!(answer.headers["retry-after"], "60");
    }
    let began = Instant::now();
    while !files(&uploads).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(5), "left: {:?}", files(&uploads));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(scene.number("select count(*) from submissions").await, 0);
    scene.ana.page("/readyz").await;

    // No byte left: whoever balances the load is told, with the part; pages go on.
    disk.fill();
    let ready = async |wanted: StatusCode| {
        let began = Instant::now();
        loop {
            let answer = scene.ana.get("/readyz").await;
            if answer.status == wanted {
                return answer;
            }
            assert!(began.elapsed() < Duration::from_secs(5), "still {}", answer.status);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let answer = ready(StatusCode::SERVICE_UNAVAILABLE).await;
    assert!(answer.has("Uploads cannot be stored"), "{}", answer.text());
    scene.ana.page("/healthz").await;
    scene.ana.page(&path).await;
    let answer = upload(&scene.ana, &path, "solution", "messages.zip", ZIP, &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);

    disk.make_room();
    ready(StatusCode::OK).await;
    let answer = upload(&scene.ana, &path, "solution", "messages.zip", ZIP, &[]).await;
    assert_eq!(answer.to(), path);
    assert!(scene.ana.page(&path).await.contains("messages.zip"));
    assert_eq!(files(&uploads).len(), 1, "the solution alone");
}
