//! Sites that show more to whoever has logged in.

use super::site::{self, Site};
use super::{mantlet, report, verdict};

#[test]
fn a_site_behind_login_is_audited_inside() {
    let site = Site::start(site::Protection::Login);
    let outside = report(&site.url, &["--active"]);
    assert_eq!(verdict(&outside, "csrf.request.cross-site"), "unknown", "its other forms are left alone");
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    let inside = report(&site.url, &login);
    assert_eq!(verdict(&inside, "csrf.request.cross-site"), "missing high");
    assert!(!inside.to_string().contains(site::PASSWORD));
    assert!(!site.requests().iter().any(|request| request.contains("/logout")), "nobody was logged out");

    let wrong = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", "password=wrong"]);
    assert_eq!(wrong.code, 3);
    assert!(wrong.stderr.contains("could not log in"), "{}", wrong.stderr);
    assert!(!wrong.stderr.contains("no cookie was set"), "{}", wrong.stderr);

    for password in [site::WITHHELD, site::WRONG_AND_SAID_SO] {
        let password = format!("password={password}");
        let refused = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", &password]);
        assert_eq!(refused.code, 3);
        assert!(refused.stderr.contains("no cookie was set"), "{}", refused.stderr);
    }
}

#[test]
fn a_page_to_which_only_the_login_leads_is_audited() {
    let site = Site::start(site::Protection::LoginUnlinked);
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    assert_eq!(verdict(&report(&site.url, &login), "csrf.request.cross-site"), "missing high");
}

#[test]
fn a_login_may_ask_for_the_name_first() {
    let site = Site::start(site::Protection::LoginInTwoSteps);
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    assert_eq!(verdict(&report(&site.url, &login), "csrf.request.cross-site"), "missing high");
}

#[test]
fn a_login_that_sticks_at_the_name_is_told_it_once() {
    let site = Site::start(site::Protection::LoginThatSticks);
    let stuck = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", "password=x"]);
    assert_eq!(stuck.code, 3);
    assert!(stuck.stderr.contains("`user` was sent, and no form after it asks for a password"), "{}", stuck.stderr);
    assert_eq!(site.requests().iter().filter(|request| *request == "POST /login").count(), 1);
}

#[test]
fn a_second_login_that_fails_is_told() {
    let site = Site::start(site::Protection::LoginOnce);
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    let untried = report(&site.url, &login)["untried"].to_string();
    assert!(untried.contains("logging in a second time failed"), "{untried}");
}

#[test]
fn a_captcha_is_left_to_people_and_named() {
    let site = Site::start(site::Protection::LoginWithCaptcha);
    let outside = report(&site.url, &["--active"]);
    assert_eq!(verdict(&outside, "csrf.login"), "unknown");
    assert!(outside["untried"].to_string().contains("CAPTCHA"), "{outside:#}");
    assert!(!site.requests().iter().any(|request| request == "POST /login"));
    let login = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", "password=x"]);
    assert!(login.stderr.contains("CAPTCHA") && login.stderr.contains("--cookie"), "{}", login.stderr);
}

#[test]
fn what_scripts_send_is_unknown_until_it_is_named() {
    let site = Site::start(site::Protection::Scripted);
    let outside = report(&site.url, &[]);
    assert_eq!(verdict(&outside, "session.cookie.secure"), "unknown");
    assert_eq!(verdict(&outside, "csrf.login"), "unknown");
    let by_form = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", "password=x"]);
    assert!(by_form.stderr.contains("--login 'POST /its/address'"), "{}", by_form.stderr);

    let named = [
        &["--active", "--login", "POST /api/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"][..],
        &["--form", "POST /api/email {\"email\": \"ann@shop.example\"}"],
    ]
    .concat();
    let inside = report(&site.url, &named);
    assert_eq!(verdict(&inside, "session.cookie.secure"), "missing high");
    assert_eq!(verdict(&inside, "csrf.request.cross-site"), "missing high");
    assert_eq!(site.email(), site::EMAIL, "what it was named with is sent last");
    assert!(inside["left"].to_string().contains("POST /api/email"), "{inside:#}");

    let typed = Site::start(site::Protection::ScriptedAndTyped);
    assert_eq!(verdict(&report(&typed.url, &named), "csrf.request.cross-site"), "implemented");
}

#[test]
fn a_token_that_only_users_see_is_recognised_by_a_second_login() {
    let site = Site::start(site::Protection::LoginAndToken);
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    let inside = report(&site.url, &login);
    assert_eq!(verdict(&inside, "csrf.request.cross-site"), "implemented");
    // Whoever comes with a cookie cannot tell a token from the number of a record.
    let inside = report(&site.url, &["--active", "--cookie", "session=ann-7f9c2ba4e88f827d"]);
    assert_eq!(verdict(&inside, "csrf.request.cross-site"), "unknown");
}
