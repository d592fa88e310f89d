//! HTTP/1.1 as the tests speak it, to our own servers and to chromedriver: one request, one connection, one answer.
//!
//! This is hyper without a client around it, because what clients add would have to be taken away again: they follow
//! redirects, read a proxy from the environment and tidy the path up (reqwest sends `/a` for `/static/../a`, so a test
//! of what the app says to that would test something else). A connection is never used twice: one that is kept belongs
//! to the runtime of the test that opened it and stands still in every other, and a server that is stopped or killed
//! by a test must not be waited for.

use std::{pin::pin, time::Duration};

use futures_util::future::{Either, select};
use http_body_util::{BodyExt as _, Full, Limited};
pub use hyper::{Method, Request, Response, header};
use hyper::{body::Bytes, client::conn::http1, header::HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What an answer may hold, in bytes: more than the largest upload.
const LARGEST: usize = 32 * 1024 * 1024;

/// Sends a request to a server (`host:port`) and reads the whole answer, whatever it is.
///
/// # Errors
/// When there is no whole answer in this time.
pub async fn exchange(server: &str, request: Request<Vec<u8>>, within: Duration) -> Result<Response<Bytes>, String> {
    tokio::time::timeout(within, on_a_connection(server, request))
        .await
        .unwrap_or_else(|_| Err(format!("{server} gave no answer within {within:?}")))
}

async fn on_a_connection(server: &str, mut request: Request<Vec<u8>>) -> Result<Response<Bytes>, String> {
    let host = HeaderValue::from_str(server).map_err(|error| error.to_string())?;
    request.headers_mut().insert(header::HOST, host);
    if request.method() != Method::GET {
        // hyper leaves it out where there is no body; browsers say 0.
        let length = HeaderValue::from(request.body().len());
        request.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    let stream = TcpStream::connect(server).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let connected = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.map_err(|error| error.to_string())?;
    let answer = async move {
        let answer = sender.send_request(request.map(|body| Full::new(Bytes::from(body))));
        let (head, body) = answer.await.map_err(|error| error.to_string())?.into_parts();
        let body = Limited::new(body, LARGEST).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        Ok(Response::from_parts(head, body))
    };
    match select(pin!(answer), pin!(connection)).await {
        Either::Left((answer, _)) => answer,
        // Closed by the server; what it said before that is still to be read.
        Either::Right((_, answer)) => answer.await,
    }
}
