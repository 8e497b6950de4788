//! [`MultipartParser`]: a strict push parser for multipart/form-data (RFC 7578, RFC 2046 section 5.1).
//!
//! What it takes is the plain form that browsers and HTTP libraries send: an optional first CRLF, delimiter lines that
//! end in CRLF at once, header lines that end in CRLF, a closing delimiter, and nothing after it but line ends.
//! Everything around that which the grammar allows and parsers read in different ways is refused.
//!
//! Work is linear in the length of the body, whatever is in it and however it is cut. Memory is the header block of one
//! part (8 KiB). Content is handed on in the slices in which it came; of the bytes that may be the beginning of a
//! delimiter only the number is kept, since they are the delimiter's own.

use memchr::memmem::Finder;

use super::malformed;
use super::part_head::PartHead;
use crate::reason::Refusal;

/// The most bytes the header lines of one part may have. Browsers send less than 500.
const MAX_HEAD: usize = 8 * 1024;

/// What a form is made of, in the order in which it comes. Whoever wants to read a form implements this.
pub(super) trait PartEvents {
    /// A part begins.
    fn begin(&mut self, head: PartHead) -> Result<(), Refusal>;
    /// Some of its content. The slices say nothing about the form: they are those in which the body came.
    fn data(&mut self, bytes: &[u8]) -> Result<(), Refusal>;
    /// The part is complete.
    fn end(&mut self) -> Result<(), Refusal>;
}

/// See the module.
#[derive(Debug)]
pub(super) struct MultipartParser {
    /// Finds `\r\n--boundary`. It begins with the only CR in it, so it cannot begin inside itself.
    delimiter: Finder<'static>,
    state: State,
    /// The header lines of the part that begins.
    head: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first delimiter, of which this much has come.
    Start { matched: usize },
    /// Behind a delimiter.
    Delimited(Delimited),
    /// In the header lines of a part.
    Head,
    /// In the content of a part; the last bytes so far are this much of a delimiter.
    Content { matched: usize },
    /// Behind the closing delimiter.
    Closed(Closed),
}

/// What has come behind a delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delimited {
    Nothing,
    Cr,
    Dash,
}

/// What has come behind the closing delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    Nothing,
    Cr,
    CrLf,
}

impl MultipartParser {
    /// `boundary` holds no CR: its characters were judged with the Content-Type.
    pub(super) fn new(boundary: &str) -> Self {
        let delimiter = format!("\r\n--{boundary}");
        Self {
            delimiter: Finder::new(delimiter.as_bytes()).into_owned(),
            state: State::Start { matched: 0 },
            head: Vec::new(),
        }
    }

    /// Takes the next piece of the body.
    pub(super) fn push(&mut self, chunk: &[u8], events: &mut impl PartEvents) -> Result<(), Refusal> {
        let mut rest = chunk;
        while !rest.is_empty() {
            rest = match self.state {
                State::Start { matched } => self.start(matched, rest)?,
                State::Delimited(seen) => self.delimited(seen, rest)?,
                State::Head => self.head(rest, events)?,
                State::Content { matched: 0 } => self.content(rest, events)?,
                State::Content { matched } => self.seam(matched, rest, events)?,
                State::Closed(seen) => self.closed(seen, rest)?,
            };
        }
        Ok(())
    }

    /// How many bytes it keeps.
    pub(super) fn kept(&self) -> usize {
        self.head.len()
    }

    /// The body has ended.
    pub(super) fn finish(&self) -> Result<(), Refusal> {
        match self.state {
            State::Closed(Closed::Nothing | Closed::CrLf) => Ok(()),
            _ => Err(malformed("the form is not complete")),
        }
    }

