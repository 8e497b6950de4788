//! [`Fields::read`]: the text of a head becomes a list.

use super::{Fields, List};
use crate::line::Line;
use crate::reader::{InvalidLine, ReadLine, read_line};

/// Bytes of a common head. How much was read does not tell, since a body of any length may stand behind the head. With the
/// room for what guards add it makes 1 KiB, which is a size that allocators have at hand.
const COMMON_HEAD: usize = 512;

/// Why a head cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable<E> {
    /// A line is no field.
    Line(InvalidLine),
    /// Whoever was asked about a line wants none of it.
    Field(E),
}

impl Fields {
    /// Reads the lines at the start of `text`, up to the empty line that ends them; with the fields comes how long all of that
    /// is. `None` if the empty line has not come. Each line is shown to `keep`, which says whether it stays.
    ///
    /// # Errors
    /// When a line is no field, or `keep` says so.
    #[inline]
    pub fn read<E>(
        text: &[u8],
        mut keep: impl FnMut(&ReadLine<'_>) -> Result<bool, E>,
    ) -> Result<Option<(Self, usize)>, Unreadable<E>> {
        let mut fields = Self::with_capacity(text.len().min(COMMON_HEAD));
        let (mut unread, mut are_plain) = (text, true);
        let after = loop {
            if let Some(after) = unread.strip_prefix(b"\r\n") {
                break after;
            }
            let Some((line, after)) = read_line(unread).map_err(Unreadable::Line)? else { return Ok(None) };
            let at = |rest: &[u8]| text.len().saturating_sub(rest.len());
            if keep(&line).map_err(Unreadable::Field)? {
                fields.note(line.known);
                fields.0.lines.push(Line::at(at(unread)..at(after), line.known, line.name.len()));
                are_plain &= line.is_plain;
            }
            unread = after;
        };
        // One copy for all lines; of those that do not stay, nobody knows where they are.
        let lines = text.get(..text.len().saturating_sub(unread.len())).unwrap_or_default();
        fields.0.text.extend_from_slice(lines);
        fields.fold_names();
        if !are_plain {
            fields.straighten();
        }
        Ok(Some((fields, text.len().saturating_sub(after.len()))))
    }

    fn fold_names(&mut self) {
        let List { text, lines, .. } = &mut *self.0;
        for line in lines {
            match line.known {
                Some(known) => known.fold(text.get_mut(line.name().start..).unwrap_or_default()),
                None => text.get_mut(line.name()).unwrap_or_default().make_ascii_lowercase(),
            }
        }
    }

    /// Writes lines anew that have more white space around their value than we write, or less.
    #[cold]
    fn straighten(&mut self) {
        for at in 0..self.0.lines.len() {
            let Some(line) = self.0.lines.get(at).copied() else { continue };
            let whole = self.0.text.get(line.whole()).unwrap_or_default().to_vec();
            let (name, rest) = whole.split_at_checked(line.name().len()).unwrap_or_default();
            let value = rest.get(1..).unwrap_or_default().trim_ascii();
            let straight = self.render(line.known, name.len(), &[name, b": ", value, b"\r\n"]);
            if let Some(line) = self.0.lines.get_mut(at) {
                *line = straight;
            }
        }
    }
}
