//! Who listens where, as Linux tells it in /proc. Elsewhere nothing is known, and the messages say less.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A process that holds a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) pid: u32,
    pub(super) name: String,
}

/// Where a process and its descendants listen (TCP).
pub(super) fn listening(root: u32) -> BTreeSet<SocketAddr> {
    let family = descendants(root);
    let sockets: HashSet<u64> = family.into_iter().flat_map(sockets_of).collect();
    listeners().into_iter().filter(|listener| sockets.contains(&listener.inode)).map(|l| l.address).collect()
}

/// Which process listens on a port, if we may know.
pub(super) fn holder(port: u16) -> Option<Holder> {
    let inodes: HashSet<u64> =
        listeners().into_iter().filter(|listener| listener.address.port() == port).map(|l| l.inode).collect();
    let pid = processes()
        .into_iter()
        .map(|process| process.pid)
        .find(|pid| sockets_of(*pid).any(|inode| inodes.contains(&inode)))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(Holder { pid, name: name.trim().to_owned() })
}

/// Children of this process that have ended and that nobody waits for.
pub(super) fn zombies_of(parent: u32) -> Vec<u32> {
    processes().into_iter().filter(|process| process.parent == parent && process.is_zombie).map(|p| p.pid).collect()
}

struct Process {
    pid: u32,
    parent: u32,
    group: u32,
    is_zombie: bool,
}

fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid: u32| parse_stat(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
        .collect()
}

/// `pid (name) state parent group …`; the name may hold anything, also parentheses.
fn parse_stat(pid: u32, stat: &str) -> Option<Process> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    Some(Process {
        pid,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        is_zombie: state == "Z",
    })
}

/// The process, its descendants, and those of its process group whose parents have ended.
fn descendants(root: u32) -> HashSet<u32> {
    let processes = processes();
    let mut family: HashSet<u32> = HashSet::from([root]);
    family.extend(processes.iter().filter(|process| process.group == root).map(|process| process.pid));
    // A parent may be listed after its child: repeat until nobody is added. The depth of the tree bounds the rounds.
    loop {
        let before = family.len();
        family.extend(processes.iter().filter(|p| family.contains(&p.parent)).map(|p| p.pid).collect::<Vec<_>>());
        if family.len() == before {
            return family;
        }
    }
}

fn sockets_of(pid: u32) -> impl Iterator<Item = u64> {
    fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().filter_map(|entry| {
        let target = fs::read_link(entry.ok()?.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Listener {
    address: SocketAddr,
    inode: u64,
}

fn listeners() -> Vec<Listener> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().skip(1).filter_map(parse_listener).collect::<Vec<_>>())
        .collect()
}

/// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`
fn parse_listener(line: &str) -> Option<Listener> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    if *fields.get(3)? != LISTEN {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    let ip = parse_address(address)?.to_canonical();
    let address = SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?);
    Some(Listener { address, inode: fields.get(9)?.parse().ok()? })
}

/// Words of 32 bits, each printed as the machine holds it.
fn parse_address(hex: &str) -> Option<IpAddr> {
    let mut bytes = Vec::with_capacity(16);
    for at in (0..hex.len()).step_by(8) {
        let word = u32::from_str_radix(hex.get(at..at.saturating_add(8))?, 16).ok()?;
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(v4) => Some(Ipv4Addr::from(v4).into()),
        Err(_) => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_tables_of_the_kernel_are_read() {
        let line = |address: &str, state: &str| {
            parse_listener(&format!(
                "0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 4711"
            ))
            .map(|listener| listener.address.to_string())
        };
        for (name, address, state, expected) in [
            ("v4", "0100007F:1F90", "0A", Some("127.0.0.1:8080")),
            ("any v4", "00000000:1388", "0A", Some("0.0.0.0:5000")),
            ("v6", "00000000000000000000000001000000:1388", "0A", Some("[::1]:5000")),
            ("v4 in v6", "0000000000000000FFFF00000100007F:1388", "0A", Some("127.0.0.1:5000")),
            ("connection", "0100007F:1F90", "01", None),
            ("nonsense", "0100:1F90", "0A", None),
        ] {
            assert_eq!(line(address, state).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn names_of_processes_cannot_confuse_the_reader() {
        let process = parse_stat(7, "7 (a) Z 9 9) S 1 7 7 0 -1").unwrap();
        assert_eq!((process.parent, process.group, process.is_zombie), (1, 7, false));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn our_own_listener_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(listening(std::process::id()).contains(&address));
        assert_eq!(holder(address.port()).unwrap().pid, std::process::id());
    }
}
