//! [`Control`]: what acceptance and rejection look like, and [`Fate`]: which of the two an answer is.

use http::StatusCode;

use super::answer::Answer;

/// What acceptance and rejection look like.
#[derive(Debug, Clone)]
pub struct Control {
    /// The request as the site's own page sends it.
    pub first: Answer,
    /// The same once more.
    pub second: Answer,
    /// The request without any field.
    pub empty: Answer,
    /// The request with a file of a made-up type. `None`: it takes no file, or this one was found stored.
    pub unknown_type: Option<Answer>,
    /// The request as a GET, its fields in the address. `None`: what it sent is read back, or the answer says enough by itself.
    pub by_get: Option<Answer>,
}

/// What became of a changed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It had the effect of the control.
    Accepted,
    /// It had not.
    Refused,
    /// It cannot be told.
    Undecided(&'static str),
}

const HAS_ENOUGH: &str = "the site has had enough of requests (429): --rate N asks more slowly";

/// Why nothing is told by how an answer looks.
pub(in crate::audit) const INDISTINCT: &str = "an empty form gets the same answer as a complete one";

const TOO_MANY: Fate = Fate::Undecided(HAS_ENOUGH);

const UNREAD: Fate = Fate::Undecided("what became of it could not be read afterwards: --rate N asks more slowly");

impl Fate {
    /// How far a request with this fate went.
    pub(super) const fn went(self) -> u8 {
        match self {
            Self::Refused => 0,
            Self::Undecided(_) => 1,
            Self::Accepted => 2,
        }
    }
}

impl Control {
    /// Whether the control did what it should.
    ///
    /// # Errors
    /// Why nothing built on it can be decided.
    pub fn succeeded(&self) -> Result<(), String> {
        let refused = |why: &str| Err(format!("the control request itself {why} ({})", self.first.describe()));
        if self.first.read_back == Some(true) {
            return Ok(());
        }
        if self.first.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(HAS_ENOUGH.to_owned());
        }
        if !(self.first.status.is_success() || self.first.status.is_redirection()) {
            return refused("was refused");
        }
        if self.first.location.as_deref().is_some_and(is_login_path) {
            return refused("was sent to log in");
        }
        if self.first.read_back == Some(false) && (self.first.is_silent || !self.leads_on()) {
            return refused("had no visible effect");
        }
        if self.by_get.as_ref().is_some_and(|page| self.looks_alike(page)) {
            return refused("gets the same answer by GET, so it may only show something");
        }
        Ok(())
    }

    /// Whether it is only by the answer that it counts as done: what it sent could be read nowhere afterwards.
    pub(in crate::audit) fn is_told_by_its_answer(&self) -> bool {
        self.first.read_back == Some(false)
    }

    /// Whether it is answered as what was done is, and a request without fields otherwise. A page may be the form again, with a
    /// sentence about what is wrong with it.
    fn leads_on(&self) -> bool {
        let is_page = self.first.content_type.as_deref().is_some_and(|essence| essence.ends_with("html"));
        let (first, empty) = (&self.first, &self.empty);
        (first.status.is_redirection() || !is_page)
            && (first.status, &first.location) != (empty.status, &empty.location)
    }

    /// What became of a changed request.
    pub fn fate(&self, answer: &Answer) -> Fate {
        if self.first.read_back == Some(true) {
            match answer.read_back {
                Some(true) => return Fate::Accepted,
                // Who sends so much is refused whatever it is.
                _ if answer.status == StatusCode::TOO_MANY_REQUESTS => return TOO_MANY,
                Some(false) => return Fate::Refused,
                None if answer.status.is_client_error() => return Fate::Refused,
                None => return UNREAD,
            }
        }
        self.fate_by_looks(answer)
    }

    /// What became of a changed request whose effect is not where the control's is.
    pub(in crate::audit) fn fate_by_looks(&self, answer: &Answer) -> Fate {
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return TOO_MANY;
        }
        if answer.status.is_client_error() && !self.first.status.is_client_error() {
            return Fate::Refused;
        }
        if answer.status.is_server_error() {
            return Fate::Undecided("the server failed");
        }
        if self.looks_alike(&self.empty) {
            return Fate::Undecided(INDISTINCT);
        }
        if self.looks_alike(answer) {
            return Fate::Accepted;
        }
        if answer.status.is_redirection() && answer.location.as_deref().is_some_and(is_login_path) {
            return Fate::Refused;
        }
        // A site that takes any file answered the one of an unknown type as it did the control: that was caught above.
        if answer == &self.empty || Some(answer) == self.unknown_type.as_ref() {
            return Fate::Refused;
        }
        Fate::Undecided("the answer is neither the control's nor a rejection's")
    }

    /// What became of a changed login. The control is one that fails, and so is the request without fields: what differs
    /// from both did not get as far as the password.
    pub(super) fn fate_of_login(&self, answer: &Answer) -> Fate {
        if self.first.status.is_server_error() || answer.status.is_server_error() {
            return Fate::Undecided("the server failed");
        }
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return TOO_MANY;
        }
        if self.first.status != self.second.status {
            return Fate::Undecided("a login that fails is answered otherwise after a few");
        }
        let varies = self.first.text != self.second.text;
        if varies && self.is_deaf() {
            return Fate::Undecided("a login that fails is never answered alike");
        }
        if self.looks_alike(answer) {
            // Only 401 says that somebody has looked at the password: any other may have refused the control as a forgery.
            let may_be_refused = self.first.status.is_client_error() && self.first.status != StatusCode::UNAUTHORIZED;
            return if may_be_refused && self.is_deaf() {
                Fate::Undecided("a wrong password, no password and a forged request are all refused alike")
            } else {
                Fate::Accepted
            };
        }
        let differs = self.first.status != answer.status
            || self.first.location != answer.location
            || (!varies && self.first.text != answer.text);
        if differs {
            Fate::Refused
        } else {
            Fate::Undecided("only cookies or types differ from those of a login that fails")
        }
    }

    /// Whether a request without fields gets what the control gets.
    pub(in crate::audit) fn is_deaf(&self) -> bool {
        self.looks_alike(&self.empty)
    }

    /// Compares what did not vary between the two controls.
    fn looks_alike(&self, answer: &Answer) -> bool {
        let (first, second) = (&self.first, &self.second);
        first.status == answer.status
            && first.location == answer.location
            && (first.content_type != second.content_type || first.content_type == answer.content_type)
            && (first.text != second.text || first.text == answer.text)
            && (first.cookies != second.cookies || first.cookies == answer.cookies)
    }
}

