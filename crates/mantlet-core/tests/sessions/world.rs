//! A browser with two jars: behind the shield, with everybody who plants cookies in it; and as if there were neither.

use std::collections::BTreeSet;

use http::{Method, StatusCode, Uri};
use mantlet_core::fields::{Fields, Known};
use mantlet_core::{Exchange, Mantlet, Origin, Policy, Reason, RequestHead, ResponseHead, Site};

use crate::app::{Style, values};
use crate::jar::{Asker, Browser, Jar, Place};
use crate::so_far::{Scene, SoFar};
use crate::step::{Depth, Does, Planter, Route, Rules, Step};

const HOST: &str = "app.shop.example";
const ANY_NAME: [&str; 5] = ["session", "session.0", "session.1", "__Host-session", "portal"];

pub(crate) struct World {
    browser: Browser,
    mantlet: Mantlet,
    rules: Rules,
    style: Style,
    knows_paths: bool,
    /// What the browser holds behind the shield.
    pub(crate) jar: Jar,
    /// What it would hold without shield and without attack.
    bare: Jar,
    waiting: Vec<Answer>,
    sessions: u32,
    pub(crate) so_far: SoFar,
}

/// What the application was sent, and what it would have been.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) scene: Scene,
    pub(crate) asker: Asker,
    pub(crate) refused: Option<Reason>,
    #[expect(dead_code, reason = "shown when a walk fails")]
    header: Option<String>,
    pub(crate) bare: Option<String>,
    /// The values under the names that the application looks for.
    pub(crate) got: BTreeSet<String>,
    /// The one of them that stands first.
    pub(crate) first: Option<String>,
    pub(crate) expected: BTreeSet<String>,
    /// It is that, or a part of it, in the same order.
    pub(crate) is_as_bare: bool,
    /// What the application has set, under any name and for any path, and not deleted since.
    pub(crate) honest: BTreeSet<String>,
    /// Whether nobody else can have set it.
    pub(crate) is_protected: bool,
}

/// An answer on its way.
struct Answer {
    exchange: Exchange,
    scene: Scene,
    place: Place,
    asker: Asker,
    for_jar: Vec<String>,
    for_bare: Vec<String>,
}

impl World {
    pub(crate) fn new(browser: Browser, knows_paths: bool, rules: Rules, style: Style) -> Self {
        let mut jar = Jar::default();
        jar.now = 1_900_000_000;
        Self {
            browser,
            mantlet: Mantlet::new(&Policy::from_toml(&rules.text()).unwrap()),
            rules,
            style,
            knows_paths,
            bare: jar.clone(),
            jar,
            waiting: Vec::new(),
            sessions: 0,
            so_far: SoFar::default(),
        }
    }

    /// Lets something happen. What the application was sent, if it was asked over https.
    pub(crate) fn take(&mut self, step: Step) -> Result<Option<Seen>, String> {
        match step {
            Step::Ask(does, route, asker) => {
                let place = Place { is_https: true, host: HOST, path: route.path() };
                let (seen, answer) = self.ask(does, route, place, asker);
                self.deliver(answer.into_iter().collect(), false)?;
                return Ok(Some(seen));
            }
            Step::AskPlainly(does) => {
                let place = Place { is_https: false, host: HOST, path: Route::App.path() };
                let (_, answer) = self.ask(does, Route::App, place, Asker::User);
                self.so_far.by_network = true;
                self.deliver(answer.into_iter().collect(), false)?;
            }
            Step::AskAndWait(does, route) => {
                let place = Place { is_https: true, host: HOST, path: route.path() };
                let (seen, answer) = self.ask(does, route, place, Asker::OwnPage);
                // What it sets again is something else than without attack or change, and comes too late to tell.
                self.so_far.is_forgotten |= does == Does::Prolong && seen.got != seen.expected;
                self.waiting.extend(answer);
                return Ok(Some(seen));
            }
            Step::AnswersCome => {
                let waiting = std::mem::take(&mut self.waiting);
                self.deliver(waiting, true)?;
            }
            Step::Plant(planter, spelling, depth) => self.plant(planter, spelling.0, depth),
            Step::Flood => {
                let place = Place { is_https: true, host: "blog.shop.example", path: "/" };
                for number in 0..200 {
                    self.jar.take(&format!("a{number}=1; Domain=shop.example; Path=/; Secure"), place, Asker::User);
                }
                self.so_far.by_sibling = true;
            }
            Step::Reload(rules) => {
                self.mantlet = self.mantlet.renew(&Policy::from_toml(&rules.text()).unwrap());
                self.so_far.reload(self.rules, rules);
                self.rules = rules;
            }
            Step::Restart(keeps) => {
                // What was on its way is lost with the process.
                self.waiting.clear();
                let seen = self.mantlet.seen_cookies();
                self.mantlet = Mantlet::new(&Policy::from_toml(&self.rules.text()).unwrap());
                if keeps {
                    self.mantlet.recall_cookies(&seen);
                }
                self.so_far.restart(self.scene(Route::App), keeps);
            }
            Step::Deploy(style) => {
                self.so_far.is_changed |= style != self.style;
                self.style = style;
            }
            Step::Reopen => {
                self.jar.reopen();
                self.bare.reopen();
            }
            Step::TimePasses => {
                self.so_far.is_changed |= self.rules == Rules::Short;
                self.jar.now += 4000;
                self.bare.now += 4000;
            }
        }
        Ok(None)
    }

