//! What parsers make of the name of a parameter.

use crate::upload::readings::unescaped;

/// The words that some parser or other reads in the name of a parameter: in lower case, without a number at the end, and without
/// the marks that PHP and people put between words (`file_name`, `file.name`, `file-name1`).
pub(super) fn spellings(parameter: &str) -> Vec<String> {
    // What everybody reads alike.
    if parameter.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        return vec![folded(parameter)];
    }
    let decoded = unescaped(parameter);
    std::iter::once(parameter).chain(decoded.as_deref()).flat_map(words).map(folded).collect()
}

fn words(parameter: &str) -> [&str; 4] {
    // PHP ends a name at NUL.
    let parameter = parameter.split('\0').next().unwrap_or(parameter);
    [parameter, outermost(parameter), innermost(parameter), innermost(uncut(parameter))]
}

/// PHP takes brackets off the end of a name, qs and Rack before 3.0 off its start, too.
fn outermost(name: &str) -> &str {
    let name = uncut(name).trim_start_matches(['[', ']']);
    name.split(['[', ']']).next().unwrap_or(name).trim()
}

/// The last key of `a[b][0]` that is no number: parsers make a map of it, for an application to walk. Spring and Struts take
/// `a['b']`, and Struts `a('b')`, for the same.
fn innermost(name: &str) -> &str {
    let mut keys = name.rsplit(['[', ']', '(', ')', '.', '=']).map(|key| key.trim_matches(['\'', '"']));
    keys.find(|key| !key.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or("")
}

/// What is left when the marks around a name are taken off (Netty, Vapor), and all that follows another one: an equals sign ends
/// it to h3, an apostrophe to NanoHTTPD, a comma to Prologue, an opening parenthesis to HatTip.
fn uncut(name: &str) -> &str {
    let is_mark = |c: char| c.is_ascii_punctuation() && !matches!(c, '_' | '-' | '.' | '[' | ']');
    let name = name.trim_matches(|c: char| c.is_whitespace() || is_mark(c));
    name.split(is_mark).next().unwrap_or(name)
}

fn folded(name: &str) -> String {
    // One of several may have a number.
    let unnumbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let letters = unnumbered.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ' | '['));
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for parameter in [
            "filename",
            "fileName",
            "file_name",
            "File-Name",
            "file.name",
            "file name",
            "file[name",
            "[fileName]",
            "fileName[0]",
            "files[0][fileName]",
            "files[0]['fileName']",
            "files(0)('fileName')",
            "files[0].fileName",
            "filename1",
            "file_name_0",
            "filename[a]",
            ";filename:",
            "filename'x",
            "'filename'",
            "filename,x",
            "filename , x",
            "file%6eame",
            "upload%5bfilename%5d",
            "filename\0x",
            "filename=",
        ] {
            assert!(spellings(parameter).iter().any(|word| word == "filename"), "{parameter}");
        }
        for parameter in ["filenames", "x,filename", "x'filename", "title[filename][b]", ""] {
            assert!(!spellings(parameter).iter().any(|word| word == "filename"), "{parameter}");
        }
    }
}
