//! [`SessionCookies`] as the policy file writes them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::SessionCookies;
use crate::cookie::name::is_name_byte;

impl<'de> Deserialize<'de> for SessionCookies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AutoOrNames;

        impl<'de> Visitor<'de> for AutoOrNames {
            type Value = SessionCookies;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"auto\" or a list of names")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SessionCookies, E> {
                match text {
                    "auto" => Ok(SessionCookies::Auto),
                    other => Err(E::custom(format!("cookies is \"auto\" or a list\nfix: cookies = [{other:?}]"))),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<SessionCookies, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element::<String>()? {
                    if name.is_empty() || !name.bytes().all(is_name_byte) {
                        return Err(A::Error::custom(format!("not the name of a cookie: {name:?}")));
                    }
                    names.push(name);
                }
                Ok(SessionCookies::Named(names))
            }
        }
        deserializer.deserialize_any(AutoOrNames)
    }
}
