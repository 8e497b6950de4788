//! Lines that fit.

/// Breaks a line that does not fit between two words. What follows is indented by so many columns.
pub(crate) fn fold(line: &str, indent: usize, columns: usize, folded: &mut String) {
    let mut at = 0_usize;
    for word in line.split_inclusive(' ') {
        let shown = width(word.trim_end());
        if at > indent && shown > 0 && at.saturating_add(shown) > columns {
            folded.truncate(folded.trim_end_matches(' ').len());
            folded.push('\n');
            folded.extend(std::iter::repeat_n(' ', indent));
            at = indent;
        }
        folded.push_str(word);
        at = at.saturating_add(width(word));
    }
}

/// How many columns it takes: colours take none.
pub(crate) fn width(word: &str) -> usize {
    let (mut columns, mut in_code) = (0_usize, false);
    for c in word.chars() {
        match c {
            '\x1b' => in_code = true,
            'm' if in_code => in_code = false,
            '\n' => {}
            _ if in_code => {}
            _ => columns = columns.saturating_add(1),
        }
    }
    columns
}
