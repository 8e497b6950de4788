//! [`MultipartJudge`]: the parts of a multipart form, judged one by one and written in canonical form.
//!
//! A field is held until it is complete (`max_field_size`), a file until its first bytes are known
//! ([`signature::WINDOW`]); the rest of a file goes through in the slices in which it came.

use std::sync::Arc;

use memchr::memmem::Finder;

use super::canonical::{Boundary, JSON};
use super::extension::Extension;
use super::field::{judge_file_field_name, judge_name, judge_quoted_printable, judge_sent_filename, judge_value};
use super::filename::Filenames;
use super::multipart::PartEvents;
use super::named_elsewhere::{Parameters, judge_field_of_file};
use super::part_head::{Charset, PartHead};
use super::policy::ContentRule;
use super::rules::UploadRules;
use super::signature::{self, WINDOW};
use super::{BYTES, Sink, malformed};
use crate::note::{Note, NoteKind};
use crate::reason::{Reason, Refusal};

/// See the module.
#[derive(Debug)]
pub(super) struct MultipartJudge {
    rules: Arc<UploadRules>,
    boundary: Boundary,
    filenames: Filenames,
    parts: usize,
    files: usize,
    parameters: Parameters,
    /// What is refused as soon as there is a file.
    refused_with_a_file: Option<Refusal>,
    part: Part,
    /// The first field that called itself JSON and may not.
    untyped: Option<String>,
    /// Only for a body that is forwarded as it came.
    echo: Option<Echo>,
}

/// The part that is being judged.
#[derive(Debug)]
enum Part {
    None,
    /// A field with an empty name: what a script sends for a button when it copies `form.elements`. It is left out, since
    /// applications could not ask for it and parsers differ in what it is.
    Nameless,
    Field {
        name: String,
        charset: Charset,
        is_quoted_printable: bool,
        /// It calls itself JSON, and is judged as a file of this extension.
        json: Option<Extension>,
        value: Vec<u8>,
    },
    /// A file control in which nothing was chosen.
    Unselected {
        name: String,
    },
    File(FilePart),
}

#[derive(Debug)]
struct FilePart {
    name: String,
    filename: String,
    extension: Extension,
    declared: Option<String>,
    size: u64,
    /// The first bytes, until they are judged and the header lines are written.
    window: Option<Vec<u8>>,
}

impl MultipartJudge {
    pub(super) fn new(rules: Arc<UploadRules>, boundary: Boundary, filenames: Filenames) -> Self {
        Self {
            rules,
            boundary,
            filenames,
            parts: 0,
            files: 0,
            parameters: Parameters::of_people(),
            refused_with_a_file: None,
            part: Part::None,
            untyped: None,
            echo: None,
        }
    }

    /// Refuses the form if it holds a file.
    pub(super) fn refusing_files(mut self, refusal: Option<Refusal>) -> Self {
        self.refused_with_a_file = refusal;
        self
    }

    /// Refuses parts in which the client's boundary occurs: a body that is forwarded as it came is read by parsers that
    /// find delimiters where there is none (behind a bare LF, in the middle of a line, without its dashes).
    pub(super) fn refusing_echoes(mut self) -> Self {
        self.echo = Some(Echo::new(&self.boundary));
        self
    }

    pub(super) fn boundary(&self) -> &Boundary {
        &self.boundary
    }

    /// How many bytes of the part it keeps.
    pub(super) fn kept(&self) -> usize {
        match &self.part {
            Part::Field { value, .. } => value.len(),
            Part::File(file) => file.window.as_ref().map_or(0, Vec::len),
            Part::None | Part::Nameless | Part::Unselected { .. } => 0,
        }
    }

    /// This judge, as one who listens to the parser.
    pub(super) fn writing_to<'a, S: Sink>(&'a mut self, out: &'a mut S) -> Writing<'a, S> {
        Writing { judge: self, out }
    }

    /// What the application gets otherwise than its client sent it.
    pub(super) fn note(&self) -> Option<Note> {
        let name = self.untyped.as_ref()?;
        Some(Note::new(NoteKind::UploadFieldTypeRemoved, format!("field {name:?}")))
    }

