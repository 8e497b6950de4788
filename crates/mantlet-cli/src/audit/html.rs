//! What the prober needs of a page: where it leads, what it loads, and its forms.
//!
//! Read with the tokenizer of the HTML standard, so that comments, scripts, entities and odd quoting are read as browsers
//! read them.

mod element;
mod head;

use std::borrow::Cow;

use element::{attribute, input, is_button, named};
use head::Head;
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use http::Method;
use mantlet_core::audit::{Field, FieldKind, Meta};

/// How much of each kind is kept of one page; no honest page needs more.
const AT_MOST: usize = 1000;

/// A page, as far as the prober reads it. References are as written: relative, and not yet checked.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Where it leads: links and frames.
    pub(super) links: Vec<Link>,
    /// What it loads: scripts, styles, images.
    pub(super) resources: Vec<String>,
    /// Its forms.
    pub(super) forms: Vec<PageForm>,
    /// What its references are relative to, if not to itself.
    pub(super) base: Option<String>,
    /// What its head says in the place of header fields.
    pub(super) meta: Vec<Meta>,
}

/// A link as written.
#[derive(Debug, Default)]
pub(super) struct Link {
    pub(super) to: String,
    /// What stands on it.
    pub(super) label: String,
}

/// A form as written.
#[derive(Debug)]
pub(super) struct PageForm {
    pub(super) method: Method,
    /// As written; empty: the page itself.
    pub(super) action: String,
    pub(super) multipart: bool,
    pub(super) fields: Vec<Field>,
    /// What stands on the button that is pressed, and its name.
    pub(super) label: String,
}

