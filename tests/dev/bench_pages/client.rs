//! A client on the same machine: connections that are kept, each sending the next request when the last is answered.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What may go wrong on the way.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// No page takes longer, or it cannot be measured.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody at one server.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// `host:port`.
    pub server: String,
    /// The session, for who is signed in.
    pub cookie: Option<String>,
}

struct Connection {
    visitor: Visitor,
    sender: SendRequest<Full<Bytes>>,
}

impl Visitor {
    async fn connect(&self) -> Result<Connection, Trouble> {
        let stream = TcpStream::connect(&self.server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Ends with the sender.
        tokio::spawn(connection);
        Ok(Connection {
            visitor: self.clone(),
            sender,
        })
    }

    /// Signs in by the form; the visitor that comes back has the session.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Self, Trouble> {
        let body = serde_html_form::to_string([("email", email), ("password", password)])?;
        let request = Request::post("/login")
            .header(header::HOST, &self.server)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Full::new(Bytes::from(body)))?;
        let answer = self.connect().await?.sender.send_request(request).await?;
        let set = answer.headers().get_all(header::SET_COOKIE).iter();
        let pairs: Vec<&str> = set
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        let cookie = (!pairs.is_empty()).then(|| pairs.join("; "));
        match (answer.status(), cookie) {
            (StatusCode::SEE_OTHER, Some(cookie)) => Ok(Self {
                cookie: Some(cookie),
                ..self.clone()
            }),
            (status, _) => Err(format!("nobody could sign in: {status}").into()),
        }
    }

    /// One page, which must be there; its size in bytes.
    pub async fn page(&self, path: &str) -> Result<usize, Trouble> {
        self.connect().await?.page(path).await
    }

    /// These pages in turn, `requests` in all over `connections`: how long each took.
    pub async fn pages(
        &self,
        paths: &Arc<[String]>,
        requests: usize,
        connections: usize,
    ) -> Result<Vec<Duration>, Trouble> {
        let next = Arc::new(AtomicUsize::new(0));
        let mut everybody = JoinSet::new();
        for _ in 0..connections.min(requests) {
            let (paths, next) = (Arc::clone(paths), Arc::clone(&next));
            let mut connection = self.connect().await?;
            everybody.spawn(async move {
                let mut took = Vec::new();
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= requests {
                        return Ok::<_, Trouble>(took);
                    }
                    let begun = Instant::now();
                    connection.page(&paths[turn % paths.len()]).await?;
                    took.push(begun.elapsed());
                }
            });
        }
        let mut took = Vec::with_capacity(requests);
        while let Some(done) = everybody.join_next().await {
            took.extend(done??);
        }
        Ok(took)
    }
}

impl Connection {
    async fn page(&mut self, path: &str) -> Result<usize, Trouble> {
        let request = Request::get(path).header(header::HOST, &self.visitor.server);
        let request = match &self.visitor.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        };
        let request = request.body(Full::default())?;
        let answered = tokio::time::timeout(PATIENCE, async {
            self.sender.ready().await?;
            let answer: Response<_> = self.sender.send_request(request).await?;
            let (head, body) = answer.into_parts();
            Ok::<_, Trouble>((head.status, body.collect().await?.to_bytes()))
        });
        let (status, body) = answered
            .await
            .map_err(|_| format!("{path}: no answer within {PATIENCE:?}"))??;
        if status == StatusCode::OK {
            Ok(body.len())
        } else {
            Err(format!("{path}: {status}").into())
        }
    }
}
