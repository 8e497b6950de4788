//! Guard 4: file uploads, and every form that could carry one.
//!
//! A form is parsed once, by one strict parser; what was parsed is judged; the client's bytes are thrown away; and the
//! application gets one canonical encoding of exactly what was judged. So there is no second reading: whatever parser the
//! application has, it sees the fields, names and bytes that were judged.
//!
//! 1. **Content-Type.** A body is a form or it is not. What some parsers take for a form and others do not is refused
//!    ([`crate::media_type`]). Bodies of other types pass, up to `max_request_size`. A body without a type is a form to some
//!    and bytes to others: it passes as bytes, and is called so (`application/octet-stream`) for the application. It is
//!    refused where nothing may be added ([`BodyMode::Strict`]). A form of SvelteKit's remote functions has a type and a grammar of its
//!    own: it passes without files, and is refused with any (`sveltekit.rs`).
//!    No parameter that a framework takes for the Content-Type may make a multipart form of anything (`?_ctype=`, `_content_type=`).
//! 2. **Structure.** The plain form that browsers and HTTP libraries send, and nothing around it: no preamble, no
//!    epilogue, no bare line ends, no folded lines, no transfer encoding that changes anything, no forms inside forms, no
//!    parameter twice.
//! 3. **Sizes.** The request, each file, each field, the number of files and of parts, the header lines of a part, the
//!    boundary: each is bounded, and what is counted is what came.
//! 4. **Fields** are UTF-8, and their names are none that two parsers would read as two names. In a form that can hold no files
//!    (urlencoded), escaped values may be in another encoding. No part with a colon in its name, which Kore does not
//!    read, holds the head of another.
//! 5. **File names** have one component, one reading on every system, and fit into one; see [`FilenameRule`]. One that its client has
//!    escaped (`%E6%97%A5.txt`, as aiohttp and needle do) is what the escapes stand for.
//! 6. **Extensions**: an allow-list; a list of what servers and desktops run that wins over it; anywhere in the name; judged after
//!    the name was made final, and in each of its readings (`readings.rs`: what servers and applications make of a name).
//!
//!    The second list also holds for names that stand elsewhere than beside the file (`named_elsewhere/`):
//!
//!    | where | what is refused | when |
//!    |---|---|---|
//!    | the target of a PUT or PATCH | all that is blocked | with a body |
//!    | where a COPY or MOVE leads | all that is blocked | always |
//!    | a folder in such a target, or made with MKCOL | `.asp` and what else IIS 6 runs all of | with a body; always |
//!    | Content-Disposition, Upload-Metadata and fields like `X-File-Name` of the head | all that is blocked | always |
//!    | a parameter that only an uploader has (`flowFilename`, `resumableFilename`, `qqfile`) | all that is blocked | always |
//!    | a parameter like `fileName`, `filePath`, `fullPath` | scripts (also inside) and settings of servers, pages | with a file |
//!    | one called `name` or `key`, or JSON that may hold one | the same, at the end only | with a file |
//!    | one called `extension` | the same, without the dot | with a file |
//!    | the name of the file's own field | scripts of servers | always |
//!
//!    A parameter is a field of a form, or stands in the query: whoever wrote it there means a file with `name`, too, and a
//!    body that is no multipart form is a file to them. Those of the query, of the cookies and of the form have at most 256
//!    KiB each. A cookie that would be refused as a parameter of the query is dropped: PHP, ASP and ASP.NET may take it for one.
//!
//!    `PUT /api/update.php` and `POST /export?filename=report.html` are honest, though, where their body is for the application to
//!    parse. So JSON (and plain text that is JSON) and forms without files pass under such a target, parameter or cookie, written so
//!    that nothing in them runs if it is stored as it comes: `<` is `\u003C` in JSON and `%3C` in a form, and so are all signs that begin
//!    code somewhere. Refused stay what needs no signs (shell and CGI scripts, settings, and for a form Perl and Ruby), and what the
//!    policy blocks of its own.
//!
//!    A file called `blob`, as browsers call one that a script has made and not named, has the extension of its declared
//!    media type.
//!    One without a type is a piece of a file, and passes where content is ignored, since only the first piece begins like the
//!    file.
//!    A field that calls itself JSON is a file to formidable: it keeps its type where JSON files are taken, and is counted and
//!    judged as one.
//! 7. **Content**: the first bytes of a file are those of its extension, and it is called by its own media type whatever
//!    the client declared. Markup that a browser would run is refused.
//! 8. A request whose body is signed or digested keeps its bytes ([`BodyMode::Strict`]): if they are not canonical, it is
//!    refused.
//!
//! # What it does not stop
//!
//! - What the application does with an honest name or file: where it stores it, whether it runs or parses it.
//! - Malware, and harm inside of a well-formed file: trailing data, metadata, scripts in a PDF, decompression bombs. Only the
//!   first 1445 bytes are judged. A `.txt` may hold HTML; it is sent on as text/plain.
//! - What is in files that are no parts of a form: base64 in JSON or in a field, raw PUT and POST, resumable uploads in
//!   pieces; nor the names of those that a WebSocket announces (Shiny) or brings (Blazor). To hold first bytes against the
//!   name in `PUT /photo.png` would refuse the second piece of it, what a client has encrypted, and the JSON that only
//!   describes it; what does not fit is not run by browsers either (`nosniff`).
//! - A name that the application takes from where people write other things than names: a `Slug`, the target of a POST, a
//!   field or parameter of its own. Of one called `name` or `fileName`, anything but pages and what servers run as
//!   PHP, JSP, ASP, CGI or ColdFusion; and `name=shell.php.xyz` beside a file, since people write `www.php.net` there, and
//!   `name=shell. php`, since they write `Lesson 3. PHP`.
//! - A media type that the application takes from a field (`contentType=text/html` is that of a mail more often).
//! - What follows in a folder that a script's name has got by MKCOL: `/index.php/items` is an honest target.
//! - A form where the application expects something else: it is judged as a form, and which route takes one is not known.
//!   And a form where nothing says that it is one: Bottle, web.py, py4web, Muffin, Tide, Workerman, Netty, POCO and Ruby's CGI
//!   read fields out of a body of any type, Tcl's ncgi out of `text/xml`, Elysia out of `application/xml` and whatever else
//!   begins with `application/x`.
//! - A file where nothing says that there is one: aws-lambda-multipart-parser looks for `filename=` in the values of fields, and
//!   Rocket's `TempFile` takes any field for a file without a name.
//! - Letters that are newer than the application's Unicode: Django strips them from a file name. Its extension was judged
//!   without them too.
//! - What some make of honest field names (`a.b` is `a_b` to PHP, `%41` is `A` to CivetWeb), and which of two equal fields the
//!   application takes.
//!
//! # Example
//!
//! ```
//! use http::{Method, Uri};
//! use mantlet_core::fields::Fields;
//! use mantlet_core::upload::{Sink, UploadGuard, UploadPolicy};
//! use mantlet_core::{BodyPlan, Mode, Notes, Origin, Reason, Refusal, RequestHead, Site};
//!
//! struct Forwarded(Vec<u8>);
//! impl Sink for Forwarded {
//!     fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
//!         self.0.extend_from_slice(bytes);
//!         Ok(())
//!     }
//! }
//!
//! let guard = UploadGuard::new(&UploadPolicy::default(), Mode::Enforce);
//! let site = Site::new(Origin::parse("https://app.example")?);
//! let mut fields =
//!     Fields::from_pairs([("content-type", "multipart/form-data; boundary=X"), ("content-length", "90")]).unwrap();
//! let mut head =
//!     RequestHead { method: &Method::POST, uri: &Uri::from_static("/avatar"), fields: &mut fields, site: &site };
//! let BodyPlan::Form(plan) = guard.admit(&mut head, &mut Notes::default())? else { panic!("a form") };
//!
//! let mut judge = plan.begin([7; 16]);
//! let mut out = Forwarded(Vec::new());
//! let refusal = judge
//!     .push(b"--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"shell.php.png\"\r\n\r\n", &mut out)
//!     .unwrap_err();
//! assert_eq!(refusal.reason, Reason::UploadDoubleExtension);
//! assert!(out.0.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::reason::{Reason, Refusal};

