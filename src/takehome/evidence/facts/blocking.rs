//! Calls that keep a thread waiting, which async code must not. Pure.
//!
//! A path is known by what it means in its place; a method by its receiver, when it is known what that is.

use super::imports::Imports;

/// What a value is, when that tells which of its methods wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The receiving end of a channel of the standard library, or of crossbeam.
    Receiver,
    /// The sending end of a bounded one.
    Sender,
    /// A thread that can be joined.
    Thread,
    /// A barrier.
    Barrier,
    /// A condition variable.
    Condvar,
    /// A command that is being put together.
    Command,
    /// A running command.
    Process,
}

/// Paths whose call waits: a whole module by its end `::`, or one function.
const CALLS: &[&str] = &[
    "std::fs::",
    "fs_err::",
    "std::thread::sleep",
    "std::thread::sleep_ms",
    "std::thread::sleep_until",
    "std::thread::park",
    "std::thread::park_timeout",
    "std::thread::scope",
    "std::net::TcpStream::",
    "std::net::TcpListener::",
    "std::net::UdpSocket::",
    "std::os::unix::net::UnixStream::",
    "std::os::unix::net::UnixListener::",
    "std::io::stdin",
    "std::io::read_to_string",
    "reqwest::blocking::",
    "ureq::",
    "minreq::",
    "attohttpc::",
    "futures::executor::block_on",
    "futures_executor::block_on",
    "futures_lite::future::block_on",
    "pollster::block_on",
    "async_std::task::block_on",
    "smol::block_on",
    "rusqlite::Connection::",
    "postgres::Client::connect",
];

/// Of those, whole modules.
const MODULES: &[&str] = &[
    "std::fs::",
    "fs_err::",
    "reqwest::blocking::",
    "ureq::",
    "minreq::",
    "attohttpc::",
];

/// Of those, what does not wait: plain values.
const VALUES: &[&str] = &["std::fs::Permissions::", "std::fs::FileTimes::", "fs_err::tokio::"];

/// Methods that wait whatever they are called on.
const METHODS: &[&str] = &[
    "block_on",
    "blocking_lock",
    "blocking_read",
    "blocking_write",
    "blocking_recv",
    "blocking_send",
    "to_socket_addrs",
];

/// Functions that take a closure to a thread where waiting is well.
const ELSEWHERE: &[&str] = &[
    "spawn_blocking",
    "block_in_place",
    "block",
    "unblock",
    "spawn",
    "spawn_fifo",
    "install",
    "scope",
];

/// What `use std::fs::*` brings in that waits. Of other modules a glob brings nothing that is known.
const FILES: &[&str] = &[
    "canonicalize",
    "copy",
    "create_dir",
    "create_dir_all",
    "exists",
    "hard_link",
    "metadata",
    "read",
    "read_dir",
    "read_link",
    "read_to_string",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "rename",
    "set_permissions",
    "symlink_metadata",
    "write",
    "File",
    "OpenOptions",
    "DirBuilder",
];

/// The call that a path means, when it waits.
pub fn call(path: &syn::Path, imports: &Imports) -> Option<String> {
    let is = |meaning: &str, list: &[&str]| {
        list.iter()
            .any(|known| meaning == *known || (known.ends_with("::") && meaning.starts_with(known)))
    };
    let mut meanings = imports.meanings(path).into_iter();
    let plain = meanings.next()?;
    if is(&plain, CALLS) {
        return (!is(&plain, VALUES)).then_some(plain);
    }
    meanings.find(|meaning| {
        let file = meaning
            .strip_prefix("std::fs::")
            .and_then(|rest| rest.split("::").next());
        let is_exact = || is(meaning, CALLS) && !MODULES.iter().any(|module| meaning.starts_with(module));
        file.map_or_else(is_exact, |name| FILES.contains(&name))
    })
}

/// Whether the method waits on anything.
pub fn method(name: &str) -> bool {
    METHODS.contains(&name)
}

