//! Words in lines that fit a terminal, and that cannot steer it.

use std::fmt::Write;

/// A first column, and words beside it in lines that fit.
pub(super) fn list(text: &mut String, column: &str, lead: &str, words: &[&str]) {
    for (at, line) in wrapped(lead, words).iter().enumerate() {
        let _ = writeln!(text, "  {}{line}", if at == 0 { column } else { "        " });
    }
}

/// Words with commas, behind a lead, in lines that fit a terminal.
fn wrapped(lead: &str, words: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = lead.to_owned();
    for (at, word) in words.iter().enumerate() {
        if !line.is_empty() && line.len().saturating_add(word.len()) > 88 {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(word);
        if at.saturating_add(1) < words.len() {
            line.push_str(", ");
        }
    }
    if !words.is_empty() {
        lines.push(line);
    }
    lines
}

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
    fn long_lists_are_wrapped() {
        let words = vec!["coverage.errors"; 8];
        let lines = wrapped("8 more: ", &words);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() <= 90 && !line.ends_with(' ')), "{lines:?}");
        assert!(wrapped("none", &[]).is_empty());
    }
}
