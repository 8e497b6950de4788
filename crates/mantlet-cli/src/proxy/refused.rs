//! Why a request or its answer goes no further, whatever carried it.

use std::borrow::Cow;

use mantlet_core::{Reason, Refusal};
use mantlet_http1::HeadErrorKind;

/// A head that cannot be read, with what is wrong about it.
pub(crate) fn unreadable(kind: HeadErrorKind, detail: impl Into<Cow<'static, str>>) -> Refusal {
    let reason = match kind {
        HeadErrorKind::HeadTooLarge | HeadErrorKind::TooManyFields => Reason::RequestHeaderTooLarge,
        HeadErrorKind::UnknownCoding => Reason::RequestTransferCoding,
        HeadErrorKind::BadVersion => Reason::RequestVersion,
        HeadErrorKind::UnknownExpectation => Reason::RequestExpectation,
        HeadErrorKind::BadMethod | HeadErrorKind::AuthorityTarget => Reason::RequestMethod,
        _ => Reason::RequestMalformed,
    };
    Refusal::new(reason, detail)
}

/// An answer that its client does not take.
pub(crate) fn untaken() -> Refusal {
    Refusal::new(Reason::RequestTimeout, "the client does not take its answer")
}
