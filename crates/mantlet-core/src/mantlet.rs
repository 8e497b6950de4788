//! [`Mantlet`]: the four guards made ready, for every route of a policy.

use std::sync::Arc;

use crate::exchange::Exchange;
use crate::guards::Guards;
use crate::head::{RequestHead, ResponseHead};
use crate::path::{self, PathPattern, RoutePath};
use crate::policy::{AmbiguousPaths, Policy, Route};
use crate::session::Seen;
use crate::site::Site;

/// A policy made ready to judge: nothing is parsed or rendered per request that could be done here.
#[derive(Debug)]
pub struct Mantlet {
    everywhere: Arc<Guards>,
    routes: Vec<(PathPattern, Arc<Guards>)>,
    ambiguous_paths: AmbiguousPaths,
    /// Cookies have no routes: what leaves renamed from one arrives renamed at another.
    seen: Arc<Seen>,
}

impl Mantlet {
    /// Makes a policy ready.
    pub fn new(policy: &Policy) -> Self {
        Self::ready(policy, Arc::default())
    }

    /// Makes another policy ready to take this one's place: what is known of the application's cookies stays known.
    #[must_use]
    pub fn renew(&self, policy: &Policy) -> Self {
        Self::ready(policy, Arc::clone(&self.seen))
    }

    fn ready(policy: &Policy, seen: Arc<Seen>) -> Self {
        let all = || std::iter::once(&policy.everywhere).chain(policy.routes.iter().map(|route| &route.guards));
        let renamed = all().find_map(|guards| guards.session.renames_with(guards.mode));
        let ready = |guards| Arc::new(Guards::new(guards, policy.path_case, &seen, renamed));
        let pattern = |route: &Route| route.path.clone().with_case(policy.path_case);
        Self {
            everywhere: ready(&policy.everywhere),
            routes: policy.routes.iter().map(|route| (pattern(route), ready(&route.guards))).collect(),
            ambiguous_paths: policy.ambiguous_paths,
            seen,
        }
    }

    /// Opens an exchange: finds the guards of the route this request is for.
    ///
    /// A path that could be read in two ways gets the guards that hold everywhere; [`Exchange::admit`] then refuses it,
    /// unless all of the policy only observes, or [allows](AmbiguousPaths::Allow) it.
    pub fn begin(&self, head: &RequestHead<'_>) -> Exchange {
        let route = RoutePath::parse(head.uri.path());
        let guards = route
            .as_ref()
            .ok()
            .and_then(|path| self.routes.iter().find(|(pattern, _)| pattern.matches(path)))
            .map_or(&self.everywhere, |(_, guards)| guards);
        let refused = route.err().filter(|_| {
            self.ambiguous_paths == AmbiguousPaths::Refuse || path::every_reading(head.uri.path()).is_err()
        });
        Exchange::new(Arc::clone(guards), head, refused)
    }

    /// Edits the head of a response to a request that the host refused before an exchange could begin.
    pub fn dress(&self, head: &mut ResponseHead<'_>, site: &Site) {
        self.everywhere.headers.on_response(head, site);
    }
}
