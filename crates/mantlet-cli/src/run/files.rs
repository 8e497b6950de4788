//! How many files the system lets this process have: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::ServerSection;
use crate::failure::Failure;

/// Log, listeners, certificates, idle connections to the app, and some to spare.
const REST: u64 = 1024;

/// The usual limit of 1024 is for programs that serve nobody. The app keeps it: it was started before, and some still
/// count on small numbers.
pub(super) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current < maximum {
        // Not being allowed to is no reason not to serve.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// What there are not enough files for, even when the limit is raised as far as we may.
pub(crate) fn shortage(server: &ServerSection) -> Option<Failure> {
    // `None`: there is no limit.
    let limit = getrlimit(Resource::Nofile).maximum?;
    let wanted =
        [server.max_connections.get(), server.max_requests.get()].map(|count| count as u64).iter().sum::<u64>();
    (wanted.saturating_add(REST) > limit).then(|| {
        let what = "[server] max_connections and max_requests are more than the system lets this process have open";
        Failure::new(format!("{what}: {limit} files")).fix("raise the limit (ulimit -Hn, LimitNOFILE=), or lower them")
    })
}
