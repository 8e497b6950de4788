//! [`Disclosing`]: fields that only tell strangers what runs here.

use http::{HeaderMap, HeaderName};

/// The fields to remove.
#[derive(Debug)]
pub(super) struct Disclosing {
    names: Box<[HeaderName]>,
    /// Bit n: one of the names has n bytes. (The last bit: 63 or more.)
    lengths: u64,
}

impl Disclosing {
    pub(super) fn new(names: &[HeaderName]) -> Self {
        Self { lengths: names.iter().fold(0, |lengths, name| lengths | bit(name)), names: names.into() }
    }

    /// Removes them. Most responses have one or none: walking over what there is costs less than asking for each.
    pub(super) fn strip(&self, headers: &mut HeaderMap) {
        // Each turn removes a field, so there are no more turns than names.
        while let Some(name) = self.find(headers) {
            headers.remove(name);
        }
    }

    fn find(&self, headers: &HeaderMap) -> Option<&HeaderName> {
        headers
            .keys()
            .filter(|present| self.lengths & bit(present) != 0)
            .find_map(|present| self.names.iter().find(|name| *name == present))
    }
}

fn bit(name: &HeaderName) -> u64 {
    1 << name.as_str().len().min(63)
}