impl Page {
    /// Reads a page.
    pub(super) fn read(html: &[u8]) -> Self {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut reader = Reader::default();
        for Ok(token) in Tokenizer::new_with_emitter(decoded(html).as_ref(), emitter) {
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
    /// The form has the button that is pressed for it: its first one (HTML, section 4.10.21.2). Another may mean the opposite.
    has_button: bool,
    /// A text area or a list whose content is still to come.
    open: Option<Open>,
    /// Whose label the text that follows is.
    labelled: Option<Labelled>,
    head: Head,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Labelled {
    Link,
    Button,
}

/// Nobody writes more on a button.
const LABEL_AT_MOST: usize = 200;

struct Open {
    field: Field,
    is_list: bool,
    /// The text that follows is its value.
    takes_text: bool,
}

impl Open {
    fn area(field: Field) -> Self {
        Self { field, is_list: false, takes_text: true }
    }

    fn list(field: Field) -> Self {
        Self { field, is_list: true, takes_text: false }
    }
}

impl Reader {
    fn open(&mut self, tag: &StartTag<()>) {
        if let Some(meta) = self.head.open(tag)
            && self.page.meta.len() < AT_MOST
        {
            self.page.meta.push(meta);
        }
        match tag.name.as_slice() {
            b"a" => {
                let to = attribute(tag, b"href");
                // Without an address it is a mark on the page, and its text nobody's label.
                self.labelled = to.is_some().then_some(Labelled::Link);
                self.link(to);
                self.label(tag, &[b"title", b"aria-label"]);
            }
            b"area" => self.link(attribute(tag, b"href")),
            b"iframe" | b"frame" => self.link(attribute(tag, b"src")),
            b"script" => keep(&mut self.page.resources, attribute(tag, b"src")),
            b"img" => {
                keep(&mut self.page.resources, attribute(tag, b"src"));
                self.label(tag, &[b"alt"]);
            }
            b"link" => keep(&mut self.page.resources, attribute(tag, b"href")),
            b"base" if self.page.base.is_none() => self.page.base = attribute(tag, b"href"),
            b"form" => self.form(tag),
            b"input" if is_button(tag, "text") => {
                self.button(tag);
                self.labelled = None;
            }
            b"input" => self.field(input(tag)),
            b"button" if is_button(tag, "submit") => self.button(tag),
            b"textarea" => self.open = named(tag, FieldKind::Text).map(Open::area),
            b"select" => self.open = named(tag, FieldKind::Fixed).map(Open::list),
            b"option" => self.option(tag),
            _ => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        self.head.close(name);
        match name {
            b"form" => self.in_form = false,
            b"a" | b"button" => self.labelled = None,
            b"option" => {
                if let Some(open) = &mut self.open {
                    open.takes_text &= !open.is_list;
                }
            }
            b"textarea" | b"select" => {
                let field = self.open.take().map(|open| open.field);
                self.field(field);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &[u8]) {
        self.head.text(text);
        self.say(text);
        if let Some(Open { field, is_list, takes_text: true }) = &mut self.open {
            let text = String::from_utf8_lossy(text);
            field.value.push_str(if *is_list { text.trim() } else { &text });
        }
    }

    fn form(&mut self, tag: &StartTag<()>) {
        if self.page.forms.len() >= AT_MOST {
            return;
        }
        self.in_form = true;
        self.has_button = false;
        let is =
            |name: &[u8], value: &str| attribute(tag, name).is_some_and(|is| is.trim().eq_ignore_ascii_case(value));
        self.page.forms.push(PageForm {
            method: if is(b"method", "post") { Method::POST } else { Method::GET },
            action: attribute(tag, b"action").unwrap_or_default(),
            multipart: is(b"enctype", "multipart/form-data"),
            fields: Vec::new(),
            label: String::new(),
        });
    }

    fn link(&mut self, to: Option<String>) {
        if let Some(to) = to
            && self.page.links.len() < AT_MOST
        {
            self.page.links.push(Link { to, label: String::new() });
        }
    }

    fn field(&mut self, field: Option<Field>) {
        if let (true, Some(field), Some(form)) = (self.in_form, field, self.page.forms.last_mut())
            && form.fields.len() < AT_MOST
        {
            form.fields.push(field);
        }
    }

    fn button(&mut self, tag: &StartTag<()>) {
        let has_button = std::mem::replace(&mut self.has_button, true);
        // A picture sends where it was pressed, and no value.
        let is_picture = attribute(tag, b"type").is_some_and(|kind| kind.eq_ignore_ascii_case("image"));
        self.labelled = (self.in_form && !has_button).then_some(Labelled::Button);
        self.label(tag, &[b"name", b"value", b"alt", b"title", b"aria-label"]);
        if !has_button && !is_picture {
            self.field(named(tag, FieldKind::Fixed));
        }
    }

    /// What these attributes say is a label, too: an icon has no text.
    fn label(&mut self, tag: &StartTag<()>, names: &[&[u8]]) {
        names.iter().filter_map(|name| attribute(tag, name)).for_each(|said| self.say(said.as_bytes()));
    }

    /// Adds to the label that is being read, a word apart.
    fn say(&mut self, text: &[u8]) {
        let label = match self.labelled {
            Some(Labelled::Link) => self.page.links.last_mut().map(|link| &mut link.label),
            Some(Labelled::Button) => self.page.forms.last_mut().map(|form| &mut form.label),
            None => None,
        };
        if let Some(label) = label
            && label.len() < LABEL_AT_MOST
        {
            label.push_str(&String::from_utf8_lossy(text.get(..LABEL_AT_MOST).unwrap_or(text)));
            label.push(' ');
        }
    }

    /// The chosen option of a list; without a choice, the first that says something.
    fn option(&mut self, tag: &StartTag<()>) {
        let Some(open) = self.open.as_mut().filter(|open| open.is_list) else { return };
        let is_chosen = open.field.value.is_empty() || attribute(tag, b"selected").is_some();
        let value = attribute(tag, b"value");
        open.takes_text = is_chosen && value.is_none();
        if is_chosen {
            open.field.value = value.unwrap_or_default();
        }
    }
}

/// What a byte order mark says of a page overrules all else that is said of it (Encoding standard, section 6). Every other
/// encoding that browsers read has the signs of HTML where ASCII has them.
fn decoded(html: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |text: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = text.chunks_exact(2).filter_map(|unit| Some(read(unit.try_into().ok()?))).collect();
        Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
    };
    match html {
        [0xef, 0xbb, 0xbf, text @ ..] => Cow::Borrowed(text),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        text => Cow::Borrowed(text),
    }
}

fn keep(list: &mut Vec<String>, reference: Option<String>) {
    if let Some(reference) = reference
        && list.len() < AT_MOST
    {
        list.push(reference);
    }
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
            <input type=checkbox name=terms value=1 required>
            <textarea name=about>x &lt; y</textarea><select name=s><option value=1><option value=2 selected></select>
            <select name=t><option>one <option selected> two
            <option>three</select><input name=never disabled>
            <input type=radio name=r value=3 checked><input name=nameless type=reset><button type=button name=no>No</button>
            <button name=do value=save>Save</button><button name=do value=delete>Delete</button><input type=submit name=also>
            </form><input name=outside>"#,
        );
        let [form] = page.forms.as_slice() else { panic!("{page:?}") };
        assert_eq!((form.method.as_str(), form.action.as_str()), ("POST", "/email?a=1&b=2"));
        let fields: Vec<_> = form.fields.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
        assert_eq!(
            fields,
            [
                ("csrf", "a\"b"),
                ("email", "a@b.example"),
                ("on", "on"),
                ("terms", "1"),
                ("about", "x < y"),
                ("s", "2"),
                ("t", "two"),
                ("r", "3"),
                ("do", "save"),
            ]
        );
    }

    #[test]
    fn a_page_may_be_written_in_any_encoding_that_it_names_by_its_first_bytes() {
        let page = "<form method=post action=/\u{e4}>";
        let units = || std::iter::once(0xfeff).chain(page.encode_utf16());
        for (name, bytes) in [
            ("plain", page.as_bytes().to_vec()),
            ("marked", [b"\xef\xbb\xbf", page.as_bytes()].concat()),
            ("little end first", units().flat_map(u16::to_le_bytes).collect()),
            ("big end first", units().flat_map(u16::to_be_bytes).collect()),
            ("cut off", units().flat_map(u16::to_le_bytes).chain([0x3c]).collect()),
        ] {
            let read = Page::read(&bytes);
            assert_eq!(read.forms.first().map(|form| form.action.as_str()), Some("/\u{e4}"), "{name}");
        }
    }

    #[test]
    fn links_and_resources_are_kept_apart() {
        let page = Page::read(
            b"<base href=/b/><a href='/x'>x</a><iframe src=y></iframe><script src=/s.js></script><img src=i.png>",
        );
        assert_eq!(page.links.iter().map(|link| link.to.as_str()).collect::<Vec<_>>(), ["/x", "y"]);
        assert_eq!(page.resources, ["/s.js", "i.png"]);
        assert_eq!(page.base.as_deref(), Some("/b/"));
    }

    #[test]
    fn what_stands_on_links_and_buttons_is_theirs() {
        let page = Page::read(
            b"<a href=/bye><i>Log</i>\nout</a> now <form method=post><button name=x value=y>Delete <b>it</b></button><button>Save
            </button> or not</form><form method=post><input type=submit value='Sign out'></form><form method=post>x</form>",
        );
        assert_eq!(page.links[0].label.split_whitespace().collect::<Vec<_>>(), ["Log", "out"]);
        let labels = page.forms.iter().map(|form| form.label.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(labels.collect::<Vec<_>>(), ["x y Delete it", "Sign out", ""]);
    }

    #[test]
    fn what_a_link_or_button_without_text_is_called_is_theirs() {
        let page = Page::read(
            b"<a href=/1 title='Log out'><svg></svg></a><a href=/2 aria-label=Delete></a><a href=/3><img src=x alt=Remove></a>
            <form method=post><button title=Destroy><i></i></button></form><form method=post><button aria-label=Delete></form>
            <form method=post><button><img src=x alt=Remove></button></form><a name=top>not a link</a>",
        );
        let labels = page.links.iter().map(|link| &link.label).chain(page.forms.iter().map(|form| &form.label));
        let labels = labels.map(|label| label.trim());
        assert_eq!(labels.collect::<Vec<_>>(), ["Log out", "Delete", "Remove", "Destroy", "Delete", "Remove"]);
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
