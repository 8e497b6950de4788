//! From and to the map that Rust applications know heads as.

use std::collections::HashMap;

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
        fields.iter().for_each(|entry| put(&mut map, header_name(&entry), entry.value));
        map
    }
}

impl Fields {
    /// Makes a map that these fields were read from say the same again. It costs what was edited, and leaves alone what was
    /// not: a value that its owner marked as sensitive stays so.
    pub fn write_back(&self, map: &mut HeaderMap) {
        for known in self.edited().iter() {
            replace(map, &HeaderName::from_static(known.as_str()), self.all(known));
        }
        if self.has_edited_others() {
            self.write_others_back(map);
        }
    }

    /// Each line is looked at once, however many names a client has made up.
    fn write_others_back(&self, map: &mut HeaderMap) {
        let mut ours: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
        for Entry { name, value, .. } in self.iter().filter(|entry| entry.known.is_none()) {
            ours.entry(name).or_default().push(value);
        }
        let is_other = |name: &&HeaderName| Known::recognise(name.as_str().as_bytes()).is_none();
        let theirs: Vec<HeaderName> = map.keys().filter(is_other).cloned().collect();
        for name in theirs {
            let values = ours.remove(name.as_str().as_bytes()).unwrap_or_default();
            if !map.get_all(&name).iter().eq(&values) {
                replace(map, &name, values.into_iter());
            }
        }
        for (name, values) in ours {
            if let Ok(name) = HeaderName::from_bytes(name) {
                replace(map, &name, values.into_iter());
            }
        }
    }
}

/// Every name is one, by what [`Fields`] promises.
fn header_name(entry: &Entry<'_>) -> Option<HeaderName> {
    match entry.known {
        Some(known) => Some(HeaderName::from_static(known.as_str())),
        None => HeaderName::from_bytes(entry.name).ok(),
    }
}

/// A value is one as well. A map cannot hold more than 32,768 of them; a head does not get so long.
fn put(map: &mut HeaderMap, name: Option<HeaderName>, value: &[u8]) {
    if let (Some(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
        let _ = map.try_append(name, value);
    }
}

/// Puts these values in place of all that there are.
fn replace<'a>(map: &mut HeaderMap, name: &HeaderName, mut values: impl Iterator<Item = &'a [u8]>) {
    match values.next().map(HeaderValue::from_bytes) {
        Some(Ok(first)) => _ = map.try_insert(name, first),
        _ => _ = map.remove(name),
    }
    values.for_each(|value| put(map, Some(name.clone()), value));
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
    use crate::{Edit, Field, Name};

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
        assert_eq!((map.len(), &map["cookie"], &map["via"]), (3, &"a=1".parse().unwrap(), &"v".parse().unwrap()));
    }

    #[test]
    fn a_map_says_what_its_fields_were_made_to_say() {
        let mut map = HeaderMap::new();
        let mut secret = HeaderValue::from_static("x");
        secret.set_sensitive(true);
        map.insert("x-secret", secret);
        for (name, value) in [("x-a", "1"), ("x-a", "2"), ("x-b", "1"), ("set-cookie", "a"), ("set-cookie", "b")] {
            map.append(name, HeaderValue::from_static(value));
        }
        let mut fields = Fields::from(&map);
        fields.edit(Known::SetCookie, |_, value| if value == b"a" { Edit::Replace(b"c".to_vec()) } else { Edit::Keep });
        fields.remove_others(|name| name == b"x-b");
        fields.append(&Field::new(Name::parse(b"x-a").unwrap(), b"3").unwrap());
        fields.append(&Field::new(Name::parse(b"x-new").unwrap(), b"1").unwrap());
        fields.write_back(&mut map);
        let values = |name: &str| map.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(values("x-a"), ["1", "2", "3"]);
        assert_eq!(values("set-cookie"), ["c", "b"]);
        assert_eq!((values("x-new"), values("x-b")), (vec!["1"], vec![]));
        assert!(map.get("x-secret").unwrap().is_sensitive());
    }
}
