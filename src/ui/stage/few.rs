//! Many Pods that change at once are drawn some a frame, so that no frame is long. Whoever waits is drawn as before, where
//! he is by now; one who is new comes a frame or two later.

use std::rc::Rc;

use podarium::collections::Map;
use podarium::scene::{PodBody, PodGlyph, Scene};

/// So many Pods are drawn anew in a frame.
const MOST: usize = 32;

/// The scene with at most [`MOST`] Pods drawn otherwise than in the one before; and is that all of it?
pub fn few_at_once(scene: Scene, before: &Scene) -> (Scene, bool) {
    let drawn = before.pods.iter();
    let drawn: Map<&Rc<str>, &Rc<PodBody>> =
        drawn.map(|glyph| (&glyph.body.path, &glyph.body)).collect();
    let drawn = |glyph: &PodGlyph| drawn.get(&glyph.body.path).copied();
    let is_new = |glyph: &PodGlyph| drawn(glyph).is_none_or(|body| !Rc::ptr_eq(body, &glyph.body));
    if scene.pods.iter().filter(|glyph| is_new(glyph)).count() <= MOST {
        return (scene, true);
    }
    let mut left = MOST;
    let pods = scene.pods.iter().filter_map(|glyph| {
        if !is_new(glyph) {
            return Some(glyph.clone());
        }
        if left > 0 {
            left -= 1;
            return Some(glyph.clone());
        }
        Some(PodGlyph {
            body: drawn(glyph)?.clone(),
            ..glyph.clone()
        })
    });
    let pods = pods.collect();
    (Scene { pods, ..scene }, false)
}

#[cfg(test)]
mod tests {
    use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};
    use podarium::scene::{Look, SceneCache, Speeds, scene};

    use super::*;
    use crate::ui::stage::large::empty;

    fn manifest(number: usize) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number:03}}}\n\
             spec: {{containers: [{{name: web, image: 'demo/web:1'}}]}}\n"
        )
    }

    #[test]
    fn a_hundred_pods_come_some_a_frame_until_all_are_there_as_they_are() {
        let mut world = Simulation::new(Setup::default(), 7);
        let manifest: Vec<String> = (0..100).map(manifest).collect();
        let manifest = manifest.join("---\n").as_str().into();
        world.apply(Input::Apply { manifest });
        let mut cache = SceneCache::default();
        let mut before = empty();
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
                let (drawn, is_all) = few_at_once(whole(), &before);
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
}
