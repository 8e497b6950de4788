//! Words in lines that fit a terminal, and that cannot steer it.

use crate::fold::{fold, width};

/// Lines of more words are hard to follow, however wide the terminal is.
const COLUMNS_AT_MOST: usize = 120;
/// In less there is no room for two columns.
const COLUMNS_AT_LEAST: usize = 60;

/// Breaks lines that do not fit between two words, and goes on below the column in which the sentence began.
pub(super) fn folded(text: &str, columns: usize) -> String {
    let columns = columns.clamp(COLUMNS_AT_LEAST, COLUMNS_AT_MOST);
    let mut folded = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        fold(line, column_of_sentence(line).min(columns / 2), columns, &mut folded);
    }
    folded
}

/// Where the sentence of a line begins: of a finding behind its id, elsewhere behind the first gap. Words of one have a single space
/// between them.
fn column_of_sentence(line: &str) -> usize {
    let is_finding = line.starts_with("  ") && !line.starts_with("   ");
    let (mut column, mut spaces, mut at, mut has_begun) = (None, 0_usize, 0_usize, false);
    for word in line.split_inclusive(' ') {
        let is_gap = width(word.trim_end()) == 0;
        if !is_gap && has_begun && spaces > 1 && (is_finding || column.is_none()) && at < SENTENCE_BEFORE {
            column = Some(at);
        }
        has_begun |= !is_gap;
        spaces = if is_gap { spaces.saturating_add(1) } else { 1 };
        at = at.saturating_add(width(word));
    }
    column.unwrap_or(10)
}

/// Behind the longest id.
const SENTENCE_BEFORE: usize = 45;

pub(super) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// What a site says must not steer the terminal, nor turn round what stands beside it.
pub(super) fn clean(text: &str) -> String {
    let turns =
        |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_cannot_steer_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\nc\u{9b}"), "a?[2Jb?c?");
        assert_eq!(clean("\u{202e}gnissim\u{2066}"), "?gnissim?");
    }

    #[test]
    fn lines_are_folded_below_their_sentence() {
        let line = |lead: &str, words: usize| format!("{lead}{}\n", vec!["word"; words].join(" "));
        for (what, text) in [
            ("a finding", line("  high    session.cookie.secure       ", 30)),
            ("a coloured one", line("  \x1b[31mhigh    \x1b[0msession.cookie.secure       ", 30)),
            ("its proof", line("          seen  ", 30)),
            ("a sentence", line("not tried: ", 30)),
        ] {
            let lines = folded(&text, 80);
            let lines: Vec<&str> = lines.lines().collect();
            assert!(lines.len() > 1 && lines.iter().all(|line| width(line) <= 80), "{what}: {lines:?}");
            let begins = column_of_sentence(&text);
            assert!(
                lines.iter().skip(1).all(|line| line.len() - line.trim_start().len() == begins),
                "{what}: {lines:?}"
            );
            assert_eq!(lines.join(" ").split_whitespace().filter(|word| *word == "word").count(), 30, "{what}");
        }
        let unbroken = format!("  {}\n\n", "x".repeat(200));
        assert_eq!(folded(&unbroken, 80), unbroken);
    }
}
