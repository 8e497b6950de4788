//! The grammar of `Forwarded` (RFC 7239, section 4), and nothing more lenient.

use mantlet_fields::is_token_byte;

/// What one hop says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) node: Option<String>,
    pub(super) proto: Option<String>,
    pub(super) host: Option<String>,
}

/// A field value that breaks the grammar, or has more elements than the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InvalidForwarded;

/// Reads the elements of one line and appends them. A parameter that an element has twice is an error.
pub(super) fn parse(line: &str, elements: &mut Vec<Element>, at_most: usize) -> Result<(), InvalidForwarded> {
    let mut rest = line;
    loop {
        if elements.len() >= at_most {
            return Err(InvalidForwarded);
        }
        let (element, after) = parse_element(skip_blanks(rest))?;
        elements.push(element);
        rest = skip_blanks(after);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None if rest.is_empty() => return Ok(()),
            None => return Err(InvalidForwarded),
        }
    }
}

fn parse_element(mut rest: &str) -> Result<(Element, &str), InvalidForwarded> {
    let mut element = Element::default();
    loop {
        let (name, after) = take_token(rest)?;
        let (value, after) = take_value(after.strip_prefix('=').ok_or(InvalidForwarded)?)?;
        let slot = match name {
            _ if name.eq_ignore_ascii_case("for") => Some(&mut element.node),
            _ if name.eq_ignore_ascii_case("proto") => Some(&mut element.proto),
            _ if name.eq_ignore_ascii_case("host") => Some(&mut element.host),
            _ => None,
        };
        if slot.is_some_and(|slot| slot.replace(value).is_some()) {
            return Err(InvalidForwarded);
        }
        match after.strip_prefix(';') {
            Some(more) => rest = more,
            None => return Ok((element, after)),
        }
    }
}

fn take_token(text: &str) -> Result<(&str, &str), InvalidForwarded> {
    let end = text.bytes().position(|b| !is_token_byte(b)).unwrap_or(text.len());
    match text.split_at_checked(end) {
        Some((token, rest)) if !token.is_empty() => Ok((token, rest)),
        _ => Err(InvalidForwarded),
    }
}

fn take_value(text: &str) -> Result<(String, &str), InvalidForwarded> {
    let Some(quoted) = text.strip_prefix('"') else {
        return take_token(text).map(|(token, rest)| (token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Ok((value, quoted.get(at.saturating_add(1)..).unwrap_or(""))),
            '\\' => value.push(chars.next().ok_or(InvalidForwarded)?.1),
            char => value.push(char),
        }
    }
    Err(InvalidForwarded)
}

fn skip_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}
