//! The demo app's pages, and that of the site that attacks it.

use super::sessions::Visitor;

pub(super) const STYLE: &str = include_str!("static/style.css");
pub(super) const SCRIPT: &str = include_str!("static/app.js");

pub(super) fn home(visitor: &Visitor) -> String {
    let name = visitor.user.as_deref().map_or_else(|| "stranger".to_owned(), escape);
    page(
        "Corner shop",
        &format!(
            "<h1>Welcome, {name}</h1>\
            <p>A small shop with four holes: a bare session cookie, forms that anybody may send, no security headers, and \
            an upload form that trusts what it is told.</p>\
            <p class=note>Nothing here is real; it ends with <code>mantlet demo</code>.</p>"
        ),
    )
}

pub(super) fn login() -> String {
    page(
        "Log in",
        "<h1>Log in</h1><form method=post action=/login>\
        <label>Name <input name=user required autocomplete=username></label>\
        <label>Password <input name=password type=password required autocomplete=current-password></label>\
        <button>Log in</button></form><p class=note>Any name and any password will do.</p>",
    )
}

pub(super) fn profile(visitor: &Visitor) -> String {
    page(
        "Profile",
        &format!(
            "<h1>Profile</h1><form method=post action=/profile>\
            <label>E-mail <input name=email type=email required value=\"{}\"></label>\
            <button>Save</button></form>",
            escape(&visitor.email)
        ),
    )
}

pub(super) fn files(names: &[String]) -> String {
    let items: String = names
        .iter()
        .map(|name| format!("<li><a href=\"/uploads/{}\">{}</a>", escape(&in_url(name)), escape(name)))
        .collect();
    page(
        "Files",
        &format!(
            "<h1>Files</h1><form method=post action=/files enctype=multipart/form-data>\
            <label>File <input name=file type=file required></label><button>Upload</button></form><ul>{items}</ul>"
        ),
    )
}

/// What another site would put on a page of its own: the same forged form, once for the bare app, once for the shielded.
pub(super) fn attack(bare: &str, shielded: &str) -> String {
    let form = |action: &str, name: &str| {
        format!(
            "<form method=post action=\"{}/profile\"><input type=hidden name=email value=attacker@evil.example>\
            <button>Win a prize ({name})</button></form>",
            escape(action)
        )
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Another site</title>\
        <h1>Another site</h1><p>Each button changes your e-mail address in the shop, if the shop lets it.</p>{}<br>{}",
        form(bare, "the bare app"),
        form(shielded, "the shielded app")
    )
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>\
        <meta name=viewport content=\"width=device-width\"><link rel=stylesheet href=/static/style.css>\
        <script src=/static/app.js defer></script></head><body><nav><strong>Corner shop</strong>\
        <a href=/>Home</a><a href=/profile>Profile</a><a href=/files>Files</a><a href=/login>Log in</a></nav>\
        <main>{body}</main></body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn in_url(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place() {
        let page = files(&["\"><script>.png".to_owned()]);
        assert!(page.contains("href=\"/uploads/%22%3E%3Cscript%3E.png\""), "{page}");
        assert!(!page.contains("<script>.png"), "{page}");
    }
}
