//! Texts that live as long as the program, so that every core can copy a header without touching a shared counter.
//!
//! A copy of a value on the heap counts its owners, and eleven counters per response that all cores write to cost more
//! than the rest of this guard. What is kept is bounded by what operators ever wrote into policies: equal texts are kept
//! once, and no request adds one.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

static TEXTS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// A field value. `None` when it cannot be one.
pub(super) fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(Bytes::from_static(interned(text).as_bytes())).ok()
}

/// A field name. `None` when it cannot be one.
pub(super) fn name(text: &str) -> Option<HeaderName> {
    // Reading it lowers its case, and `from_static` takes nothing else.
    let read = HeaderName::from_bytes(text.as_bytes()).ok()?;
    Some(HeaderName::from_static(interned(read.as_str())))
}

fn interned(text: &str) -> &'static str {
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = texts.get(text) {
        return kept;
    }
    let kept: &'static str = Box::leak(text.into());
    texts.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_kept_once() {
        let (first, second) = (interned("kept once"), interned(&String::from("kept once")));
        assert!(std::ptr::eq(first, second));
    }

    #[test]
    fn what_cannot_be_sent_is_none() {
        assert_eq!(value("a\r\nb"), None);
        assert_eq!(name("a b"), None);
        assert_eq!(name("X-Frame-Options"), Some(http::header::X_FRAME_OPTIONS));
    }
}