    /// The value of the session that was begun last.
    pub(crate) fn latest(&self) -> String {
        format!("good{}", self.sessions)
    }

    fn plant(&mut self, planter: Planter, name: &str, depth: Depth) {
        let path = match depth {
            Depth::Root => "/",
            Depth::Folder => "/app",
        };
        match planter {
            Planter::Sibling | Planter::SiblingInPartition => {
                let place = Place { is_https: true, host: "blog.shop.example", path: "/" };
                let partition = if planter == Planter::Sibling { "" } else { "; Partitioned" };
                let line = format!("{name}=evil; Domain=shop.example; Path={path}; Secure{partition}");
                self.jar.take(&line, place, Asker::User);
                self.so_far.by_sibling = true;
            }
            Planter::Network => {
                let place = Place { is_https: false, host: HOST, path: "/" };
                self.jar.take(&format!("{name}=evil; Path={path}"), place, Asker::User);
                self.jar.take(&format!("{name}=evil; Path={path}; Domain=shop.example"), place, Asker::User);
                self.so_far.by_network = true;
            }
        }
    }

    fn ask(&mut self, does: Does, route: Route, place: Place, asker: Asker) -> (Seen, Option<Answer>) {
        let sent = self.jar.header(place, asker);
        let bare = self.bare.header(place, asker);
        let (relation, mode) = match asker {
            Asker::User => ("none", "navigate"),
            Asker::OwnPage => ("same-origin", "navigate"),
            Asker::StrangersLink => ("cross-site", "navigate"),
            Asker::StrangersImage => ("cross-site", "no-cors"),
        };
        let mut pairs: Vec<(&str, &str)> = sent.iter().map(|sent| ("cookie", &**sent)).collect();
        if place.is_https {
            pairs.extend([("sec-fetch-site", relation), ("sec-fetch-mode", mode)]);
        }
        let mut fields = Fields::from_pairs(pairs).unwrap();
        let scheme = if place.is_https { "https" } else { "http" };
        let mut site = Site::new(Origin::parse(&format!("{scheme}://{HOST}")).unwrap());
        site.has_browsers_paths = self.knows_paths;
        let (method, uri) = (Method::GET, Uri::from_static(route.path()));
        let mut head = RequestHead { method: &method, uri: &uri, fields: &mut fields, site: &site };
        let mut exchange = self.mantlet.begin(&head);
        let refused = exchange.admit(&mut head).err().map(|refusal| refusal.reason);
        let header = fields.get_str(Known::Cookie).map(str::to_owned).filter(|_| refused.is_none());
        let names = self.style.names();
        let set = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        let seen = Seen {
            scene: self.scene(route),
            asker,
            refused,
            got: set(values(header.as_deref(), names)),
            first: values(header.as_deref(), names).first().map(|value| (*value).to_owned()),
            expected: set(values(bare.as_deref(), names)),
            is_as_bare: {
                let mut bare = values(bare.as_deref(), names).into_iter();
                values(header.as_deref(), names).iter().all(|value| bare.any(|other| other == *value))
            },
            honest: self.bare.values(&ANY_NAME),
            is_protected: self.so_far.protects(self.scene(route)),
            header,
            bare,
        };
        let sent = values(seen.bare.as_deref(), &ANY_NAME).len();
        self.so_far.ask(self.scene(route), asker == Asker::StrangersImage, sent);
        if refused.is_some() {
            let mut answer = Fields::new();
            exchange.dress(&mut ResponseHead { status: StatusCode::FORBIDDEN, fields: &mut answer });
            if place.is_https && answer.contains(Known::ClearSiteData) {
                self.jar.clear(self.browser, HOST);
                self.bare.clear(self.browser, HOST);
                self.so_far.clear(self.browser);
            }
            let lines = answer.all(Known::SetCookie).map(|line| std::str::from_utf8(line).unwrap());
            lines.for_each(|line| self.jar.take(line, place, asker));
            return (seen, None);
        }
        let for_jar = self.answer(does, place, seen.got.first());
        let for_bare = match does {
            Does::LogIn => for_jar.clone(),
            _ => self.answer(does, place, seen.expected.first()),
        };
        // What comes over plain http could be anybody's.
        let for_bare = if place.is_https { for_bare } else { Vec::new() };
        (seen, Some(Answer { exchange, scene: self.scene(route), place, asker, for_jar, for_bare }))
    }

