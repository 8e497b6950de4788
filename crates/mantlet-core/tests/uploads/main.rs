//! Whole forms through the upload guard, as a host drives it. The catalogue of hostile and honest bodies lives in the
//! corpus; here are the rules that hold for all of them, and a harness to ask for them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may fail by panicking; what it slices and counts is its own"
)]

mod forwarded;
mod heads;
mod honest;
mod limits;
mod splits;
mod untyped;

use http::{Method, Uri};
use mantlet_core::fields::Fields;
use mantlet_core::upload::{Sink, UploadGuard, UploadPolicy};
use mantlet_core::{BodyPlan, Mode, Notes, Origin, Reason, Refusal, RequestHead, Site};

const ENTROPY: [u8; 16] = [0xab; 16];
const FRESH: &str = "Mantletabababababababababababababababab";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// What a host keeps of a judged body.
#[derive(Debug, Default, Clone, PartialEq)]
struct Forwarded(Vec<u8>);

impl Sink for Forwarded {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

#[derive(Debug, PartialEq)]
struct Judged {
    content_type: String,
    is_canonical: bool,
    body: Vec<u8>,
    observed: Vec<Reason>,
}

struct Request<'a> {
    policy: UploadPolicy,
    mode: Mode,
    method: Method,
    target: &'static str,
    headers: Vec<(&'static str, &'a str)>,
}

impl<'a> Request<'a> {
    fn post(content_type: &'a str) -> Self {
        Self {
            policy: UploadPolicy::default(),
            mode: Mode::Enforce,
            method: Method::POST,
            target: "/upload",
            headers: vec![("content-type", content_type)],
        }
    }

    fn multipart() -> Self {
        Self::post("multipart/form-data; boundary=X")
    }

    fn fields(&self) -> Fields {
        Fields::from_pairs(self.headers.iter().copied()).unwrap()
    }

    fn plan(&self) -> Result<BodyPlan, Refusal> {
        self.plan_of(&mut self.fields())
    }

    fn plan_of(&self, fields: &mut Fields) -> Result<BodyPlan, Refusal> {
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        let uri = Uri::from_static(self.target);
        let mut head = RequestHead { method: &self.method, uri: &uri, fields, site: &site };
        UploadGuard::new(&self.policy, self.mode).admit(&mut head, &mut Notes::default())
    }

    /// Judges a body that comes in these pieces.
    fn judge<'b>(&self, pieces: impl IntoIterator<Item = &'b [u8]>) -> Result<Judged, Refusal> {
        let BodyPlan::Form(plan) = self.plan()? else { panic!("not a form") };
        let mut out = Forwarded::default();
        let mut judge = plan.begin(ENTROPY);
        for piece in pieces {
            judge.push(piece, &mut out)?;
        }
        let judged = judge.finish(&mut out)?;
        Ok(Judged {
            content_type: judged.content_type.map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default(),
            is_canonical: judged.is_canonical,
            body: out.0,
            observed: judged.observed.into_iter().map(|refusal| refusal.reason).collect(),
        })
    }

    fn whole(&self, body: &[u8]) -> Result<Judged, Refusal> {
        self.judge([body])
    }

    fn reason(&self, body: &[u8]) -> Option<Reason> {
        self.whole(body).err().map(|refusal| refusal.reason)
    }
}

fn part(head: &str, content: &[u8]) -> Vec<u8> {
    [b"--X\r\n", head.as_bytes(), b"\r\n\r\n", content, b"\r\n"].concat()
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), b"--X--\r\n".to_vec()].concat()
}

fn file(filename: &str, content: &[u8]) -> Vec<u8> {
    part(&format!("Content-Disposition: form-data; name=\"f\"; filename=\"{filename}\""), content)
}

fn field(name: &str, value: &[u8]) -> Vec<u8> {
    part(&format!("Content-Disposition: form-data; name=\"{name}\""), value)
}
