use http::StatusCode;

use super::site::{TestSite, accepted, broken, form, headers, read_back, refused, sent_back, served, upload_form};
use super::{Row, row};
use crate::audit::trial::Announced::{self, Awaited, HungUp};
use crate::audit::trial::{Answer, Served, Trick};

fn passive() -> TestSite {
    TestSite::https().form(upload_form())
}

fn tried(trick: Trick, answer: Answer, stored_as: Option<&str>) -> TestSite {
    let name = "mantlet-probe-7f-3.x";
    passive().uploaded(trick, name, answer, stored_as.map(at_home))
}

fn script(name: &str, answer: Answer) -> TestSite {
    passive().uploaded(Trick::ServerScript, name, answer, None)
}

fn at_home(essence: &str) -> Served {
    served("/uploads/mantlet-probe-7f-3.x", &[("content-type", essence)])
}

/// Where the control was found, this one was looked for in vain.
fn looked_for(trick: Trick, answer: Answer) -> TestSite {
    tried(trick, read_back(answer, false), None)
        .last_upload(|trial| trial.control.first = read_back(trial.control.first.clone(), true))
}

/// Stored, and served with one more field.
fn stored_with(trick: Trick, essence: &str, field: (&str, &str)) -> TestSite {
    let served = served("/uploads/mantlet-probe-7f-3.x", &[("content-type", essence), field]);
    passive().uploaded(trick, "mantlet-probe-7f-3.x", accepted(), Some(served))
}

fn climbed(path: &str) -> TestSite {
    passive().uploaded(Trick::Traversal, "../mantlet-probe-7f-3.png", accepted(), Some(picture_at(path)))
}

/// A name with `../` that was answered with a redirect, and not found again.
fn led_to(location: &str) -> TestSite {
    let answer = Answer::read(StatusCode::FOUND, &headers(&[("location", location)]), b"", b"");
    passive().uploaded(Trick::Traversal, "../mantlet-probe-7f-3.png", answer, None)
}

fn said(status: u16) -> Announced {
    Announced::Answered(StatusCode::from_u16(status).unwrap())
}

/// Stored at this address, from where an application hands it out.
fn handed_out(trick: Trick, path: &str) -> TestSite {
    let fields = [("content-disposition", "attachment; filename=x"), ("x-content-type-options", "nosniff")];
    passive().uploaded(trick, "mantlet-probe-7f-3.php", accepted(), Some(served(path, &fields)))
}

fn picture_at(path: &str) -> Served {
    served(path, &[("content-type", "image/png")])
}

/// It was taken, and is handed out there.
fn picture_with_two_extensions(path: &str) -> TestSite {
    passive().uploaded(Trick::DoubleExtension, "p.php.png", accepted(), Some(picture_at(path)))
}

fn ran(trick: Trick, name: &str) -> TestSite {
    let printed = Served { executed: true, ..at_home("text/html") };
    passive().uploaded(trick, name, accepted(), Some(printed))
}

