//! [`Answer`]: what is compared of an answer.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::{HeaderMap, StatusCode, header};

use crate::audit::content_type::essence;

/// What is compared of an answer. What names, numbers and random values look like is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The `Location`, masked.
    pub location: Option<String>,
    pub(super) content_type: Option<String>,
    /// Names of the cookies that were set.
    pub(super) cookies: Vec<String>,
    /// The masked text of the body, and of the page the answer leads to.
    pub(super) text: u64,
    /// Whether the value that was sent could be read back afterwards; `None`: it was not looked for.
    pub read_back: Option<bool>,
    /// It leads back to the form's own page, which says nothing about it either.
    pub is_silent: bool,
}

impl Answer {
    /// Reads an answer. `body` is as much of the body as was read; `landing` the body of the page a redirect led to.
    pub fn read(status: StatusCode, headers: &HeaderMap, body: &[u8], landing: &[u8]) -> Self {
        let mut cookies: Vec<String> = headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok()?.split('=').next().map(str::to_owned))
            .collect();
        cookies.sort_unstable();
        cookies.dedup();
        let mut text = DefaultHasher::new();
        mask(&String::from_utf8_lossy(body)).hash(&mut text);
        mask(&String::from_utf8_lossy(landing)).hash(&mut text);
        Self {
            status,
            location: headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(mask),
            content_type: essence(headers),
            cookies,
            text: text.finish(),
            read_back: None,
            is_silent: false,
        }
    }

    /// The same, and whether what was sent could be read back.
    #[must_use]
    pub fn and_read_back(self, read_back: Option<bool>) -> Self {
        Self { read_back, ..self }
    }

    /// Whether nothing but the answer itself tells what became of the request: then a GET may be told the same.
    pub fn is_told_by_looks(&self) -> bool {
        match self.read_back {
            Some(is_there) => !is_there,
            None => self.status.is_success(),
        }
    }

    /// `302 to /email`.
    pub(crate) fn describe(&self) -> String {
        match &self.location {
            Some(location) => format!("{} to {location}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }
}

/// Replaces what differs between two equal answers: numbers, long tokens, and the names of our own files and their types.
fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len().min(MASKED_AT_MOST));
    for run in text.split_inclusive(|c: char| !is_token(c)) {
        let token = run.trim_end_matches(|c| !is_token(c));
        let varies = token.len() > 20
            || token.bytes().any(|b| b.is_ascii_digit())
            || token.starts_with(PROBE)
            || EXTENSIONS.contains(&token.trim_matches('.'));
        masked.push_str(if varies { "*" } else { token });
        masked.push_str(run.get(token.len()..).unwrap_or_default());
        if masked.len() >= MASKED_AT_MOST {
            break;
        }
    }
    masked
}

/// Pages differ in their first half or not at all.
const MASKED_AT_MOST: usize = 256 * 1024;

/// How everything that the audit leaves on a target begins.
pub const PROBE: &str = "mantlet-probe-";

/// What our files are called: many sites say of which type they want none.
const EXTENSIONS: [&str; 7] = ["png", "html", "svg", "php", "PhP", "phtml", "mantlet"];

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_answers_stay_equal_when_their_numbers_differ() {
        let read = |text: &str, location: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, location.parse().unwrap());
            Answer::read(StatusCode::FOUND, &headers, text.as_bytes(), b"")
        };
        let one = read("Saved mantlet-probe-7f-1.png at 12:01, token 8c1b0e7a", "/uploads/mantlet-probe-7f-1.png");
        let other = read("Saved mantlet-probe-7f-2.html at 12:02, token 00ffee11", "/uploads/mantlet-probe-7f-2.html");
        assert_eq!(one, other);
        assert_ne!(
            one,
            read("Not saved mantlet-probe-7f-1.png at 12:01, token 8c1b0e7a", "/uploads/mantlet-probe-7f-1.png")
        );
        assert_ne!(one, read("Saved mantlet-probe-7f-1.png at 12:01, token 8c1b0e7a", "/"));
    }
}
