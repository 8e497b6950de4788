//! What single elements of a form say.

use html5gum::StartTag;
use mantlet_core::audit::{Field, FieldKind};

use super::Asks;

/// What an input element sends, if it sends anything by itself.
pub(super) fn input(tag: &StartTag<()>) -> Option<Field> {
    let kind = attribute(tag, b"type").unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        // Not sent unless somebody presses or ticks them.
        "reset" | "button" => None,
        "checkbox" | "radio" => {
            // Without some ticks browsers do not send the form.
            let must_be = kind == "checkbox" && attribute(tag, b"required").is_some();
            if !must_be && attribute(tag, b"checked").is_none() {
                return None;
            }
            let value = attribute(tag, b"value").unwrap_or_else(|| "on".to_owned());
            Some(Field { value, ..named(tag, FieldKind::Fixed)? })
        }
        "hidden" => named(tag, FieldKind::Fixed),
        "email" => named(tag, FieldKind::Email),
        "number" | "range" => named(tag, FieldKind::Number),
        "password" => named(tag, FieldKind::Password),
        "file" => named(tag, FieldKind::File),
        _ => named(tag, FieldKind::Text),
    }
}

/// Whether it sends its form. `usual`: the type of such an element without one.
pub(super) fn is_button(tag: &StartTag<()>, usual: &str) -> bool {
    let kind = attribute(tag, b"type");
    let kind = kind.as_deref().unwrap_or(usual);
    ["submit", "image"].iter().any(|sends| kind.eq_ignore_ascii_case(sends)) && attribute(tag, b"disabled").is_none()
}

/// An element that is sent if it has a name and is not switched off.
pub(super) fn named(tag: &StartTag<()>, kind: FieldKind) -> Option<Field> {
    if attribute(tag, b"disabled").is_some() {
        return None;
    }
    let name = attribute(tag, b"name").filter(|name| !name.is_empty())?;
    let value = attribute(tag, b"value").unwrap_or_default();
    Some(Field { name, kind, value, required: attribute(tag, b"required").is_some() })
}

/// Whether browsers send another method than GET to where it leads, or a script does in their place.
pub(super) fn follows_by_script(tag: &StartTag<()>) -> bool {
    let method = [&b"data-method"[..], b"data-turbo-method"].into_iter().find_map(|name| attribute(tag, name));
    let sends: [&[u8]; 4] = [b"hx-post", b"hx-put", b"hx-patch", b"hx-delete"];
    method.is_some_and(|method| !method.eq_ignore_ascii_case("get"))
        || sends.iter().any(|name| attribute(tag, name).is_some())
}

/// Whether a script asks first if one is sure: nobody does of what can be taken back.
pub(super) fn asks_to_confirm(tag: &StartTag<()>) -> bool {
    const ASKS: [&[u8]; 6] = [
        b"data-confirm",
        b"data-turbo-confirm",
        b"data-confirm-message",
        b"hx-confirm",
        b"wire:confirm",
        b"up-confirm",
    ];
    let runs = |name| attribute(tag, name).is_some_and(|script| script.contains("confirm("));
    ASKS.iter().any(|name| attribute(tag, name).is_some()) || runs(b"onclick") || runs(b"onsubmit")
}

/// Whether it is the place of a CAPTCHA, or the field of its answer: reCAPTCHA, hCaptcha, Turnstile, Friendly Captcha, ALTCHA, and
/// whatever is called so. Settings of one (`captcha_enabled`) are none.
pub(super) fn is_captcha(tag: &StartTag<()>) -> bool {
    const ENDS: [&str; 8] = [
        "captcha",
        "captcha_1",
        "captcha_code",
        "captcha-response",
        "captcha-solution",
        "cf-turnstile",
        "turnstile-response",
        "altcha",
    ];
    let is_one = |name: &str| ENDS.iter().any(|end| name.ends_with(end));
    let said = |name| attribute(tag, name).unwrap_or_default().to_ascii_lowercase();
    tag.name.as_slice() == b"altcha-widget"
        || attribute(tag, b"data-sitekey").is_some()
        || said(b"class").split_ascii_whitespace().any(is_one)
        || is_one(&said(b"name"))
}

/// What browsers are asked to fill in, besides what it is (HTML, section 4.10.18.7).
pub(super) fn note_autofill(tag: &StartTag<()>, asks: &mut Asks) {
    let said = attribute(tag, b"autocomplete").unwrap_or_default().to_ascii_lowercase();
    for token in said.split_ascii_whitespace() {
        asks.payment |= token.starts_with("cc-");
        asks.new_password |= token == "new-password";
    }
}

/// The value of an attribute.
pub(super) fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}
