//! [`Mode`]: whether a guard acts on what it finds.

/// What a guard does with its verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
