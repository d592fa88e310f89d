//! Single facts: what is found, and what looks like it and is not.

use super::solutions::expect;

fn main_of(source: &str) {
    expect(&[("src/main.rs", source)]);
}

#[test]
fn blocking_calls_are_known_by_what_their_names_mean() {
    main_of(
        r#"
use std::fs::File;
use std::fs::*;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Barrier, mpsc};
use std::{process::Command, thread as t};

struct Worker { jobs: mpsc::Receiver<u8> }

async fn f(rx: mpsc::Receiver<u8>, shared: std::sync::Arc<Barrier>) {
    let file = «blocking-in-async»File::open("a");
    let text = «blocking-in-async»read_to_string("a");
    «blocking-in-async»t::sleep_ms(1);
    let stream = «blocking-in-async»TcpStream::connect("a:1");
    let address = SocketAddr::from((Ipv4Addr::new(1, 2, 3, 4), 1));
    let one = rx.«blocking-in-async»recv();
    for job in «blocking-in-async»&rx {}
    shared.«blocking-in-async»wait();
    let output = Command::new("ls").arg("-l").«blocking-in-async»output();
    let child = Command::new("ls").spawn();
    let handle = t::spawn(|| t::sleep_ms(1));
    handle.«blocking-in-async»join();
    let (tx, inner) = mpsc::channel::<u8>();
    inner.«blocking-in-async»recv_timeout(d);
    tokio::runtime::Handle::current().«blocking-in-async»block_on(g());
    let (tx, mut rx) = tokio::sync::mpsc::channel::<u8>(1);
    rx.recv().await;
    tokio::process::Command::new("ls").output().await;
}

impl Worker {
    async fn run(&self) { while let Ok(job) = self.jobs.«blocking-in-async»recv() {} }
    fn run_here(&self) { self.jobs.recv(); std::thread::sleep(d); }
}

async fn shadowed() {
    use tokio::time::sleep;
    sleep(d).await;
    {
        use std::thread::sleep;
        «blocking-in-async»sleep(d);
    }
    sleep(d).await;
}

fn outside() {
    tokio::spawn(async { «blocking-in-async»std::thread::sleep(d) });
    let later = async move || { «blocking-in-async»std::thread::sleep(d); };
    std::thread::spawn(move || { std::thread::sleep(d); rt.block_on(async { «blocking-in-async»std::fs::read("a"); }) });
}

async fn chosen() {
    tokio::select! {
        _ = a() => «blocking-in-async»std::thread::sleep(d),
        v = b() => { println!("{:?}", «blocking-in-async»std::fs::read(v)); }
    }
}

#[actix_web::main]
async fn main() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0");
}
"#,
    );
}

#[test]
fn an_actor_shares_its_thread_unless_it_has_its_own() {
    main_of(
        r#"
struct Shared; struct Own;
«actor»impl Actor for Shared { type Context = Context<Self>; fn started(&mut self, _: &mut Context<Self>) { «blocking-in-async»std::thread::sleep(d); } }
«actor»impl actix::Actor for Own { type Context = actix::SyncContext<Self>; }
«handler»impl Handler<Job> for Shared { fn handle(&mut self, m: Job, _: &mut Context<Self>) -> u8 { «blocking-in-async»std::fs::read("a").«panic.unwrap»unwrap()[0] } }
«handler»impl Handler<Job> for Own { fn handle(&mut self, m: Job, _: &mut SyncContext<Self>) -> u8 { std::fs::read("a").«panic.unwrap»unwrap()[0] } }
«handler»impl StreamHandler<Item> for Shared {}
impl Handler for Other {}
"#
        .replace("impl Handler for Other {}\n", "")
        .as_str(),
    );
}

