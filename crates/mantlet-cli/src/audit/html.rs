//! What an audit needs of a page: where it leads, what it loads, and its forms.
//!
//! Read with the tokenizer of the HTML standard, so that comments, scripts, entities and odd quoting are read as browsers
//! read them.

mod element;
mod encoding;
mod head;
mod reader;

use encoding::decoded;
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};
use http::Method;
use mantlet_core::audit::{Field, FieldKind, Meta};
use reader::Reader;

/// A page, as far as an audit reads it. References are as written: relative, and not yet checked.
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
    /// What it asks for that no form sends: only a script can.
    pub(super) loose: Loose,
    /// A script in it sends requests.
    pub(super) sends: bool,
}

/// What a page asks for that no form sends.
#[derive(Debug, Default)]
pub(super) struct Loose {
    pub(super) password: bool,
    pub(super) file: bool,
}

/// Whether a script sends requests, by the words for it.
pub(super) fn sends_requests(script: &[u8]) -> bool {
    let words = ["fetch(", "XMLHttpRequest", "sendBeacon", "axios", "$.ajax", "$.post", "WebSocket("];
    words.iter().any(|word| memchr::memmem::find(script, word.as_bytes()).is_some())
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
    pub(super) asks: Asks,
}

/// What a form asks for besides what its fields are.
#[derive(Debug, Default)]
pub(super) struct Asks {
    /// That nobody is a robot.
    pub(super) captcha: bool,
    /// A password that is not set yet.
    pub(super) new_password: bool,
    /// What is on a card.
    pub(super) payment: bool,
    /// Whether one is sure.
    pub(super) confirmation: bool,
}

impl PageForm {
    /// The values that nobody types, but for tokens: their letters say nothing.
    pub(super) fn unasked(&self) -> impl Iterator<Item = &str> {
        let is_unasked =
            |field: &&Field| field.kind == FieldKind::Fixed && !field.is_unguessable() && !field.is_called_token();
        self.fields.iter().filter(is_unasked).map(|field| field.value.as_str())
    }
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
            <textarea name=about>
x &lt; y</textarea><select name=s><option value=1><option value=2 selected></select>
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
    fn nothing_is_chosen_that_a_browser_would_not_choose() {
        for (what, html, expected) in [
            ("the first", "<select name=s><option>a<option>b</select>", &["a"][..]),
            ("the chosen", "<select name=s><option>a<option selected>b</select>", &["b"]),
            ("not the one that cannot be", "<select name=s><option disabled selected>Choose<option>a</select>", &["a"]),
            ("the first, though empty", "<select name=s><option value=''>Nobody<option value=1>admin</select>", &[""]),
            (
                "the chosen, though empty",
                "<select name=s><option>a<option value='' selected>b<option>c</select>",
                &[""],
            ),
            ("what must not be empty", "<select name=s required><option value=''>Choose<option>a</select>", &["a"]),
            ("none of several", "<select name=s multiple><option value=1>staff<option value=2>admin</select>", &[]),
            (
                "some",
                "<select name=s multiple><option selected>a<option>b<option value=3 selected>c</select>",
                &["a", "3"],
            ),
            ("none in sight", "<select name=s size=4><option>a<option>b</select>", &[]),
            ("none at all", "<select name=s></select>", &[]),
        ] {
            let page = Page::read(format!("<form method=post>{html}</form>").as_bytes());
            let values: Vec<_> = page.forms[0].fields.iter().map(|field| field.value.as_str()).collect();
            assert_eq!(values, expected, "{what}");
        }
    }

    #[test]
    fn what_is_left_to_scripts_is_known() {
        for (what, html, expected) in [
            (
                "a form",
                "<form method=post><input type=password name=p><input type=file name=f></form>",
                (false, false, false),
            ),
            ("a form by GET", "<form><input type=password name=p></form>", (true, false, false)),
            ("no form", "<input type=FILE name=f>", (false, true, false)),
            ("no name", "<form method=post><input type=file></form>", (false, true, false)),
            ("a request", "<script>fetch('/x')</script>", (false, false, true)),
            ("a word", "<p>fetch(it)</p><script>1</script>", (false, false, false)),
        ] {
            let page = Page::read(html.as_bytes());
            assert_eq!((page.loose.password, page.loose.file, page.sends), expected, "{what}");
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
    fn captchas_are_known_by_their_places_and_settings_are_none() {
        for (html, expected) in [
            ("<div class='g-recaptcha' data-sitekey=x></div>", true),
            ("<button class=\"btn g-recaptcha\" data-callback=onSubmit>Go</button>", true),
            ("<div class=h-captcha></div>", true),
            ("<div class=cf-turnstile></div>", true),
            ("<div class=frc-captcha></div>", true),
            ("<altcha-widget challengeurl=/x></altcha-widget>", true),
            ("<input type=hidden name=cf-turnstile-response>", true),
            ("<input name=captcha_1>", true),
            ("<input name=wpCaptchaWord>", false),
            ("<input type=checkbox name=captcha_enabled>", false),
            ("<input name=recaptcha_site_key>", false),
            ("<p>captcha</p>", false),
        ] {
            let page = Page::read(format!("<form method=post>{html}</form>").as_bytes());
            assert_eq!(page.forms[0].asks.captcha, expected, "{html}");
        }
    }

    #[test]
    fn links_that_scripts_follow_by_another_method_or_ask_about_are_no_links() {
        let page = Page::read(
            b"<a href=/1 data-method=delete>x</a><a href=/2 data-turbo-method=post>x</a><a href=/3 hx-delete=/3>x</a>
            <a href=/4 data-method=get>x</a><a href=/5 data-confirm='Sure?'>x</a>
            <a href=/6 onclick=\"return confirm('Sure?')\">x</a><a href=/7 onclick='open_menu()'>x</a>",
        );
        assert_eq!(page.links.iter().map(|link| link.to.as_str()).collect::<Vec<_>>(), ["/4", "/7"]);
    }

    #[test]
    fn a_form_that_asks_whether_one_is_sure_is_known_by_itself_and_by_its_first_button() {
        for (html, expected) in [
            ("<form method=post onsubmit=\"return confirm('Sure?')\"><button>Go</button></form>", true),
            ("<form method=post hx-confirm='Sure?'><button>Go</button></form>", true),
            ("<form method=post><button data-confirm='Are you sure?'>Quiet All</button></form>", true),
            ("<form method=post><input type=submit data-turbo-confirm=Sure? value=Go></form>", true),
            ("<form method=post><button>Save</button><button data-confirm=Sure?>Drop</button></form>", false),
            ("<form method=post onsubmit='check(this)'><button>Save</button></form>", false),
        ] {
            assert_eq!(Page::read(html.as_bytes()).forms[0].asks.confirmation, expected, "{html}");
        }
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
