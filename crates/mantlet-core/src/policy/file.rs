//! [`PolicyFile`]: `mantlet.toml`.
//!
//! 1. What the file leaves out is the built-in policy. A file can be empty.
//! 2. Unknown keys, wrong types and contradictions are errors, with their line and what was probably meant.
//! 3. A `[[route]]` names a `path` and repeats the keys of the guards that differ there. Its sections are laid over the
//!    file's: tables are merged key by key, lists and values are replaced. The first route that matches a request counts.
//!    One that no request is left for, since an earlier one has all of its paths, is an error. So is one that says otherwise what
//!    is one for all paths: what a session cookie is and by which prefix it goes, the error page, the spool's quota.
//! 4. A route's own `mode` also sets aside the `mode` of the file's guards: the more specific word wins.
//! 5. `[server]`, `[tls]` and `[log]` belong to the host, which asks for them by
//!    [`section`](PolicyFile::section). Programs that only embed the guards may share the file; they ignore these.

use serde::de::DeserializeOwned;

use super::contradiction::{self, GuardPolicy};
use super::error::{PolicyError, PolicyErrors};
use super::fault::{Fault, Span};
use super::node::{self, Entry, Node, Table, Value};
use super::{AmbiguousPaths, GuardPolicies, Mode, PathCase, Policy, Route, read};
use crate::csrf::CsrfPolicy;
use crate::headers::HeadersPolicy;
use crate::path::PathPattern;
use crate::session::SessionPolicy;
use crate::upload::UploadPolicy;

/// The largest file that is read: generous for a thousand routes.
pub const MAX_FILE_SIZE: usize = 1 << 20;

/// The most routes: each request tries them in order.
pub const MAX_ROUTES: usize = 1000;

/// The only version there is.
const VERSION: i64 = 1;

const GUARDS: [&str; 4] = ["session", "csrf", "headers", "uploads"];
const HOST: [&str; 3] = ["server", "tls", "log"];

/// A policy file that has been read.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    text: String,
    policy: Policy,
    host: Table,
}

impl PolicyFile {
    /// Reads a policy file.
    ///
    /// # Errors
    /// Every mistake in the sections that all hosts share. Those of the host show when it asks for its sections.
    pub fn parse(text: &str) -> Result<Self, PolicyErrors> {
        if text.len() > MAX_FILE_SIZE {
            return Err(Fault::at(0..0, "the file is larger than 1 MiB").locate(text, "").into());
        }
        let root = node::parse(text).map_err(|fault| fault.locate(text, ""))?;
        let mut faults = Faults { text, found: Vec::new() };
        faults.check_top(&root);
        let everywhere = faults.guards(&root, None, "");
        let path_case = faults.or_default(read::section::<PathCase>(&root, "path_case"), "");
        let routes = faults.routes(&root, &everywhere, path_case);
        let ambiguous_paths = faults.or_default(read::section::<AmbiguousPaths>(&root, "ambiguous_paths"), "");
        PolicyErrors::of(faults.found)?;
        let host = root.into_iter().filter(|(key, _)| HOST.contains(&key.as_str())).collect();
        Ok(Self { text: text.to_owned(), policy: Policy { everywhere, routes, ambiguous_paths, path_case }, host })
    }

    /// What the guards are to do.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A section of the host: `server`, `tls` or `log`. Its default when the file has none.
    ///
    /// # Errors
    /// All that does not fit `T`, with its place in the file.
    pub fn section<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, PolicyErrors> {
        let read = read::section_with_all_faults(&self.host, name);
        read.map_err(|faults| faults.into_iter().map(|fault| fault.locate(&self.text, "")).collect())
    }
}

impl Policy {
    /// Reads the guards' part of a policy file.
    ///
    /// # Errors
    /// The first mistake of the file.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        match PolicyFile::parse(text) {
            Ok(file) => Ok(file.policy),
            Err(errors) => Err(errors.into_iter().next().unwrap_or(PolicyError {
                line: 1,
                column: 1,
                message: "the file could not be read".to_owned(),
                help: None,
            })),
        }
    }
}

/// Reads on after a mistake, to find the next one too.
struct Faults<'a> {
    text: &'a str,
    found: Vec<PolicyError>,
}

