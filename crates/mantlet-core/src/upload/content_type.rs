//! What the Content-Type of a request says about its body: a form, something else, or nothing.
//!
//! Whatever could be taken for a form must be one: some parsers look at the beginning of the value, some for a word
//! inside it, some for a boundary, some split it at commas.

use mantlet_fields::{is_token_byte, text};

use super::form_charset::FormCharset;
use super::{malformed, sveltekit};
use crate::media_type::MediaType;
use crate::percent;
use crate::query::Query;
use crate::reason::{Reason, Refusal};

/// The longest boundary (RFC 2046, section 5.1.1).
const MAX_BOUNDARY: usize = 70;

/// What a body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BodyType {
    /// multipart/form-data.
    Multipart { boundary: String },
    /// application/x-www-form-urlencoded.
    Urlencoded { charset: FormCharset },
    /// JSON, or plain text that may be JSON, as scripts call it lest a browser asks for leave first.
    Json,
    /// A form of SvelteKit's own.
    SvelteKit,
    /// Something else that nobody takes for a form.
    Other,
    /// The field is not there.
    Missing,
}

/// Words that make a parser believe in a form. lua-resty-upload (OpenResty) and multipasta (Effect) look for a boundary
/// only, in whatever type, and Falcon compares types as Accept has them: `*/form-data` is a form to it.
const FORM_WORDS: [&[u8]; 4] = [b"multipart", b"urlencoded", b"url-encoded", b"boundary"];

impl BodyType {
    /// Reads the value of Content-Type.
    pub(super) fn parse(value: Option<&[u8]>) -> Result<Self, Refusal> {
        let Some(value) = value else { return Ok(Self::Missing) };
        if let Some(boundary) = boundary_without_quotes(value) {
            return Ok(Self::Multipart { boundary: boundary.to_owned() });
        }
        let mentions_form = mentions_form(value);
        if !mentions_form && is_other(value) {
            return Ok(Self::without_form(value));
        }
        let refuse = |reason, why| Err(Refusal::new(reason, why));
        let media_type = match MediaType::parse(value) {
            Ok(media_type) => media_type,
            Err(_) if mentions_form => return refuse(Reason::UploadMalformed, "Content-Type of a form cannot be read"),
            Err(_) => return refuse(Reason::UploadMediaType, "Content-Type is not a media type"),
        };
        match media_type.essence() {
            "multipart/form-data" => multipart(&media_type),
            "application/x-www-form-urlencoded" => urlencoded(&media_type),
            _ => refuse(Reason::UploadMediaType, "some parsers take this type for a form"),
        }
    }

    fn without_form(value: &[u8]) -> Self {
        let essence = essence(value).to_ascii_lowercase();
        match &*essence {
            sveltekit::MEDIA_TYPE => Self::SvelteKit,
            b"text/plain" => Self::Json,
            _ if essence.ends_with(b"/json") || essence.ends_with(b"+json") => Self::Json,
            _ => Self::Other,
        }
    }
}

/// Judges what the query says the body is: `?_ctype=multipart/form-data` goes before the field of the head to Apache CXF, which finds
/// the boundary in the body.
pub(super) fn judge_query(query: &Query<'_>) -> Result<(), Refusal> {
    let is_type = |name: &str| *percent::decode_form(name.as_bytes()) == *b"_ctype";
    query.pairs().filter(|(name, _)| is_type(name)).try_for_each(|(_, value)| judge_other_type(value.as_bytes()))
}

/// Judges a media type that stands elsewhere than in the head, by which parts would be found in what was not judged as a form of
/// parts.
pub(super) fn judge_other_type(value: &[u8]) -> Result<(), Refusal> {
    let value = percent::decode_form(value).to_ascii_lowercase();
    let has_parts = memchr::memmem::find(&value, b"multipart").is_some();
    let refusal = Refusal::new(Reason::UploadMediaType, "a parameter says that the body is a form");
    if has_parts { Err(refusal) } else { Ok(()) }
}

