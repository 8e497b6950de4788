use super::site::{
    TestSite, accepted, answered, broken, form, headers, login_form, read_back, refused, sent_back, upload_form,
};
use super::{Row, row};
use crate::audit::trial::Forgery::{
    CrossSite, CrossSiteOthersToken, ForeignOrigin, Get, LookalikeOrigin, MethodOverride, NoOrigin, NullOrigin,
};
use crate::audit::trial::Purpose::{Change, Login, Upload};
use crate::audit::trial::{Answer, Forgery};
use crate::audit::{Active, Form, Meta, Scripted, TokenHeader};

fn site() -> TestSite {
    TestSite::https().form(form("/email"))
}

/// Has a page, and does this by script.
fn scripted(what: fn(&mut Scripted) -> &mut Option<String>) -> TestSite {
    let mut site = TestSite::https().page(&[]);
    *what(&mut site.observation.scripted) = Some("GET /".into());
    site
}

/// Has a page with a form that deletes something.
fn passed_over() -> TestSite {
    let mut site = TestSite::https().page(&[]);
    site.observation.passed_over = Some("POST /delete".into());
    site
}

/// Answers a login without a password like one with a wrong one: with this status.
fn indistinct_login(status: u16, forged: Answer) -> TestSite {
    TestSite::https().form(login_form()).forged(Login, &[(CrossSite, forged)]).last_trial(|trial| {
        let control = &mut trial.control;
        (control.first, control.second, control.empty) = (answered(status), answered(status), answered(status));
    })
}

/// Asks for settings, and for the password again.
fn settings(form: Form) -> TestSite {
    TestSite::https().form(form)
}

/// Asks whether it is a person.
fn captcha(form: Form) -> TestSite {
    let mut site = TestSite::https().form(Form { captcha: true, ..form });
    site.observation.active = Some(Active::default());
    site
}

/// Refuses what comes from another site, and answers one more forgery with this.
fn guarded(forgery: Forgery, answer: Answer) -> TestSite {
    site().forged(Change, &[(CrossSite, refused()), (forgery, answer)])
}

/// A form of which nothing can be read back.
fn unread(forged: Answer) -> TestSite {
    site().forged(Change, &[(CrossSite, forged)]).last_trial(|trial| trial.control.first.read_back = Some(false))
}

fn page_again() -> Answer {
    let headers = headers(&[("content-type", "text/html")]);
    Answer::read(http::StatusCode::OK, &headers, b"<form method=post>", b"")
}

/// A form whose value can be read back, sent by a link of another site.
fn linked(forgery: Forgery, is_there: bool) -> TestSite {
    guarded(forgery, read_back(accepted(), is_there)).last_trial(|trial| trial.control.first.read_back = Some(true))
}

fn token_header() -> Option<TokenHeader> {
    TokenHeader::of_page(&[Meta { name: "csrf-token".into(), content: "8c1b0e7a".into() }])
}

