//! What the driver passes on: the heads of an exchange.

use http::{Method, StatusCode, Uri};
use mantlet_core::Refusal;
use mantlet_core::fields::Fields;

use crate::reference::Reference;

/// The head of a request on its way in.
#[derive(Debug)]
pub struct Head {
    /// The method, exactly as sent.
    pub method: Method,
    /// The target.
    pub uri: Uri,
    /// The fields.
    pub fields: Fields,
}

/// A response on its way out.
#[derive(Debug)]
pub struct Answer<B> {
    /// The status.
    pub status: StatusCode,
    /// The fields.
    pub fields: Fields,
    /// The body.
    pub body: B,
    /// Why it is not the application's. `None`: it is.
    pub refused: Option<Box<Refused>>,
}

/// A refusal that was answered.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The number by which the answer is found in the log.
    pub reference: Reference,
}

impl<B> Answer<B> {
    /// An answer of an application.
    pub fn new(status: StatusCode, fields: Fields, body: B) -> Self {
        Self { status, fields, body, refused: None }
    }

    /// The same answer with another body.
    pub fn map<C>(self, body: impl FnOnce(B) -> C) -> Answer<C> {
        Answer { status: self.status, fields: self.fields, body: body(self.body), refused: self.refused }
    }
}