fn mentions_form(value: &[u8]) -> bool {
    // To its end, however long it is: formidable looks for the word anywhere.
    let lower = value.to_ascii_lowercase();
    FORM_WORDS.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
}

/// Whether the value begins with a media type, or with a mere word, as some scripts write it: `json` is what the pages of
/// Transmission say. The parameters are the application's own business.
fn is_other(value: &[u8]) -> bool {
    let essence = essence(value);
    (MediaType::parse(essence).is_ok() && !is_range_with_form(essence)) || is_word(essence)
}

fn essence(value: &[u8]) -> &[u8] {
    let end = memchr::memchr(b';', value).unwrap_or(value.len());
    value.get(..end).unwrap_or_default().trim_ascii()
}

/// As Accept has it: Falcon 3 takes the last type in it that it reads, which is a form's. There is none in `image/*`, which apps for
/// Android say of what was picked, and `*/*` is JSON to it.
fn is_range_with_form(essence: &[u8]) -> bool {
    essence.eq_ignore_ascii_case(b"application/*")
}

/// Letters only: Falcon takes `*` for every type.
fn is_word(essence: &[u8]) -> bool {
    !essence.is_empty() && essence.iter().all(u8::is_ascii_alphabetic)
}

fn multipart(media_type: &MediaType<'_>) -> Result<BodyType, Refusal> {
    let refuse = |why| Err(malformed(why));
    if media_type.parameters().any(|(name, _)| name != "boundary" && name.starts_with("boundary")) {
        return refuse("boundary in pieces or with a charset (RFC 2231)");
    }
    match media_type.parameter("charset") {
        Ok(None) => {}
        Ok(Some(charset)) if charset.eq_ignore_ascii_case("utf-8") => {}
        _ => return refuse("form in a charset that is not UTF-8"),
    }
    match media_type.parameter("boundary") {
        Ok(Some(boundary)) if is_boundary(boundary) => Ok(BodyType::Multipart { boundary: boundary.to_owned() }),
        Ok(Some(_)) => refuse("boundary is empty, longer than 70 characters, or holds others than RFC 2046 allows"),
        Ok(None) => refuse("no boundary"),
        Err(_) => refuse("boundary stands twice"),
    }
}

fn urlencoded(media_type: &MediaType<'_>) -> Result<BodyType, Refusal> {
    let charset = media_type.parameter("charset").ok().and_then(FormCharset::parse);
    let refusal = Refusal::new(Reason::UploadMediaType, "form in a charset that is neither UTF-8 nor Latin-1");
    charset.map(|charset| BodyType::Urlencoded { charset }).ok_or(refusal)
}

/// A boundary that stands alone without the quotes that it needs, or with characters that RFC 2046 does not have:
/// `===1700000000000===` and `*****`, as a generation of Java and Android clients has copied them. Nobody but us reads it,
/// since a form that is sent on as it came has a [plain one](is_plain_multipart).
fn boundary_without_quotes(value: &[u8]) -> Option<&str> {
    let (kind, parameter) = text(value)?.split_once(';')?;
    let (name, boundary) = parameter.trim_start_matches(' ').split_once('=')?;
    let is_alone = kind.eq_ignore_ascii_case("multipart/form-data") && name.eq_ignore_ascii_case("boundary");
    let is_one = |b: u8| b == b'=' || is_token_byte(b);
    (is_alone && (1..=MAX_BOUNDARY).contains(&boundary.len()) && boundary.bytes().all(is_one)).then_some(boundary)
}

/// RFC 2046's characters without the space.
fn is_boundary(text: &str) -> bool {
    (1..=MAX_BOUNDARY).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&b))
}

