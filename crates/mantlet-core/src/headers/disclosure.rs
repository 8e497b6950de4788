//! [`Disclosing`]: fields that only tell strangers what runs here.

use http::HeaderName;
use mantlet_fields::{Fields, Name, NameSet};

/// The fields to remove.
#[derive(Debug)]
pub(super) struct Disclosing {
    known: NameSet,
    others: Box<[Box<str>]>,
}

impl Disclosing {
    pub(super) fn new(names: &[HeaderName]) -> Self {
        let mut known = NameSet::EMPTY;
        let mut others = Vec::new();
        for name in names {
            match Name::from(name) {
                Name::Known(name) => known = known.with(name),
                Name::Other(name) => others.push(name),
            }
        }
        Self { known, others: others.into() }
    }

    pub(super) fn strip(&self, fields: &mut Fields) {
        fields.remove_all(&self.known);
        if !self.others.is_empty() {
            fields.remove_others(|name| self.others.iter().any(|unwanted| unwanted.as_bytes() == name));
        }
    }
}
