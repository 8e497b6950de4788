//! [`Fields`]: the list itself.

pub(crate) mod edit;
pub(crate) mod read;
mod show;

use bytes::Bytes;

use crate::field::{Field, InvalidField};
use crate::known::Known;
use crate::line::{Line, text};
use crate::name::Name;
use crate::set::NameSet;

/// The fields of a head, in the order in which they stand.
///
/// In a box, since a head is moved a dozen times on its way.
#[derive(Clone, Default)]
pub struct Fields(Box<List>);

#[derive(Clone, Default)]
struct List {
    /// The text of every line there ever was: those that were read, and behind them those that were added.
    text: Vec<u8>,
    /// The lines that count, in their order.
    lines: Vec<Line>,
    /// Names of which there is a line.
    present: NameSet,
    /// Names of which there is more than one line.
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

/// Room for what guards and hosts add to a head: without it the text would grow for each message.
const ADDED_TEXT: usize = 512;

/// Room for this many lines before the list has to grow. A browser sends about 20, and guards add some.
const LINES: usize = 32;

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// No fields yet, with room for a head of this length.
    pub(crate) fn with_capacity(length: usize) -> Self {
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

    /// Counts a line's name among those that are there.
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

/// Two lists are equal when they say the same in the same order.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}

#[cfg(test)]
mod tests;