#[test]
fn panics_in_tests_and_constants_are_left_out() {
    let main = r#"
mod checks;
#[cfg(test)]
mod tests;
#[cfg(all(test, unix))]
mod more { fn f() { x.unwrap(); panic!(); } }
#[cfg(not(test))]
mod other { fn f() { x.«panic.unwrap noted»unwrap(); } }
#[cfg(any(test, unix))]
mod either { fn f() { x.«panic.unwrap noted»unwrap(); } }
const _: () = assert!(1 == 1);
«test»#[tokio::test]
async fn t() { x.unwrap(); }
#[cfg(test)]
impl A { fn f() { x.unwrap(); } }
fn f() {
    #[cfg(test)]
    let y = x.unwrap();
    let z = x.map(«panic.unwrap noted»Result::unwrap);
    lazy! { static ref A: u8 = y.«panic.unwrap noted»unwrap(); }
    json!({ "a": y.lock().«panic.unwrap lock»unwrap() });
    y.unwrap_or_else(|| 1).unwrap_unchecked_or(2);
    y.read().«panic.expect lock»expect("x").write().«panic.unwrap lock»unwrap();
    y.«panic.unwrap noted»unwrap_err();
}
"#
    .replace(
        "«panic.unwrap noted»Result::unwrap",
        "Result::«panic.unwrap noted»unwrap",
    );
    expect(&[
        ("src/main.rs", &main),
        ("src/tests.rs", "fn f() { x.unwrap(); }\nmod deeper;\n"),
        ("src/tests/deeper.rs", "fn f() { x.unwrap(); }\n"),
        ("src/checks.rs", "#![cfg(test)]\nfn f() { x.unwrap(); }\n"),
        (
            "tests/api.rs",
            "«test»#[actix_web::test]\nasync fn t() { x.unwrap(); std::mem::drop(1); }\n",
        ),
    ]);
}

#[test]
fn unsafe_is_found_wherever_it_stands() {
    main_of(
        r#"
pub «unsafe»unsafe fn a() {}
pub(crate) const «unsafe»unsafe extern "C" fn b() {}
«unsafe»unsafe trait C { «unsafe»unsafe fn d(); }
«unsafe»unsafe impl C for u8 { «unsafe»unsafe fn d() {} }
«unsafe»unsafe extern "C" { fn e(); }
#[«unsafe»unsafe(no_mangle)]
fn f(g: unsafe fn()) -> u8 {
    // unsafe { }
    let s = "unsafe { }";
    println!("{}", «unsafe»unsafe { 1 });
    odd! { when => «unsafe»unsafe { 2 } }
    let c = || «unsafe»unsafe { 3 };
    4
}
pub «static-mut»static mut H: u8 = 1;
static I: u8 = 1;
"#,
    );
}

#[test]
fn lints_routes_and_includes_in_all_their_spellings() {
    main_of(
        r#"
«allow-attribute»#![cfg_attr(not(debug_assertions), allow(unused))]
#![deny(warnings)]
«allow-attribute»#[expect(unused)]
«route»#[actix_web::get("/messages")]
async fn a() { «allow-attribute»#[allow(unused)] let x = 1; }
«route»#[route("/messages", method = "GET", method = "POST")]
async fn b() {}
fn c(cfg: &mut web::ServiceConfig) {
    cfg.service(«route»web::resource("/messages").«route»route(web::get().to(a)).«route»route(web::post().to(|| async { x.«panic.unwrap»unwrap() })));
    cfg.«route»route("/x", web::method(M).to(b));
    table.route(1, 2, 3);
}
#[cfg(test)]
mod tests { #[get("/x")] async fn g() {} fn f() { app.route("/x", web::get().to(g)); } }
include!("x.rs");
#[doc = include_str!("../README.md")]
struct D(&'static [u8]);
const E: D = D(«include»include_bytes!("e"));
const F: Option<&str> = «include»option_env!("F");
const G: &str = concat!("a", «include»env!("G"));
"#
        .replace("\ninclude!(", "\n«include»include!(")
        .replace("include_str!(", "«include»include_str!(")
        .as_str(),
    );
}

#[test]
fn a_lock_that_a_helper_takes_is_a_lock() {
    expect(&[
        (
            "src/state.rs",
            "use std::sync::MutexGuard;\nimpl State { pub fn all(&self) -> MutexGuard<'_, u8> { self.m.lock().«panic.unwrap lock»unwrap() } }\n",
        ),
        (
            "src/main.rs",
            "async fn f(s: State, l: Vec<u8>) {\n    let n = l.iter().all(|x| *x > 1);\n    let «lock-across-await»g = s.all();\n    x(n).await;\n}\n",
        ),
    ]);
}

#[test]
fn lines_for_shells_marks_and_wide_letters_keep_their_places() {
    main_of(
        "#!/usr/bin/env run\nfn f() { let ñandú = \"日本\"; «unsafe»unsafe {} }\n\tfn g() { «unsafe»unsafe {} }\r\n",
    );
}

#[test]
fn without_an_actor_the_reason_is_looked_for_in_prose_and_comments() {
    expect(&[
        (
            "README.md",
            "# Notes\n\n- «actor avoided»I decided against the actor model, since one lock will do.\n- Other.\n",
        ),
        ("src/main.rs", "fn main() {}\n"),
    ]);
    expect(&[
        ("README.md", "Use the actor model if appropriate.\n"),
        (
            "src/main.rs",
            "/* «actor avoided»No actors here:\n   the list is small. */\nfn main() {}\n",
        ),
    ]);
}
