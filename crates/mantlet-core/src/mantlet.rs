//! [`Mantlet`]: the four guards made ready, for every route of a policy.

use std::sync::Arc;

use crate::exchange::Exchange;
use crate::guards::Guards;
use crate::head::{RequestHead, ResponseHead};
use crate::mode::Mode;
use crate::path::{self, PathPattern, RoutePath};
use crate::policy::{AmbiguousPaths, Policy, Route};
use crate::reason::{Reason, Refusal};
use crate::session::{Domain, Partitioned, Renaming, Seen};
use crate::site::Site;

/// Said of what was seen while every Domain was stripped: none of it left under its plain name because of one.
const WITHOUT_DOMAINS: &str = "without-domains";

/// A policy made ready to judge: nothing is parsed or rendered per request that could be done here.
#[derive(Debug)]
pub struct Mantlet {
    everywhere: Arc<Guards>,
    routes: Vec<(PathPattern, Arc<Guards>)>,
    ambiguous_paths: AmbiguousPaths,
    renaming: Renaming,
    /// Whether session cookies of any route leave with their Domain, and so without our prefix.
    keeps_domains: bool,
    /// Cookies have no routes: what leaves renamed from one arrives renamed at another.
    seen: Arc<Seen>,
}

impl Mantlet {
    /// Makes a policy ready.
    pub fn new(policy: &Policy) -> Self {
        Self::ready(policy, Arc::default(), Renaming::default())
    }

    /// Makes another policy ready to take this one's place: what is known of the application's cookies stays known. If this
    /// policy renames none, or keeps Domains that the other strips, that cookies left under their plain names tells nothing of
    /// what comes, and is forgotten.
    #[must_use]
    pub fn renew(&self, policy: &Policy) -> Self {
        let seen = if self.keeps_domains && !keeps_domains(policy) {
            Arc::new(self.seen.without_plain())
        } else {
            self.seen_for_others()
        };
        Self::ready(policy, seen, self.renaming)
    }

    fn ready(policy: &Policy, seen: Arc<Seen>, before: Renaming) -> Self {
        let mut all = std::iter::once(&policy.everywhere).chain(policy.routes.iter().map(|route| &route.guards));
        let partitioned =
            before.partitioned || all.clone().any(|guards| guards.session.partitioned == Partitioned::Add);
        let prefix = all.find_map(|guards| guards.session.renames_with(guards.mode));
        let renaming = Renaming { prefix, partitioned };
        // Another policy may ask for other notes, and who made it reads what comes of it: so told anew.
        let told = Arc::default();
        let ready = |guards| Arc::new(Guards::new(guards, policy.path_case, &seen, renaming, &told));
        let pattern = |route: &Route| route.path.clone().with_case(policy.path_case);
        Self {
            everywhere: ready(&policy.everywhere),
            routes: policy.routes.iter().map(|route| (pattern(route), ready(&route.guards))).collect(),
            ambiguous_paths: policy.ambiguous_paths,
            renaming,
            keeps_domains: keeps_domains(policy),
            seen,
        }
    }

    /// What was seen of the application's session cookies, as text for [`Self::recall_cookies`]. Empty where nothing was.
    ///
    /// With it, a process that takes this one's place refuses planted cookies from its first request on, instead of once it has
    /// seen the application set its own.
    pub fn seen_cookies(&self) -> String {
        let seen = self.seen_for_others().write();
        if self.keeps_domains || seen.is_empty() { seen } else { format!("{WITHOUT_DOMAINS}\n{seen}") }
    }

    /// What the policy that takes this one's place should know.
    fn seen_for_others(&self) -> Arc<Seen> {
        match self.renaming.prefix {
            Some(_) => Arc::clone(&self.seen),
            None => Arc::new(self.seen.without_plain()),
        }
    }

