//! The session guard over time. A browser, an application and everybody who plants cookies do one thing after the other,
//! while the policy is reloaded and the process restarted; whatever they do,
//!
//! 1. what reaches the application as its session is what it has set itself for this browser, and not ended since;
//! 2. nobody who is honest is refused, or loses a session before policy or application change;
//! 3. once nobody attacks any more, whoever logs in is logged in, if only that would be so without the shield;
//! 4. what a guard that enforces lets out has its attributes, and stays out of caches.
//!
//! Where this holds, and since when, is said in [`so_far`], after the guard's documentation. What is expected is what a second
//! browser sends, which is behind no shield and knows no attacker. `PROPTEST_CASES=100000 cargo test --release -p mantlet-core
//! --test sessions` searches for longer, elsewhere each time.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod app;
mod jar;
mod so_far;
mod step;
mod world;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use app::Style;
use jar::{Asker, Browser};
use step::{Does, Route, Rules, Step, steps};
use world::{Seen, World};

/// Takes one step after the other. The invariant that one of them breaks.
fn walk(browser: Browser, knows_paths: bool, rules: Rules, style: Style, steps: &[Step]) -> Result<(), String> {
    let mut world = World::new(browser, knows_paths, rules, style);
    for (at, step) in steps.iter().enumerate() {
        if let Some(seen) = world.take(*step)? {
            judge(&world, &seen).map_err(|what| format!("step {at}: {what}\n{seen:?}\n{:#?}", world.jar.cookies()))?;
        }
    }
    ends_well(&mut world)
}

fn judge(world: &World, seen: &Seen) -> Result<(), &'static str> {
    let so_far = &world.so_far;
    if seen.refused.is_some() {
        let may_be = so_far.is_attacked() || so_far.is_forgotten;
        return if may_be { Ok(()) } else { Err("an honest request is refused") };
    }
    if seen.is_protected && seen.got.contains("evil") {
        return Err("somebody else's session is believed");
    }
    let is_known = !so_far.is_forgotten && (seen.is_protected || !so_far.is_attacked());
    if is_known && !seen.got.is_subset(&seen.honest) {
        return Err("a session is believed that has ended");
    }
    let is_steady = is_known && !so_far.is_changed && !so_far.is_attacked() && !seen.scene.is_misnamed();
    if is_steady && seen.asker != Asker::StrangersImage && seen.got.is_empty() && !seen.expected.is_empty() {
        return Err("a session is lost");
    }
    Ok(())
}

fn ends_well(world: &mut World) -> Result<(), String> {
    let own = if world.scene(Route::App).style == Style::Inner { Route::Inner } else { Route::App };
    let scene = world.scene(own);
    let is_guarded = scene.is_enforced() && scene.is_recognised() && scene.rules != Rules::DropBoth;
    if !is_guarded || world.so_far.has_lost_partitions(scene.rules) {
        return Ok(());
    }
    let route = if world.so_far.has_left_folder(scene) { Route::Home } else { own };
    let mut last = String::new();
    // A refusal may have to clear the jar first, of what others planted, and of what the application cannot tell apart.
    for _ in 0..4 {
        let mut ask = |does| world.take(Step::Ask(does, route, Asker::User));
        ask(Does::Show)?;
        ask(Does::LogIn)?;
        let Some(seen) = ask(Does::Show)? else { continue };
        let latest = world.latest();
        let is_told_apart = seen.first.as_ref() == Some(&latest) || seen.is_as_bare;
        if seen.refused.is_none() && seen.got.contains(&latest) && is_told_apart {
            return Ok(());
        }
        last = format!("{seen:?}");
    }
    Err(format!("locked out: {last}\n{:#?}", world.jar.cookies()))
}

/// The same sequences each time; with `PROPTEST_CASES`, so many others.
#[expect(clippy::disallowed_methods, reason = "whoever runs it says how long to search")]
fn config() -> ProptestConfig {
    let own = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => own,
        None => ProptestConfig { cases: 1500, rng_seed: RngSeed::Fixed(1), ..own },
    }
}

fn browsers() -> impl Strategy<Value = Browser> {
    select(vec![Browser::Chromium, Browser::Firefox])
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nobody_gets_in_and_nobody_is_locked_out(
        browser in browsers(), knows_paths in any::<bool>(), rules in select(Rules::ALL.to_vec()), style in select(Style::ALL.to_vec()), steps in steps(12, false),
    ) {
        prop_assert_eq!(walk(browser, knows_paths, rules, style, &steps), Ok(()));
    }

    #[test]
    fn honest_people_notice_nothing(
        browser in browsers(), knows_paths in any::<bool>(), rules in select(Rules::ALL.to_vec()), style in select(Style::ALL.to_vec()), steps in steps(12, true),
    ) {
        prop_assert_eq!(walk(browser, knows_paths, rules, style, &steps), Ok(()));
    }
}
