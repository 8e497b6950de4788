//! [`Fields`]: the list itself.

use std::fmt;

use bytes::Bytes;

use crate::field::{Field, InvalidField};
use crate::known::Known;
use crate::line::{Line, is_value, text};
use crate::name::Name;
use crate::reader::ReadLine;
use crate::set::NameSet;

/// The fields of a head, in the order in which they stand.
///
/// A pointer: heads are handed from one to the next a dozen times.
#[derive(Clone, Default)]
pub struct Fields(Box<List>);

#[derive(Clone, Default)]
struct List {
    /// The text of every line there ever was: those that were read, and behind them those that were added.
    text: Vec<u8>,
    /// The lines that count, in their order.
    lines: Vec<Line>,
    present: NameSet,
    /// Of those, the ones that stand more than once.
    repeated: NameSet,
    /// How many lines have a name that is not known.
    others: usize,
    /// Names of which a line was added, removed or changed since the head was read.
    edited: NameSet,
    /// The same happened to a name that is not known.
    others_edited: bool,
}

/// One field, as it is walked past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The name, if it is a known one.
    pub known: Option<Known>,
    /// The name: a token in lower case.
    pub name: &'a [u8],
    /// The value, without white space around it.
    pub value: &'a [u8],
}

/// What is to become of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It stays.
    Keep,
    /// It goes.
    Remove,
    /// It gets this value. One with a control character removes it.
    Replace(Vec<u8>),
}

/// Room for what guards and hosts add to a head: without it the text would grow for each message.
const ADDED_TEXT: usize = 512;

