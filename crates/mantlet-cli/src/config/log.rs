//! `[log]`: what is written down about requests.

use serde::Deserialize;

use crate::globals::LogFormat;

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogSection {
    /// A line for each request. Default: true. Refusals, what observing would have refused, and notes have one anyway.
    pub(crate) access: bool,
    /// Default: text.
    pub(crate) format: LogFormat,
    /// Whether the access log keeps query strings, which often carry secrets. Default: false.
    pub(crate) query_strings: bool,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { access: true, format: LogFormat::Text, query_strings: false }
    }
}
