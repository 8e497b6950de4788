//! Edits a list of fields: adds lines, removes them, gives them other values.

use super::{Entry, Fields};
use crate::field::{Field, InvalidField};
use crate::known::Known;
use crate::line::{Line, is_value};
use crate::name::Name;
use crate::set::NameSet;

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

impl Fields {
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
        if self.contains_any(names) {
            self.drop_lines(names);
        }
    }

    fn drop_lines(&mut self, names: &NameSet) {
        self.0.lines.retain(|line| !line.known.is_some_and(|known| names.contains(known)));
        self.0.edited = self.0.edited.union(&self.0.present.intersection(names));
        self.0.present = self.0.present.difference(names);
        self.0.repeated = self.0.repeated.difference(names);
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
                // Marks the line with an empty name, which no line has. Those are removed below, all at once.
                Edit::Replace(_) | Edit::Remove => {
                    removed = true;
                    Line::at(0..0, None, 0)
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
    pub(super) fn render(&mut self, known: Option<Known>, name: usize, pieces: &[&[u8]]) -> Line {
        let start = self.0.text.len();
        for piece in pieces {
            self.0.text.extend_from_slice(piece);
        }
        Line::at(start..self.0.text.len(), known, name)
    }

    /// Notes anew which names are there.
    fn count(&mut self) {
        (self.0.present, self.0.repeated, self.0.others) = (NameSet::EMPTY, NameSet::EMPTY, 0);
        for at in 0..self.0.lines.len() {
            self.note(self.0.lines.get(at).and_then(|line| line.known));
        }
    }
}
