//! Trouble around a running app: the database goes away, clients are slow or send too much.

mod clocks;
mod disk;
mod gate;
mod twins;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use actix_web::http::{Method, StatusCode};

use crate::support::app::{App, PASSWORD, Person};
use crate::support::installation::Installation;
use crate::support::process::blocking;

#[actix_web::test]
async fn the_database_goes_away_and_comes_back_under_the_running_app() {
    let mut installation = Installation::start().await;
    let said = installation
        .command(&["invite", "--role", "recruiter", "ana@agency.test"])
        .await;
    let link = said
        .lines()
        .find(|line| line.contains("/invitations/"))
        .expect("a link");
    let ana = Person::at(&installation.url());
    let path = link.trim_start_matches(&installation.url());
    let answer = ana.post(path, &[("name", "Ana"), ("password", PASSWORD)]).await;
    assert_eq!(answer.to(), "/desk");
    let desk = ana.page("/desk").await;
    let style = desk
        .split('"')
        .find(|part| part.starts_with("/static/") && part.contains(".css"))
        .expect("a style sheet")
        .to_owned();

    installation.stop_database().await;
    for path in ["/desk", "/readyz", "/account"] {
        let began = Instant::now();
        let answer = ana.get(path).await;
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{path}: {}",
            installation.errors()
        );
        assert!(
            answer.has("Try again") && answer.headers.contains_key("x-request-id"),
            "{path}: {}",
            answer.text()
        );
        assert_eq!(answer.headers["retry-after"], "5", "{path}");
        assert!(
            !answer.has("os error") && !answer.has("PGSQL"),
            "causes go to the log only: {}",
            answer.text()
        );
        assert!(
            began.elapsed() < Duration::from_secs(8),
            "{path} took {:?}",
            began.elapsed()
        );
    }
    assert_eq!(
        ana.get("/healthz").await.status,
        StatusCode::OK,
        "the process itself is well"
    );
    ana.page(&style).await;
    for (path, fields) in [
        ("/login", vec![("email", "ana@agency.test"), ("password", PASSWORD)]),
        ("/candidates/new", vec![("name", "Somebody")]),
        ("/account/name", vec![("name", "Ana Maria")]),
    ] {
        let answer = ana.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(
            answer.has("Nothing was changed") && answer.headers.contains_key("retry-after"),
            "{path}: {}",
            answer.text()
        );
    }

    installation.start_database().await;
    let began = Instant::now();
    while ana.get("/desk").await.status != StatusCode::OK {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "does not recover: {}",
            installation.errors()
        );
    }
    println!("served again {:?} after the database was back", began.elapsed());
    installation.stop().await;
}

#[actix_web::test]
async fn a_client_that_dawdles_is_cut_off_and_others_are_served() {
    let app = App::start().await;
    let address = app.url.trim_start_matches("http://").to_owned();
    // One stops within its head, one within its body; many of them hold no worker.
    let head = "GET / HTTP/1.1\r\nHost: x\r\n";
    let body = "POST /login HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: \
                application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=";
    let slow: Vec<(&str, TcpStream)> = [head, body]
        .iter()
        .flat_map(|sent| (0..20).map(move |_| *sent))
        .map(|sent| {
            let mut stream = TcpStream::connect(&address).expect("a connection");
            stream.write_all(sent.as_bytes()).expect("sent");
            (sent, stream)
        })
        .collect();
    let began = Instant::now();
    app.stranger().page("/").await;
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "others wait {:?}",
        began.elapsed()
    );

    let answers = blocking(move || {
        let cut_off = |(sent, mut stream): (&'static str, TcpStream)| {
            stream
                .set_read_timeout(Some(Duration::from_secs(40)))
                .expect("a timeout");
            let mut answer = Vec::new();
            let read = stream.read_to_end(&mut answer);
            (
                sent == head,
                read.is_ok() || !answer.is_empty(),
                String::from_utf8_lossy(&answer).into_owned(),
            )
        };
        slow.into_iter().map(cut_off).collect::<Vec<_>>()
    })
    .await;
    println!("all were cut off after {:?}", began.elapsed());
    for (in_head, ended, answer) in answers {
        assert!(ended, "still open after 40 s");
        let status = if in_head { "HTTP/1.1 408" } else { "HTTP/1.1 503" };
        assert!(answer.starts_with(status), "not {status}: {answer:?}");
    }
}

#[actix_web::test]
async fn a_body_that_is_too_large_is_refused_with_a_page_announced_or_not() {
    let app = App::start().await;
    let person = app.stranger();
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = person.send(Method::POST, "/login", &form, vec![b'a'; 300 * 1024]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
    assert!(answer.has("too large"), "{}", answer.text());

    // Announced as 10 GB: refused without reading.
    let address = app.url.trim_start_matches("http://").to_owned();
    let announced =
        "POST /login HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 10000000000\r\n\r\n";
    let answer = exchange(address.clone(), announced.to_owned(), 0).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    // Not announced, and without an end: refused as soon as it is too much.
    let chunked = "POST /login HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: \
                   application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = exchange(address, chunked.to_owned(), 64).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer:?}");
    app.stranger().page("/").await;
}

/// Sends `head` and then up to `chunks` chunks of 64 KiB, until the other side closes; tells what came back.
async fn exchange(address: String, head: String, chunks: usize) -> String {
    blocking(move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a timeout");
        stream.write_all(head.as_bytes()).expect("sent");
        let chunk = [b"10000\r\n".as_slice(), &vec![b'a'; 0x10000], b"\r\n"].concat();
        let sent = (0..chunks).take_while(|_| stream.write_all(&chunk).is_ok()).count();
        assert!(
            chunks == 0 || sent < chunks || chunks * chunk.len() < 8 << 20,
            "a flood was taken in"
        );
        let mut answer = [0; 2048];
        // A reset instead of an answer is a refusal as well.
        let read = stream.read(&mut answer).unwrap_or_default();
        String::from_utf8_lossy(&answer[..read]).into_owned()
    })
    .await
}
