//! [`FilePart`]: one file of a form, judged by its first bytes and counted.

use super::canonical::CanonicalForm;
use super::extension::Extension;
use super::rules::UploadRules;
use super::signature::{self, WINDOW};
use super::{Sink, file_types};
use crate::reason::{Reason, Refusal};

/// A file whose name passed.
#[derive(Debug)]
pub(super) struct FilePart {
    name: String,
    filename: String,
    extension: Extension,
    /// The media type that its client named.
    declared: Option<String>,
    size: u64,
    /// The first bytes, until they are judged and the header lines are written.
    window: Option<Vec<u8>>,
}

impl FilePart {
    pub(super) fn new(name: String, filename: String, extension: Extension, declared: Option<String>) -> Self {
        Self { name, filename, extension, declared, size: 0, window: Some(Vec::new()) }
    }

    /// How many bytes it keeps.
    pub(super) fn kept(&self) -> usize {
        self.window.as_ref().map_or(0, Vec::len)
    }

    pub(super) fn data(
        &mut self,
        bytes: &[u8],
        rules: &UploadRules,
        form: &mut CanonicalForm<'_, impl Sink>,
    ) -> Result<(), Refusal> {
        // What is within the limit comes first, so that the verdict does not depend on how the body was cut.
        let room = usize::try_from(rules.max_file_size.saturating_sub(self.size)).unwrap_or(usize::MAX);
        let (within, beyond) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.take(within, rules, form)?;
        if beyond.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(Reason::UploadFileTooLarge, format!("file {:?}", self.filename)))
    }

    pub(super) fn end(mut self, rules: &UploadRules, form: &mut CanonicalForm<'_, impl Sink>) -> Result<(), Refusal> {
        if let Some(window) = self.window.take() {
            self.write_window(&window, rules, form)?;
        }
        form.end_part()
    }

    /// Holds content back until the first bytes are known.
    fn take(
        &mut self,
        bytes: &[u8],
        rules: &UploadRules,
        form: &mut CanonicalForm<'_, impl Sink>,
    ) -> Result<(), Refusal> {
        let Some(window) = &mut self.window else { return form.content(bytes) };
        let missing = WINDOW.saturating_sub(window.len());
        let (first, rest) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
        window.extend_from_slice(first);
        if window.len() < WINDOW {
            return Ok(());
        }
        let window = std::mem::take(window);
        self.window = None;
        self.write_window(&window, rules, form)?;
        form.content(rest)
    }

    /// Judges the first bytes, and writes them behind the header lines.
    fn write_window(
        &self,
        window: &[u8],
        rules: &UploadRules,
        form: &mut CanonicalForm<'_, impl Sink>,
    ) -> Result<(), Refusal> {
        signature::judge(window, &self.extension, rules.content, rules.active_content)?;
        let media_type = file_types::media_type(&self.extension, self.declared.as_deref());
        form.begin_file(&self.name, &self.filename, media_type)?;
        form.content(window)
    }
}
