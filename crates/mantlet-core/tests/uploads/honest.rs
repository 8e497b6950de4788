//! Honest requests that mention the name of a program or a page, as applications send them all day: each passes, and what arrives says
//! what was sent. Hostile ones that look like them are in the corpus.

use http::Method;
use mantlet_core::{BodyPlan, Refusal};

use super::Request;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// What the application gets.
fn arrived(method: &str, target: &'static str, content_type: &str, body: &str) -> Result<String, Refusal> {
    let length = body.len().to_string();
    let mut headers = vec![("content-type", content_type), ("content-length", &*length)];
    headers.retain(|(_, value)| !value.is_empty());
    let request = Request { method: Method::try_from(method).unwrap(), target, headers, ..Request::multipart() };
    match request.plan()? {
        BodyPlan::Pass { .. } => Ok(body.to_owned()),
        BodyPlan::Form(_) => Ok(String::from_utf8(request.whole(body.as_bytes())?.body).unwrap()),
    }
}

#[test]
fn a_request_without_a_file_passes_whatever_it_names() {
    for (name, method, target, content_type, body) in [
        ("api of php", "PUT", "/api/update.php", JSON, r#"{"id":1}"#),
        ("api of php, a form", "PUT", "/api/update.php?id=3", FORM, "title=a"),
        ("api of php, a part", "PATCH", "/api/update.php?id=3", "application/merge-patch+json", r#"{"id":1}"#),
        ("api of php, nothing", "PUT", "/api/toggle.php?id=3", "", ""),
        ("a form for another method", "POST", "/items.php?_method=PUT", FORM, "title=a"),
        ("handler of asp.net", "PUT", "/api/save.ashx", JSON, "[1]"),
        ("api of jsp", "PUT", "/app/item.jsp?id=1", JSON, "[1]"),
        ("user of a mail service", "PUT", "/api/users/ivan@mail.ru", JSON, "[1]"),
        ("host of a country", "PUT", "/api/zones/allegro.pl", JSON, r#"{"ttl":300}"#),
        ("star of a repository", "PUT", "/api/v1/user/starred/o/site.py", "", ""),
        ("contents of a forge", "PUT", "/api/v1/repos/o/r/contents/main.py", JSON, r#"{"content":"cHJpbnQoMSk"}"#),
        ("editor of a forge", "POST", "/o/r/_edit/main/index.php", FORM, "filename=index.php&content=%3C%3Fphp"),
        ("editor of a theme", "POST", "/admin/theme-editor.php?filename=header.php", FORM, "content=%3C%3Fphp"),
        ("editor of documents", "POST", "/save?filePath=/docs/index.html", FORM, "content=%3Ch1%3E"),
        ("page of a wiki", "PUT", "/api/pages/about.html", JSON, r#"{"title":"About"}"#),
        ("export", "POST", "/export?filename=report.html", JSON, r#"{"rows":[1,2]}"#),
        ("format", "POST", "/render?ext=html&id=4", JSON, "{}"),
        ("job", "POST", "/jobs?name=sitemap.xml", JSON, "{}"),
        ("job of jenkins", "POST", "/createItem?name=my.project", "text/xml", "<project/>"),
        ("search for a host", "POST", "/search?name=www.php.net", JSON, "{}"),
        ("search for a script", "POST", "/search?name=index.php", FORM, "page=2"),
        ("beacon", "POST", "/collect?url=https://app.example/page.php&ref=a.html", "text/plain;charset=UTF-8", "x=1"),
        ("beacon of a download", "POST", "/g/collect?en=file_download&ep.file_name=/docs/index.html", "", ""),
        ("beacon that names its page", "POST", "/seen?name=index.html", "text/plain;charset=UTF-8", r#"{"ms":12}"#),
        ("download", "POST", "/report?file=report.html", "application/octet-stream", "x"),
        ("deletion", "DELETE", "/files?filename=index.php", "", ""),
        ("calendar", "PUT", "/dav/calendar/1.ics", "text/calendar", "BEGIN:VCALENDAR"),
        ("folder", "MKCOL", "/dav/new/", "", ""),
    ] {
        assert_eq!(arrived(method, target, content_type, body).as_deref(), Ok(body), "{name}");
    }
}

#[test]
fn a_form_with_a_file_passes_with_names_that_are_no_programs() {
    for (name, target, field, value, filename, arrives) in [
        ("issue", "/issues", "title", "Bug in index.php", "a.txt", "a.txt"),
        ("shop", "/shops", "name", "Allegro.pl", "a.txt", "a.txt"),
        ("course", "/courses", "name", "Lesson 3. PHP", "a.txt", "a.txt"),
        ("host", "/links", "name", "www.php.net", "a.txt", "a.txt"),
        ("front controller", "/index.php?action=upload", "title", "index.html", "a.txt", "a.txt"),
        ("quotes of go", "/files", "a", "", r#"the \"best\" photo.txt"#, "the _best_ photo.txt"),
        ("quotes of a browser", "/files", "a", "", "the %22best%22 photo.txt", "the _best_ photo.txt"),
        ("name of aiohttp", "/files", "a", "", "%E6%97%A5%E6%9C%AC.txt", "\u{65e5}\u{672c}.txt"),
        ("saved from the web", "/files", "a", "", "My%20Document.txt", "My Document.txt"),
        ("per cent", "/files", "a", "", "100%.txt", "100%.txt"),
    ] {
        let body = format!(
            "--X\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n\
             --X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{filename}\"\r\n\r\nhello\r\n--X--\r\n"
        );
        let arrived = arrived("POST", target, "multipart/form-data; boundary=X", &body).unwrap();
        assert!(arrived.contains(&format!("name=\"f\"; filename=\"{arrives}\"\r\n")), "{name}: {arrived}");
        assert!(arrived.contains(&format!("name=\"{field}\"\r\n\r\n{value}\r\n")), "{name}: {arrived}");
    }
}
