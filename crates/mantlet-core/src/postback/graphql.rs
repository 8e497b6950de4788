//! GraphQL: whether a document that a link brings along, or names, changes something.
//!
//! A server that runs what is in `?query=` has to refuse a mutation there, and several do not: handler of graphql-go, those of
//! graphql-dotnet before 7, of API Platform and of Responder until they learned it. Who writes a mutation says nowhere
//! by which method it may come.
//!
//! A server may also keep documents, and run the one whose hash a link names (Apollo's persisted queries, in async-graphql and
//! others). Anybody can have one kept, and its hash says nothing of what it does. Lighthouse (PHP) keeps all that it ever ran, takes a
//! hash as `?id=` as well, and asks for no method.

/// Where its server answers, in any case, unless its application says otherwise.
pub(super) const PATH: &[u8] = b"graphql";

/// Whether a document defines a mutation: the word stands outside of all braces, and its selection behind it. So a search for
/// `mutation` is none, and neither is a field of that name.
pub(super) fn has_mutation(document: &[u8]) -> bool {
    let (mut rest, mut depth, mut is_mutation) = (document, 0_usize, false);
    while let Some((first, behind)) = rest.split_first() {
        rest = match first {
            b'#' => after(behind, |byte| matches!(byte, b'\n' | b'\r')),
            b'"' => after_string(behind),
            b'{' if depth == 0 && is_mutation => return true,
            b'{' | b'(' | b'[' => {
                depth = depth.saturating_add(1);
                behind
            }
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                behind
            }
            byte if is_of_name(*byte) => {
                let end = rest.iter().position(|byte| !is_of_name(*byte)).unwrap_or(rest.len());
                let (name, behind) = rest.split_at_checked(end).unwrap_or_default();
                is_mutation |= depth == 0 && name == b"mutation";
                behind
            }
            _ => behind,
        };
    }
    false
}

/// Whether this names a document that the server has kept: as JSON, which can write any letter with a backslash, or as PHP
/// takes names apart (`extensions[persistedQuery][sha256Hash]`).
pub(super) fn may_name_kept(extensions: &[u8]) -> bool {
    memchr::memmem::find(extensions, b"persistedQuery").is_some() || memchr::memchr(b'\\', extensions).is_some()
}

/// Whether a hash of SHA-256 is in this. Laravel takes blanks of many kinds off around it.
pub(super) fn has_hash(id: &[u8]) -> bool {
    id.split(|byte| !byte.is_ascii_hexdigit()).any(|digits| digits.len() >= 64)
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What stands behind the first such byte.
fn after(text: &[u8], is_end: impl Fn(u8) -> bool) -> &[u8] {
    let end = text.iter().position(|byte| is_end(*byte)).unwrap_or(text.len());
    text.get(end.saturating_add(1)..).unwrap_or_default()
}

/// What stands behind a string whose first quote is gone. One with three quotes may hold line breaks.
fn after_string(text: &[u8]) -> &[u8] {
    let (is_block, mut rest) = match text.strip_prefix(b"\"\"") {
        Some(block) => (true, block),
        None => (false, text),
    };
    while let Some((first, behind)) = rest.split_first() {
        rest = match first {
            b'\\' if is_block => behind.strip_prefix(b"\"\"\"").unwrap_or(behind),
            b'\\' => behind.get(1..).unwrap_or_default(),
            b'"' if is_block => match behind.strip_prefix(b"\"\"") {
                Some(behind) => return behind,
                None => behind,
            },
            b'"' | b'\n' | b'\r' if !is_block => return behind,
            _ => behind,
        };
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutations_are_found_wherever_they_stand() {
        for (name, document, expected) in [
            ("short", "mutation{pay(amount:5)}", true),
            ("with all it may have", "mutation Pay($n: [Int!] = [1]) @log(a: {b: 1}) { pay }", true),
            ("behind commas and a mark", "\u{feff},,mutation{pay}", true),
            ("behind a query", "query A { a { b } } mutation B { pay }", true),
            ("behind a comment", "# a {\nmutation{pay}", true),
            ("behind a comment that a carriage return ends", "#\rmutation{pay}", true),
            ("behind a brace in a string", "{a(b: \"{\\\"{\")} mutation{pay}", true),
            ("behind a brace in a block", "{a(b: \"\"\"{\\\"\"\" \" {\n\"\"\")} mutation{pay}", true),
            ("behind a quote before the end of a block", "{a(b: \"\"\"\\\"\"\"\" \"\"\")} mutation{pay}", true),
            ("behind an empty string", "{a(b: \"\")} mutation{pay}", true),
            ("behind its description", "\"pays\" mutation{pay}", true),
            ("behind a string that a line ends", "\"{\nmutation{pay}", true),
            ("a query", "query A { a }", false),
            ("a field of that name", "{ mutation { id } }", false),
            ("an argument of that name", "{ a(mutation: {b: 1}) { c } }", false),
            ("a string that holds one", "{ a(b: \"} mutation {\") }", false),
            ("a block that holds one", "{ a(b: \"\"\"} mutation {\"\"\") }", false),
            ("a comment that holds one", "{ a } # mutation {", false),
            ("a longer word", "mutations {a}", false),
            ("a search", "BRCA1 mutation", false),
            ("a search with brackets", "mutation (somatic)", false),
            ("other case", "Mutation{pay}", false),
            ("nothing", "", false),
        ] {
            assert_eq!(has_mutation(document.as_bytes()), expected, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[a\"\\\\{}#\n ]{0,32}") {
            let _ = has_mutation(text.as_bytes());
        }
    }
}
