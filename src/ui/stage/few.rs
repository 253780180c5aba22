//! Many Pods that change at once are drawn some a frame, so that no frame is long. Whoever waits is drawn as before, where
//! he is by now; one who is new comes a frame or two later. They take turns: whoever changes in every frame doesn't keep
//! those behind from being drawn.

use std::cell::RefCell;
use std::rc::Rc;

use podarium::collections::{Map, Set};
use podarium::scene::{PodBody, PodGlyph, Scene};

/// So many Pods are drawn anew in a frame.
const MOST: usize = 24;

/// Whose turn is over: the Pod that was drawn anew last, while others wait.
#[derive(Default)]
pub struct Turns(RefCell<Option<Rc<str>>>);

impl Turns {
    /// The scene with at most [`MOST`] Pods drawn otherwise than in the one before; and is that all of it?
    pub fn few_at_once(&self, scene: Scene, before: &Scene) -> (Scene, bool) {
        let last = self.0.take();
        let (scene, last) = few_after(last.as_deref(), scene, before);
        let is_whole = last.is_none();
        self.0.replace(last);
        (scene, is_whole)
    }
}

/// Those that come after `last`, then those before; and which of them was the last, if some are left.
fn few_after(last: Option<&str>, scene: Scene, before: &Scene) -> (Scene, Option<Rc<str>>) {
    let drawn = before.pods.iter();
    let drawn: Map<&Rc<str>, &Rc<PodBody>> =
        drawn.map(|glyph| (&glyph.body.path, &glyph.body)).collect();
    let drawn = |glyph: &PodGlyph| drawn.get(&glyph.body.path).copied();
    let is_new = |glyph: &PodGlyph| drawn(glyph).is_none_or(|body| !Rc::ptr_eq(body, &glyph.body));
    if scene.pods.iter().filter(|glyph| is_new(glyph)).count() <= MOST {
        return (scene, None);
    }
    let at = last.and_then(|last| scene.pods.iter().position(|one| *one.body.path == *last));
    let (done, next) = scene.pods.split_at(at.map_or(0, |at| at + 1));
    let turn = next.iter().chain(done).filter(|glyph| is_new(glyph));
    let turn: Vec<&Rc<str>> = turn.take(MOST).map(|glyph| &glyph.body.path).collect();
    let last = turn.last().map(|path| Rc::clone(path));
    let turn: Set<&Rc<str>> = turn.into_iter().collect();
    let pods = scene.pods.iter().filter_map(|glyph| {
        if !is_new(glyph) || turn.contains(&&glyph.body.path) {
            return Some(glyph.clone());
        }
        Some(PodGlyph {
            body: drawn(glyph)?.clone(),
            ..glyph.clone()
        })
    });
    let pods = pods.collect();
    (Scene { pods, ..scene }, last)
}

#[cfg(test)]
mod tests {
    use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};
    use podarium::scene::{Look, SceneCache, Speeds, scene};

    use super::*;
    use crate::ui::stage::large::empty;

    /// A hundred Pods are applied.
    fn world() -> Simulation {
        let mut world = Simulation::new(Setup::default(), 7);
        let manifest: Vec<String> = (0..100).map(manifest).collect();
        let manifest = manifest.join("---\n").as_str().into();
        world.apply(Input::Apply { manifest });
        world
    }

    fn manifest(number: usize) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number:03}}}\n\
             spec: {{containers: [{{name: web, image: 'demo/web:1'}}]}}\n"
        )
    }

    #[test]
    fn a_hundred_pods_come_some_a_frame_until_all_are_there_as_they_are() {
        let mut world = world();
        let mut cache = SceneCache::default();
        let mut before = empty();
        let turns = Turns::default();
        for seconds in [1.0, 6.0] {
            let now = SimTime::from_seconds(seconds);
            world.run_until(now, Budget::ENDLESS);
            let snapshot = world.snapshot();
            let mut whole = || {
                let speeds = Speeds::default();
                scene(&snapshot, &speeds, now, Look::default(), &mut cache)
            };
            let anew = |scene: &Scene, before: &Scene| {
                let is_as_it_was = |glyph: &&PodGlyph| {
                    let mut pods = before.pods.iter();
                    pods.any(|other| Rc::ptr_eq(&other.body, &glyph.body))
                };
                scene.pods.iter().filter(|pod| !is_as_it_was(pod)).count()
            };
            let all = anew(&whole(), &before);
            assert!(all > MOST, "{all} at {seconds} s");
            for frame in 1.. {
                let (drawn, is_all) = turns.few_at_once(whole(), &before);
                assert!(anew(&drawn, &before) <= MOST);
                before = drawn;
                if is_all {
                    assert_eq!(frame, all.div_ceil(MOST));
                    break;
                }
            }
            assert_eq!(before, whole());
        }
    }

    #[test]
    fn whoever_changes_in_every_frame_keeps_nobody_waiting() {
        let mut world = world();
        let now = SimTime::from_seconds(6.0);
        world.run_until(now, Budget::ENDLESS);
        let (snapshot, speeds) = (world.snapshot(), Speeds::default());
        let all = scene(
            &snapshot,
            &speeds,
            now,
            Look::default(),
            &mut SceneCache::default(),
        );
        let (turns, mut before) = (Turns::default(), all.clone());
        let mut drawn_anew = Set::new();
        for _ in 0..all.pods.len().div_ceil(MOST) {
            let mut changed = all.clone();
            for pod in &mut changed.pods {
                pod.body = Rc::new(PodBody::clone(&pod.body));
            }
            let bodies: Vec<Rc<PodBody>> =
                changed.pods.iter().map(|pod| pod.body.clone()).collect();
            before = turns.few_at_once(changed, &before).0;
            for (pod, body) in before.pods.iter().zip(&bodies) {
                if Rc::ptr_eq(&pod.body, body) {
                    drawn_anew.insert(pod.body.path.clone());
                }
            }
        }
        assert_eq!(drawn_anew.len(), all.pods.len());
    }
}
