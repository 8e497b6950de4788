//! [`Node`]: the policy file as a tree that knows where each of its values stands.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::fault::Fault;

/// Where in the text, in bytes.
pub(super) type Span = Range<usize>;

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

/// What TOML can say.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Bool(bool),
    Integer(i64),
    Float(f64),
    /// A string, or a date as it was written.
    Text(String),
    List(Vec<Node>),
    Table(Table),
}

/// A section: its keys in alphabetical order.
pub(super) type Table = BTreeMap<String, Entry>;

/// A key's place, and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: Span,
    pub(super) node: Node,
}

/// More levels than any policy has, and few enough for recursion.
const MAX_DEPTH: usize = 16;

/// Reads TOML.
pub(super) fn parse(text: &str) -> Result<Table, Fault> {
    if let Some(at) = dotted_too_deep(text) {
        return Err(Fault::at(at..at, "a key with this many dots"));
    }
    let root = DeTable::parse(text)
        .map_err(|error| Fault::at(error.span().unwrap_or(0..0), format!("not TOML: {}", error.message())))?;
    table(root.into_inner(), MAX_DEPTH)
}

/// Lays one section over another: sections are merged key by key, everything else is replaced.
pub(super) fn merge(base: &Table, over: &Table) -> Table {
    let mut merged = base.clone();
    for (key, entry) in over {
        let both = merged.get(key).and_then(|old| match (&old.node.value, &entry.node.value) {
            (Value::Table(old), Value::Table(new)) => Some(merge(old, new)),
            _ => None,
        });
        let mut entry = entry.clone();
        if let Some(both) = both {
            entry.node.value = Value::Table(both);
        }
        merged.insert(key.clone(), entry);
    }
    merged
}

fn table(table: DeTable<'_>, depth: usize) -> Result<Table, Fault> {
    table
        .into_iter()
        .map(|(key, value)| {
            let node = node(value.span(), value.into_inner(), depth)?;
            Ok((key.get_ref().to_string(), Entry { key: key.span(), node }))
        })
        .collect()
}

fn node(span: Span, value: DeValue<'_>, depth: usize) -> Result<Node, Fault> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Fault::at(span, "nested deeper than any policy is"));
    };
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Boolean(yes) => Value::Bool(yes),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => return Err(Fault::at(span, "a number too large for anything in a policy")),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Value::Float(number),
            Err(_) => return Err(Fault::at(span, "not a number")),
        },
        DeValue::Array(items) => Value::List(
            items.into_iter().map(|item| node(item.span(), item.into_inner(), depth)).collect::<Result<_, _>>()?,
        ),
        DeValue::Table(inner) => Value::Table(table(inner, depth)?),
    };
    Ok(Node { span, value })
}

/// The TOML reader bounds nested brackets but not dotted keys, and a tree that is a million levels deep cannot even be
/// dropped. Dots are counted from one `=`, comma, brace or line end to the next; comment lines are left out.
fn dotted_too_deep(text: &str) -> Option<usize> {
    const MAX_DOTS: usize = 64;
    let mut start = 0_usize;
    for line in text.split_inclusive('\n') {
        if !line.trim_start().starts_with('#')
            && line.split(['=', ',', '{', '}']).any(|part| part.bytes().filter(|b| *b == b'.').count() > MAX_DOTS)
        {
            return Some(start);
        }
        start = start.saturating_add(line.len());
    }
    None
}
