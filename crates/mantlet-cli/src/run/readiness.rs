//! The readiness gate: nobody is let in before the app has opened its port, and the user is told where it opened another.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use mantlet_core::duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::child::App;
use super::sockets;
use crate::failure::Failure;

/// Apps start in tenths of a second: looking more often would only cost.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits until the app accepts connections on its port; returns where.
///
/// # Errors
/// When it has not in time: what it does instead.
pub(super) async fn wait(app: &App, pid: u32) -> Result<SocketAddr, Failure> {
    let deadline = Instant::now().checked_add(app.ready_timeout);
    loop {
        if let Some(address) = accepting(app.port).await {
            return Ok(address);
        }
        if deadline.is_none_or(|deadline| Instant::now() >= deadline) {
            return Err(too_late(app, &sockets::listening(pid)));
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Where the port is open. An app that was told `localhost` may have taken the IPv6 one.
async fn accepting(port: u16) -> Option<SocketAddr> {
    for address in [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))] {
        if TcpStream::connect(address).await.is_ok() {
            return Some(address);
        }
    }
    None
}

fn too_late(app: &App, listening: &BTreeSet<SocketAddr>) -> Failure {
    let within = duration::render(app.ready_timeout);
    let failure = Failure::new(format!("the app did not open port {} within {within}", app.port));
    match listening.first() {
        Some(elsewhere) => failure
            .seen(format!("it is listening on {elsewhere} instead (it ignores PORT)"))
            .fix(format!("tell it the port in its command: mantlet run -- {}", with_port(&app.typed(), *elsewhere)))
            .fix(format!("mantlet run --upstream http://{}", reachable(*elsewhere))),
        None => failure
            .seen("it is not listening on any port")
            .fix("--ready-timeout TIME, if it needs longer; --app-port N, if it listens where it wants")
            .fix("start it yourself, if it listens on a socket file: mantlet run --upstream unix:/PATH"),
    }
}

/// A command with `{port}` in it: where it names the port that it took, else at its end.
fn with_port(typed: &str, took: SocketAddr) -> String {
    let port = took.port().to_string();
    let mut parts = typed.split(&port);
    let (before, after) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let names_it = typed.len() > before.len()
        && !before.ends_with(|c: char| c.is_ascii_digit())
        && !after.starts_with(|c: char| c.is_ascii_digit());
    if names_it { typed.replacen(&port, "{port}", 1) } else { format!("{typed} {{port}}") }
}

/// An address to connect to, of one to listen on.
fn reachable(listening: SocketAddr) -> SocketAddr {
    match listening {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, v6.port()).into(),
        other => other,
    }
}

/// Ports through which the app can be reached around the shield, each told once.
#[derive(Debug, Default)]
pub(super) struct Exposure {
    told: BTreeSet<u16>,
}

impl Exposure {
    /// What is new since the last look.
    pub(super) fn look(&mut self, app: &App, pid: u32) -> Vec<Failure> {
        self.judge(app, sockets::listening(pid))
    }

    fn judge(&mut self, app: &App, listening: BTreeSet<SocketAddr>) -> Vec<Failure> {
        let exposed = listening.into_iter().filter(|address| !address.ip().is_loopback());
        exposed
            .filter(|address| self.told.insert(address.port()))
            .map(|address| around_the_shield(app, address))
            .collect()
    }
}

fn around_the_shield(app: &App, address: SocketAddr) -> Failure {
    if address.port() == app.port {
        return Failure::new(format!("the app listens on {address}, so it can be reached around the shield"))
            .fix("bind it to 127.0.0.1, for example --bind 127.0.0.1:{port}");
    }
    // A debugger, metrics, another protocol altogether: who knows.
    Failure::new(format!("the app listens on {address} as well, where no shield is"))
        .fix("bind it to 127.0.0.1, for example --host 127.0.0.1; if it is for others to reach, let it be")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        App {
            command: ["python", "app.py"].map(Into::into).to_vec(),
            port: 49721,
            ready_timeout: Duration::from_secs(60),
            variables: Vec::new(),
            url: String::new(),
            has_local_authority: false,
        }
    }

    fn addresses(list: &[&str]) -> BTreeSet<SocketAddr> {
        list.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn an_app_that_ignores_its_port_is_found() {
        let failure = too_late(&app(), &addresses(&["0.0.0.0:5000"])).to_string();
        assert_eq!(
            failure,
            "the app did not open port 49721 within 1m\n  \
             it is listening on 0.0.0.0:5000 instead (it ignores PORT)\n  \
             fix: tell it the port in its command: mantlet run -- python app.py {port}\n    \
             or mantlet run --upstream http://127.0.0.1:5000"
        );
    }

    #[test]
    fn the_port_is_put_where_the_command_names_another() {
        for (typed, took, expected) in [
            ("python -m http.server 7890", "0.0.0.0:7890", "python -m http.server {port}"),
            ("vite --port=5173", "[::1]:5173", "vite --port={port}"),
            ("serve 127.0.0.1:80 --id 800", "127.0.0.1:80", "serve 127.0.0.1:{port} --id 800"),
            ("serve --id 800", "127.0.0.1:80", "serve --id 800 {port}"),
            ("python app.py", "127.0.0.1:5000", "python app.py {port}"),
        ] {
            assert_eq!(with_port(typed, took.parse().unwrap()), expected);
        }
    }

    #[test]
    fn every_way_around_the_shield_is_told_once() {
        let mut exposure = Exposure::default();
        let first = exposure.judge(&app(), addresses(&["127.0.0.1:49721", "0.0.0.0:49721", "[::1]:5000"]));
        assert_eq!(first.len(), 1);
        assert!(first[0].to_string().starts_with("the app listens on 0.0.0.0:49721, so"));
        assert!(exposure.judge(&app(), addresses(&["0.0.0.0:49721"])).is_empty());
        let more = exposure.judge(&app(), addresses(&["0.0.0.0:49721", "192.0.2.1:8000", "[fe80::1]:8000"]));
        assert_eq!(more.len(), 1, "one port, however many addresses");
        assert!(more[0].to_string().starts_with("the app listens on 192.0.2.1:8000 as well"));
    }
}
