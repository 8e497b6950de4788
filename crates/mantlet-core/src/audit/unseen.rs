//! Why what a rule did not find may be there all the same.

use super::outcome::CUT_SHORT;
use super::{Evidence, Rule, SeenKind, Strategy};

/// Why nothing is known of what a rule did not find. `None`: it was looked for everywhere.
pub(super) fn why(evidence: &Evidence<'_>, rule: &Rule) -> Option<String> {
    if evidence.cut_short {
        return Some(CUT_SHORT.to_owned());
    }
    match rule.strategy() {
        Strategy::Session if evidence.sessions().next().is_some() => None,
        Strategy::Session => {
            no_page(evidence).or_else(|| scripted_login(evidence, "--login 'POST /its/address' -d NAME=VALUE"))
        }
        Strategy::Csrf | Strategy::Upload => no_page(evidence)
            .or_else(|| unread_page(evidence))
            .or_else(|| match rule.id {
                "csrf.login" => {
                    scripted_login(evidence, "--form 'POST /its/address {\"user\": \"x\", \"password\": \"x\"}'")
                }
                "csrf.upload" => scripted_upload(evidence),
                _ if rule.strategy() == Strategy::Upload => scripted_upload(evidence),
                _ => passed_over(evidence),
            })
            .or_else(|| scripted_requests(evidence)),
        Strategy::Headers | Strategy::Transport => None,
    }
}

fn no_page(evidence: &Evidence<'_>) -> Option<String> {
    let only_others = !evidence.responses.is_empty() && evidence.of_kind(SeenKind::Page).next().is_none();
    only_others.then(|| "no page was seen".to_owned())
}

/// A page in a coding that nobody asked for: what forms it has, nobody knows.
fn unread_page(evidence: &Evidence<'_>) -> Option<String> {
    evidence.of_kind(SeenKind::Page).find_map(|page| {
        let coding = page.header("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity"))?;
        Some(format!("{} comes as {coding} without being asked to, and was not read", page.request()))
    })
}

fn passed_over(evidence: &Evidence<'_>) -> Option<String> {
    let form = evidence.passed_over.as_ref()?;
    Some(format!("{form} was left alone, and no other form changes anything: --form tries it"))
}

fn scripted_login(evidence: &Evidence<'_>, how: &str) -> Option<String> {
    let page = evidence.scripted.login.as_ref()?;
    Some(format!("a script sends the login of {page}, which was not tried: {how}"))
}

fn scripted_upload(evidence: &Evidence<'_>) -> Option<String> {
    let page = evidence.scripted.upload.as_ref()?;
    Some(format!("a script sends the files of {page}, which was not tried: --upload 'POST /its/address FIELD'"))
}

fn scripted_requests(evidence: &Evidence<'_>) -> Option<String> {
    let script = evidence.scripted.requests.as_ref().filter(|_| evidence.forms.is_empty())?;
    Some(format!("no form was found, and what the script of {script} sends is not seen: --form 'POST /its/address …'"))
}
