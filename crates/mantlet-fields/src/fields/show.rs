//! Shows a list of fields: as a message has it, and to people, without its secrets.

use std::fmt;

use super::{Entry, Fields};
use crate::known::Known;
use crate::set::NameSet;

/// As a message has them.
impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Entry { name, value, .. } in self.iter() {
            write!(f, "{}: {}\r\n", String::from_utf8_lossy(name), String::from_utf8_lossy(value))?;
        }
        Ok(())
    }
}

/// Whoever learns the value of one of these can pass for its owner, so no log of a head may show it.
const SECRET: NameSet =
    NameSet::of(&[Known::Authorization, Known::Cookie, Known::ProxyAuthorization, Known::SetCookie]);

/// Prints only the length of values that are secrets.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
        let value = |entry: Entry<'_>| match entry.known {
            Some(known) if SECRET.contains(known) => format!("({} bytes)", entry.value.len()),
            _ => shown(entry.value),
        };
        f.debug_list().entries(self.iter().map(|entry| (shown(entry.name), value(entry)))).finish()
    }
}
