//! How many files the system lets this process have: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::ServerSection;
use crate::failure::Failure;

/// Log, listeners, certificates, idle connections to the app, and some to spare.
const REST: usize = 1024;

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
    let wanted = Load::of(server);
    (wanted.within(limit) != wanted).then(|| {
        let what = "[server] max_connections and max_requests are more than the system lets this process have open";
        let fewer = format!("{what}: with {limit} files, fewer are served at a time");
        Failure::new(fewer).fix("raise the limit (ulimit -Hn, LimitNOFILE=), or lower them")
    })
}

/// How much is served at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) connections: usize,
    /// Each has a connection to the app.
    pub(super) requests: usize,
}

impl Load {
    /// What the policy says, or as much of it as there are files for. Else clients that say nothing could take the files that
    /// connections to the app need, and everybody would get 502.
    pub(super) fn affordable(server: &ServerSection) -> Self {
        let load = Self::of(server);
        getrlimit(Resource::Nofile).current.map_or(load, |limit| load.within(limit))
    }

    fn of(server: &ServerSection) -> Self {
        Self { connections: server.max_connections.get(), requests: server.max_requests.get() }
    }

    fn within(self, limit: u64) -> Self {
        let files = usize::try_from(limit).unwrap_or(usize::MAX);
        let left = files.saturating_sub(REST.min(files / 2));
        if self.connections.saturating_add(self.requests) <= left {
            return self;
        }
        let requests = self.requests.min(left / 3).max(1);
        Self { connections: self.connections.min(left.saturating_sub(requests)).max(1), requests }
    }
}

#[cfg(test)]
mod tests {
    use super::Load;

    #[test]
    fn connections_of_clients_leave_files_for_those_to_the_app() {
        for (name, limit, wanted, expected) in [
            ("usual", 524_288, [10_000, 5000], [10_000, 5000]),
            ("just_enough", 16_024, [10_000, 5000], [10_000, 5000]),
            ("old_system", 4096, [10_000, 5000], [2048, 1024]),
            ("low", 64, [10_000, 5000], [22, 10]),
            ("few_requests", 4096, [10_000, 100], [2972, 100]),
            ("few_of_both", 4096, [100, 100], [100, 100]),
            ("none", 0, [10_000, 5000], [1, 1]),
        ] {
            let load = |[connections, requests]: [usize; 2]| Load { connections, requests };
            assert_eq!(load(wanted).within(limit), load(expected), "{name}");
        }
    }
}
