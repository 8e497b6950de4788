//! Security headers and the policy file.

use http::StatusCode;
use mantlet_core::fields::{Field, Fields, Known};
use mantlet_core::headers::csp::{self, Policy};
use mantlet_core::headers::{
    FrameOptions, HeadersGuard, HeadersMemo, HeadersPolicy, OpenerPolicy, PermissionsPolicy, ReferrerPolicy, ResourcePolicy,
    SecurityHeader, StrictTransportSecurity,
};
use mantlet_core::policy::PolicyFile;
use mantlet_core::{Mantlet, Mode, Notes, Origin, ResponseHead, Site};

/// A policy reads the same after it was rendered, and an application's own is never changed.
pub fn csp(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let policies = csp::parse(&text);
    let rendered: Vec<String> = policies.iter().map(Policy::to_string).collect();
    let again: Vec<String> = csp::parse(&rendered.join(", ")).iter().map(Policy::to_string).collect();
    assert_eq!(again, rendered);
    let _ = csp::evaluate(&policies);

    let Ok(sent_by_app) = Field::new(Known::ContentSecurityPolicy, input) else {
        return;
    };
    let value = sent_by_app.value();
    let mut fields = Fields::new();
    fields.append(&sent_by_app);
    let site = Site::new(Origin::parse("https://app.example").expect("an origin"));
    let guard = HeadersGuard::new(&HeadersPolicy::default(), Mode::Enforce);
    let mut head = ResponseHead { status: StatusCode::OK, fields: &mut fields };
    guard.dress(HeadersMemo::default(), &mut head, &site, &mut Notes::default());
    let sent: Vec<&[u8]> = fields.all(Known::ContentSecurityPolicy).collect();
    assert!(!sent.is_empty() && sent.len() <= 2);
    assert!(sent[0] == value || csp::parse(&String::from_utf8_lossy(value)).is_empty());
}

/// Two values of each header: what is stricter than both stays so, and can be sent.
pub fn header_values(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (a, b) = text.split_once('\n').unwrap_or((&text, ""));
    stricter::<StrictTransportSecurity>(a, b);
    stricter::<PermissionsPolicy>(a, b);
    stricter::<FrameOptions>(a, b);
    stricter::<ReferrerPolicy>(a, b);
    stricter::<OpenerPolicy>(a, b);
    stricter::<ResourcePolicy>(a, b);
}

fn stricter<H: SecurityHeader>(a: &str, b: &str) {
    let (Ok(a), Ok(b)) = (H::parse(a), H::parse(b)) else {
        return;
    };
    let both = a.stricter(&b);
    assert_eq!(both, b.stricter(&a));
    assert_eq!(both, both.stricter(&a).stricter(&b));
    assert_eq!(H::parse(&both.to_string()).ok().as_ref(), Some(&both));
    assert!(Field::new(H::NAME, both.to_string().as_bytes()).is_ok());
}

/// Every mistake has a line of the file.
pub fn policy_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let lines = text.split('\n').count();
    match PolicyFile::parse(text) {
        Ok(file) => {
            let _ = Mantlet::new(file.policy());
        }
        Err(errors) => {
            assert!(errors.iter().count() > 0);
            assert!(errors.iter().all(|error| (1..=lines).contains(&error.line) && error.column > 0));
        }
    }
}