mod canonical;
mod content_disposition;
mod content_type;
mod echo;
mod encoded_word;
mod extension;
mod extension_lists;
mod extension_rules;
mod field;
mod file_part;
mod file_types;
mod filename;
mod form_charset;
mod guard;
mod hidden_head;
mod json_body;
mod judge;
mod multipart;
mod multipart_judge;
mod named_elsewhere;
mod overlong;
mod part_head;
mod plan;
mod policy;
mod readings;
mod rules;
mod secure_filename;
mod signature;
mod sveltekit;
mod urlencoded;
mod verbatim;

pub use extension::{BlockedExtensions, Extension, InvalidExtension};
pub use extension_lists::{default_blocked, is_active};
pub use guard::UploadGuard;
pub use judge::{FormJudge, JudgedForm};
pub use plan::{BodyPlan, FormPlan};
pub use policy::{ActiveContent, BodyMode, ContentRule, DoubleExtensions, FilenameRule, UploadPolicy};
pub use secure_filename::secure_filename;

/// What bytes are called of which no more is known (RFC 2046, section 4.5.1).
const BYTES: &str = "application/octet-stream";

/// Takes what the judge writes: the body to forward.
pub trait Sink {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When they cannot be kept ([`crate::Reason::UploadSpoolFull`]).
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal>;
}

/// A form that parsers would read in two ways, or not at all.
fn malformed(why: &'static str) -> Refusal {
    Refusal::new(Reason::UploadMalformed, why)
}
