//! [`MultipartJudge`]: the parts of a multipart form, judged one by one and written in canonical form.
//!
//! A field is held until it is complete (`max_field_size`), a file until its first bytes are known
//! ([`signature::WINDOW`]); the rest of a file goes through in the slices in which it came.

use std::sync::Arc;

use super::canonical::{Boundary, JSON};
use super::echo::Echo;
use super::extension::Extension;
use super::field::{judge_file_field_name, judge_name, judge_quoted_printable, judge_sent_filename, judge_value};
use super::file_part::FilePart;
use super::filename::Filenames;
use super::hidden_head::HiddenHead;
use super::multipart::PartEvents;
use super::named_elsewhere::{Parameters, judge_field_of_file};
use super::part_head::{Charset, PartHead};
use super::policy::ContentRule;
use super::rules::UploadRules;
use super::signature::{self, WINDOW};
use super::{BYTES, Sink, file_types};
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
    /// The first field that called itself JSON and may not: it loses its type.
    type_removed: Option<String>,
    /// Only for a body that is forwarded as it came.
    echo: Option<Echo>,
    /// Only for a part whose own head is not read by all.
    hidden: Option<HiddenHead>,
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
            type_removed: None,
            echo: None,
            hidden: None,
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

    /// Ends the form, once the parser has seen its end.
    pub(super) fn finish(&self, out: &mut impl Sink) -> Result<(), Refusal> {
        self.boundary.form(out).end()
    }

    /// How many bytes of the part it keeps.
    pub(super) fn kept(&self) -> usize {
        match &self.part {
            Part::Field { value, .. } => value.len(),
            Part::File(file) => file.kept(),
            Part::None | Part::Nameless | Part::Unselected { .. } => 0,
        }
    }

    /// This judge, as one who listens to the parser.
    pub(super) fn writing_to<'a, S: Sink>(&'a mut self, out: &'a mut S) -> Writing<'a, S> {
        Writing { judge: self, out }
    }

    /// What the application gets otherwise than its client sent it.
    pub(super) fn note(&self) -> Option<Note> {
        let name = self.type_removed.as_ref()?;
        Some(Note::new(NoteKind::UploadFieldTypeRemoved, format!("field {name:?}")))
    }

    fn judge_head(&mut self, head: PartHead) -> Result<Part, Refusal> {
        self.rules.count_part(&mut self.parts)?;
        let PartHead { name, filename, essence, charset, is_quoted_printable } = head;
        let Some(filename) = filename else {
            // What is forwarded as it came cannot be left out.
            if name.is_empty() && self.echo.is_none() {
                return Ok(Part::Nameless);
            }
            judge_name(&name)?;
            let json = if essence.as_deref() == Some(JSON) { self.judge_json(&name)? } else { None };
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
        let extension = match file_types::extension_of_unnamed(&filename, essence.as_deref()) {
            Some(extension) => self.rules.extensions.judge_unnamed_file(extension)?,
            // Only the first piece of a file begins like the file.
            None if self.rules.content == ContentRule::Ignore
                && file_types::is_piece(&filename, essence.as_deref()) =>
            {
                file_types::PIECE
            }
            None => self.rules.extensions.judge_file(&filename)?,
        };
        Ok(Part::File(FilePart::new(name, filename, extension, essence)))
    }

    /// A field that calls itself JSON (Spring asks for it) is one to all parsers but formidable, which takes it for a file
    /// without a name. So it keeps its type where such a file is taken, and is judged as one; elsewhere it loses it.
    fn judge_json(&mut self, name: &str) -> Result<Option<Extension>, Refusal> {
        match self.rules.extensions.judge_unnamed_file(Extension::known("json")) {
            Ok(extension) => {
                self.count_file()?;
                Ok(Some(extension))
            }
            Err(_) => {
                self.type_removed.get_or_insert_with(|| name.to_owned());
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
        self.judge.hidden = HiddenHead::behind(&head);
        self.judge.part = self.judge.judge_head(head)?;
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let MultipartJudge { rules, boundary, part, echo, hidden, .. } = &mut *self.judge;
        if let Some(echo) = echo {
            echo.listen(bytes)?;
        }
        if let Some(hidden) = hidden {
            hidden.listen(bytes)?;
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
            Part::File(file) => file.data(bytes, rules, &mut boundary.form(self.out)),
        }
    }

    fn end(&mut self) -> Result<(), Refusal> {
        let MultipartJudge { rules, boundary, part, files, parameters, refused_with_a_file, .. } = &mut *self.judge;
        let mut form = boundary.form(self.out);
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
                let Some(extension) = json else { return form.field(&name, &value) };
                let window = value.get(..WINDOW).unwrap_or(&value);
                signature::judge(window, &extension, rules.content, rules.active_content)?;
                form.json_field(&name, &value)
            }
            Part::Unselected { name } => {
                form.begin_file(&name, "", BYTES)?;
                form.end_part()
            }
            Part::File(file) => file.end(rules, &mut form),
        }
    }
}
