//! [`Reader`]: builds a page of its tags and texts, one after the other.

use html5gum::StartTag;
use http::Method;
use mantlet_core::audit::{Field, FieldKind};

use super::element::{
    asks_to_confirm, attribute, follows_by_script, input, is_button, is_captcha, named, note_autofill,
};
use super::head::Head;
use super::{Asks, Link, Page, PageForm, sends_requests};

/// How much of each kind is kept of one page; no honest page needs more.
const AT_MOST: usize = 1000;

/// A page as far as it was read.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) page: Page,
    in_form: bool,
    in_script: bool,
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
    /// As it is sent, but for its values.
    field: Field,
    kind: OpenKind,
    values: Vec<String>,
    /// The text that follows is the last of the values.
    takes_text: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenKind {
    Area,
    /// One option is always chosen: without a choice, the first. Where one is required, browsers do not send an empty one.
    Menu,
    /// A list of which any number may be chosen, or one of several that are in sight: without a choice, none.
    List,
}

impl Open {
    fn area(field: Field) -> Self {
        Self { field, kind: OpenKind::Area, values: vec![String::new()], takes_text: true }
    }

    fn select(tag: &StartTag<()>) -> Option<Self> {
        let in_sight = attribute(tag, b"size").and_then(|size| size.trim().parse::<u32>().ok()).unwrap_or_default();
        let is_list = in_sight > 1 || attribute(tag, b"multiple").is_some();
        let kind = if is_list { OpenKind::List } else { OpenKind::Menu };
        Some(Self { field: named(tag, FieldKind::Fixed)?, kind, values: Vec::new(), takes_text: false })
    }

    fn text(&mut self, text: &[u8]) {
        if let (true, Some(value)) = (self.takes_text, self.values.last_mut()) {
            let text = String::from_utf8_lossy(text);
            value.push_str(if self.kind == OpenKind::Area { &text } else { text.trim() });
        }
    }

    fn option(&mut self, tag: &StartTag<()>) {
        let is_chosen = attribute(tag, b"selected").is_some();
        let is_sent = |value: &String| !(self.field.required && value.is_empty());
        let stands_in = self.kind == OpenKind::Menu && !self.values.last().is_some_and(is_sent);
        let may_be_chosen = self.kind != OpenKind::Area && attribute(tag, b"disabled").is_none();
        self.takes_text &= self.kind == OpenKind::Area;
        if !may_be_chosen || !(is_chosen || stands_in) || self.values.len() >= AT_MOST {
            return;
        }
        if self.kind == OpenKind::Menu {
            self.values.clear();
        }
        let value = attribute(tag, b"value");
        self.takes_text = value.is_none();
        self.values.push(value.unwrap_or_default());
    }

    /// A line break behind the start tag of a text area is none of its value (HTML, section 13.2.6.4.7).
    fn into_fields(self) -> impl Iterator<Item = Field> {
        let Self { field, kind, values, .. } = self;
        values.into_iter().map(move |value| {
            let value = match kind {
                OpenKind::Area => {
                    let value = value.trim_start_matches('\r');
                    value.strip_prefix('\n').unwrap_or(value).to_owned()
                }
                OpenKind::Menu | OpenKind::List => value,
            };
            Field { value, ..field.clone() }
        })
    }
}

impl Reader {
    pub(super) fn open(&mut self, tag: &StartTag<()>) {
        if let Some(meta) = self.head.open(tag)
            && self.page.meta.len() < AT_MOST
        {
            self.page.meta.push(meta);
        }
        if let (true, Some(form)) = (self.in_form, self.page.forms.last_mut()) {
            form.asks.captcha |= is_captcha(tag);
            note_autofill(tag, &mut form.asks);
        }
        match tag.name.as_slice() {
            b"a" => {
                let to = attribute(tag, b"href").filter(|_| !follows_by_script(tag) && !asks_to_confirm(tag));
                // Without an address it is a mark on the page, and its text nobody's label.
                self.labelled = to.is_some().then_some(Labelled::Link);
                self.link(to);
                self.label(tag, &[b"title", b"aria-label"]);
            }
            b"area" => self.link(attribute(tag, b"href")),
            b"iframe" | b"frame" => self.link(attribute(tag, b"src")),
            b"script" => {
                self.in_script = true;
                keep(&mut self.page.resources, attribute(tag, b"src"));
            }
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
            b"input" => {
                self.note_loose(tag);
                self.field(input(tag));
            }
            b"button" if is_button(tag, "submit") => self.button(tag),
            b"textarea" => self.open = named(tag, FieldKind::Text).map(Open::area),
            b"select" => self.open = Open::select(tag),
            b"option" => {
                if let Some(open) = &mut self.open {
                    open.option(tag);
                }
            }
            _ => {}
        }
    }

    pub(super) fn close(&mut self, name: &[u8]) {
        self.head.close(name);
        match name {
            b"form" => self.in_form = false,
            b"script" => self.in_script = false,
            b"a" | b"button" => self.labelled = None,
            b"option" => {
                if let Some(open) = &mut self.open {
                    open.takes_text &= open.kind == OpenKind::Area;
                }
            }
            b"textarea" | b"select" => {
                for field in self.open.take().into_iter().flat_map(Open::into_fields) {
                    self.field(Some(field));
                }
            }
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        self.head.text(text);
        if self.in_script {
            self.page.sends |= sends_requests(text);
        }
        self.say(text);
        if let Some(open) = &mut self.open {
            open.text(text);
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
            asks: Asks { confirmation: asks_to_confirm(tag), ..Asks::default() },
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

    /// Neither a password nor a file is sent by GET, nor is what has no name: that is left to a script.
    fn note_loose(&mut self, tag: &StartTag<()>) {
        let is_sent = self.in_form
            && self.page.forms.last().is_some_and(|form| form.method != Method::GET)
            && attribute(tag, b"name").is_some_and(|name| !name.is_empty());
        let kind = attribute(tag, b"type").unwrap_or_default();
        self.page.loose.password |= !is_sent && kind.eq_ignore_ascii_case("password");
        self.page.loose.file |= !is_sent && kind.eq_ignore_ascii_case("file");
    }

    fn button(&mut self, tag: &StartTag<()>) {
        let has_button = std::mem::replace(&mut self.has_button, true);
        // A picture sends where it was pressed, and no value.
        let is_picture = attribute(tag, b"type").is_some_and(|kind| kind.eq_ignore_ascii_case("image"));
        self.labelled = (self.in_form && !has_button).then_some(Labelled::Button);
        self.label(tag, &[b"name", b"value", b"alt", b"title", b"aria-label"]);
        if has_button {
            return;
        }
        if !is_picture {
            self.field(named(tag, FieldKind::Fixed));
        }
        if let (true, Some(form)) = (self.in_form, self.page.forms.last_mut()) {
            form.asks.confirmation |= asks_to_confirm(tag);
            send_as_button_says(form, tag);
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
}

/// The button that is pressed has the last word on where its form goes, and how (HTML, section 4.10.21.3).
fn send_as_button_says(form: &mut PageForm, tag: &StartTag<()>) {
    if let Some(action) = attribute(tag, b"formaction") {
        form.action = action;
    }
    if let Some(method) = attribute(tag, b"formmethod") {
        form.method = if method.trim().eq_ignore_ascii_case("post") { Method::POST } else { Method::GET };
    }
    if let Some(kind) = attribute(tag, b"formenctype") {
        form.multipart = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    }
}

fn keep(list: &mut Vec<String>, reference: Option<String>) {
    if let Some(reference) = reference
        && list.len() < AT_MOST
    {
        list.push(reference);
    }
}
