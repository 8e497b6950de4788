//! Reads a [`Node`] into whatever derives `Deserialize`, and keeps the place of every mistake.

use std::slice;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::fault::Fault;
use super::node::{Entry, Node, Table, Value};

/// Reads a value.
pub(super) fn read<T: DeserializeOwned>(node: &Node) -> Result<T, Fault> {
    T::deserialize(Reader(node)).map_err(|fault| fault.within(node.span.clone()))
}

struct Reader<'a>(&'a Node);

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Bool(yes) => visitor.visit_bool(*yes),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Table(table) => visitor.visit_map(Entries { entries: table.iter(), value: None }),
        }
    }

    /// By itself, serde takes a list for a section as well: its values for those of the keys, in their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::List(_) => Err(Fault::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let wrong = match &self.0.value {
            Value::Text(text) => {
                let name: StrDeserializer<'_, Fault> = text.as_str().into_deserializer();
                return visitor.visit_enum(name);
            }
            Value::Bool(yes) => Unexpected::Bool(*yes),
            Value::Integer(number) => Unexpected::Signed(*number),
            Value::Float(number) => Unexpected::Float(*number),
            Value::List(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        };
        Err(Fault::invalid_type(wrong, &"text in quotes"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct Items<'a>(slice::Iter<'a, Node>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.0.next() else {
            return Ok(None);
        };
        seed.deserialize(Reader(node)).map(Some).map_err(|fault| fault.within(node.span.clone()))
    }
}

struct Entries<'a> {
    entries: std::collections::btree_map::Iter<'a, String, Entry>,
    value: Option<(&'a str, &'a Entry)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, entry)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some((key, entry));
        let name: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        seed.deserialize(name).map(Some).map_err(|fault| fault.within(entry.key.clone()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, entry)) = self.value.take() else {
            return Err(Fault::custom("a value without its key"));
        };
        seed.deserialize(Reader(&entry.node)).map_err(|fault| fault.within(entry.node.span.clone()).under(key))
    }
}

/// The most mistakes that are told of one section: each is found by reading it again.
const TOLD_AT_MOST: usize = 20;

/// Reads one section of a table, and after a mistake again without the key that has it: who writes a file wants to hear of
/// all of them.
pub(super) fn section_with_all_faults<T: DeserializeOwned + Default>(
    table: &Table,
    name: &str,
) -> Result<T, Vec<Fault>> {
    let Some(entry) = table.get(name) else { return Ok(T::default()) };
    let mut faults = match read(&entry.node) {
        Ok(value) => return Ok(value),
        Err(fault) => vec![fault],
    };
    let mut rest = entry.node.clone();
    while faults.len() < TOLD_AT_MOST && remove(&mut rest, faults.last().and_then(Fault::outermost_key)) {
        match read::<T>(&rest) {
            // Keys that contradict each other may do so only for what was left out.
            Err(fault) if fault.outermost_key().is_some() => faults.push(fault),
            _ => break,
        }
    }
    Err(faults.into_iter().map(|fault| fault.under(name)).collect())
}

fn remove(node: &mut Node, key: Option<&str>) -> bool {
    match (&mut node.value, key) {
        (Value::Table(table), Some(key)) => table.remove(key).is_some(),
        _ => false,
    }
}

/// Reads one section of a table; its default when it is not there.
pub(super) fn section<T: DeserializeOwned + Default>(table: &Table, name: &str) -> Result<T, Fault> {
    match table.get(name) {
        Some(entry) => read(&entry.node).map_err(|fault| fault.under(name)),
        None => Ok(T::default()),
    }
}