    /// Takes for seen what another process in front of the same application [saw](Self::seen_cookies). Lines that cannot be
    /// read, or have lost their end, are passed over, and so is what left under its plain name while Domains were kept, if this
    /// policy strips them.
    pub fn recall_cookies(&self, seen: &str) {
        if self.keeps_domains || seen.lines().any(|line| line == WITHOUT_DOMAINS) {
            return self.everywhere.session.recall(seen);
        }
        let before = Seen::default();
        before.read(seen);
        self.everywhere.session.recall(&before.without_plain().write());
    }

    /// Opens an exchange: finds the guards of the route this request is for.
    ///
    /// A path that could be read in two ways gets the guards that hold everywhere; [`Exchange::admit`] then refuses it,
    /// unless those only observe, or the policy [allows](AmbiguousPaths::Allow) it. One that is on two routes by a needless
    /// escape, or by a session in the address, is refused unless nothing is enforced on either.
    pub fn begin(&self, head: &RequestHead<'_>) -> Exchange {
        let (guards, refused) = match RoutePath::parse(head.uri.path()) {
            Ok(path) => self.guards_for(&path),
            Err(refusal) => {
                let is_refused =
                    self.ambiguous_paths == AmbiguousPaths::Refuse || path::every_reading(head.uri.path()).is_err();
                (&self.everywhere, is_refused.then_some((self.everywhere.mode, refusal)))
            }
        };
        Exchange::new(Arc::clone(guards), head, refused)
    }

    /// The guards of the route that this path is on; and why the path is refused, if another reading of it is on another
    /// route. Nobody knows which reading is the application's, so the strictest mode of all these routes decides.
    fn guards_for(&self, path: &RoutePath<'_>) -> (&Arc<Guards>, Option<(Mode, Refusal)>) {
        if self.routes.is_empty() {
            return (&self.everywhere, None);
        }
        let position = |path: &RoutePath<'_>| self.routes.iter().position(|(pattern, _)| pattern.matches(path));
        let at = |found: Option<usize>| {
            found.and_then(|at| self.routes.get(at)).map_or(&self.everywhere, |(_, guards)| guards)
        };
        let decoded = position(path);
        let mut others = path.other_readings().map(|other| position(&other)).filter(|other| *other != decoded).map(at);
        let Some(other) = others.next() else { return (at(decoded), None) };
        let enforced =
            others.map(|guards| guards.strictest).fold(other.strictest.max(at(decoded).strictest), Mode::max);
        (other, Some((enforced, Refusal::new(Reason::RequestPath, "on another `[[route]]` in another reading"))))
    }

    /// Edits the head of an answer that the host gives by itself, before an exchange has begun: a refusal, or a redirect.
    pub fn dress(&self, head: &mut ResponseHead<'_>, site: &Site) {
        self.everywhere.headers.dress_refusal(head, site);
    }
}

