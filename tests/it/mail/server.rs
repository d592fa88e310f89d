//! An SMTP server (RFC 5321, the part a client needs) with moods.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

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

/// The server; dropping it closes the port.
pub struct Server {
    pub address: SocketAddr,
    pub mood: Rc<Cell<Mood>>,
    /// Whole letters that were taken, as they came over the wire.
    pub taken: Rc<RefCell<Vec<String>>>,
    /// Connections that were made.
    pub knocks: Rc<Cell<usize>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().expect("an address")).await
    }

    /// At an address where one was before.
    pub async fn start_at(address: SocketAddr) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an address that may be used again");
        socket.bind(address).expect("the port");
        let listener = socket.listen(64).expect("listening");
        let address = listener.local_addr().expect("an address");
        let (mood, taken, knocks) = (Rc::new(Cell::new(Mood::Takes)), Rc::default(), Rc::new(Cell::new(0)));
        let task = actix_web::rt::spawn(serve(listener, Rc::clone(&mood), Rc::clone(&taken), Rc::clone(&knocks)));
        Self {
            address,
            mood,
            taken,
            knocks,
            task,
        }
    }

    /// What `MERIDIAN_MAIL` says of it.
    pub fn url(&self) -> String {
        format!("smtp://{}?timeout=1", self.address)
    }

    /// The Message-IDs of the letters taken, sorted.
    pub fn ids(&self) -> Vec<String> {
        let ids = self.taken.borrow();
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

async fn serve(listener: TcpListener, mood: Rc<Cell<Mood>>, taken: Rc<RefCell<Vec<String>>>, knocks: Rc<Cell<usize>>) {
    // Connections end with the server: they live in this set.
    let mut talks = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        knocks.set(knocks.get() + 1);
        let (mood, taken) = (Rc::clone(&mood), Rc::clone(&taken));
        talks.spawn_local(async move {
            // Whoever hangs up ends the talk.
            let _ = talk(stream, &mood, &taken).await;
        });
    }
}

async fn talk(stream: TcpStream, mood: &Cell<Mood>, taken: &RefCell<Vec<String>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    if mood.get() == Mood::IsFull {
        return write.write_all(b"421 too many connections\r\n").await;
    }
    write.write_all(b"220 test ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer: &[u8] = match (verb.as_str(), mood.get()) {
            ("EHLO", _) => b"250-test\r\n250 8BITMIME\r\n",
            ("RCPT", Mood::Greylists) => b"451 4.7.1 greylisted, try again later\r\n",
            ("RCPT", Mood::Refuses) => b"550 5.1.1 no such mailbox\r\n",
            ("RCPT", Mood::Sleeps) => {
                std::future::pending::<()>().await;
                b""
            }
            ("DATA", mood) => {
                write.write_all(b"354 go on\r\n").await?;
                let mut letter = String::new();
                while let Some(line) = lines.next_line().await? {
                    if mood == Mood::HangsUp {
                        return Ok(());
                    }
                    if line == "." {
                        break;
                    }
                    letter.push_str(line.strip_prefix('.').unwrap_or(&line));
                    letter.push_str("\r\n");
                }
                taken.borrow_mut().push(letter);
                b"250 2.0.0 taken\r\n"
            }
            ("QUIT", _) => return write.write_all(b"221 bye\r\n").await,
            _ => b"250 2.0.0 ok\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}
