//! Sites that take files, with more and with less care.

use super::gallery::{Care, Gallery, SECRET};
use super::{report, verdict};

#[test]
fn files_that_were_refused_are_not_listed_as_left() {
    let gallery = Gallery::start(Care::Full);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    let left = report["left"].to_string();
    assert!(left.contains("/pictures/") && !left.contains("perhaps"), "{left}");
}

#[test]
fn a_file_is_found_under_whatever_name_it_got_and_a_refusal_told_from_it() {
    let gallery = Gallery::start(Care::Full);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    for id in ["upload.control", "upload.type.html", "upload.type.server-script", "upload.type.double"] {
        assert_eq!(verdict(&report, id), "implemented", "{id}");
    }
    assert_eq!(verdict(&report, "upload.content.mismatch"), "implemented");
}

#[test]
fn a_token_in_the_address_is_left_out_of_what_is_forged_and_said() {
    let gallery = Gallery::start(Care::TokenInAddress);
    let report = report(&gallery.url, &["--active"]);
    for id in ["csrf.upload", "csrf.form.token", "upload.control", "upload.type.html"] {
        assert_eq!(verdict(&report, id), "implemented", "{id}");
    }
    assert!(!report.to_string().contains(SECRET), "{report:#}");
}

#[test]
fn a_look_at_type_and_first_bytes_is_not_enough() {
    let gallery = Gallery::start(Care::LooksOnly);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&report, "upload.type.server-script"), "missing critical");
    assert_eq!(verdict(&report, "upload.type.html"), "missing high");
    assert_eq!(verdict(&report, "upload.content.mismatch"), "implemented");
}

#[test]
fn every_field_for_a_file_is_tried_and_the_others_filled() {
    let both = Gallery::start(Care::OfTwo);
    let careful = report(&both.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&careful, "upload.type.html"), "implemented");
    let first = Gallery::start(Care::FirstOfTwo);
    let careless = report(&first.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&careless, "upload.type.html"), "missing high");
}

#[test]
fn a_site_that_shows_nothing_says_which_types_it_refuses() {
    let gallery = Gallery::start(Care::Mute);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&report, "upload.control"), "unknown");
    assert_eq!(verdict(&report, "upload.type.html"), "implemented");
    assert_eq!(verdict(&report, "upload.content.mismatch"), "unknown", "it may have been thrown away, or kept");
    let left = report["left"].to_string();
    let named = |ending: &str| left.contains(&format!("{ending} POST /"));
    assert!(named(".png, taken by") && named(".png, perhaps taken by") && !left.contains(".html"), "{left}");
}

#[test]
fn a_script_that_runs_is_the_worst_that_is_found() {
    let gallery = Gallery::start(Care::None);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&report, "upload.type.server-script"), "missing critical");
    assert_eq!(verdict(&report, "upload.type.html"), "missing high");
    assert_eq!(verdict(&report, "upload.type.double"), "missing medium");
}