/// Room for so many lines, added ones too. A browser sends 20.
const LINES: usize = 32;

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// No fields yet, with room for a head of this length.
    pub fn with_capacity(length: usize) -> Self {
        Self(Box::new(List {
            // Powers of two are what an allocator has at hand.
            text: Vec::with_capacity(length.saturating_add(ADDED_TEXT).next_power_of_two()),
            lines: Vec::with_capacity(LINES),
            ..List::default()
        }))
    }

    /// Fields of names and values.
    ///
    /// # Errors
    /// When a name is no token, or a value has a control character.
    pub fn from_pairs<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, InvalidField> {
        let mut fields = Self::new();
        for (name, value) in pairs {
            let name = Name::parse(name.as_ref()).map_err(|_| InvalidField::Name)?;
            fields.append(&Field::new(name, value.as_ref())?);
        }
        Ok(fields)
    }

    /// Whether the name is there.
    #[inline]
    pub fn contains(&self, name: Known) -> bool {
        self.0.present.contains(name)
    }

    /// Whether any of these names is there.
    #[inline]
    pub fn contains_any(&self, names: &NameSet) -> bool {
        self.0.present.intersects(names)
    }

    /// Whether the name stands more than once.
    #[inline]
    pub fn repeats(&self, name: Known) -> bool {
        self.0.repeated.contains(name)
    }

    /// One of these names that stands more than once.
    pub fn first_repeated(&self, names: &NameSet) -> Option<Known> {
        if self.0.repeated.intersects(names) { self.0.repeated.first_in(names) } else { None }
    }

    /// The first value of this name.
    #[inline]
    pub fn get(&self, name: Known) -> Option<&[u8]> {
        if self.contains(name) { self.all(name).next() } else { None }
    }

    /// The value of this name, if it stands exactly once.
    #[inline]
    pub fn only(&self, name: Known) -> Option<&[u8]> {
        if self.repeats(name) { None } else { self.get(name) }
    }

    /// The first value of this name, if it is [text].
    pub fn get_str(&self, name: Known) -> Option<&str> {
        text(self.get(name)?)
    }

    /// The first value of this name, to be kept longer than the head.
    pub fn copied(&self, name: Known) -> Option<Bytes> {
        self.get(name).map(Bytes::copy_from_slice)
    }

    /// All values of this name.
    #[inline]
    pub fn all(&self, name: Known) -> impl DoubleEndedIterator<Item = &[u8]> {
        let lines = if self.contains(name) { &*self.0.lines } else { &[] };
        lines.iter().filter(move |line| line.known == Some(name)).map(|line| self.value(line))
    }

    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.0.lines.iter().map(|line| self.entry(line))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.lines.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.lines.is_empty()
    }

    /// Known names of which a line was added, removed or changed since the head was read.
    pub(crate) fn edited(&self) -> NameSet {
        self.0.edited
    }

    /// Whether the same happened to a name that is not known.
    pub(crate) fn has_edited_others(&self) -> bool {
        self.0.others_edited
    }

    /// Takes in a line that was read.
    #[inline]
    pub fn push(&mut self, read: &ReadLine<'_>) {
        let ReadLine { known, name, value, whole } = *read;
        let start = self.0.text.len();
        let length = name.len().saturating_add(value.len()).saturating_add(4);
        if whole.len() == length && whole.get(name.len()..).is_some_and(|rest| rest.starts_with(b": ")) {
            self.0.text.extend_from_slice(whole);
        } else {
            for piece in [name, b": ", value, b"\r\n"] {
                self.0.text.extend_from_slice(piece);
            }
        }
        if let Some(written) = self.0.text.get_mut(start..start.saturating_add(name.len())) {
            match known {
                // One copy, as long as the name that was recognised; folding byte by byte is what costs most of a short line.
                Some(known) => written.copy_from_slice(known.as_str().as_bytes()),
                None => written.make_ascii_lowercase(),
            }
        }
        self.note(known);
        self.0.lines.push(Line::at(start, known, name.len(), value.len()));
    }

    /// Adds a field behind all others.
    pub fn append(&mut self, field: &Field) {
        let line = self.render(field.known, field.name_length, &[&field.text]);
        self.add(line);
    }

    /// Adds all fields of another list behind all others.
    pub fn append_all(&mut self, others: &Self) {
        let (list, added) = (&mut *self.0, &*others.0);
        let before = list.text.len();
        list.text.extend_from_slice(&added.text);
        list.lines.extend(added.lines.iter().map(|line| line.behind(before)));
        list.repeated = list.repeated.union(&added.repeated).union(&list.present.intersection(&added.present));
        list.present = list.present.union(&added.present);
        list.others = list.others.saturating_add(added.others);
        list.edited = list.edited.union(&added.present);
        list.others_edited |= added.others > 0;
    }

    /// Adds a field in place of all of its name.
    pub fn set(&mut self, field: &Field) {
        match field.known {
            Some(known) => self.remove(known),
            None => self.remove_others(|name| field.text.get(..field.name_length) == Some(name)),
        }
        self.append(field);
    }

    /// Adds a field whose value was made for this head.
    ///
    /// # Errors
    /// [`InvalidField::Value`], and nothing is added.
    pub fn append_value(&mut self, name: Known, value: &[u8]) -> Result<(), InvalidField> {
        let value = value.trim_ascii();
        if !is_value(value) {
            return Err(InvalidField::Value);
        }
        let line = self.render_value(name, value);
        self.add(line);
        Ok(())
    }

    /// The same in place of all fields of its name.
    ///
    /// # Errors
    /// [`InvalidField::Value`]; the fields of the name are gone all the same.
    pub fn set_value(&mut self, name: Known, value: &[u8]) -> Result<(), InvalidField> {
        self.remove(name);
        self.append_value(name, value)
    }

    /// Removes all fields of this name.
    pub fn remove(&mut self, name: Known) {
        self.remove_all(&NameSet::EMPTY.with(name));
    }

    /// Removes all fields of these names.
    #[inline]
    pub fn remove_all(&mut self, names: &NameSet) {
        let gone = self.0.present.intersection(names);
        if gone != NameSet::EMPTY {
            self.0.lines.retain(|line| !line.known.is_some_and(|known| names.contains(known)));
            self.0.present = self.0.present.difference(names);
            self.0.repeated = self.0.repeated.difference(names);
            self.0.edited = self.0.edited.union(&gone);
        }
    }

    /// Removes all fields whose name is not known, and unwanted.
    pub fn remove_others(&mut self, is_unwanted: impl Fn(&[u8]) -> bool) {
        let is_wanted = |entry: Entry<'_>| entry.known.is_some() || !is_unwanted(entry.name);
        if self.0.others > 0 && !self.iter().all(is_wanted) {
            let mut lines = std::mem::take(&mut self.0.lines);
            lines.retain(|line| is_wanted(self.entry(line)));
            self.0.lines = lines;
            self.0.others_edited = true;
            self.count();
        }
    }

    /// Removes all fields of a name that need not be a known one.
    pub fn remove_named(&mut self, name: &Name) {
        match name {
            Name::Known(known) => self.remove(*known),
            Name::Other(text) => self.remove_others(|name| name == text.as_bytes()),
        }
    }

    /// Looks at every field of this name, and edits it. `edit` sees all fields, and the value it decides on.
    pub fn edit(&mut self, name: Known, mut edit: impl FnMut(&Self, &[u8]) -> Edit) {
        let mut removed = false;
        for at in 0..self.0.lines.len() {
            let Some(line) = self.0.lines.get(at).copied().filter(|line| line.known == Some(name)) else { continue };
            let new = match edit(self, self.value(&line)) {
                Edit::Keep => continue,
                Edit::Replace(value) if is_value(&value) => self.render_value(name, value.trim_ascii()),
                // A line without a name is no line, and goes with the others below.
                Edit::Replace(_) | Edit::Remove => {
                    removed = true;
                    Line::at(0, None, 0, 0)
                }
            };
            if let Some(line) = self.0.lines.get_mut(at) {
                *line = new;
            }
            self.0.edited.insert(name);
        }
        if removed {
            self.0.lines.retain(|line| !line.name().is_empty());
            self.count();
        }
    }

    /// Writes all lines but those of these names.
    pub fn write(&self, out: &mut Vec<u8>, without: &NameSet) {
        // Lines that stand behind one another are written as one.
        let mut run = 0..0;
        for line in &self.0.lines {
            if line.known.is_some_and(|known| without.contains(known)) {
                continue;
            }
            let whole = line.whole();
            if run.end != whole.start {
                out.extend_from_slice(self.0.text.get(run).unwrap_or_default());
                run = whole.start..whole.start;
            }
            run.end = whole.end;
        }
        out.extend_from_slice(self.0.text.get(run).unwrap_or_default());
    }

    /// Takes in a line of a map, which holds tokens in lower case and values without control characters.
    pub(crate) fn push_of_map(&mut self, name: &[u8], value: &[u8]) {
        let value = value.trim_ascii();
        let line = self.render(Known::recognise(name), name.len(), &[name, b": ", value, b"\r\n"]);
        self.note(line.known);
        self.0.lines.push(line);
    }

    fn add(&mut self, line: Line) {
        match line.known {
            Some(known) => _ = self.0.edited.insert(known),
            None => self.0.others_edited = true,
        }
        self.note(line.known);
        self.0.lines.push(line);
    }

    fn render_value(&mut self, name: Known, value: &[u8]) -> Line {
        let name_text = name.as_str().as_bytes();
        self.render(Some(name), name_text.len(), &[name_text, b": ", value, b"\r\n"])
    }

    /// Writes the text of a line, which is not in the list yet.
    fn render(&mut self, known: Option<Known>, name: usize, pieces: &[&[u8]]) -> Line {
        let start = self.0.text.len();
        for piece in pieces {
            self.0.text.extend_from_slice(piece);
        }
        let value = self.0.text.len().saturating_sub(start).saturating_sub(name).saturating_sub(4);
        Line::at(start, known, name, value)
    }

    /// Notes anew which names are there.
    fn count(&mut self) {
        (self.0.present, self.0.repeated, self.0.others) = (NameSet::EMPTY, NameSet::EMPTY, 0);
        for at in 0..self.0.lines.len() {
            self.note(self.0.lines.get(at).and_then(|line| line.known));
        }
    }

    #[inline]
    fn note(&mut self, name: Option<Known>) {
        match name {
            Some(known) if !self.0.present.insert(known) => _ = self.0.repeated.insert(known),
            Some(_) => {}
            None => self.0.others = self.0.others.saturating_add(1),
        }
    }

    fn entry(&self, line: &Line) -> Entry<'_> {
        Entry { known: line.known, name: self.0.text.get(line.name()).unwrap_or_default(), value: self.value(line) }
    }

    #[inline]
    fn value(&self, line: &Line) -> &[u8] {
        self.0.text.get(line.value()).unwrap_or_default()
    }
}

impl Entry<'_> {
    /// Whether it has this name.
    pub fn is(&self, name: &Name) -> bool {
        match name {
            Name::Known(known) => self.known == Some(*known),
            Name::Other(text) => self.known.is_none() && self.name == text.as_bytes(),
        }
    }
}

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

/// Two lists are equal when they say the same in the same order.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}

#[cfg(test)]
mod tests;
