//! [`Head`]: what a page says of itself before it begins.

use html5gum::StartTag;
use mantlet_core::audit::Meta;

use super::element::attribute;

/// How far the head of the page has been read.
#[derive(Default)]
pub(super) struct Head {
    has_ended: bool,
    /// An element whose content says nothing of the page, and is still to come.
    inside: Option<&'static [u8]>,
}

impl Head {
    /// What may stand in a head (HTML, section 13.2.6.4.4). Anything else begins the body, where no policy is read.
    const ELEMENTS: [&'static [u8]; 8] =
        [b"html", b"head", b"meta", b"title", b"link", b"base", b"bgsound", b"basefont"];
    /// Those whose content is none of the head's.
    const OPAQUE: [&'static [u8]; 4] = [b"script", b"style", b"noscript", b"template"];

    pub(super) fn open(&mut self, tag: &StartTag<()>) -> Option<Meta> {
        let name = tag.name.as_slice();
        if self.has_ended || self.inside.is_some() {
            return None;
        }
        if name == b"meta" {
            let said = attribute(tag, b"http-equiv").or_else(|| attribute(tag, b"name"))?;
            return Some(Meta { name: said.to_ascii_lowercase(), content: attribute(tag, b"content")? });
        }
        self.inside = Self::OPAQUE.into_iter().find(|opaque| *opaque == name);
        if name == b"title" {
            self.inside = Some(b"title");
        }
        self.has_ended = self.inside.is_none() && !Self::ELEMENTS.contains(&name);
        None
    }

    pub(super) fn close(&mut self, name: &[u8]) {
        if self.inside == Some(name) {
            self.inside = None;
        } else if matches!(name, b"head" | b"body" | b"html" | b"br") {
            self.has_ended = true;
        }
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        self.has_ended |= self.inside.is_none() && !text.trim_ascii().is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::super::Page;

    #[test]
    fn a_head_speaks_for_its_page_until_it_ends() {
        let policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\">";
        for (what, html, expected) in [
            ("in the head", format!("<!doctype html><html><head><title>a b</title><script>1</script>{policy}"), 1),
            ("without a head", format!("\n{policy}<p>x"), 1),
            ("behind a byte order mark", format!("\u{feff}{policy}"), 1),
            ("behind another element", format!("<p>{policy}"), 0),
            ("behind the head", format!("<head></head>{policy}"), 0),
            ("behind text", format!("<head>x{policy}"), 0),
            ("in a comment", format!("<head><!--{policy}-->"), 0),
            ("in a script", format!("<head><script>'{policy}'</script>"), 0),
            ("in the title", format!("<head><title>{policy}</title>"), 0),
            ("where scripts do not run", format!("<head><noscript>{policy}</noscript>"), 0),
            ("in a template", format!("<head><template>{policy}</template>"), 0),
        ] {
            assert_eq!(Page::read(html.as_bytes()).meta.len(), expected, "{what}");
        }
    }
}