fn is_login_path(location: &str) -> bool {
    let location = location.to_ascii_lowercase();
    ["login", "signin", "sign-in", "sign_in", "log-in"].iter().any(|word| location.contains(word))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn what_varies_by_itself_decides_nothing() {
        let answer = |text: &str| Answer::read(StatusCode::OK, &HeaderMap::new(), text.as_bytes(), b"");
        let control = Control {
            first: answer("hello"),
            second: answer("good day"),
            empty: answer("hello"),
            unknown_type: None,
            by_get: None,
        };
        assert_eq!(
            control.fate(&answer("good evening")),
            Fate::Undecided("an empty form gets the same answer as a complete one")
        );
    }

    #[test]
    fn a_site_that_has_had_enough_refuses_nothing_in_particular() {
        let answer = |status: u16, read_back: Option<bool>| Answer {
            read_back,
            ..Answer::read(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), b"", b"")
        };
        let control = |read_back| Control {
            first: answer(303, read_back),
            second: answer(303, read_back),
            empty: answer(400, None),
            unknown_type: None,
            by_get: None,
        };
        for (name, first, status, read_back, expected) in [
            ("refused", Some(true), 403, Some(false), Some(Fate::Refused)),
            ("enough", Some(true), 429, Some(false), None),
            ("enough, and yet done", Some(true), 429, Some(true), Some(Fate::Accepted)),
            ("its page has had enough", Some(true), 303, None, None),
            ("refused, and not looked for", Some(true), 415, None, Some(Fate::Refused)),
            ("enough, by its looks", None, 429, None, None),
            ("refused, by its looks", None, 403, None, Some(Fate::Refused)),
        ] {
            let fate = control(first).fate(&answer(status, read_back));
            match expected {
                Some(expected) => assert_eq!(fate, expected, "{name}"),
                None => assert!(matches!(fate, Fate::Undecided(_)), "{name}: {fate:?}"),
            }
        }
        assert!(matches!(control(None).fate_of_login(&answer(429, None)), Fate::Undecided(_)));
    }

    #[test]
    fn how_a_file_of_an_unknown_type_is_turned_away_is_how_files_are() {
        let answer = |text: &str| Answer::read(StatusCode::OK, &HeaderMap::new(), text.as_bytes(), b"");
        let control = |unknown_type: &str| Control {
            first: answer("stored"),
            second: answer("stored"),
            empty: answer("choose a file"),
            unknown_type: Some(answer(unknown_type)),
            by_get: None,
        };
        assert_eq!(control("pictures only").fate(&answer("pictures only")), Fate::Refused);
        assert_eq!(control("stored").fate(&answer("stored")), Fate::Accepted);
        assert!(matches!(control("pictures only").fate(&answer("hm")), Fate::Undecided(_)));
    }
}
