//! `session.cookie.identified`.

use crate::audit::outcome::Outcome;
use crate::audit::{Form, Rule, Severity};

pub(in crate::audit::rules) static IDENTIFIED: Rule = Rule {
    id: "session.cookie.identified",
    severity: Severity::Info,
    title: "The session cookie is known",
    about: "Every check of session cookies needs to know which they are. They are recognised by the names that frameworks use; \
            others are named with --session-cookie.",
    threats: &[],
    fix: "name it: --session-cookie NAME",
    key: "[session] cookies",
    standards: &[],
    judge: |evidence| {
        let mut names: Vec<String> = evidence.sessions().map(|set| format!("`{}`", set.name())).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            return Outcome::implemented(names.join(", "));
        }
        if evidence.forms.iter().any(Form::is_login) {
            return Outcome::unknown("no session cookie was set before login: --login, or --session-cookie NAME");
        }
        // Analytics and load balancers set such ones, too: it cannot be told.
        match evidence.cookies.iter().find(|set| set.looks_like_an_id()) {
            Some(set) => {
                let name = set.name();
                Outcome::unknown(format!("`{name}` may be one, by its value: --session-cookie {name}"))
            }
            None => Outcome::absent("no session cookie was seen"),
        }
    },
};
