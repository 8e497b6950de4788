//! What the prober needs of a page: where it leads, what it loads, and its forms.
//!
//! Read with the tokenizer of the HTML standard, so that comments, scripts, entities and odd quoting are read as browsers
//! read them.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use http::Method;
use mantlet_core::audit::{Field, FieldKind};

/// How much of each kind is kept of one page; no honest page needs more.
const AT_MOST: usize = 1000;

/// A page, as far as the prober reads it. References are as written: relative, and not yet checked.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Where it leads: links and frames.
    pub(super) links: Vec<String>,
    /// What it loads: scripts, styles, images.
    pub(super) resources: Vec<String>,
    /// Its forms.
    pub(super) forms: Vec<PageForm>,
    /// What its references are relative to, if not to itself.
    pub(super) base: Option<String>,
}

/// A form as written.
#[derive(Debug)]
pub(super) struct PageForm {
    pub(super) method: Method,
    /// As written; empty: the page itself.
    pub(super) action: String,
    pub(super) multipart: bool,
    pub(super) fields: Vec<Field>,
}

impl Page {
    /// Reads a page.
    pub(super) fn read(html: &[u8]) -> Self {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut reader = Reader::default();
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Token::StartTag(tag) => reader.open(&tag),
                Token::EndTag(tag) => reader.close(&tag.name),
                Token::String(text) => reader.text(&text),
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        reader.page
    }
}

#[derive(Default)]
struct Reader {
    page: Page,
    in_form: bool,
    /// A text area or a list whose content is still to come.
    open: Option<Open>,
}

struct Open {
    field: Field,
    is_list: bool,
}

impl Reader {
    fn open(&mut self, tag: &StartTag<()>) {
        match tag.name.as_slice() {
            b"a" | b"area" => keep(&mut self.page.links, attribute(tag, b"href")),
            b"iframe" | b"frame" => keep(&mut self.page.links, attribute(tag, b"src")),
            b"script" | b"img" => keep(&mut self.page.resources, attribute(tag, b"src")),
            b"link" => keep(&mut self.page.resources, attribute(tag, b"href")),
            b"base" if self.page.base.is_none() => self.page.base = attribute(tag, b"href"),
            b"form" => self.form(tag),
            b"input" => self.field(input(tag)),
            b"button" => self.field(button(tag)),
            b"textarea" => self.open = named(tag, FieldKind::Text).map(|field| Open { field, is_list: false }),
            b"select" => self.open = named(tag, FieldKind::Fixed).map(|field| Open { field, is_list: true }),
            b"option" => self.option(tag),
            _ => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        match name {
            b"form" => self.in_form = false,
            b"textarea" | b"select" => {
                let field = self.open.take().map(|open| open.field);
                self.field(field);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &[u8]) {
        if let Some(Open { field, is_list: false }) = &mut self.open {
            field.value.push_str(&String::from_utf8_lossy(text));
        }
    }

    fn form(&mut self, tag: &StartTag<()>) {
        if self.page.forms.len() >= AT_MOST {
            return;
        }
        self.in_form = true;
        let is =
            |name: &[u8], value: &str| attribute(tag, name).is_some_and(|is| is.trim().eq_ignore_ascii_case(value));
        self.page.forms.push(PageForm {
            method: if is(b"method", "post") { Method::POST } else { Method::GET },
            action: attribute(tag, b"action").unwrap_or_default(),
            multipart: is(b"enctype", "multipart/form-data"),
            fields: Vec::new(),
        });
    }

    fn field(&mut self, field: Option<Field>) {
        if let (true, Some(field), Some(form)) = (self.in_form, field, self.page.forms.last_mut())
            && form.fields.len() < AT_MOST
        {
            form.fields.push(field);
        }
    }

    /// The chosen option of a list; without a choice, the first.
    fn option(&mut self, tag: &StartTag<()>) {
        if let Some(Open { field, is_list: true }) = &mut self.open
            && (field.value.is_empty() || attribute(tag, b"selected").is_some())
        {
            field.value = attribute(tag, b"value").unwrap_or_default();
        }
    }
}

fn keep(list: &mut Vec<String>, reference: Option<String>) {
    if let Some(reference) = reference
        && list.len() < AT_MOST
    {
        list.push(reference);
    }
}

fn input(tag: &StartTag<()>) -> Option<Field> {
    let kind = attribute(tag, b"type").unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        // Not sent unless somebody presses or ticks them.
        "reset" | "button" | "image" => None,
        "checkbox" | "radio" if attribute(tag, b"checked").is_none() => None,
        "checkbox" | "radio" | "hidden" | "submit" => named(tag, FieldKind::Fixed),
        "email" => named(tag, FieldKind::Email),
        "number" | "range" => named(tag, FieldKind::Number),
        "password" => named(tag, FieldKind::Password),
        "file" => named(tag, FieldKind::File),
        _ => named(tag, FieldKind::Text),
    }
}

fn button(tag: &StartTag<()>) -> Option<Field> {
    let is_submit = attribute(tag, b"type").is_none_or(|kind| kind.eq_ignore_ascii_case("submit"));
    named(tag, FieldKind::Fixed).filter(|_| is_submit)
}

fn named(tag: &StartTag<()>, kind: FieldKind) -> Option<Field> {
    let name = attribute(tag, b"name").filter(|name| !name.is_empty())?;
    Some(Field { name, kind, value: attribute(tag, b"value").unwrap_or_default() })
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let page = Page::read(
            br#"<!-- <form method=post action=/no> --><script>"<form method=post action=/nor>"</script>
            <FORM METHOD=Post action="/email?a=1&amp;b=2"><input name=csrf type=hidden value="a&quot;b">
            <input type=EMAIL name=email value=a@b.example><input type=checkbox name=off><input type=checkbox name=on checked>
            <textarea name=about>x &lt; y</textarea><select name=s><option value=1><option value=2 selected></select>
            <input name=nameless type=reset><button name=go value=1>Go</button></form><input name=outside>"#,
        );
        let [form] = page.forms.as_slice() else { panic!("{page:?}") };
        assert_eq!((form.method.as_str(), form.action.as_str()), ("POST", "/email?a=1&b=2"));
        let fields: Vec<_> = form.fields.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
        assert_eq!(
            fields,
            [("csrf", "a\"b"), ("email", "a@b.example"), ("on", ""), ("about", "x < y"), ("s", "2"), ("go", "1"),]
        );
    }

    #[test]
    fn links_and_resources_are_kept_apart() {
        let page = Page::read(
            b"<base href=/b/><a href='/x'>x</a><iframe src=y></iframe><script src=/s.js></script><img src=i.png>",
        );
        assert_eq!(page.links, ["/x", "y"]);
        assert_eq!(page.resources, ["/s.js", "i.png"]);
        assert_eq!(page.base.as_deref(), Some("/b/"));
    }

    #[test]
    fn a_page_may_break_off_anywhere() {
        let html = "<form method=post><textarea name=a>x</textarea><select name=b><option value=\u{e4}>\u{1f6e1}</select></form>\0<a href='";
        for at in 0..html.len() {
            for part in [&html.as_bytes()[..at], &html.as_bytes()[at..]] {
                assert!(Page::read(part).forms.len() <= 1);
            }
        }
    }
}
