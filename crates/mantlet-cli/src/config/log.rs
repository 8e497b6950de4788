//! `[log]`: what is written down about requests.

use serde::Deserialize;

use crate::cli::LogFormat;

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogSection {
    /// A line for each request. Default: true.
    pub(crate) access: bool,
    /// Default: text.
    pub(crate) format: LogFormat,
    /// Header fields whose values are never written. Default: those that carry secrets.
    pub(crate) redact: Vec<String>,
    /// Whether the access log keeps query strings, which often carry secrets. Default: false.
    pub(crate) query_strings: bool,
}

impl Default for LogSection {
    fn default() -> Self {
        Self {
            access: true,
            format: LogFormat::Text,
            redact: ["authorization", "cookie", "set-cookie", "x-csrf-token"].map(str::to_owned).to_vec(),
            query_strings: false,
        }
    }
}