/// Whether every parser takes the same boundary from the Content-Type, as the client wrote it: `boundary=` once and
/// alone, its value a token of plain characters, and not of dashes only, which would begin in the dashes before it.
pub(super) fn is_plain_multipart(value: Option<&[u8]>, boundary: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.';
    let expected = ["multipart/form-data; boundary=", "multipart/form-data;boundary="];
    let rest = value.and_then(text).and_then(|value| expected.iter().find_map(|prefix| value.strip_prefix(prefix)));
    rest == Some(boundary) && boundary.bytes().all(plain) && boundary.bytes().any(|b| b != b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<BodyType, Reason> {
        BodyType::parse(Some(value.as_bytes())).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn honest_types_are_read() {
        let multipart = |boundary: &str| Ok(BodyType::Multipart { boundary: boundary.to_owned() });
        let urlencoded = |charset| Ok(BodyType::Urlencoded { charset });
        for (name, value, expected) in [
            (
                "browser",
                "multipart/form-data; boundary=----WebKitFormBoundaryAbC123",
                multipart("----WebKitFormBoundaryAbC123"),
            ),
            ("dotnet", "multipart/form-data; boundary=\"a-b\"", multipart("a-b")),
            ("spring", "multipart/form-data;charset=UTF-8;boundary=a_b", multipart("a_b")),
            ("upper_case", "MULTIPART/FORM-DATA; BOUNDARY=Ab", multipart("Ab")),
            ("java", "multipart/form-data; boundary====1700000000000===", multipart("===1700000000000===")),
            ("android", "multipart/form-data;boundary=*****", multipart("*****")),
            ("longest", &format!("multipart/form-data; boundary={}", "b".repeat(70)), multipart(&"b".repeat(70))),
            ("urlencoded", "application/x-www-form-urlencoded", urlencoded(FormCharset::Unnamed)),
            ("jquery", "application/x-www-form-urlencoded; charset=UTF-8", urlencoded(FormCharset::Utf8)),
            ("utf8", "application/x-www-form-urlencoded;charset=utf8", urlencoded(FormCharset::Utf8)),
            ("httpclient", "application/x-www-form-urlencoded; charset=ISO-8859-1", urlencoded(FormCharset::Latin1)),
            (
                "windows",
                "application/x-www-form-urlencoded; charset=windows-1252",
                urlencoded(FormCharset::Windows1252),
            ),
            ("euro", "application/x-www-form-urlencoded; charset=iso-8859-15", urlencoded(FormCharset::Latin9)),
            ("json", "application/json", Ok(BodyType::Json)),
            ("json_of_an_api", "application/vnd.api+json", Ok(BodyType::Json)),
            ("xml", "text/xml", Ok(BodyType::Other)),
            ("json_with_odd_parameters", "application/json; charset", Ok(BodyType::Json)),
            ("text", "text/plain;charset=UTF-8", Ok(BodyType::Json)),
            ("grpc", "application/grpc+proto", Ok(BodyType::Other)),
            ("sveltekit", "application/x-sveltekit-formdata", Ok(BodyType::SvelteKit)),
            ("sveltekit_in_another_case", "Application/X-SvelteKit-FormData ;a=b", Ok(BodyType::SvelteKit)),
            ("transmission", "json", Ok(BodyType::Other)),
            ("of any type", "*/*", Ok(BodyType::Other)),
            ("android", "image/*", Ok(BodyType::Other)),
        ] {
            assert_eq!(read(value), expected, "{name}");
        }
        assert_eq!(BodyType::parse(None), Ok(BodyType::Missing));
    }

    #[test]
    fn a_plain_type_has_one_boundary_to_everybody() {
        for (name, value, boundary, expected) in [
            (
                "browser",
                "multipart/form-data; boundary=----WebKitFormBoundaryAbC123",
                "----WebKitFormBoundaryAbC123",
                true,
            ),
            ("no_space", "multipart/form-data;boundary=a.b_C-9", "a.b_C-9", true),
            ("quoted", "multipart/form-data; boundary=\"a\"", "a", false),
            ("charset", "multipart/form-data; boundary=a; charset=utf-8", "a", false),
            ("another_parameter_first", "multipart/form-data; charset=utf-8; boundary=a", "a", false),
            ("upper_case", "Multipart/Form-Data; boundary=a", "a", false),
            ("a_letter_that_is_quoted_elsewhere", "multipart/form-data; boundary=a+b", "a+b", false),
            ("dashes_only", "multipart/form-data; boundary=---", "---", false),
            ("equals_signs_without_quotes", "multipart/form-data; boundary==a=", "=a=", false),
            ("asterisks", "multipart/form-data; boundary=*****", "*****", false),
        ] {
            assert_eq!(is_plain_multipart(Some(value.as_bytes()), boundary), expected, "{name}");
        }
        assert!(!is_plain_multipart(None, "a"));
    }

    #[test]
    fn types_that_parsers_read_differently_are_refused() {
        use Reason::{UploadMalformed as Malformed, UploadMediaType as Type};
        for (name, value, reason) in [
            ("comma", "multipart/form-data, boundary=X", Malformed),
            ("pieces", "multipart/form-data; boundary*0=X; boundary*1=Y", Malformed),
            ("pieces_beside", "multipart/form-data; boundary=X; boundary*=utf-8''Y", Malformed),
            ("two_boundaries", "multipart/form-data; boundary=X; boundary=Y", Malformed),
            ("two_equal_boundaries", "multipart/form-data; boundary=X; BOUNDARY=X", Malformed),
            ("space_before_equals", "multipart/form-data; boundary =X", Malformed),
            ("no_boundary", "multipart/form-data", Malformed),
            ("empty_boundary", "multipart/form-data; boundary=\"\"", Malformed),
            ("empty_token", "multipart/form-data; boundary=", Malformed),
            ("comma_in_a_boundary", "multipart/form-data; boundary=a,b", Malformed),
            ("blank_behind_a_boundary", "multipart/form-data; boundary==a= b", Malformed),
            ("equals_signs_beside_another_parameter", "multipart/form-data; boundary==a=; x=y", Malformed),
            ("long_boundary_without_quotes", &format!("multipart/form-data; boundary={}", "=".repeat(71)), Malformed),
            ("long_boundary", &format!("multipart/form-data; boundary={}", "b".repeat(71)), Malformed),
            ("boundary_with_space", "multipart/form-data; boundary=\"a b\"", Malformed),
            ("boundary_with_quote", "multipart/form-data; boundary=\"a\\\"b\"", Malformed),
            ("utf_16", "multipart/form-data; charset=utf-16le; boundary=X", Malformed),
            ("semicolons", "multipart/form-data; ; ; =;=;", Malformed),
            ("huge", &format!("multipart/form-data; boundary=X; a={}", "b".repeat(100_000)), Malformed),
            ("mixed", "multipart/mixed; boundary=X", Type),
            ("related", "multipart/related; boundary=X", Type),
            ("longer_type", "multipart/form-datax; boundary=X", Type),
            ("form_in_a_parameter", "text/plain; x=\"multipart/form-data\"", Type),
            (
                "form_far_behind",
                &format!("text/plain; a={}; multipart/form-data; boundary=X", "a".repeat(10_000)),
                Malformed,
            ),
            ("boundary_in_another_type", "application/octet-stream; boundary=X", Type),
            ("boundary_in_another_case", "text/plain;a=b;Boundary =X", Malformed),
            ("boundary_in_a_range", "*/form-data; boundary=X", Type),
            ("second_in_a_list", "text/plain, multipart/form-data; boundary=X", Malformed),
            ("urlencoded_utf_16", "application/x-www-form-urlencoded; charset=utf-16", Type),
            ("urlencoded_two_charsets", "application/x-www-form-urlencoded; charset=utf-8; charset=utf-7", Type),
            ("x_url_encoded", "application/x-url-encoded", Type),
            ("every_type", "*", Type),
            ("range", "application/*", Type),
            ("range_with_a_parameter", "Application/* ;q=0.5", Type),
            ("half_a_type", "form-data", Type),
            ("blank", " ", Type),
            // No type to some, the type of a form to Rack.
            ("empty", "", Type),
        ] {
            assert_eq!(read(value), Err(reason), "{name}");
        }
    }
}
