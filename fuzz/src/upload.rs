//! Forms: any cut gives the same verdict and output, and what is written is written again as the same.

use http::{HeaderValue, Method, Uri};
use mantlet_core::fields::Fields;
use mantlet_core::media_type::MediaType;
use mantlet_core::upload::{FilenameRule, Sink, UploadGuard, UploadPolicy, secure_filename};
use mantlet_core::{BodyPlan, Mode, Notes, Origin, Reason, Refusal, RequestHead, Site};

struct Forwarded(Vec<u8>);

impl Sink for Forwarded {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn plan(policy: &UploadPolicy, uri: &'static str, content_type: HeaderValue) -> Result<BodyPlan, Refusal> {
    let site = Site::new(Origin::parse("https://app.example").unwrap());
    let mut fields = Fields::from_pairs([("content-type", content_type)]).unwrap();
    let uri = Uri::from_static(uri);
    let mut head = RequestHead { method: &Method::POST, uri: &uri, fields: &mut fields, site: &site };
    UploadGuard::new(policy, Mode::Enforce).admit(&mut head, &mut Notes::default())
}

type Judged = Result<(Option<HeaderValue>, Vec<u8>), Reason>;

fn judge<'a>(
    policy: &UploadPolicy,
    uri: &'static str,
    content_type: HeaderValue,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Judged {
    let BodyPlan::Form(plan) = plan(policy, uri, content_type).map_err(|refusal| refusal.reason)? else {
        panic!("not a form")
    };
    let mut judge = plan.begin([0; 16]);
    let mut out = Forwarded(Vec::new());
    for piece in pieces {
        judge.push(piece, &mut out).map_err(|refusal| refusal.reason)?;
    }
    let judged = judge.finish(&mut out).map_err(|refusal| refusal.reason)?;
    Ok((judged.content_type, out.0))
}

/// Judges a body whole, byte by byte and in two pieces, and what was written once more.
fn form(policy: &UploadPolicy, uri: &'static str, content_type: &'static str, body: &[u8]) -> Judged {
    let content_type = HeaderValue::from_static(content_type);
    let whole = judge(policy, uri, content_type.clone(), [body]);
    assert_eq!(judge(policy, uri, content_type.clone(), body.chunks(1)), whole);
    let (first, second) = body.split_at(body.first().map_or(0, |cut| usize::from(*cut)).min(body.len()));
    assert_eq!(judge(policy, uri, content_type.clone(), [first, second]), whole);
    if let Ok((written_type, written)) = &whole
        && !written.is_empty()
    {
        let again = judge(policy, uri, written_type.clone().unwrap_or(content_type), [&**written]);
        // With random names the second judge gives the same ones: its entropy is the same.
        assert_eq!(again, whole);
    }
    whole
}

/// A multipart body.
pub fn multipart(input: &[u8]) {
    let _judged = form(&UploadPolicy::default(), "/", "multipart/form-data; boundary=X", input);
}

/// An urlencoded body, also under the name of a program: it passes there as well, without a sign that could begin one.
pub fn urlencoded(input: &[u8]) {
    let judged = |uri| form(&UploadPolicy::default(), uri, "application/x-www-form-urlencoded", input);
    let (plain, named) = (judged("/"), judged("/?name=a.php"));
    assert_eq!(plain.is_ok(), named.is_ok());
    let is_text = |byte: &u8| byte.is_ascii_alphanumeric() || b"*-._%+&=".contains(byte);
    assert!(named.is_ok_and(|(_, written)| written.iter().all(is_text)) || plain.is_err());
}

/// JSON under the name of a program: what another parser reads passes, and says the same without a sign that could begin one.
pub fn json_body(input: &[u8]) {
    let judged = form(&UploadPolicy::default(), "/?name=a.php", "application/json", input);
    let read = serde_json::from_slice::<serde_json::Value>(input);
    assert!(judged.is_ok() || read.is_err());
    let Ok((_, written)) = judged else { return };
    assert!(!written.iter().any(|byte| b"<>?$#@%`(;=&!|'".contains(byte)));
    if let Ok(read) = read {
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&written).ok(), Some(read));
    }
}

/// A file name, under the rule that its first byte chooses.
pub fn filename(input: &[u8]) {
    let Some((rule, name)) = input.split_first() else { return };
    let rules = [
        FilenameRule::Sanitize,
        FilenameRule::Random,
        FilenameRule::Refuse,
        FilenameRule::Keep,
        FilenameRule::Werkzeug,
    ];
    let policy = UploadPolicy { filename: rules[usize::from(*rule) % rules.len()], ..UploadPolicy::default() };
    let head = b"--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"";
    let _judged =
        form(&policy, "/", "multipart/form-data; boundary=X", &[&head[..], name, b"\"\r\n\r\n\r\n--X--\r\n"].concat());
    if let Ok(name) = std::str::from_utf8(name) {
        let secure = secure_filename(name);
        assert!(secure.is_ascii() && !secure.contains(['/', '\\']) && !secure.starts_with('.'));
        assert_eq!(secure_filename(&secure), secure);
    }
}

/// The head of a request that may name a file: the target, then a field a line. What passes passes again.
pub fn upload_head(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let Ok(uri) = Uri::try_from(lines.next().unwrap_or_default()) else { return };
    let pairs = lines.filter_map(|line| line.split_at_checked(line.iter().position(|byte| *byte == b':')?));
    let Ok(mut fields) = Fields::from_pairs(pairs.map(|(name, value)| (name, value.get(1..).unwrap_or_default())))
    else {
        return;
    };
    let site = Site::new(Origin::parse("https://app.example").unwrap());
    let guard = UploadGuard::new(&UploadPolicy::default(), Mode::Enforce);
    for method in [Method::POST, Method::PUT] {
        let mut head = RequestHead { method: &method, uri: &uri, fields: &mut fields, site: &site };
        if guard.admit(&mut head, &mut Notes::default()).is_ok() {
            assert!(guard.admit(&mut head, &mut Notes::default()).is_ok(), "refused at the second look");
        }
    }
}

/// The value of Content-Type: a media type at the most, and a form only if it is one.
pub fn media_type(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else { return };
    let read = MediaType::parse(input);
    if let Ok(BodyPlan::Form(_)) = plan(&UploadPolicy::default(), "/", value) {
        let essence = read.as_ref().map_or("", MediaType::essence);
        assert!(input.is_empty() || ["multipart/form-data", "application/x-www-form-urlencoded"].contains(&essence));
    }
}
