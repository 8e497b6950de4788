//! [`Evidence`]: an observation, read once for all rules.

use std::ops::Deref;

use super::{Form, Observation, Seen, SeenKind};

/// An observation, read once for all rules.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    observation: &'a Observation,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(observation: &'a Observation) -> Self {
        Self { observation }
    }

    /// Answers of one kind.
    pub(super) fn of_kind(&self, kind: SeenKind) -> impl Iterator<Item = &'a Seen> {
        self.observation.responses.iter().filter(move |seen| seen.kind() == kind)
    }

    /// Forms that take a file.
    pub(super) fn upload_forms(&self) -> impl Iterator<Item = &'a Form> {
        self.observation.forms.iter().filter(|form| form.file_field().is_some())
    }
}

impl Deref for Evidence<'_> {
    type Target = Observation;

    fn deref(&self) -> &Observation {
        self.observation
    }
}
