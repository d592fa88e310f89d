//! An SMTP server (RFC 5321, the part a client needs) with moods.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How the server behaves towards a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes it.
    Takes,
    /// 451 at RCPT: come back later.
    Greylists,
    /// 550 at RCPT: never.
    Refuses,
    /// Says nothing after RCPT.
    Sleeps,
    /// Hangs up in the middle of the letter.
    HangsUp,
    /// 421 instead of a greeting.
    IsFull,
}

/// How the server keeps a connection private.
#[derive(Clone)]
pub enum Privacy {
    /// Not, and it does not offer to; nor does it ask who one is.
    None,
    /// It offers STARTTLS, and somebody on the way takes the offer out.
    TakenOut,
    /// From the first byte.
    Whole(TlsAcceptor),
    /// It offers STARTTLS.
    Offered(TlsAcceptor),
}

/// What the server has seen and heard.
#[derive(Clone, Default)]
pub struct Seen {
    /// Whole letters that were taken, as they came over the wire.
    pub taken: Rc<RefCell<Vec<String>>>,
    /// Connections that were made.
    pub knocks: Rc<Cell<usize>>,
    /// Connections that became private.
    pub shaken: Rc<Cell<usize>>,
    /// The commands that anybody on the way could read.
    pub readable: Rc<RefCell<Vec<String>>>,
}

/// The server; dropping it closes the port.
pub struct Server {
    pub address: SocketAddr,
    pub mood: Rc<Cell<Mood>>,
    pub seen: Seen,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::start_private(Privacy::None).await
    }

    /// At an address where one was before.
    pub async fn start_at(address: SocketAddr) -> Self {
        Self::listen(address, Privacy::None).await
    }

    /// One that keeps connections private, or does not.
    pub async fn start_private(privacy: Privacy) -> Self {
        Self::listen("127.0.0.1:0".parse().expect("an address"), privacy).await
    }

    async fn listen(address: SocketAddr, privacy: Privacy) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an address that may be used again");
        socket.bind(address).expect("the port");
        let listener = socket.listen(64).expect("listening");
        let address = listener.local_addr().expect("an address");
        let (mood, seen) = (Rc::new(Cell::new(Mood::Takes)), Seen::default());
        let task = actix_web::rt::spawn(serve(listener, privacy, Rc::clone(&mood), seen.clone()));
        Self {
            address,
            mood,
            seen,
            task,
        }
    }

    /// What `MERIDIAN_MAIL` says of it.
    pub fn url(&self) -> String {
        format!("smtp://{}?timeout=1", self.address)
    }

    /// The Message-IDs of the letters taken, sorted.
    pub fn ids(&self) -> Vec<String> {
        let ids = self.seen.taken.borrow();
        let mut ids: Vec<String> = ids.iter().map(|letter| header(letter, "Message-ID")).collect();
        ids.sort();
        ids
    }
}

/// A header's value, unfolded; it must be there once.
pub fn header(letter: &str, name: &str) -> String {
    let head = letter
        .split("\r\n\r\n")
        .next()
        .unwrap_or_default()
        .replace("\r\n ", " ");
    let prefix = format!("{}:", name.to_lowercase());
    let mut found = head
        .split("\r\n")
        .filter(|line| line.to_lowercase().starts_with(&prefix));
    let value = found.next().unwrap_or_else(|| panic!("no {name} in {head}"));
    assert!(found.next().is_none(), "two {name} in {head}");
    value[prefix.len()..].trim().to_owned()
}

async fn serve(listener: TcpListener, privacy: Privacy, mood: Rc<Cell<Mood>>, seen: Seen) {
    // Connections end with the server: they live in this set.
    let mut talks = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        seen.knocks.set(seen.knocks.get() + 1);
        let (privacy, mood, seen) = (privacy.clone(), Rc::clone(&mood), seen.clone());
        talks.spawn_local(async move {
            // Whoever hangs up ends the talk.
            let _ = receive(stream, &privacy, &mood, &seen).await;
        });
    }
}

async fn receive(
    stream: tokio::net::TcpStream,
    privacy: &Privacy,
    mood: &Cell<Mood>,
    seen: &Seen,
) -> std::io::Result<()> {
    let (acceptor, stream) = match privacy {
        Privacy::None => return talk(stream, Line::Readable, mood, seen).await.map(drop),
        Privacy::TakenOut => return talk(stream, Line::TakenOut, mood, seen).await.map(drop),
        Privacy::Whole(acceptor) => (acceptor, stream),
        Privacy::Offered(acceptor) => match talk(stream, Line::Offers, mood, seen).await? {
            Some(stream) => (acceptor, stream),
            None => return Ok(()),
        },
    };
    let begun = matches!(privacy, Privacy::Offered(_));
    let stream = acceptor.accept(stream).await?;
    seen.shaken.set(seen.shaken.get() + 1);
    let line = if begun { Line::Upgraded } else { Line::Private };
    talk(stream, line, mood, seen).await.map(drop)
}

/// What the two are talking over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Anybody on the way can read it.
    Readable,
    /// The same, with the offer to change that.
    Offers,
    /// The same, with the offer taken out.
    TakenOut,
    /// Private from the first byte.
    Private,
    /// Private since STARTTLS; greeted already.
    Upgraded,
}

/// One talk; gives the stream back when the other side asks for STARTTLS.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    line: Line,
    mood: &Cell<Mood>,
    seen: &Seen,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if mood.get() == Mood::IsFull {
        stream.write_all(b"421 too many connections\r\n").await?;
        return Ok(None);
    }
    if line != Line::Upgraded {
        stream.write_all(b"220 test ESMTP\r\n").await?;
    }
    while let Some(said) = next_line(&mut stream).await? {
        let verb = said.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        if !matches!(line, Line::Private | Line::Upgraded) {
            seen.readable.borrow_mut().push(verb.clone());
        }
        let answer: &[u8] = match (verb.as_str(), mood.get()) {
            ("EHLO", _) if line == Line::Offers => b"250-test\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
            ("EHLO", _) if line == Line::Readable => b"250-test\r\n250 8BITMIME\r\n",
            ("EHLO", _) => b"250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
            ("STARTTLS", _) if line == Line::Offers => {
                stream.write_all(b"220 2.0.0 go on\r\n").await?;
                return Ok(Some(stream.into_inner()));
            }
            ("STARTTLS", _) => b"502 5.5.1 not here\r\n",
            ("AUTH", _) => b"235 2.7.0 you are in\r\n",
            ("RCPT", Mood::Greylists) => b"451 4.7.1 greylisted, try again later\r\n",
            ("RCPT", Mood::Refuses) => b"550 5.1.1 no such mailbox\r\n",
            ("RCPT", Mood::Sleeps) => {
                std::future::pending::<()>().await;
                b""
            }
            ("DATA", mood) => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut letter = String::new();
                while let Some(line) = next_line(&mut stream).await? {
                    if mood == Mood::HangsUp {
                        return Ok(None);
                    }
                    if line == "." {
                        break;
                    }
                    letter.push_str(line.strip_prefix('.').unwrap_or(&line));
                    letter.push_str("\r\n");
                }
                seen.taken.borrow_mut().push(letter);
                b"250 2.0.0 taken\r\n"
            }
            ("QUIT", _) => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(None);
            }
            _ => b"250 2.0.0 ok\r\n",
        };
        stream.write_all(answer).await?;
        // What is written into TLS waits for more otherwise.
        stream.flush().await?;
    }
    Ok(None)
}

async fn next_line<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<Option<String>> {
    stream.flush().await?;
    let mut line = String::new();
    let read = stream.read_line(&mut line).await?;
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}
