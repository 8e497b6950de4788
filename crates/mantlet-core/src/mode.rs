//! [`Mode`]: whether a guard acts on what it finds.

/// What a guard does with its verdicts, from the loosest to the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Mode {
    /// The guard is not there.
    Off,
    /// What would be refused is reported, nothing is refused and nothing changed. (Except that cookies which another
    /// route renamed get their names back.)
    Observe,
    /// Requests are refused, responses are hardened.
    #[default]
    Enforce,
}

impl Mode {
    /// What one guard does, where this mode is that of all: its own word wins, and one that is not enabled is off.
    pub(crate) fn of_guard(self, enabled: bool, own: Option<Self>) -> Self {
        if enabled { own.unwrap_or(self) } else { Self::Off }
    }
}
