//! What is written goes out at once.
//!
//! sqlx 0.9.0 leaves TCP's waiting on (Nagle's algorithm), which 0.8 switched off and the release
//! after 0.9.0 switches off again (sqlx's issue 4335). The end of each COPY then waits some 40 ms
//! for the server to acknowledge its data: 14 s of a company of 340 tables. Delete this with that
//! release.
//!
//! The driver hands its socket to nobody, so it is found among the open files of this process, and
//! set through a second handle on it.

use std::fs::{self, DirEntry};
use std::net::SocketAddr;
use std::os::fd::AsFd;

use rustix::net::getpeername;
use rustix::net::sockopt::set_tcp_nodelay;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

/// Sets it for every connection of this process to a port of that number. Where the system does not
/// allow that, they stay as they are, only slower.
pub(super) fn send_at_once(port: u16) {
    let Ok(this_process) = pidfd_open(getpid(), PidfdFlags::empty()) else {
        return;
    };
    let Ok(open) = fs::read_dir("/proc/self/fd") else {
        return;
    };
    // Of sockets alone: a second handle on a locked file would keep its lock for a moment too long.
    let is_socket = |entry: &DirEntry| {
        let kind = fs::read_link(entry.path());
        kind.is_ok_and(|kind| kind.to_string_lossy().starts_with("socket:"))
    };
    let open: Vec<i32> = open
        .filter_map(Result::ok)
        .filter(is_socket)
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for number in open {
        // One that was closed meanwhile is passed over.
        let Ok(file) = pidfd_getfd(&this_process, number, PidfdGetfdFlags::empty()) else {
            continue;
        };
        if peer_port(&file) == Some(port) {
            set_tcp_nodelay(&file, true).ok();
        }
    }
}

fn peer_port(file: &impl AsFd) -> Option<u16> {
    let peer = SocketAddr::try_from(getpeername(file).ok()??).ok()?;
    Some(peer.port())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::send_at_once;

    #[test]
    fn a_connection_to_that_port_waits_for_nothing_and_others_are_left_alone() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = |to: &TcpListener| TcpStream::connect(to.local_addr().unwrap()).unwrap();
        let (ours, theirs) = (connect(&server), connect(&other));
        send_at_once(server.local_addr().unwrap().port());
        assert!(ours.nodelay().unwrap());
        assert!(!theirs.nodelay().unwrap());
    }
}
