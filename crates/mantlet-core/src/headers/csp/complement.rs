//! What our policy adds to one that the application sends itself.
//!
//! Browsers enforce every policy of a response, so a second one can only tighten. Tightening what the application has
//! decided breaks it; leaving out what it has not even mentioned protects nobody. So a directive of ours is added when the
//! application's policies are silent about it:
//!
//! 1. A directive of the floor is added unless the application names it. That `default-src` covers `object-src` is no
//!    decision about plug-ins.
//! 2. A fetch directive is added unless the application names it or one that it falls back to.
//! 3. `default-src` is added only when the application names no fetch directive at all: in a policy of its own it would
//!    also decide for those which the application did name.
//!
//! All that is asked of the application's policies are the names in them, so they are not read any further: this is on the
//! way of every response of an application that has a policy.

use super::directive::{self, DIRECTIVES, Kind};
use super::model::{Policy, words_of_directives};

/// Which directives the policies of a response name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Named {
    /// Bit n: the nth of [`DIRECTIVES`].
    known: u64,
    /// There is a directive at all, known or not.
    any: bool,
}

impl Named {
    /// Adds the names in a field value.
    pub(super) fn read(&mut self, field: &[u8]) {
        for part in String::from_utf8_lossy(field).split(',') {
            for mut words in words_of_directives(part) {
                self.any = true;
                self.known |= words.next().map_or(0, bit);
            }
        }
    }

    /// Whether they say nothing at all.
    pub(super) fn is_nothing(self) -> bool {
        !self.any
    }
}

/// Directives of ours, each rendered and with the names that decide in its place.
#[derive(Debug, Default)]
pub(super) struct Complement(Vec<(u64, Box<str>)>);

impl Complement {
    /// Rule 1.
    pub(super) fn of_floor(floor: &Policy) -> Self {
        Self::new(floor, bit)
    }

    /// Rules 2 and 3.
    pub(super) fn of_directives(directives: &Policy) -> Self {
        Self::new(directives, |name| match name {
            "default-src" => every_fetch(),
            name => directive::fallbacks(name).iter().fold(bit(name), |bits, fallback| bits | bit(fallback)),
        })
    }

    fn new(policy: &Policy, decided_by: impl Fn(&str) -> u64) -> Self {
        let each = policy.directives().iter();
        Self(each.map(|directive| (decided_by(&directive.name), directive.to_string().into())).collect())
    }

    /// Both, one after the other.
    pub(super) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// What is to be added beside policies that name these.
    pub(super) fn beside(&self, named: Named) -> String {
        let mut policy = String::new();
        for (_, directive) in self.0.iter().filter(|(decided_by, _)| decided_by & named.known == 0) {
            if !policy.is_empty() {
                policy.push_str("; ");
            }
            policy.push_str(directive);
        }
        policy
    }
}

/// The bit of a directive, in any case; none if nobody knows it.
fn bit(name: &str) -> u64 {
    DIRECTIVES.iter().position(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(0, |at| 1 << at)
}

fn every_fetch() -> u64 {
    DIRECTIVES.iter().filter(|(_, kind)| *kind == Kind::Fetch).fold(0, |bits, (name, _)| bits | bit(name))
}

#[cfg(test)]
mod tests {
    use super::super::CspSettings;
    use super::*;

    #[test]
    fn only_silence_is_filled() {
        let ours = CspSettings::default();
        for (name, app, floor, directives) in [
            (
                "a policy that says nothing about content",
                "upgrade-insecure-requests",
                "object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
                "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                 connect-src 'self'; form-action 'self'",
            ),
            (
                "default-src decides all fetches",
                "default-src https:",
                "object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
                "form-action 'self'",
            ),
            (
                "script-src alone: the others are filled, default-src is not",
                "script-src https://cdn.example",
                "object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
                "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'",
            ),
            (
                "names in any case, between white space",
                " ;\tDEFAULT-SRC 'self' ;Object-Src\t'self'; FORM-ACTION",
                "base-uri 'self'; frame-ancestors 'self'",
                "",
            ),
            (
                "a directive beyond ASCII is dropped by browsers, and names nothing",
                "default-src 'self' \u{e9}; script-src 'self'; form-action 'self'",
                "object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
                "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'",
            ),
            (
                "frame-ancestors of a partner stays",
                "frame-ancestors https://partner.example; default-src 'self'; form-action 'none'",
                "object-src 'none'; base-uri 'self'",
                "",
            ),
            (
                "named in the second policy",
                "img-src 'self', object-src 'self'; default-src *",
                "base-uri 'self'; frame-ancestors 'self'",
                "form-action 'self'",
            ),
        ] {
            let mut named = Named::default();
            named.read(app.as_bytes());
            assert_eq!(Complement::of_floor(&ours.floor).beside(named), floor, "{name}");
            assert_eq!(Complement::of_directives(&ours.directives).beside(named), directives, "{name}");
        }
    }

    #[test]
    fn nothing_is_told_from_something_unknown() {
        for (name, field, expected) in [("empty", "", true), ("separators", " ; ,;", true), ("unknown", "x", false)] {
            let mut named = Named::default();
            named.read(field.as_bytes());
            assert_eq!(named.is_nothing(), expected, "{name}");
        }
    }

    #[test]
    fn each_directive_has_a_bit() {
        assert!(DIRECTIVES.len() <= 64);
        assert_eq!(
            DIRECTIVES.iter().fold(0, |bits, (name, _)| bits | bit(name)).count_ones() as usize,
            DIRECTIVES.len()
        );
    }

    proptest::proptest! {
        /// The short reading of names and the long one of whole policies agree.
        #[test]
        fn names_are_those_of_the_parser(field in "([a-z;, \t'é]|script-src|default-src|img-src|DEFAULT-SRC){0,24}") {
            let mut named = Named::default();
            named.read(field.as_bytes());
            let policies = super::super::parse(&field);
            let names = policies.iter().flat_map(Policy::directives).fold(0, |bits, said| bits | bit(&said.name));
            assert_eq!(named, Named { known: names, any: !policies.is_empty() });
        }
    }
}
