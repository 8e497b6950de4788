//! [`Action`]: where a form is sent to. Some applications put the token there, since a multipart body is read too late.

use std::fmt;

use super::redact::names_token;

/// Path and query a form is sent to, on the audited origin.
#[derive(Clone, PartialEq, Eq)]
pub struct Action {
    whole: String,
    without_tokens: String,
}

/// A token shorter than this could be guessed.
pub const TOKEN_AT_LEAST: usize = 16;

impl Action {
    /// Reads path and query. A parameter is a token if its name says so and nobody could guess its value.
    pub fn new(whole: impl Into<String>) -> Self {
        let whole = whole.into();
        let mut without_tokens = whole.clone();
        if let Some((path, query)) = whole.split_once('?')
            && query.split('&').any(is_token)
        {
            path.clone_into(&mut without_tokens);
            for (parameter, separator) in query.split('&').filter(|it| !is_token(it)).zip(separators()) {
                without_tokens.extend([separator, parameter]);
            }
        }
        Self { whole, without_tokens }
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
    pub fn has_token(&self) -> bool {
        self.whole != self.without_tokens
    }
}

fn is_token(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| value.len() >= TOKEN_AT_LEAST && names_token(name))
}

fn separators() -> impl Iterator<Item = &'static str> {
    std::iter::once("?").chain(std::iter::repeat("&"))
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
}
