//! [`Node`]: the policy file as a tree that knows where each of its values stands.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Span};

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
    let (root, errors) = DeTable::parse_recoverable(text);
    let root = DeValue::Table(root.into_inner());
    if let Some(span) = too_deep(&root) {
        dismantle(root);
        return Err(Fault::at(span, "nested deeper than any policy is"));
    }
    if let Some(error) = errors.first() {
        let span = error.span().unwrap_or(0..0);
        let meant = meant(text, span.start);
        let fault = Fault::at(span, format!("not TOML: {}", error.message()));
        return Err(match meant {
            Some(line) => fault.help(format!("write: {line}")),
            None => fault,
        });
    }
    match root {
        DeValue::Table(root) => table(root),
        _ => Ok(Table::new()),
    }
}

/// The line of a mistake as it was probably meant: with quotes, which sizes, times and addresses need although they begin
/// like numbers, or with a truth in lower case.
fn meant(text: &str, at: usize) -> Option<String> {
    let begin = text.get(..at)?.rfind('\n').map_or(0, |end| end.saturating_add(1));
    let (key, value) = text.get(begin..)?.lines().next()?.split_once('=')?;
    let (key, value) = (key.trim(), value.split('#').next()?.trim());
    if let Some(truth) = ["true", "false"].into_iter().find(|truth| truth.eq_ignore_ascii_case(value)) {
        return Some(format!("{key} = {truth}"));
    }
    let is_word = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:/_-".contains(&byte));
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    (is_word && !is_number).then(|| format!("{key} = \"{value}\""))
}

/// Where there are more levels than any policy has. The TOML reader bounds nested brackets and the dots of a key, but not
/// their product, and what follows here goes down level by level.
fn too_deep(root: &DeValue<'_>) -> Option<Span> {
    let mut ahead = vec![(root, 0..0, 0_usize)];
    while let Some((value, span, depth)) = ahead.pop() {
        if depth > MAX_DEPTH {
            return Some(span);
        }
        let depth = depth.saturating_add(1);
        match value {
            DeValue::Array(items) => ahead.extend(items.iter().map(|item| (item.get_ref(), item.span(), depth))),
            DeValue::Table(table) => ahead.extend(table.iter().map(|(key, item)| (item.get_ref(), key.span(), depth))),
            _ => {}
        }
    }
    None
}

/// Drops a tree of any depth, which by itself would take a stack of that depth.
fn dismantle(root: DeValue<'_>) {
    let mut left = vec![root];
    while let Some(value) = left.pop() {
        match value {
            DeValue::Array(items) => left.extend(items.into_iter().map(toml::Spanned::into_inner)),
            DeValue::Table(table) => left.extend(table.into_iter().map(|(_, item)| item.into_inner())),
            _ => {}
        }
    }
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

fn table(table: DeTable<'_>) -> Result<Table, Fault> {
    table
        .into_iter()
        .map(|(key, value)| {
            let node = node(value.span(), value.into_inner())?;
            Ok((key.get_ref().to_string(), Entry { key: key.span(), node }))
        })
        .collect()
}

fn node(span: Span, value: DeValue<'_>) -> Result<Node, Fault> {
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
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|item| node(item.span(), item.into_inner())).collect::<Result<_, _>>()?)
        }
        DeValue::Table(inner) => Value::Table(table(inner)?),
    };
    Ok(Node { span, value })
}
