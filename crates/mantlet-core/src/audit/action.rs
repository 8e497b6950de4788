//! [`Action`]: where a form is sent to. Some applications put the token there, since a multipart body is read too late.

use std::fmt;

use super::redact::names_token;

/// Path and query a form is sent to, on the audited origin.
#[derive(Clone, PartialEq, Eq)]
pub struct Action {
    whole: String,
    /// Names of parameters that only this visitor's page has these values for.
    hidden: Vec<String>,
    without_tokens: String,
}

/// A token shorter than this could be guessed.
pub(crate) const TOKEN_AT_LEAST: usize = 16;

impl Action {
    /// Reads path and query. A parameter is a token if its name says so and nobody could guess its value.
    pub fn new(whole: impl Into<String>) -> Self {
        let whole = whole.into();
        let is_token = |(name, value): &(&str, &str)| value.len() >= TOKEN_AT_LEAST && names_token(name);
        let hidden = parameters(&whole).filter(is_token).map(|(name, _)| name.to_owned()).collect();
        let mut action = Self { whole, hidden, without_tokens: String::new() };
        action.without_tokens = action.without(&action.hidden);
        action
    }

    /// As the form's own page says it.
    pub fn whole(&self) -> &str {
        &self.whole
    }

    /// As somebody writes it who cannot read the page. What is shown, and what tells one form from another.
    pub fn without_tokens(&self) -> &str {
        &self.without_tokens
    }

    /// Whether it carries a token.
    pub(crate) fn has_token(&self) -> bool {
        parameters(&self.whole).any(|(name, value)| value.len() >= TOKEN_AT_LEAST && self.hides(name))
    }

    /// Takes for a token, whatever it is called and however short it is, what another visitor's page has another value for.
    pub fn hide_what_differs(&mut self, other: &Self) {
        let differs = |(name, value): &(&str, &str)| {
            parameters(&other.whole).any(|(other, theirs)| other == *name && theirs != *value)
        };
        let names: Vec<String> = parameters(&self.whole).filter(differs).map(|(name, _)| name.to_owned()).collect();
        self.hide(names);
    }

    /// Takes for tokens what those of the same form, loaded before, are called.
    pub fn hide_what_is_hidden_in(&mut self, known: &Self) {
        self.hide(known.hidden.clone());
    }

    /// Whether two addresses are the same but for tokens, of which each load may bring others.
    pub fn leads_where(&self, other: &Self) -> bool {
        // Of a thousand forms, most are told apart here.
        path(&self.whole) == path(&other.whole) && self.without(&other.hidden) == other.without(&self.hidden)
    }

    /// Whether two addresses are the same but for the values of their parameters.
    pub fn asks_for_the_same(&self, other: &Self) -> bool {
        let names = |action: &Self| parameters(&action.whole).map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        path(&self.whole) == path(&other.whole) && names(self) == names(other)
    }

    fn hide(&mut self, names: Vec<String>) {
        let new: Vec<String> = names.into_iter().filter(|name| !self.hides(name)).collect();
        self.hidden.extend(new);
        self.without_tokens = self.without(&[]);
    }

    fn hides(&self, name: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden == name)
    }

    /// Without what it hides, and without these.
    fn without(&self, further: &[String]) -> String {
        let Some((path, query)) = self.whole.split_once('?') else { return self.whole.clone() };
        let is_hidden = |parameter: &&str| {
            parameter.split_once('=').is_some_and(|(name, _)| self.hides(name) || further.iter().any(|it| it == name))
        };
        if !query.split('&').any(|parameter| is_hidden(&parameter)) {
            return self.whole.clone();
        }
        let mut without = path.to_owned();
        let separators = std::iter::once("?").chain(std::iter::repeat("&"));
        for (parameter, separator) in query.split('&').filter(|it| !is_hidden(it)).zip(separators) {
            without.extend([separator, parameter]);
        }
        without
    }
}

fn path(whole: &str) -> &str {
    whole.split_once('?').map_or(whole, |(path, _)| path)
}

fn parameters(whole: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = whole.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|parameter| parameter.split_once('='))
}

/// Tokens are in no log.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.without_tokens, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_from_other_parameters() {
        for (what, whole, expected) in [
            ("csurf_before_multer", "/upload?_csrf=7f9c2ba4e88f827d", "/upload"),
            ("among_others", "/save?id=7&_csrf=7f9c2ba4e88f827d&do=save", "/save?id=7&do=save"),
            ("first", "/save?_csrf=7f9c2ba4e88f827d&do=save", "/save?do=save"),
            ("rails", "/a?authenticity_token=7f9c2ba4%2Be88f827d%3D%3D", "/a"),
            ("symfony", "/a?form%5B_token%5D=7f9c2ba4e88f827d", "/a"),
            ("aspnet", "/a?__RequestVerificationToken=7f9c2ba4e88f827d", "/a"),
            ("password_reset", "/reset?token=7f9c2ba4e88f827d", "/reset"),
            ("guessable", "/a?token=1&page=2", "/a?token=1&page=2"),
            ("long_but_no_token", "/a?title=a-very-long-title-of-a-page", "/a?title=a-very-long-title-of-a-page"),
            ("no_query", "/a_csrf=7f9c2ba4e88f827d", "/a_csrf=7f9c2ba4e88f827d"),
            ("empty_parameters", "/a?&&", "/a?&&"),
        ] {
            let action = Action::new(whole);
            assert_eq!((action.whole(), action.without_tokens()), (whole, expected), "{what}");
            assert_eq!(action.has_token(), whole != expected, "{what}");
            assert_eq!(format!("{action:?}"), format!("{expected:?}"), "{what}");
        }
    }

    #[test]
    fn what_another_visitor_gets_otherwise_is_hidden() {
        for (what, ours, theirs, expected, has_token) in [
            ("of_another_name", "/a?k=7f9c2ba4e88f827d", "/a?k=e88f827d7f9c2ba4", "/a", true),
            ("short", "/a?k=7f9c&do=save", "/a?k=2ba4&do=save", "/a?do=save", false),
            ("the_same", "/a?id=7", "/a?id=7", "/a?id=7", false),
            ("theirs_has_none", "/a?id=7", "/a", "/a?id=7", false),
        ] {
            let mut ours = Action::new(ours);
            ours.hide_what_differs(&Action::new(theirs));
            assert_eq!((ours.without_tokens(), ours.has_token()), (expected, has_token), "{what}");
        }
    }

    #[test]
    fn a_later_load_leads_to_the_same() {
        let mut first = Action::new("/a?k=7f9c&id=7");
        first.hide_what_differs(&Action::new("/a?k=2ba4&id=7"));
        let mut later = Action::new("/a?k=e88f&id=7");
        assert!(first.leads_where(&later) && later.leads_where(&first));
        assert!(!first.leads_where(&Action::new("/a?k=e88f&id=8")));
        later.hide_what_is_hidden_in(&first);
        assert_eq!(later.without_tokens(), "/a?id=7");
        assert!(first.asks_for_the_same(&Action::new("/a?k=1&id=8")));
        assert!(!first.asks_for_the_same(&Action::new("/a?id=8")));
    }
}