pub(super) const ROWS: &[Row] = &[
    row("a form", "upload.endpoint.found", passive, "implemented"),
    row("another form", "upload.endpoint.found", || TestSite::https().form(form("/email")), "not applicable"),
    row("passive", "upload.control", passive, "unknown"),
    row("stored", "upload.control", || tried(Trick::Html, refused(), None), "implemented"),
    row(
        "not found",
        "upload.control",
        || tried(Trick::Html, refused(), None).last_upload(|trial| trial.control_served = None),
        "unknown",
    ),
    row(
        "refused",
        "upload.control",
        || {
            tried(Trick::Html, refused(), None).last_upload(|trial| {
                trial.control_served = None;
                trial.control.first = refused();
            })
        },
        "unknown",
    ),
    row("without answer", "upload.control", || passive().tried_in_vain(), "unknown"),
    row("no answer to one file", "upload.type.svg", || tried(Trick::Html, refused(), None), "unknown"),
    row("waits", "upload.size.limit", || passive().announced(Awaited, None), "missing medium"),
    row("413", "upload.size.limit", || passive().announced(said(413), Some(Awaited)), "implemented"),
    row("hangs up", "upload.size.limit", || passive().announced(HungUp, Some(Awaited)), "implemented"),
    row("hangs up on anybody", "upload.size.limit", || passive().announced(HungUp, Some(HungUp)), "unknown"),
    row("400 for no token", "upload.size.limit", || passive().announced(said(400), Some(said(400))), "unknown"),
    row("404", "upload.size.limit", || passive().announced(said(404), Some(Awaited)), "unknown"),
    row("no forms", "upload.size.limit", TestSite::https, "not applicable"),
    row("passive", "upload.type.html", passive, "unknown"),
    row("no forms", "upload.type.html", TestSite::https, "not applicable"),
    row(
        "served as html",
        "upload.type.html",
        || tried(Trick::Html, accepted(), Some("text/html; charset=utf-8")),
        "missing high",
    ),
    row("served as text", "upload.type.html", || tried(Trick::Html, accepted(), Some("text/plain")), "implemented"),
    row(
        "served as a download",
        "upload.type.html",
        || stored_with(Trick::Html, "text/html", ("content-disposition", "Attachment; filename=a")),
        "implemented",
    ),
    row(
        "served in a sandbox",
        "upload.type.html",
        || stored_with(Trick::Html, "text/html", ("content-security-policy", "default-src 'none'; sandbox")),
        "implemented",
    ),
    row("refused", "upload.type.html", || tried(Trick::Html, refused(), None), "implemented"),
    row("sent back with a redirect", "upload.type.html", || tried(Trick::Html, sent_back(), None), "implemented"),
    row("taken, not found", "upload.type.html", || tried(Trick::Html, accepted(), None), "unknown"),
    row("failed", "upload.type.html", || tried(Trick::Html, broken(), None), "unknown"),
    row("inline", "upload.type.svg", || tried(Trick::Svg, accepted(), Some("image/svg+xml")), "missing medium"),
    row(
        "as a download",
        "upload.type.svg",
        || stored_with(Trick::Svg, "image/svg+xml", ("content-disposition", "attachment")),
        "implemented",
    ),
    row("refused", "upload.type.svg", || tried(Trick::Svg, refused(), None), "implemented"),
    row(
        "fetchable",
        "upload.type.server-script",
        || passive().uploaded(Trick::ServerScript, "p.php", accepted(), Some(served("/uploads/p.php", &[]))),
        "missing high",
    ),
    row(
        "stored under another name",
        "upload.type.server-script",
        || passive().uploaded(Trick::ServerScript, "p.php", accepted(), Some(served("/uploads/8c1b0e7a", &[]))),
        "weak medium",
    ),
    row(
        "taken, not found",
        "upload.type.server-script",
        || tried(Trick::ServerScript, accepted(), None),
        "missing medium",
    ),
    row(
        "only one of its disguises is taken",
        "upload.type.server-script",
        || {
            script("p.php", refused()).uploaded(
                Trick::ServerScript,
                "p.png.php",
                accepted(),
                Some(served("/uploads/p.png.php", &[])),
            )
        },
        "missing high",
    ),
    row(
        "handed out under its name",
        "upload.type.server-script",
        || handed_out(Trick::ServerScript, "/files/mantlet-probe-7f-3.php"),
        "weak medium",
    ),
    row(
        "handed out under another",
        "upload.type.server-script",
        || handed_out(Trick::ServerScript, "/files/8c1b0e7a"),
        "weak low",
    ),
    row("handed out", "upload.content.mismatch", || handed_out(Trick::Mismatch, "/files/8c1b0e7a"), "weak low"),
    row("it ran", "upload.type.server-script", || ran(Trick::ServerScript, "p.php"), "missing critical"),
    row("refused", "upload.type.server-script", || tried(Trick::ServerScript, refused(), None), "implemented"),
    row("stored", "upload.type.double", || picture_with_two_extensions("/uploads/p.php.png"), "missing medium"),
    row(
        "stored under another name",
        "upload.type.double",
        || picture_with_two_extensions("/i/8c1b0e7a.png"),
        "implemented",
    ),
    row(
        "handed out by a script under another name",
        "upload.type.double",
        || picture_with_two_extensions("/index.php/i/8c1b.png"),
        "implemented",
    ),
    row(
        "handed out by a script under its name",
        "upload.type.double",
        || picture_with_two_extensions("/get.php?f=p.php.png"),
        "missing medium",
    ),
    row("taken", "upload.type.double", || tried(Trick::DoubleExtension, accepted(), None), "unknown"),
    row(
        "answered like others that were found, and not found",
        "upload.content.mismatch",
        || tried(Trick::Mismatch, accepted(), None).last_upload(|trial| trial.control.first.read_back = Some(true)),
        "unknown",
    ),
    row(
        "turned away where others were found",
        "upload.content.mismatch",
        || tried(Trick::Mismatch, refused(), None).last_upload(|trial| trial.control.first.read_back = Some(true)),
        "implemented",
    ),
    row("refused", "upload.type.double", || tried(Trick::DoubleExtension, sent_back(), None), "implemented"),
    row(
        "only mixed case passes",
        "upload.type.case",
        || script("p.php", refused()).uploaded(Trick::MixedCase, "p.PhP", accepted(), None),
        "missing high",
    ),
    row("mixed case runs", "upload.type.case", || ran(Trick::MixedCase, "p.PhP"), "missing critical"),
    row(
        "only another extension passes",
        "upload.type.case",
        || {
            script("p.php", refused()).uploaded(Trick::ServerScript, "p.phtml", accepted(), None).uploaded(
                Trick::MixedCase,
                "p.PhP",
                accepted(),
                None,
            )
        },
        "missing high",
    ),
    row(
        "both refused",
        "upload.type.case",
        || tried(Trick::ServerScript, refused(), None).uploaded(Trick::MixedCase, "p.PhP", refused(), None),
        "implemented",
    ),
    row(
        "both pass",
        "upload.type.case",
        || script("p.php", accepted()).uploaded(Trick::MixedCase, "p.PhP", accepted(), None),
        "not applicable",
    ),
    row(
        "stored",
        "upload.content.mismatch",
        || tried(Trick::Mismatch, accepted(), Some("image/png")),
        "missing medium",
    ),
    row("refused", "upload.content.mismatch", || tried(Trick::Mismatch, refused(), None), "implemented"),
    row("one folder up", "upload.name.traversal", || climbed("/mantlet-probe-7f-3.png"), "missing high"),
    row("in its folder", "upload.name.traversal", || climbed("/uploads/mantlet-probe-7f-3.png"), "implemented"),
    row("in one of its own", "upload.name.traversal", || climbed("/8c1b/mantlet-probe-7f-3.png"), "implemented"),
    row("led to, one folder up", "upload.name.traversal", || led_to("/uploads/../p-7.png"), "missing high"),
    row("led to, escaped", "upload.name.traversal", || led_to("/uploads/..%2Fp-7.png"), "missing high"),
    row("led to, in a query", "upload.name.traversal", || led_to("/?saved=..%2Fp-7.png"), "unknown"),
    row("led elsewhere", "upload.name.traversal", || led_to("/uploads/a..b/p-7.png"), "unknown"),
    row("refused", "upload.name.traversal", || tried(Trick::Traversal, refused(), None), "implemented"),
    row("taken, not found", "upload.name.traversal", || tried(Trick::Traversal, accepted(), None), "unknown"),
    row(
        "taken, gone from where others are",
        "upload.name.traversal",
        || looked_for(Trick::Traversal, accepted()),
        "unknown",
    ),
    row("refused, and looked for", "upload.name.traversal", || looked_for(Trick::Traversal, refused()), "implemented"),
    row("answered alike, and not stored", "upload.type.svg", || looked_for(Trick::Svg, accepted()), "implemented"),
    row("bare", "upload.serve.nosniff", || tried(Trick::Html, refused(), None), "missing medium"),
    row(
        "with nosniff",
        "upload.serve.nosniff",
        || {
            tried(Trick::Html, refused(), None).last_upload(|trial| {
                trial.control_served = Some(served("/uploads/a.png", &[("x-content-type-options", "nosniff")]));
            })
        },
        "implemented",
    ),
];