    fn admit(&mut self, head: PartHead) -> Result<Part, Refusal> {
        self.rules.count_part(&mut self.parts)?;
        let PartHead { name, filename, essence, charset, is_quoted_printable } = head;
        let Some(filename) = filename else {
            // What is forwarded as it came cannot be left out.
            if name.is_empty() && self.echo.is_none() {
                return Ok(Part::Nameless);
            }
            judge_name(&name)?;
            let json = if essence.as_deref() == Some(JSON) { self.admit_json(&name)? } else { None };
            return Ok(Part::Field { name, charset, is_quoted_printable, json, value: Vec::new() });
        };
        judge_file_field_name(&name)?;
        judge_field_of_file(&name, &self.rules.extensions)?;
        if filename.is_empty() {
            return Ok(Part::Unselected { name });
        }
        self.count_file()?;
        judge_sent_filename(&filename)?;
        let filename = self.filenames.judge(&filename)?;
        let extension = match signature::extension_of_unnamed(&filename, essence.as_deref()) {
            Some(extension) => self.rules.extensions.judge_unnamed_file(extension)?,
            // Only the first piece of a file begins like the file.
            None if self.rules.content == ContentRule::Ignore && signature::is_piece(&filename, essence.as_deref()) => {
                signature::PIECE
            }
            None => self.rules.extensions.judge_file(&filename)?,
        };
        let window = Some(Vec::new());
        Ok(Part::File(FilePart { name, filename, extension, declared: essence, size: 0, window }))
    }

    /// A field that calls itself JSON (Spring asks for it) is one to all parsers but formidable, which takes it for a file
    /// without a name. So it keeps its type where such a file is taken, and is judged as one; elsewhere it loses it.
    fn admit_json(&mut self, name: &str) -> Result<Option<Extension>, Refusal> {
        match self.rules.extensions.judge_unnamed_file(Extension::known("json")) {
            Ok(extension) => {
                self.count_file()?;
                Ok(Some(extension))
            }
            Err(_) => {
                self.untyped.get_or_insert_with(|| name.to_owned());
                Ok(None)
            }
        }
    }

    fn count_file(&mut self) -> Result<(), Refusal> {
        if self.files >= self.rules.max_files {
            return Err(Refusal::new(Reason::UploadTooManyFiles, format!("more than {}", self.rules.max_files)));
        }
        self.files = self.files.saturating_add(1);
        self.refused_with_a_file.take().map_or(Ok(()), Err)
    }
}

/// See [`MultipartJudge::writing_to`].
pub(super) struct Writing<'a, S> {
    judge: &'a mut MultipartJudge,
    out: &'a mut S,
}

impl<S: Sink> PartEvents for Writing<'_, S> {
    fn begin(&mut self, head: PartHead) -> Result<(), Refusal> {
        if let Some(echo) = &mut self.judge.echo {
            echo.begin(&head)?;
        }
        self.judge.part = self.judge.admit(head)?;
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let MultipartJudge { rules, boundary, part, echo, .. } = &mut *self.judge;
        if let Some(echo) = echo {
            echo.listen(bytes)?;
        }
        match part {
            Part::None => Err(Reason::InternalError.into()),
            Part::Nameless => Ok(()),
            Part::Field { name, value, .. } => {
                if value.len().saturating_add(bytes.len()) > rules.max_field_size {
                    return Err(Refusal::new(Reason::UploadFieldTooLarge, format!("field {name:?}")));
                }
                value.extend_from_slice(bytes);
                Ok(())
            }
            Part::Unselected { .. } => {
                Err(Refusal::new(Reason::UploadFilenameInvalid, "a file without a name has content"))
            }
            Part::File(file) => file.data(bytes, rules, boundary, self.out),
        }
    }

    fn end(&mut self) -> Result<(), Refusal> {
        let MultipartJudge { rules, boundary, part, files, parameters, refused_with_a_file, .. } = &mut *self.judge;
        match std::mem::replace(part, Part::None) {
            Part::None => Err(Reason::InternalError.into()),
            Part::Nameless => Ok(()),
            Part::Field { name, charset, is_quoted_printable, json, value } => {
                judge_value(&name, &value, charset)?;
                if is_quoted_printable {
                    judge_quoted_printable(&value)?;
                }
                match parameters.judge(&name, &value, &rules.extensions)? {
                    Some(refusal) if *files > 0 => return Err(refusal),
                    script => *refused_with_a_file = refused_with_a_file.take().or(script),
                }
                let Some(extension) = json else { return boundary.write_field(&name, &value, self.out) };
                let window = value.get(..WINDOW).unwrap_or(&value);
                signature::judge(window, &extension, rules.content, rules.active_content)?;
                boundary.write_json_field(&name, &value, self.out)
            }
            Part::Unselected { name } => {
                boundary.write_file_head(&name, "", BYTES, self.out)?;
                self.out.write(b"\r\n")
            }
            Part::File(mut file) => {
                if let Some(window) = file.window.take() {
                    file.write_window(&window, rules, boundary, self.out)?;
                }
                self.out.write(b"\r\n")
            }
        }
    }
}