pub(super) const ROWS: &[Row] = &[
    row("a form", "csrf.forms.found", site, "implemented"),
    row("none", "csrf.forms.found", TestSite::https, "not applicable"),
    row("none, but scripts", "csrf.forms.found", || scripted(|scripted| &mut scripted.requests), "unknown"),
    row("none, but scripts", "csrf.request.cross-site", || scripted(|scripted| &mut scripted.requests), "unknown"),
    row("none, but scripts", "csrf.login", || scripted(|scripted| &mut scripted.login), "unknown"),
    row("none, but scripts", "csrf.upload", || scripted(|scripted| &mut scripted.upload), "unknown"),
    row("none but one that deletes", "csrf.forms.found", passed_over, "unknown"),
    row("none but one that deletes", "csrf.request.cross-site", passed_over, "unknown"),
    row("none but one that deletes", "csrf.upload", passed_over, "not applicable"),
    row("a login, and one that deletes", "csrf.request.cross-site", || passed_over().form(login_form()), "unknown"),
    row("an upload, and one that deletes", "csrf.request.cross-site", || passed_over().form(upload_form()), "unknown"),
    row("one more, that deletes", "csrf.forms.found", || passed_over().form(form("/email")), "implemented"),
    row(
        "a form, and scripts",
        "csrf.upload",
        || scripted(|scripted| &mut scripted.requests).form(form("/email")),
        "not applicable",
    ),
    row(
        "no page",
        "csrf.request.cross-site",
        || TestSite::https().answers("/", 301, &[("location", "https://www.shop.example/")]),
        "unknown",
    ),
    row("for people only", "csrf.login", || captcha(login_form()), "unknown"),
    row("for people only", "csrf.request.cross-site", || captcha(form("/email")), "unknown"),
    row("for people only", "csrf.upload", || captcha(upload_form()), "unknown"),
    row("for people only", "upload.type.html", || captcha(upload_form()), "unknown"),
    row("no token", "csrf.form.token", site, "missing medium"),
    row(
        "a token",
        "csrf.form.token",
        || TestSite::https().form(Form { token: Some("csrf_token".into()), ..form("/email") }),
        "implemented",
    ),
    row(
        "one of two",
        "csrf.form.token",
        || site().form(Form { token: Some("csrf_token".into()), ..form("/name") }),
        "missing medium",
    ),
    row(
        "a token for scripts",
        "csrf.form.token",
        || TestSite::https().form(Form { header: token_header(), ..form("/email") }),
        "unknown",
    ),
    row(
        "even the honest form is refused",
        "csrf.form.token",
        || site().forged(Change, &[]).last_trial(|trial| trial.control.first = refused()),
        "unknown",
    ),
    row("decided by trial", "csrf.form.token", || site().forged(Change, &[(CrossSite, refused())]), "not applicable"),
    row("passive", "csrf.request.cross-site", site, "unknown"),
    row("no forms", "csrf.request.cross-site", TestSite::https, "not applicable"),
    row("accepted", "csrf.request.cross-site", || site().forged(Change, &[(CrossSite, accepted())]), "missing high"),
    row(
        "only SameSite",
        "csrf.request.cross-site",
        || site().sets("session=1; SameSite=Lax").forged(Change, &[(CrossSite, accepted())]),
        "missing medium",
    ),
    row(
        "one session without SameSite",
        "csrf.request.cross-site",
        || site().sets("session=1; SameSite=Lax").sets("sid=1").forged(Change, &[(CrossSite, accepted())]),
        "missing high",
    ),
    row(
        "login needs no session",
        "csrf.login",
        || site().sets("session=1; SameSite=Lax").form(login_form()).forged(Login, &[(CrossSite, accepted())]),
        "missing medium",
    ),
    row("refused", "csrf.request.cross-site", || site().forged(Change, &[(CrossSite, refused())]), "implemented"),
    row(
        "refused without what may be a token",
        "csrf.request.cross-site",
        || site().forged(Change, &[(CrossSite, refused())]).last_trial(|trial| trial.in_doubt = true),
        "unknown",
    ),
    row(
        "accepted even without what may be a token",
        "csrf.request.cross-site",
        || site().forged(Change, &[(CrossSite, accepted())]).last_trial(|trial| trial.in_doubt = true),
        "missing high",
    ),
    row("sent back", "csrf.request.cross-site", || site().forged(Change, &[(CrossSite, sent_back())]), "implemented"),
    row("failed", "csrf.request.cross-site", || site().forged(Change, &[(CrossSite, broken())]), "unknown"),
    row(
        "status says yes, value says no",
        "csrf.request.cross-site",
        || {
            site().forged(Change, &[(CrossSite, read_back(accepted(), false))]).last_trial(|trial| {
                trial.control.first.read_back = Some(true);
            })
        },
        "implemented",
    ),
    row(
        "status says no, value says yes",
        "csrf.request.cross-site",
        || {
            site().forged(Change, &[(CrossSite, read_back(refused(), true))]).last_trial(|trial| {
                trial.control.first.read_back = Some(true);
            })
        },
        "missing high",
    ),
    row(
        "control refused",
        "csrf.request.cross-site",
        || site().forged(Change, &[(CrossSite, refused())]).last_trial(|trial| trial.control.first = refused()),
        "unknown",
    ),
    row(
        "control that leads on, and cannot be read back",
        "csrf.request.cross-site",
        || unread(accepted()),
        "missing high",
    ),
    row("refused, and the control leads on", "csrf.request.cross-site", || unread(refused()), "implemented"),
    row(
        "control without effect",
        "csrf.request.cross-site",
        || unread(accepted()).last_trial(|trial| trial.control.empty = read_back(accepted(), false)),
        "unknown",
    ),
    row(
        "control that may be the form again",
        "csrf.request.cross-site",
        || {
            unread(page_again()).last_trial(|trial| {
                (trial.control.first, trial.control.second) = (read_back(page_again(), false), page_again());
            })
        },
        "unknown",
    ),
    row(
        "anything gets the same answer",
        "csrf.request.cross-site",
        || site().forged(Change, &[(CrossSite, accepted())]).last_trial(|trial| trial.control.empty = accepted()),
        "unknown",
    ),
    row(
        "login accepted",
        "csrf.login",
        || TestSite::https().form(login_form()).forged(Login, &[(CrossSite, accepted())]),
        "missing medium",
    ),
    row(
        "login refused",
        "csrf.login",
        || TestSite::https().form(login_form()).forged(Login, &[(CrossSite, refused())]),
        "implemented",
    ),
    row(
        "empty login fails alike, login accepted",
        "csrf.login",
        || indistinct_login(200, answered(200)),
        "missing medium",
    ),
    row("empty login fails alike, 401", "csrf.login", || indistinct_login(401, answered(401)), "missing medium"),
    row("everything is refused alike", "csrf.login", || indistinct_login(400, answered(400)), "unknown"),
    row("everything is forbidden alike", "csrf.login", || indistinct_login(403, answered(403)), "unknown"),
    row("empty login fails alike, login refused", "csrf.login", || indistinct_login(200, sent_back()), "implemented"),
    row(
        "whoever is logged in sees it",
        "csrf.login",
        || settings(Form { public: false, ..login_form() }),
        "not applicable",
    ),
    row(
        "the current password is asked for again",
        "csrf.login",
        || {
            let mut form = login_form();
            form.fields[1].name = "currentPassword".into();
            settings(form)
        },
        "not applicable",
    ),
    row(
        "another visitor's token",
        "csrf.request.cross-site",
        || site().forged(Change, &[(CrossSite, refused()), (CrossSiteOthersToken, accepted())]),
        "missing high",
    ),
    row(
        "another visitor's token is refused, too",
        "csrf.request.cross-site",
        || site().forged(Change, &[(CrossSite, refused()), (CrossSiteOthersToken, sent_back())]),
        "implemented",
    ),
    row(
        "another visitor's token, and the bare request without answer",
        "csrf.request.cross-site",
        || site().forged(Change, &[(CrossSiteOthersToken, refused())]),
        "unknown",
    ),
    row(
        "nothing but anybody's token is checked",
        "csrf.origin.null",
        || {
            site()
                .forged(Change, &[(CrossSite, refused()), (CrossSiteOthersToken, accepted()), (NullOrigin, accepted())])
        },
        "not applicable",
    ),
    row(
        "login that breaks",
        "csrf.login",
        || {
            indistinct_login(200, refused()).last_trial(|trial| {
                (trial.control.first, trial.control.second) = (broken(), broken());
            })
        },
        "unknown",
    ),
    row(
        "locked out in between",
        "csrf.login",
        || indistinct_login(403, sent_back()).last_trial(|trial| trial.control.second = sent_back()),
        "unknown",
    ),
    row(
        "shows something, as GET does",
        "csrf.request.cross-site",
        || {
            site()
                .forged(Change, &[(CrossSite, accepted())])
                .last_trial(|trial| trial.control.by_get = Some(accepted()))
        },
        "unknown",
    ),
    row(
        "leads back, and says nothing of it",
        "csrf.request.cross-site",
        || unread(accepted()).last_trial(|trial| trial.control.first.is_silent = true),
        "unknown",
    ),
    row(
        "one of two answers an empty form as a complete one",
        "csrf.request.cross-site",
        || {
            site().forged(Change, &[(CrossSite, refused())]).forged(Change, &[(CrossSite, sent_back())]).last_trial(
                |trial| {
                    let control = &mut trial.control;
                    (control.first, control.second) = (sent_back(), sent_back());
                },
            )
        },
        "implemented",
    ),
    row("no answer", "csrf.request.cross-site", || site().forged(Change, &[]), "unknown"),
    row(
        "no answer to one of two",
        "csrf.request.cross-site",
        || site().forged(Change, &[]).forged(Change, &[(CrossSite, refused())]),
        "unknown",
    ),
    row("form without answer", "csrf.request.cross-site", || site().tried_in_vain(), "unknown"),
    row("login without answer", "csrf.login", || TestSite::https().form(login_form()).tried_in_vain(), "unknown"),
    row("upload without answer", "csrf.upload", || TestSite::https().form(upload_form()).tried_in_vain(), "unknown"),
    row("no login", "csrf.login", || site().forged(Change, &[(CrossSite, refused())]), "not applicable"),
    row(
        "upload accepted",
        "csrf.upload",
        || TestSite::https().form(upload_form()).forged(Upload, &[(CrossSite, accepted())]),
        "missing high",
    ),
    row(
        "upload refused",
        "csrf.upload",
        || TestSite::https().form(upload_form()).forged(Upload, &[(CrossSite, refused())]),
        "implemented",
    ),
    row("null accepted", "csrf.origin.null", || guarded(NullOrigin, accepted()), "missing medium"),
    row(
        "no Origin is looked at",
        "csrf.origin.suffix",
        || site().forged(Change, &[(CrossSite, refused()), (ForeignOrigin, accepted()), (LookalikeOrigin, accepted())]),
        "not applicable",
    ),
    row("null without answer", "csrf.origin.null", || site().forged(Change, &[(CrossSite, refused())]), "unknown"),
    row("null refused", "csrf.origin.null", || guarded(NullOrigin, refused()), "implemented"),
    row(
        "a token holds",
        "csrf.origin.null",
        || guarded(NullOrigin, accepted()).last_trial(|trial| trial.has_token = true),
        "weak info",
    ),
    row(
        "null is accepted, and a token that nobody asks for",
        "csrf.origin.null",
        || {
            site()
                .forged(Change, &[(CrossSite, refused()), (NullOrigin, accepted()), (NoOrigin, accepted())])
                .last_trial(|trial| trial.has_token = true)
        },
        "missing medium",
    ),
    row(
        "nothing is checked, and at another form null is accepted",
        "csrf.origin.null",
        || {
            site()
                .forged(Change, &[(CrossSite, accepted()), (NullOrigin, accepted())])
                .forged(Change, &[(CrossSite, refused()), (NullOrigin, accepted())])
        },
        "missing medium",
    ),
    row(
        "nothing is checked",
        "csrf.origin.null",
        || site().forged(Change, &[(CrossSite, accepted()), (NullOrigin, accepted())]),
        "not applicable",
    ),
    row("beginning or end", "csrf.origin.suffix", || guarded(LookalikeOrigin, accepted()), "missing high"),
    row(
        "only the second is accepted",
        "csrf.origin.suffix",
        || {
            site()
                .forged(Change, &[(CrossSite, refused()), (LookalikeOrigin, refused()), (LookalikeOrigin, accepted())])
        },
        "missing high",
    ),
    row("whole", "csrf.origin.suffix", || guarded(LookalikeOrigin, refused()), "implemented"),
    row("a link", "csrf.method.get", || linked(Get, true), "missing high"),
    row(
        "a link that Lax lets pass",
        "csrf.method.get",
        || linked(Get, true).sets("session=1; SameSite=Lax"),
        "missing high",
    ),
    row(
        "a link that Strict leaves alone",
        "csrf.method.get",
        || linked(Get, true).sets("session=1; SameSite=Strict"),
        "missing medium",
    ),
    row("not a link", "csrf.method.get", || linked(Get, false), "implemented"),
    row("nothing to read back", "csrf.method.get", || guarded(Get, accepted()), "unknown"),
    row("a link with a method", "csrf.method.override", || linked(MethodOverride, true), "missing high"),
    row(
        "a mere link does",
        "csrf.method.override",
        || {
            site()
                .forged(
                    Change,
                    &[
                        (CrossSite, refused()),
                        (Get, read_back(accepted(), true)),
                        (MethodOverride, read_back(accepted(), true)),
                    ],
                )
                .last_trial(|trial| trial.control.first.read_back = Some(true))
        },
        "not applicable",
    ),
    row("not even so", "csrf.method.override", || linked(MethodOverride, false), "implemented"),
    row("says nothing, accepted", "csrf.headers.absent", || guarded(NoOrigin, accepted()), "missing low"),
    row("says nothing, refused", "csrf.headers.absent", || guarded(NoOrigin, refused()), "implemented"),
];