/// Whether a closure that is given to a function of this name runs on a thread of its own.
pub fn runs_elsewhere(function: &str) -> bool {
    ELSEWHERE.contains(&function)
}

impl Kind {
    /// Whether this method waits.
    pub fn waits(self, method: &str) -> bool {
        match self {
            Self::Receiver => matches!(method, "recv" | "recv_timeout" | "recv_deadline" | "iter" | "into_iter"),
            Self::Sender => method == "send",
            Self::Thread => method == "join",
            Self::Barrier => method == "wait",
            Self::Condvar => matches!(method, "wait" | "wait_while" | "wait_timeout" | "wait_timeout_while"),
            Self::Command => matches!(method, "output" | "status"),
            Self::Process => matches!(method, "wait" | "wait_with_output"),
        }
    }

    /// For a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Receiver => "the receiver of a blocking channel",
            Self::Sender => "the sender of a blocking bounded channel",
            Self::Thread => "a thread",
            Self::Barrier => "a blocking barrier",
            Self::Condvar => "a blocking condition variable",
            Self::Command | Self::Process => "a process",
        }
    }
}

/// What a type is, through references and the usual pointers.
pub fn kind_of_type(of: &syn::Type, imports: &Imports) -> Option<Kind> {
    match of {
        syn::Type::Reference(reference) => kind_of_type(&reference.elem, imports),
        syn::Type::Paren(inner) => kind_of_type(&inner.elem, imports),
        syn::Type::Group(inner) => kind_of_type(&inner.elem, imports),
        syn::Type::Path(path) => {
            let segment = path.path.segments.last()?;
            if ["Arc", "Rc", "Box", "Option", "Data"].contains(&segment.ident.to_string().as_str()) {
                let syn::PathArguments::AngleBracketed(inner) = &segment.arguments else {
                    return None;
                };
                return inner.args.iter().find_map(|inner| match inner {
                    syn::GenericArgument::Type(inner) => kind_of_type(inner, imports),
                    _ => None,
                });
            }
            imports.meanings(&path.path).iter().find_map(|meaning| named(meaning))
        }
        _ => None,
    }
}

fn named(meaning: &str) -> Option<Kind> {
    Some(match meaning {
        "std::sync::mpsc::Receiver" | "crossbeam_channel::Receiver" | "crossbeam::channel::Receiver" => Kind::Receiver,
        "std::sync::mpsc::SyncSender" => Kind::Sender,
        "std::thread::JoinHandle" => Kind::Thread,
        "std::sync::Barrier" => Kind::Barrier,
        "std::sync::Condvar" | "parking_lot::Condvar" => Kind::Condvar,
        "std::process::Command" => Kind::Command,
        "std::process::Child" => Kind::Process,
        _ => return None,
    })
}

/// What comes of a call of this path.
pub fn kind_of_call(path: &syn::Path, imports: &Imports) -> Option<Kind> {
    imports
        .meanings(path)
        .iter()
        .find_map(|meaning| match meaning.as_str() {
            "std::thread::spawn" => Some(Kind::Thread),
            "std::sync::Barrier::new" => Some(Kind::Barrier),
            "std::sync::Condvar::new" => Some(Kind::Condvar),
            "std::process::Command::new" => Some(Kind::Command),
            _ => None,
        })
}

/// What a channel's two ends are.
pub fn kinds_of_channel(path: &syn::Path, imports: &Imports) -> Option<[Option<Kind>; 2]> {
    imports
        .meanings(path)
        .iter()
        .find_map(|meaning| match meaning.as_str() {
            "std::sync::mpsc::channel" | "crossbeam_channel::unbounded" | "crossbeam::channel::unbounded" => {
                Some([None, Some(Kind::Receiver)])
            }
            "std::sync::mpsc::sync_channel" | "crossbeam_channel::bounded" | "crossbeam::channel::bounded" => {
                Some([Some(Kind::Sender), Some(Kind::Receiver)])
            }
            _ => None,
        })
}