impl Faults<'_> {
    fn note(&mut self, fault: Fault, prefix: &str) {
        self.found.push(fault.locate(self.text, prefix));
    }

    /// What was read, or the default after noting why not. Nothing comes of a file with a mistake in it.
    fn or_default<T: Default>(&mut self, read: Result<T, Fault>, prefix: &str) -> T {
        read.unwrap_or_else(|fault| {
            self.note(fault, prefix);
            T::default()
        })
    }

    fn check_top(&mut self, root: &Table) {
        let known =
            || ["version", "mode", "ambiguous_paths", "path_case", "route"].into_iter().chain(GUARDS).chain(HOST);
        for (key, entry) in root {
            if !known().any(|known| known == key) {
                self.note(Fault::unknown_key(entry.key.clone(), key, known().collect()), "");
            }
        }
        if let Some(Entry { node, .. }) = root.get("version")
            && !matches!(node.value, Value::Integer(VERSION))
        {
            let fault = Fault::at(node.span.clone(), "this is not version 1 of the policy file");
            self.note(fault.help("fix: version = 1"), "");
        }
    }

    /// Reads the guards of one table. `over` is the route it was merged with, to place contradictions there.
    fn guards(&mut self, table: &Table, over: Option<&Table>, prefix: &str) -> GuardPolicies {
        let mode = self.or_default(read::section::<Mode>(table, "mode"), prefix);
        GuardPolicies {
            mode,
            session: self.guard::<SessionPolicy>("session", table, over, prefix),
            csrf: self.guard::<CsrfPolicy>("csrf", table, over, prefix),
            headers: self.guard::<HeadersPolicy>("headers", table, over, prefix),
            upload: self.guard::<UploadPolicy>("uploads", table, over, prefix),
        }
    }

    fn guard<T: GuardPolicy>(&mut self, name: &str, table: &Table, over: Option<&Table>, prefix: &str) -> T {
        let policy = match read::section_with_all_faults::<T>(table, name) {
            Ok(policy) => policy,
            Err(faults) => {
                faults.into_iter().for_each(|fault| self.note(fault, prefix));
                return T::default();
            }
        };
        if let Some((key, message)) = policy.contradiction() {
            let entry = over.and_then(|over| find(over, name, key)).or_else(|| find(table, name, key));
            self.note(Fault::of_value(entry.map_or(0..0, |entry| entry.key.clone()), key, &message), prefix);
        }
        policy
    }

    fn routes(&mut self, root: &Table, everywhere: &GuardPolicies, case: PathCase) -> Vec<Route> {
        let Some(entry) = root.get("route") else {
            return Vec::new();
        };
        let Value::List(items) = &entry.node.value else {
            let fault = Fault::at(entry.key.clone(), "`route` is a list of sections");
            self.note(fault.help("fix: [[route]]"), "");
            return Vec::new();
        };
        if let Some(first) = items.get(MAX_ROUTES) {
            self.note(Fault::at(first.span.clone(), format!("more than {MAX_ROUTES} routes")), "");
            return Vec::new();
        }
        let mut routes: Vec<Route> = Vec::new();
        for item in items {
            let Some((place, route)) = self.route(root, item) else { continue };
            self.compare_paths(item, &route.guards, everywhere, &routes);
            if let Some(earlier) = routes.iter().find(|earlier| earlier.path.covers(&route.path, case)) {
                let message =
                    format!("no request gets here: the route of \"{}\" comes first and has them all", earlier.path);
                self.note(
                    Fault::of_value(place, "path", &message).help("fix: put this route before it, or leave it out"),
                    "",
                );
            }
            routes.push(route);
        }
        routes
    }

    /// A route, and where its path stands.
    fn route(&mut self, root: &Table, item: &Node) -> Option<(Span, Route)> {
        const PREFIX: &str = "route.";
        let Value::Table(own) = &item.value else {
            self.note(Fault::at(item.span.clone(), "a route is a section").help("fix: [[route]]"), "");
            return None;
        };
        let known = || ["path", "mode"].into_iter().chain(GUARDS);
        for (key, entry) in own {
            if !known().any(|known| known == key) {
                self.note(Fault::unknown_key(entry.key.clone(), key, known().collect()), PREFIX);
            }
        }
        let path = self.path(item, own);
        let guards = self.guards(&inherit(root, own), Some(own), PREFIX);
        let (place, path) = path?;
        Some((place, Route { path, guards }))
    }

    /// Notes what a route says itself, and cannot have otherwise than other paths.
    fn compare_paths(&mut self, item: &Node, here: &GuardPolicies, everywhere: &GuardPolicies, earlier: &[Route]) {
        let Value::Table(own) = &item.value else { return };
        for (section, key, how) in contradiction::of_paths(here, everywhere, earlier) {
            if let Some(Entry { node: Node { value: Value::Table(guard), .. }, .. }) = own.get(section)
                && let Some(entry) = guard.get(key)
            {
                self.note(Fault::of_value(entry.key.clone(), key, how), "route.");
            }
        }
    }

    fn path(&mut self, item: &Node, own: &Table) -> Option<(Span, PathPattern)> {
        let Some(entry) = own.get("path") else {
            let fault = Fault::at(item.span.clone(), "a route needs a `path`");
            self.note(fault.help("for example path = \"/webhooks/*\""), "");
            return None;
        };
        let read = read::read::<String>(&entry.node).map_err(|fault| fault.under("path")).and_then(|text| {
            PathPattern::parse(&text)
                .map_err(|error| Fault::of_value(entry.node.span.clone(), "path", &error.to_string()))
        });
        let path = read.map_err(|fault| self.note(fault, "")).ok()?;
        Some((entry.node.span.clone(), path))
    }
}

/// The sections that hold on a route: the file's, under what the route repeats.
fn inherit(root: &Table, own: &Table) -> Table {
    let guards_of = |table: &Table| -> Table {
        table
            .iter()
            .filter(|(key, _)| GUARDS.contains(&key.as_str()) || *key == "mode")
            .map(|(key, entry)| (key.clone(), entry.clone()))
            .collect()
    };
    let mut base = guards_of(root);
    if own.contains_key("mode") {
        for entry in base.values_mut() {
            if let Value::Table(guard) = &mut entry.node.value {
                guard.remove("mode");
            }
        }
    }
    node::merge(&base, &guards_of(own))
}

/// The entry of a dotted key in a section, or as much of it as the file has.
fn find<'a>(table: &'a Table, section: &str, key: &str) -> Option<&'a Entry> {
    let mut found = table.get(section)?;
    for part in key.split('.') {
        match &found.node.value {
            Value::Table(inner) => match inner.get(part) {
                Some(entry) => found = entry,
                None => break,
            },
            _ => break,
        }
    }
    Some(found)
}
