//! The tests' own HTTP client, against answers that are planted here: what it leaves alone, and when it gives up.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::http::{Method, Request, exchange};

/// Long enough for anything that happens at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server for one connection, which says this to whatever it is asked and closes; or says nothing, and waits. Its
/// address, and what it was asked.
async fn server(answer: Option<&'static str>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let (mut asked, mut some) = (Vec::new(), [0; 1024]);
        while !asked.ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut some).await.expect("the request");
            assert!(read > 0, "the request has no end");
            asked.extend_from_slice(&some[..read]);
        }
        match answer {
            Some(answer) => stream.write_all(answer.as_bytes()).await.expect("said"),
            None => drop(stream.read(&mut some).await),
        }
        String::from_utf8(asked).expect("text")
    });
    (address, asked)
}

fn request(method: Method, path: &str) -> Request<Vec<u8>> {
    let request = Request::builder().method(method).uri(path);
    request.body(Vec::new()).expect("a request")
}

#[actix_web::test]
async fn the_path_is_sent_as_it_is_and_a_redirect_is_an_answer() {
    let (address, asked) = server(Some("HTTP/1.1 303 See Other\r\nLocation: /b\r\n\r\nover there")).await;
    let answer = exchange(&address, request(Method::GET, "/static/../%41?b=%2f"), PATIENCE).await;
    let answer = answer.expect("an answer, with a body up to the end of the connection");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (303, &"/b".parse().unwrap())
    );
    assert_eq!(answer.body(), "over there");
    let asked = asked.await.expect("it was asked");
    let expected = format!("GET /static/../%41?b=%2f HTTP/1.1\r\nhost: {address}\r\n\r\n");
    assert_eq!(asked, expected, "nothing is added");
}

#[actix_web::test]
async fn a_form_without_fields_says_that_it_is_empty() {
    let (address, asked) = server(Some("HTTP/1.1 204 No Content\r\n\r\n")).await;
    let answer = exchange(&address, request(Method::POST, "/"), PATIENCE).await;
    assert_eq!(answer.expect("an answer").status(), 204);
    let asked = asked.await.expect("it was asked");
    assert!(asked.contains("content-length: 0\r\n"), "{asked}");
}

#[actix_web::test]
async fn half_an_answer_is_none() {
    for half in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let (address, _asked) = server(Some(half)).await;
        let answer = exchange(&address, request(Method::GET, "/"), PATIENCE).await;
        assert!(answer.is_err(), "{half:?} was taken for {answer:?}");
    }
}

#[actix_web::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let (address, asked) = server(None).await;
    let answer = exchange(&address, request(Method::GET, "/"), Duration::from_millis(100)).await;
    assert!(answer.is_err_and(|why| why.contains("no answer within 100ms")));
    asked.await.expect("the connection is closed then");
}
