//! [`Left`]: what the audit leaves on a target, known from the moment it is sent, even if the audit ends before its time.

/// What is on the target, or may be.
#[derive(Debug, Default)]
pub(in crate::audit) struct Left {
    /// `None`: it turned out that it is not.
    entries: Vec<Option<String>>,
}

/// One thing that was sent.
#[derive(Debug, Clone, Copy)]
pub(in crate::audit) struct Sent(usize);

impl Left {
    /// Something is about to be sent.
    pub(in crate::audit) fn sends(&mut self, what: String) -> Sent {
        self.entries.push(Some(what));
        Sent(self.entries.len().saturating_sub(1))
    }

    /// It is known better what became of it.
    pub(in crate::audit) fn is(&mut self, sent: Sent, what: String) {
        if let Some(entry) = self.entries.get_mut(sent.0) {
            *entry = Some(what);
        }
    }

    /// It is not there.
    pub(in crate::audit) fn is_not_there(&mut self, sent: Sent) {
        if let Some(entry) = self.entries.get_mut(sent.0) {
            *entry = None;
        }
    }

    /// What is there, a line each.
    pub(in crate::audit) fn lines(&self) -> Vec<String> {
        self.entries.iter().flatten().cloned().collect()
    }
}
