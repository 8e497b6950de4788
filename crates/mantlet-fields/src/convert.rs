//! From and to the map that Rust applications know heads as.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::fields::{Entry, Fields};
use crate::known::Known;

impl From<&HeaderMap> for Fields {
    fn from(map: &HeaderMap) -> Self {
        let length = map.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()).saturating_add(4));
        let mut fields = Self::with_capacity(length.sum());
        for (name, value) in map {
            fields.push_of_map(name.as_str().as_bytes(), value.as_bytes());
        }
        fields
    }
}

impl From<&Fields> for HeaderMap {
    fn from(fields: &Fields) -> Self {
        let mut map = Self::with_capacity(fields.len());
        fields.iter().for_each(|entry| put(&mut map, entry));
        map
    }
}

impl Fields {
    /// Makes a map that these fields were read from say the same again. Costs nothing when nothing was edited, and leaves
    /// alone what was not: a value that its owner marked as sensitive stays so.
    pub fn write_back(&self, map: &mut HeaderMap) {
        if !self.is_edited() {
            return;
        }
        let wanted = HeaderMap::from(self);
        let is_stale = |name: &&HeaderName| !map.get_all(*name).iter().eq(wanted.get_all(*name));
        let stale: Vec<HeaderName> = map.keys().filter(is_stale).cloned().collect();
        for name in stale {
            map.remove(name);
        }
        for name in wanted.keys().filter(|name| !map.contains_key(*name)).cloned().collect::<Vec<_>>() {
            for value in wanted.get_all(&name) {
                // A map holds what another one held.
                let _ = map.try_append(&name, value.clone());
            }
        }
    }
}

fn put(map: &mut HeaderMap, Entry { name, value, .. }: Entry<'_>) {
    // Each is one, by what `Fields` promises. A map cannot hold more than 32,768 of them; a head does not get so long.
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
        let _ = map.try_append(name, value);
    }
}

impl From<&HeaderName> for crate::Name {
    fn from(name: &HeaderName) -> Self {
        match Known::recognise(name.as_str().as_bytes()) {
            Some(known) => Self::Known(known),
            None => Self::Other(name.as_str().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_edited_is_left_alone() {
        let mut map = HeaderMap::new();
        let mut secret = HeaderValue::from_static("Bearer x");
        secret.set_sensitive(true);
        map.insert("authorization", secret);
        map.insert("x-real-ip", HeaderValue::from_static("127.0.0.1"));
        map.append("cookie", HeaderValue::from_static("a=1"));
        map.append("cookie", HeaderValue::from_static("b=2"));
        let mut fields = Fields::from(&map);
        fields.remove(Known::XRealIp);
        fields.set_value(Known::Cookie, b"a=1").unwrap();
        fields.append_value(Known::Via, b"v").unwrap();
        fields.write_back(&mut map);
        assert!(map.get("authorization").unwrap().is_sensitive());
        assert_eq!(Fields::from(&map).to_string(), "authorization: Bearer x\r\ncookie: a=1\r\nvia: v\r\n");
    }
}
