//! Fills forms and writes them down as a browser sends them.

use bytes::Bytes;
use http::Method;
use mantlet_core::audit::{Action, Encoding, Field, FieldKind, Form, TokenHeader};

/// A file to send.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content_type: &'static str,
    pub(super) content: Bytes,
    /// What a server answers that runs it.
    pub(super) output: Option<Bytes>,
}

impl File {
    /// Its name without the folders that it claims to be in.
    pub(super) fn base(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

/// What browsers send of a field for a file that holds none.
pub(super) fn no_file() -> File {
    File { name: String::new(), content_type: "application/octet-stream", content: Bytes::new(), output: None }
}

/// What of a form is sent that only its visitor's page holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Token<'a> {
    /// As it stands there.
    Kept,
    /// Nothing, as somebody who cannot read the page has to send it. What the same form holds for another visitor tells
    /// more of what that is than names do.
    Omitted(Option<&'a Form>),
    /// What the same form holds for another visitor.
    Others(&'a Form),
}

/// A form that stands on no page that we know of.
pub(super) fn named(method: Method, action: String, encoding: Encoding, fields: Vec<Field>) -> Form {
    Form {
        page: action.clone(),
        method,
        action: Action::new(action),
        encoding,
        fields,
        public: true,
        token: None,
        header: None,
        captcha: false,
        doubtful: Vec::new(),
    }
}

/// A form as it is sent: its body, and what the head says of that.
#[derive(Clone)]
pub(super) struct Submission {
    pub(super) content_type: String,
    pub(super) body: Bytes,
    /// What a script of the page sends along.
    pub(super) token: Option<TokenHeader>,
}

impl Submission {
    /// With what a script of the form's page sends along: no other site can.
    pub(super) fn with_header_of(self, form: &Form, token: Token<'_>) -> Self {
        let is_kept = matches!(token, Token::Kept);
        Self { token: form.header.clone().filter(|_| is_kept), ..self }
    }
}

impl Token<'_> {
    /// What is sent in place of a field's own value; `None`: the field is left out.
    fn value<'v>(&'v self, form: &Form, field: &'v Field) -> Option<&'v str> {
        let others = |theirs: &'v Form| {
            let same = theirs.fields.iter().find(|other| other.name == field.name);
            same.filter(|_| field.kind == FieldKind::Fixed).map_or(field.value.as_str(), |other| other.value.as_str())
        };
        let is_token = Some(&field.name) == form.token.as_ref() || form.doubtful.contains(&field.name);
        match self {
            Self::Kept => Some(&field.value),
            Self::Omitted(theirs) => {
                (!is_token && theirs.is_none_or(|theirs| others(theirs) == field.value)).then_some(&field.value)
            }
            Self::Others(theirs) => Some(others(theirs)),
        }
    }
}

/// The field whose value is changed, so that it can be read back: the first e-mail, else the first text.
pub(super) fn carrier(form: &Form) -> Option<&Field> {
    let of_kind = |kind| form.fields.iter().find(move |field| field.kind == kind);
    of_kind(FieldKind::Email).or_else(|| of_kind(FieldKind::Text))
}

/// The value that a mark has in a field of this kind.
pub(super) fn value_for(kind: FieldKind, mark: &str) -> String {
    match kind {
        FieldKind::Email => format!("{mark}@example.com"),
        _ => mark.to_owned(),
    }
}

/// Where a form is sent to.
pub(super) fn address<'a>(form: &'a Form, token: Token<'a>) -> &'a str {
    match token {
        Token::Kept => form.action.whole(),
        Token::Omitted(_) => form.action.without_tokens(),
        Token::Others(theirs) => theirs.action.whole(),
    }
}

/// Fills a form: what was there stays, what is empty gets a mark, and so does the carrier.
pub(super) fn fill(form: &Form, mark: &str, token: Token<'_>) -> Vec<(String, String)> {
    let carrier = carrier(form).map(|field| field.name.clone());
    let fields = form.fields.iter().filter(|field| field.kind != FieldKind::File);
    fields
        .filter_map(|field| {
            let there = token.value(form, field)?;
            let value = match field.kind {
                FieldKind::Fixed => there.to_owned(),
                _ if Some(&field.name) == carrier.as_ref() => value_for(field.kind, mark),
                _ if !there.is_empty() => there.to_owned(),
                FieldKind::Number => "1".to_owned(),
                kind => value_for(kind, mark),
            };
            Some((field.name.clone(), value))
        })
        .collect()
}

/// The form as it stood on the page.
pub(super) fn unchanged(form: &Form) -> Vec<(String, String)> {
    let fields = form.fields.iter().filter(|field| field.kind != FieldKind::File);
    fields.map(|field| (field.name.clone(), field.value.clone())).collect()
}

/// Only the token: a request that no application can mean.
pub(super) fn emptied(form: &Form) -> Vec<(String, String)> {
    let is_token = |field: &&Field| Some(&field.name) == form.token.as_ref();
    form.fields.iter().filter(is_token).map(|field| (field.name.clone(), field.value.clone())).collect()
}

/// Writes a form down in its own encoding.
pub(super) fn encode(form: &Form, fields: &[(String, String)]) -> Submission {
    match form.encoding {
        Encoding::Urlencoded => urlencoded(fields),
        Encoding::Multipart => multipart(fields, &[]),
        Encoding::Json => json(form, fields),
    }
}

/// What scripts send, and no form can.
pub(super) const JSON: &str = "application/json";

fn json(form: &Form, fields: &[(String, String)]) -> Submission {
    let is_fixed = |name: &str| form.fields.iter().any(|field| field.name == name && field.kind == FieldKind::Fixed);
    let members = fields.iter().map(|(name, value)| {
        let value = if is_fixed(name) { value.clone() } else { serde_json::Value::from(value.as_str()).to_string() };
        format!("{}:{value}", serde_json::Value::from(name.as_str()))
    });
    let body = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
    Submission { content_type: JSON.to_owned(), body: body.into(), token: None }
}

fn urlencoded(fields: &[(String, String)]) -> Submission {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    Submission { content_type: "application/x-www-form-urlencoded".to_owned(), body: body.finish().into(), token: None }
}

/// A form in the address, as GET sends it.
pub(super) fn as_query(action: &str, fields: &[(String, String)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields);
    let separator = if action.contains('?') { '&' } else { '?' };
    format!("{action}{separator}{}", query.finish())
}

/// Writes a multipart form down as browsers do (HTML, section 4.10.21.8).
pub(super) fn multipart(fields: &[(String, String)], files: &[(&str, &File)]) -> Submission {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n", quoted(name));
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    for (field, file) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            quoted(field),
            quoted(&file.name),
            file.content_type
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&file.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Submission { content_type: format!("multipart/form-data; boundary={BOUNDARY}"), body: body.into(), token: None }
}

/// Nothing that the audit sends contains it.
const BOUNDARY: &str = "----MantletFormBoundary7MA4YWxkTrZu0gW";

fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