impl FilePart {
    fn data(
        &mut self,
        bytes: &[u8],
        rules: &UploadRules,
        boundary: &Boundary,
        out: &mut impl Sink,
    ) -> Result<(), Refusal> {
        // What is within the limit comes first, so that the verdict does not depend on how the body was cut.
        let room = usize::try_from(rules.max_file_size.saturating_sub(self.size)).unwrap_or(usize::MAX);
        let (within, beyond) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.admit(within, rules, boundary, out)?;
        if beyond.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(Reason::UploadFileTooLarge, format!("file {:?}", self.filename)))
    }

    fn admit(
        &mut self,
        bytes: &[u8],
        rules: &UploadRules,
        boundary: &Boundary,
        out: &mut impl Sink,
    ) -> Result<(), Refusal> {
        let Some(window) = &mut self.window else { return out.write(bytes) };
        let missing = WINDOW.saturating_sub(window.len());
        let (first, rest) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
        window.extend_from_slice(first);
        if window.len() < WINDOW {
            return Ok(());
        }
        let window = std::mem::take(window);
        self.window = None;
        self.write_window(&window, rules, boundary, out)?;
        if rest.is_empty() { Ok(()) } else { out.write(rest) }
    }

    /// Judges the first bytes, and writes them behind the header lines.
    fn write_window(
        &self,
        window: &[u8],
        rules: &UploadRules,
        boundary: &Boundary,
        out: &mut impl Sink,
    ) -> Result<(), Refusal> {
        signature::judge(window, &self.extension, rules.content, rules.active_content)?;
        let media_type = signature::media_type(&self.extension, self.declared.as_deref());
        boundary.write_file_head(&self.name, &self.filename, media_type, out)?;
        out.write(window)
    }
}

/// Listens for the boundary inside of a part, however it is cut.
#[derive(Debug)]
struct Echo {
    /// Finds the boundary. Sanic splits a body at it, and looks for no dashes before.
    needle: Finder<'static>,
    /// The last bytes, one less than the needle has.
    tail: Vec<u8>,
}

impl Echo {
    /// What every part has in its header lines.
    const LINES: &str = "Content-Disposition: form-data; name=\"\"; filename=\"\"\r\nContent-Type:";

    fn new(boundary: &Boundary) -> Self {
        Self { needle: Finder::new(boundary.to_string().as_bytes()).into_owned(), tail: Vec::new() }
    }

    fn begin(&mut self, head: &PartHead) -> Result<(), Refusal> {
        self.tail.clear();
        let sent = [head.filename.as_deref(), head.essence.as_deref()].into_iter().flatten();
        let occurs = |text: &str| self.needle.find(text.as_bytes()).is_some();
        if [Self::LINES, &head.name].into_iter().chain(sent).any(occurs) {
            return Err(malformed("the boundary occurs in the header lines of a part"));
        }
        Ok(())
    }

    fn listen(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let keep = self.needle.needle().len().saturating_sub(1);
        let length = self.tail.len();
        self.tail.extend_from_slice(bytes.get(..keep).unwrap_or(bytes));
        if self.needle.find(&self.tail).is_some() || self.needle.find(bytes).is_some() {
            return Err(malformed("the boundary occurs in the content of a part"));
        }
        self.tail.truncate(length);
        self.tail.extend_from_slice(bytes.get(bytes.len().saturating_sub(keep)..).unwrap_or(bytes));
        let surplus = self.tail.len().saturating_sub(keep);
        self.tail.drain(..surplus);
        Ok(())
    }
}