/// Whether session cookies leave with their Domain anywhere: also where nothing is enforced.
fn keeps_domains(policy: &Policy) -> bool {
    let mut all = std::iter::once(&policy.everywhere).chain(policy.routes.iter().map(|route| &route.guards));
    all.any(|guards| guards.session.domain == Domain::Keep || guards.session.renames_with(guards.mode).is_none())
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode, Uri};
    use mantlet_fields::{Fields, Known};

    use super::*;
    use crate::Origin;
    use crate::mode::Mode;
    use crate::policy::GuardPolicies;
    use crate::session::{PrefixRule, SessionCookies};

    /// What the application sees of the cookies, and the client of what it sets.
    fn exchange(mantlet: &Mantlet, cookie: &str, set_cookie: &str) -> [Option<String>; 2] {
        let (seen, set) = lines(mantlet, cookie, set_cookie);
        [seen, set.into_iter().next()]
    }

    /// The same, with every line that the client gets.
    fn lines(mantlet: &Mantlet, cookie: &str, set_cookie: &str) -> (Option<String>, Vec<String>) {
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        let mut request = Fields::from_pairs([("cookie", cookie)]).unwrap();
        let mut response = Fields::from_pairs([("set-cookie", set_cookie)]).unwrap();
        let (method, uri) = (Method::GET, Uri::from_static("/"));
        let mut head = RequestHead { method: &method, uri: &uri, fields: &mut request, site: &site };
        let mut exchange = mantlet.begin(&head);
        let _plan = exchange.admit(&mut head).unwrap();
        exchange.dress(&mut ResponseHead { status: StatusCode::OK, fields: &mut response });
        let set = response.all(Known::SetCookie).map(|line| String::from_utf8(line.to_vec()).unwrap());
        (request.get_str(Known::Cookie).map(ToOwned::to_owned), set.collect())
    }

    #[test]
    fn a_session_of_before_ends_with_the_one_in_its_place() {
        let (on, mut off, mut other) = (Policy::default(), Policy::default(), Policy::default());
        off.everywhere.session.prefix = PrefixRule::Off;
        other.everywhere.session.prefix = PrefixRule::Secure;
        let mut others_named = on.clone();
        others_named.everywhere.session.cookies = SessionCookies::Named(vec!["other".into()]);
        let in_mode = |mode| Policy { everywhere: GuardPolicies { mode, ..on.everywhere.clone() }, ..on.clone() };
        let (begins, ends) = ("session=1; Path=/", "session=; Path=/; Max-Age=0");
        let expired = "__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None";
        for policy in [off, other, others_named, in_mode(Mode::Observe), in_mode(Mode::Off)] {
            let mantlet = Mantlet::new(&on);
            exchange(&mantlet, "a=1", begins);
            let mantlet = mantlet.renew(&policy).renew(&policy);
            for line in [begins, ends] {
                let (_, set) = lines(&mantlet, "__Host-session=old; session=new", line);
                assert_eq!(set.iter().filter(|line| *line == expired).count(), 1, "{line}: {set:?}");
                let (_, set) = lines(&mantlet, "session=new", line);
                assert!(!set.iter().any(|line| line.starts_with("__Host-")), "{line}: {set:?}");
            }
            assert_eq!(lines(&mantlet, "__Host-session=old", "a=1").1.len(), 1);
            assert_eq!(lines(&mantlet.renew(&on), "__Host-session=old", begins).1.len(), 1);
        }
        // What the application calls so itself is not ours to end.
        let mantlet = Mantlet::new(&on);
        exchange(&mantlet, "a=1", begins);
        exchange(&mantlet, "a=1", "__Host-session=1; Path=/; Secure");
        let mantlet = mantlet.renew(&in_mode(Mode::Off));
        assert_eq!(lines(&mantlet, "__Host-session=own; session=new", begins).1.len(), 1);
    }

    #[test]
    fn what_a_policy_of_before_made_another_cookie_ends_as_well() {
        let (on, mut off, mut secure, mut partitioned) =
            (Policy::default(), Policy::default(), Policy::default(), Policy::default());
        off.everywhere.session.prefix = PrefixRule::Off;
        secure.everywhere.session.prefix = PrefixRule::Secure;
        partitioned.everywhere.session.partitioned = Partitioned::Add;
        let (root, domain, embedded) =
            ("session=1; Path=/", "session=1; Domain=app.example", "session=1; Path=/; Secure; SameSite=None");
        for (name, before, now, sent, line, ended) in [
            ("plain", &off, &on, "session=old", root, "session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"),
            (
                "of a domain",
                &secure,
                &on,
                "__Secure-session=old",
                domain,
                "__Secure-session=; Domain=app.example; Max-Age=0; Secure; HttpOnly; SameSite=None",
            ),
            (
                "of all partitions",
                &on,
                &partitioned,
                "__Host-session=old",
                embedded,
                "__Host-session=; Path=/; Secure; Max-Age=0; HttpOnly; SameSite=None",
            ),
            (
                "of one partition",
                &partitioned,
                &on,
                "__Host-session=old",
                embedded,
                "__Host-session=; Path=/; Secure; Max-Age=0; HttpOnly; SameSite=None; Partitioned",
            ),
        ] {
            let mantlet = Mantlet::new(before);
            exchange(&mantlet, "a=1", line);
            let set = lines(&mantlet.renew(now), sent, line).1;
            assert!(set.iter().skip(1).any(|line| line == ended), "{name}: {set:?}");
            let set = lines(&mantlet.renew(now), "a=1", line).1;
            assert_eq!(set.len(), 1, "{name}, where the browser has none: {set:?}");
        }
    }

    #[test]
    fn names_that_other_processes_saw_leave_room_for_a_session() {
        let mantlet = Mantlet::new(&Policy::default());
        for words in ["abcdefghijklmnop", "qrstuvwxyz012345"] {
            let made_up = words.chars().map(|word| format!("renamed {}\n", word.to_string().repeat(9)));
            mantlet.recall_cookies(&made_up.collect::<String>());
        }
        exchange(&mantlet, "a=1", "session=1; Path=/");
        assert!(mantlet.seen_cookies().contains("renamed session\n"), "{}", mantlet.seen_cookies());
    }

    #[test]
    fn a_domain_that_was_kept_for_a_while_lets_nothing_pass_once_it_is_stripped() {
        let (keeping, mut stripping) = (Policy::default(), Policy::default());
        stripping.everywhere.session.domain = Domain::Strip;
        let set = "session=1; Path=/; Domain=app.example";
        let before = Mantlet::new(&keeping);
        exchange(&before, "a=1", set);
        let restarted = |policy: &Policy, seen: &str| {
            let mantlet = Mantlet::new(policy);
            mantlet.recall_cookies(seen);
            mantlet
        };
        for mantlet in [before.renew(&stripping), restarted(&stripping, &before.seen_cookies())] {
            exchange(&mantlet, "a=1", set);
            assert_eq!(exchange(&mantlet, "session=planted; a=1", set)[0].as_deref(), Some("a=1"));
        }
        // What left plain for another reason is known as before, and so is all of it where one route keeps Domains.
        let seen = "without-domains\nrenamed session\nplain session /app\n";
        assert_eq!(restarted(&stripping, seen).seen_cookies(), seen);
        let route = Route { path: PathPattern::parse("/sso").unwrap(), guards: keeping.everywhere.clone() };
        let in_part = Policy { routes: vec![route], ..stripping.clone() };
        assert_eq!(before.renew(&in_part).seen_cookies(), before.seen_cookies());
    }

    #[test]
    fn a_prefix_that_was_off_for_a_while_is_demanded_again() {
        let (on, mut off) = (Policy::default(), Policy::default());
        off.everywhere.session.prefix = PrefixRule::Off;
        let set = "session=1; Path=/";
        for before in [Mantlet::new(&off), Mantlet::new(&on).renew(&off)] {
            exchange(&before, "a=1", set);
            let mantlet = before.renew(&on);
            assert_eq!(
                exchange(&mantlet, "a=1", set)[1].as_deref().map(|line| line.starts_with("__Host-")),
                Some(true)
            );
            assert_eq!(exchange(&mantlet, "session=planted; a=1", set)[0].as_deref(), Some("a=1"));
        }
        // What the application itself calls so is not ours to rename, whenever it was seen.
        let mantlet = Mantlet::new(&off);
        exchange(&mantlet, "a=1", "__Host-session=1; Path=/; Secure");
        assert_eq!(exchange(&mantlet.renew(&on), "__Host-session=1", set)[0].as_deref(), Some("__Host-session=1"));
        // What is known of the application stays known.
        let mantlet = Mantlet::new(&on);
        exchange(&mantlet, "a=1", "session=1; Domain=app.example");
        let mantlet = mantlet.renew(&on);
        exchange(&mantlet, "a=1", set);
        assert_eq!(exchange(&mantlet, "session=1", set)[0].as_deref(), Some("session=1"));
    }
}
