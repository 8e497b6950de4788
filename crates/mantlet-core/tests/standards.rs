//! What the audit says of standards is what the page on them says.

use std::collections::BTreeSet;

use mantlet_core::audit::RULES;

const PAGE: &str = include_str!("../../../docs/asvs.md");

#[test]
fn every_requirement_that_a_check_names_has_its_row() {
    for rule in RULES {
        for standard in rule.standards.iter().filter_map(|standard| standard.strip_prefix("ASVS ")) {
            let row = PAGE.lines().find(|line| line.starts_with(&format!("| {standard} ")));
            let row = row.unwrap_or_else(|| panic!("{standard} has no row"));
            assert!(row.contains(&format!("`{}`", rule.id)), "{} in the row of {standard}", rule.id);
        }
    }
}

#[test]
fn every_check_on_the_page_is_one() {
    let checks: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    for line in PAGE.lines().filter(|line| line.starts_with("| V")) {
        let last = line.rsplit('|').nth(1).unwrap_or_default();
        for id in last.split('`').skip(1).step_by(2) {
            assert!(checks.contains(id), "{id} in {line}");
        }
    }
}
