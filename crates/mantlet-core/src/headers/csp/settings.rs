//! [`CspSettings`]: `[headers.csp]`.

use super::model::Policy;

/// What is done with the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum CspMode {
    /// The floor is enforced, the directives only reported.
    #[default]
    Learn,
    /// Floor and directives are enforced.
    Enforce,
    /// Floor and directives are only reported.
    Report,
    /// No policy is sent. The application's own is left alone.
    Off,
}

/// How inline code can be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inline {
    /// By the hashes listed in the directives. Listing them is by hand; nothing is learned in this version.
    #[default]
    Hash,
    /// Not at all: a hash in the directives contradicts this.
    Refuse,
}

/// `[headers.csp]`.
///
/// In the file, `floor` and `directives` edit their defaults: a directive that is listed replaces the default of that
/// name, `name = false` takes it away.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct CspSettings {
    /// Default: learn. Enforcing a guessed `script-src` breaks most applications, and sending nothing protects none.
    pub mode: CspMode,
    /// Default: hash.
    #[cfg_attr(feature = "toml", serde(deserialize_with = "file::inline"))]
    pub inline: Inline,
    /// Browsers load this origin's `http:` links over HTTPS. Default: no, since it breaks sites that still have a
    /// part on plain HTTP.
    pub upgrade_insecure_requests: bool,
    /// What is enforced from the first minute, because almost no site needs otherwise. Default:
    /// `object-src 'none'; base-uri 'self'; frame-ancestors 'self'`.
    #[cfg_attr(feature = "toml", serde(deserialize_with = "file::floor"))]
    pub floor: Policy,
    /// The rest. Default: everything from the own origin, and images also from `data:`.
    #[cfg_attr(feature = "toml", serde(deserialize_with = "file::directives"))]
    pub directives: Policy,
}

impl Default for CspSettings {
    fn default() -> Self {
        Self {
            mode: CspMode::default(),
            inline: Inline::default(),
            upgrade_insecure_requests: false,
            floor: built_in(&[
                ("object-src", &["'none'"]),
                ("base-uri", &["'self'"]),
                ("frame-ancestors", &["'self'"]),
            ]),
            directives: built_in(&[
                ("default-src", &["'self'"]),
                ("script-src", &["'self'"]),
                ("style-src", &["'self'"]),
                ("img-src", &["'self'", "data:"]),
                ("font-src", &["'self'"]),
                ("connect-src", &["'self'"]),
                ("form-action", &["'self'"]),
            ]),
        }
    }
}

impl CspSettings {
    /// Floor and directives in one: what browsers obey in mode `enforce`.
    pub fn whole(&self) -> Policy {
        self.floor.and(&self.directives)
    }
}

fn built_in(directives: &[(&str, &[&str])]) -> Policy {
    let mut policy = Policy::default();
    for (name, values) in directives {
        policy.put(name, values.iter().map(|value| super::Source::parse(value)).collect());
    }
    policy
}

/// The file's form.
#[cfg(feature = "toml")]
mod file {
    use std::fmt;

    use serde::Deserialize;
    use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

    use super::{CspSettings, Inline, Policy};

    pub(super) fn inline<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Inline, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "hash" => Ok(Inline::Hash),
            "refuse" => Ok(Inline::Refuse),
            "nonce" => Err(D::Error::custom("\"nonce\" is not in this version\nfix: \"hash\"")),
            other => Err(D::Error::unknown_variant(other, &["hash", "refuse"])),
        }
    }

    pub(super) fn floor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Policy, D::Error> {
        deserializer.deserialize_map(Edits(CspSettings::default().floor))
    }

    pub(super) fn directives<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Policy, D::Error> {
        deserializer.deserialize_map(Edits(CspSettings::default().directives))
    }

    /// Applies the file's directives to the built-in ones.
    struct Edits(Policy);

    impl<'de> Visitor<'de> for Edits {
        type Value = Policy;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a section of directives")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Policy, A::Error> {
            while let Some(name) = entries.next_key::<String>()? {
                entries.next_value_seed(Edit { policy: &mut self.0, name: &name })?;
            }
            Ok(self.0)
        }
    }

    /// Applies one of them, so that a mistake is told of its line.
    struct Edit<'a> {
        policy: &'a mut Policy,
        name: &'a str,
    }

    impl<'de> DeserializeSeed<'de> for Edit<'_> {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            match Said::deserialize(deserializer)? {
                Said::Nothing => self.policy.remove(self.name),
                Said::Values(values) => self.policy.set(self.name, &values).map_err(D::Error::custom)?,
            }
            Ok(())
        }
    }

    enum Said {
        Nothing,
        Values(Vec<String>),
    }

    impl<'de> Deserialize<'de> for Said {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(SaidVisitor)
        }
    }

    struct SaidVisitor;

    impl<'de> Visitor<'de> for SaidVisitor {
        type Value = Said;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of texts, or false")
        }

        fn visit_bool<E: Error>(self, yes: bool) -> Result<Said, E> {
            if yes { Err(E::custom("true says nothing\nfix: a list, such as [\"'self'\"]")) } else { Ok(Said::Nothing) }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Said, A::Error> {
            let mut values = Vec::new();
            while let Some(value) = items.next_element()? {
                values.push(value);
            }
            Ok(Said::Values(values))
        }
    }
}
