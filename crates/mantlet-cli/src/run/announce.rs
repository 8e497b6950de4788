//! What is printed when the shield stands.

use std::time::Duration;

use mantlet_core::headers::csp::CspMode;
use mantlet_core::policy::GuardPolicies;
use mantlet_core::{Mode, Policy};

use crate::config::Config;
use crate::output::{Color, Output};

/// Where it is, what it shields, and with what.
pub(super) struct Announcement<'a> {
    pub(super) url: &'a str,
    /// `flask run on 127.0.0.1:49721`.
    pub(super) target: String,
    /// How long the app took; `None` for one that ran already.
    pub(super) took: Option<Duration>,
    pub(super) policy: &'a Policy,
    pub(super) config: &'a Config,
    /// What the user ought to know.
    pub(super) notes: Vec<String>,
}

impl Announcement<'_> {
    /// Prints it.
    pub(super) fn print(&self, output: &Output) {
        let label = |label: &str| output.paint_talk(Color::Dim, &format!("{label:<9}"));
        let ready = self.took.map(|took| format!("   ready in {:.1} s", took.as_secs_f64())).unwrap_or_default();
        let url = output.paint_talk(Color::Bold, self.url);
        output.talk(&format!("  {} {url}  ->  {}{ready}", label("mantlet"), self.target));
        let guards = guards(&self.policy.everywhere);
        output.talk(&format!("  {} {guards}      policy: {}", label("guards"), self.config.source_name()));
        for note in &self.notes {
            output.talk(&format!("  {} {note}", label("note")));
        }
    }
}

/// The guards that are there, with what is said about those that do less than enforce.
fn guards(guards: &GuardPolicies) -> String {
    let named = guards.modes();
    let shown: Vec<String> = named
        .iter()
        .filter_map(|(name, mode)| match mode {
            Mode::Enforce if *name == "headers" => Some(format!("headers{}", csp(guards))),
            Mode::Enforce => Some((*name).to_owned()),
            Mode::Observe => Some(format!("{name} (observing)")),
            Mode::Off => None,
        })
        .collect();
    let off: Vec<&str> = named.iter().filter(|(_, mode)| *mode == Mode::Off).map(|(name, _)| *name).collect();
    match (shown.is_empty(), off.is_empty()) {
        (true, _) => "none".to_owned(),
        (false, true) => shown.join(", "),
        (false, false) => format!("{}   off: {}", shown.join(", "), off.join(", ")),
    }
}

fn csp(guards: &GuardPolicies) -> &'static str {
    match guards.headers.csp.mode {
        CspMode::Learn => " (CSP learning)",
        CspMode::Report => " (CSP report-only)",
        CspMode::Off => " (no CSP)",
        CspMode::Enforce => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_that_do_less_are_told() {
        for (name, text, expected) in [
            ("default", "", "session, csrf, headers (CSP learning), uploads"),
            (
                "observe",
                "mode = 'observe'\ncsrf.mode = 'enforce'",
                "session (observing), csrf, headers (observing), uploads (observing)",
            ),
            ("one off", "csrf.mode = 'off'", "session, headers (CSP learning), uploads   off: csrf"),
            ("enforced CSP", "headers.csp.mode = 'enforce'", "session, csrf, headers, uploads"),
            ("all off", "mode = 'off'", "none"),
        ] {
            assert_eq!(guards(&Policy::from_toml(text).unwrap().everywhere), expected, "{name}");
        }
    }
}