    fn answer(&mut self, does: Does, place: Place, value: Option<&String>) -> Vec<String> {
        match (does, value) {
            (Does::Show, _) | (Does::Prolong, None) => Vec::new(),
            // Anybody could have answered so.
            (Does::LogIn, _) if !place.is_https => self.style.begins("evil"),
            (Does::LogIn, _) => {
                self.sessions += 1;
                self.style.begins(&format!("good{}", self.sessions))
            }
            (Does::LogOut, _) => self.style.ends(),
            (Does::Prolong, Some(value)) if value == "evil" => Vec::new(),
            (Does::Prolong, Some(value)) => self.style.begins(value),
        }
    }

    fn deliver(&mut self, answers: Vec<Answer>, is_late: bool) -> Result<(), String> {
        for Answer { mut exchange, scene, place, asker, for_jar, for_bare } in answers {
            if !for_jar.is_empty() {
                self.so_far.answer(scene, self.scene(scene.route), is_late);
                // What the application sets now it was not sent, and what it set before a change is another cookie.
                self.so_far.is_forgotten |= self.so_far.is_changed && asker == Asker::StrangersImage;
            }
            let mut fields = Fields::from_pairs(for_jar.iter().map(|line| ("set-cookie", &**line))).unwrap();
            exchange.dress(&mut ResponseHead { status: StatusCode::OK, fields: &mut fields });
            let lines: Vec<&str> =
                fields.all(Known::SetCookie).map(|line| std::str::from_utf8(line).unwrap()).collect();
            if place.is_https && !lines.is_empty() {
                let ends = for_jar.iter().any(|line| line.contains("Max-Age=0") || line.contains("1970"));
                self.so_far.see(scene, ends);
                let is_stored = fields.get(Known::CacheControl) != Some(b"no-store");
                // A line that ends a session nobody knows for one holds nothing to protect.
                let is_known =
                    scene.is_recognised() && !(ends && matches!(scene.style, Style::Unnamed | Style::UnnamedNoPath));
                let is_guarded = scene.is_enforced() && is_known;
                if is_guarded && (is_stored || !lines.iter().all(|line| is_hardened(line))) {
                    return Err(format!("{lines:?} leave the session unprotected"));
                }
            }
            lines.iter().for_each(|line| self.jar.take(line, place, asker));
            for_bare.iter().for_each(|line| self.bare.take(line, place, asker));
        }
        Ok(())
    }

    pub(crate) fn scene(&self, route: Route) -> Scene {
        Scene { rules: self.rules, style: self.style, route, knows_paths: self.knows_paths }
    }
}

fn is_hardened(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    ["secure", "httponly", "samesite="].iter().all(|each| line.split("; ").any(|part| part.starts_with(each)))
}