    /// A body may begin with a CRLF or at once with the dashes of the first delimiter. There is no preamble.
    fn start<'c>(&mut self, matched: usize, rest: &'c [u8]) -> Result<&'c [u8], Refusal> {
        let matched = if matched == 0 && rest.first() == Some(&b'-') { 2 } else { matched };
        let expected = self.delimiter.needle().get(matched..).unwrap_or(&[]);
        let length = expected.len().min(rest.len());
        let (seen, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        if !expected.starts_with(seen) {
            return Err(malformed("the body does not begin with its boundary"));
        }
        self.state = if length == expected.len() {
            State::Delimited(Delimited::Nothing)
        } else {
            State::Start { matched: matched.saturating_add(length) }
        };
        Ok(after)
    }

    fn delimited<'c>(&mut self, seen: Delimited, rest: &'c [u8]) -> Result<&'c [u8], Refusal> {
        let Some((byte, after)) = rest.split_first() else { return Ok(rest) };
        self.state = match (seen, byte) {
            (Delimited::Nothing, b'\r') => State::Delimited(Delimited::Cr),
            (Delimited::Nothing, b'-') => State::Delimited(Delimited::Dash),
            (Delimited::Cr, b'\n') => {
                self.head.clear();
                State::Head
            }
            (Delimited::Dash, b'-') => State::Closed(Closed::Nothing),
            _ => return Err(malformed("junk after a boundary")),
        };
        Ok(after)
    }

    fn closed<'c>(&mut self, seen: Closed, rest: &'c [u8]) -> Result<&'c [u8], Refusal> {
        let Some((byte, after)) = rest.split_first() else { return Ok(rest) };
        self.state = match (seen, byte) {
            // form-data-encoder (npm) sends two line ends.
            (Closed::Nothing | Closed::CrLf, b'\r') => State::Closed(Closed::Cr),
            (Closed::Cr, b'\n') => State::Closed(Closed::CrLf),
            _ => return Err(malformed("bytes after the end of the form")),
        };
        Ok(after)
    }

    /// Collects header lines up to the empty one.
    fn head<'c>(&mut self, rest: &'c [u8], events: &mut impl PartEvents) -> Result<&'c [u8], Refusal> {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at.saturating_add(1));
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        if self.head.len().saturating_add(line.len()) > MAX_HEAD {
            return Err(malformed("part header is longer than 8 KiB"));
        }
        self.head.extend_from_slice(line);
        if self.head == b"\r\n" {
            return Err(malformed("part without Content-Disposition"));
        }
        if let Some(block) = self.head.strip_suffix(b"\r\n").filter(|block| block.ends_with(b"\r\n")) {
            events.begin(PartHead::parse(block).map_err(malformed)?)?;
            self.state = State::Content { matched: 0 };
        }
        Ok(after)
    }

    /// Hands content on up to the next delimiter, or to where one may begin.
    fn content<'c>(&mut self, rest: &'c [u8], events: &mut impl PartEvents) -> Result<&'c [u8], Refusal> {
        let needle_len = self.delimiter.needle().len();
        if let Some(at) = self.delimiter.find(rest) {
            let (data, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            if !data.is_empty() {
                events.data(data)?;
            }
            return self.part_ends(after.get(needle_len..).unwrap_or(&[]), events);
        }
        // Only the last CR of the chunk can begin a delimiter that is not complete yet.
        let tail = rest.get(rest.len().saturating_sub(needle_len.saturating_sub(1))..).unwrap_or(rest);
        let partial = memchr::memrchr(b'\r', tail)
            .and_then(|at| tail.get(at..))
            .filter(|partial| self.delimiter.needle().starts_with(partial))
            .map_or(0, <[u8]>::len);
        let (data, _) = rest.split_at_checked(rest.len().saturating_sub(partial)).unwrap_or((rest, &[]));
        if !data.is_empty() {
            events.data(data)?;
        }
        self.state = State::Content { matched: partial };
        Ok(&[])
    }

    /// Goes on where the last chunk ended in the beginning of a delimiter.
    fn seam<'c>(&mut self, matched: usize, rest: &'c [u8], events: &mut impl PartEvents) -> Result<&'c [u8], Refusal> {
        let (before, expected) = self.delimiter.needle().split_at_checked(matched).unwrap_or((&[], &[]));
        let length = rest.iter().zip(expected).take_while(|(seen, expected)| seen == expected).count();
        let after = rest.get(length..).unwrap_or(&[]);
        if length == expected.len() {
            return self.part_ends(after, events);
        }
        if after.is_empty() {
            self.state = State::Content { matched: matched.saturating_add(length) };
            return Ok(after);
        }
        // It was content. No delimiter begins inside it, so the search goes on at the byte that broke it.
        events.data(before)?;
        if length > 0 {
            events.data(expected.get(..length).unwrap_or(&[]))?;
        }
        self.state = State::Content { matched: 0 };
        Ok(after)
    }

    fn part_ends<'c>(&mut self, after: &'c [u8], events: &mut impl PartEvents) -> Result<&'c [u8], Refusal> {
        events.end()?;
        self.state = State::Delimited(Delimited::Nothing);
        Ok(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what a form is made of.
    #[derive(Debug, Default, PartialEq)]
    struct Recorder {
        parts: Vec<(String, Vec<u8>)>,
        is_open: bool,
    }

    impl PartEvents for Recorder {
        fn begin(&mut self, head: PartHead) -> Result<(), Refusal> {
            assert!(!std::mem::replace(&mut self.is_open, true));
            self.parts.push((head.name, Vec::new()));
            Ok(())
        }

        fn data(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
            assert!(self.is_open && !bytes.is_empty());
            self.parts.last_mut().unwrap().1.extend_from_slice(bytes);
            Ok(())
        }

        fn end(&mut self) -> Result<(), Refusal> {
            assert!(std::mem::replace(&mut self.is_open, false));
            Ok(())
        }
    }

    /// The parts of a body that comes in pieces of this length.
    fn read(body: &[u8], pieces: usize) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
        let mut parser = MultipartParser::new("X");
        let mut recorder = Recorder::default();
        for piece in body.chunks(pieces) {
            parser.push(piece, &mut recorder)?;
        }
        parser.finish()?;
        Ok(recorder.parts)
    }

    fn body(content: &str) -> String {
        format!("--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{content}\r\n--X--\r\n")
    }

    #[test]
    fn content_ends_only_at_a_whole_delimiter() {
        for content in [
            "",
            "text",
            "\r",
            "\r\n",
            "\r\n\r\n",
            "\r\r\n-",
            "\r\n--",
            "\r\n--\r\n--",
            "\r\n-\r\n--Y",
            "--X",
            "\n--X\n",
            "\r--X",
            "\r\n --X",
            "\r\n--x",
        ] {
            for pieces in 1..12 {
                let parts = read(body(content).as_bytes(), pieces);
                assert_eq!(parts, Ok(vec![("a".to_owned(), content.into())]), "{content:?} in pieces of {pieces}");
            }
        }
    }

    #[test]
    fn nothing_stands_around_the_parts() {
        let whole = body("1");
        let part = whole.strip_suffix("--X--\r\n").unwrap();
        for (name, body, passes) in [
            ("plain", whole.clone(), true),
            ("no_last_line_end", format!("{part}--X--"), true),
            ("first_line_end", format!("\r\n{whole}"), true),
            ("no_parts", "--X--\r\n".to_owned(), true),
            ("two_first_line_ends", format!("\r\n\r\n{whole}"), false),
            ("first_line_feed", format!("\n{whole}"), false),
            ("preamble", format!("p\r\n{whole}"), false),
            ("epilogue", format!("{whole}e"), false),
            ("two_last_line_ends", format!("{whole}\r\n"), true),
            ("half_a_last_line_end", format!("{part}--X--\r"), false),
            ("half_a_second_line_end", format!("{whole}\r"), false),
            ("last_line_feed", format!("{whole}\n"), false),
            ("epilogue_behind_line_ends", format!("{whole}\r\n\r\ne"), false),
            ("space_after_a_boundary", whole.replacen("--X\r", "--X \r", 1), false),
            ("line_feed_after_a_boundary", whole.replacen("--X\r\n", "--X\n", 1), false),
            ("longer_boundary", whole.replacen("--X\r", "--XY\r", 1), false),
            ("one_dash", format!("{part}--X-"), false),
            ("dash_and_word", format!("{part}--X-a"), false),
            ("not_closed", part.to_owned(), false),
            ("empty", String::new(), false),
        ] {
            for pieces in [1, 2, 3, 1000] {
                assert_eq!(read(body.as_bytes(), pieces).is_ok(), passes, "{name} in pieces of {pieces}");
            }
        }
    }
}
