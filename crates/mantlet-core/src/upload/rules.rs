//! [`UploadRules`]: what forms and files are judged by.

use super::extension_rules::ExtensionRules;
use super::policy::{ActiveContent, ContentRule, FilenameRule, UploadPolicy};
use crate::reason::{Reason, Refusal};

/// The policy made ready, as far as it is about bodies.
#[derive(Debug)]
pub(super) struct UploadRules {
    pub(super) max_request_size: u64,
    pub(super) max_file_size: u64,
    pub(super) max_files: usize,
    max_parts: usize,
    pub(super) max_field_size: usize,
    pub(super) max_filename_length: usize,
    pub(super) filename: FilenameRule,
    pub(super) extensions: ExtensionRules,
    /// Those for a body that is nothing but JSON, and nothing but a form.
    pub(super) extensions_of_json: ExtensionRules,
    pub(super) extensions_of_form: ExtensionRules,
    pub(super) content: ContentRule,
    pub(super) active_content: ActiveContent,
}

impl UploadRules {
    pub(super) fn new(policy: &UploadPolicy) -> Self {
        let extensions = ExtensionRules::new(policy);
        Self {
            max_request_size: policy.max_request_size.get(),
            max_file_size: policy.max_file_size.get(),
            max_files: policy.max_files,
            max_parts: policy.max_parts,
            max_field_size: usize::try_from(policy.max_field_size.get()).unwrap_or(usize::MAX),
            max_filename_length: policy.max_filename_length,
            filename: policy.filename,
            extensions_of_json: extensions.of_json(),
            extensions_of_form: extensions.of_form(),
            extensions,
            content: policy.content,
            active_content: policy.active_content,
        }
    }

    /// Counts one more field or file.
    pub(super) fn count_part(&self, parts: &mut usize) -> Result<(), Refusal> {
        *parts = parts.saturating_add(1);
        if *parts > self.max_parts {
            return Err(Refusal::new(Reason::UploadTooManyParts, format!("more than {}", self.max_parts)));
        }
        Ok(())
    }
}
