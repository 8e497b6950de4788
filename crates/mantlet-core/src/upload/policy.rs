//! [`UploadPolicy`].

use crate::policy::Mode;

/// What may be set.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct UploadPolicy {
    /// Overrides the mode of all guards for this one.
    pub mode: Option<Mode>,
}
