//! From and to the map that Rust applications know heads as.

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::fields::{Entry, Fields};
use crate::known::Known;
use crate::reader::Reader;

impl From<&HeaderMap> for Fields {
    fn from(map: &HeaderMap) -> Self {
        let length = map.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()).saturating_add(4));
        let mut head = BytesMut::with_capacity(length.sum());
        let mut ends = Vec::with_capacity(map.len());
        for (name, value) in map {
            for piece in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                head.extend_from_slice(piece);
            }
            ends.push(head.len());
        }
        let mut reader = Reader::new(head, map.len());
        let mut start = 0;
        for end in ends {
            // A map holds tokens and values without control characters: each line is one.
            if let Ok((found, _)) = reader.line(start, end) {
                reader.keep(found);
            }
            start = end;
        }
        reader.finish()
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
    /// Makes a map that these fields were read from say the same again. Costs nothing when nothing was edited.
    pub fn write_back(&self, map: &mut HeaderMap) {
        if self.is_edited() {
            map.clear();
            self.iter().for_each(|entry| put(map, entry));
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
