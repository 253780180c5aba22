//! What people write ends where a real cluster would put it: the images that are used most
//! (`images.yaml`), and every program of the lessons (`lessons.yaml`).

use std::collections::BTreeSet;
use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::workload::catalogue;
use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};
use serde::Deserialize;

/// The names that usage.md lists, most used first.
const MOST_USED: &str = "nginx busybox alpine redis luksa/kiada mongo postgres ubuntu foo/bar luksa/kubia \
    registry.k8s.io/busybox envoyproxy/envoy luksa/quiz-api k8spatterns/random-generator \
    us-docker.pkg.dev/google-samples/containers/gke/gb-frontend mysql nigelpoulton/k8sbook \
    quay.io/openshiftlabs/simpleservice gcr.io/kuar-demo/kuard-amd64 registry.k8s.io/pause \
    luksa/quote-writer quay.io/rhdevelopers/myboot registry.k8s.io/test-webserver luksa/kiada-ssl-proxy \
    richardchesterwood/k8s-fleetman-webapp-angular kiamol/ch03-sleep cloudnativelabs/kube-router \
    docker.elastic.co/eck/eck-operator wardviaene/k8s-demo ghcr.io/stefanprodan/podinfo \
    richardchesterwood/k8s-fleetman-queue hashicorpdemoapp/product-api-db stacksimplify/kubenginx python \
    bash luksa/fortune hashicorpdemoapp/public-api vish/stress gcr.io/google_samples/gb-frontend \
    hashicorp/http-echo";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows, of a lesson's.
    #[serde(default)]
    lesson: String,
    container: serde_yaml::Value,
    #[serde(default)]
    volumes: Option<serde_yaml::Value>,
    #[serde(default)]
    beside: Vec<serde_yaml::Value>,
    ends: Ends,
    #[serde(default)]
    says: Option<String>,
    /// Commands that are run in it, and what they print.
    #[serde(default)]
    exec: Vec<(Vec<String>, String)>,
    #[serde(default)]
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Ends {
    Code(i64),
    Word(String),
}

impl Case {
    fn image(&self) -> &str {
        self.container["image"].as_str().expect("it has an image")
    }

    fn play(&self) -> Simulation {
        let named = |number: usize, container: &serde_yaml::Value| {
            let mut container = serde_json::to_value(container).expect("plain data");
            container["name"] = format!("c{number}").into();
            container
        };
        let all = std::iter::once(&self.container).chain(&self.beside);
        let containers: Vec<_> = all.enumerate().map(|(n, one)| named(n, one)).collect();
        let mut pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone"},
            "spec": {"containers": containers},
        });
        if let Some(volumes) = &self.volumes {
            pod["spec"]["volumes"] = serde_json::to_value(volumes).expect("plain data");
        }
        let mut simulation = Simulation::new(Setup::default(), 0);
        let manifest = pod.to_string().into();
        simulation.apply(Input::Apply { manifest });
        simulation.run_until(SimTime::from_seconds(90.0), Budget::ENDLESS);
        simulation
    }

    /// What isn't as the table says.
    fn mistakes(&self) -> Vec<String> {
        let simulation = self.play();
        let key = ObjectKey::pod("default", "alone");
        let mut wrong = Vec::new();
        let Some(pod) = simulation
            .world()
            .store
            .get(&key)
            .and_then(|object| object.pod())
        else {
            return vec!["the API server refuses it".to_string()];
        };
        let mut statuses = pod.status.container_statuses.iter();
        let Some(status) = statuses.find(|status| &*status.name == "c0") else {
            return vec!["no kubelet tells of it".to_string()];
        };
        let (state, last) = (&status.state, &status.last_state);
        let ended = state.terminated.as_ref().or(last.terminated.as_ref());
        let waits = state.waiting.as_ref().map(|waiting| &*waiting.reason);
        let as_told = match &self.ends {
            Ends::Word(word) if word == "running" => {
                state.running.is_some() && status.restart_count == 0
            }
            Ends::Word(word) => waits == Some(word),
            Ends::Code(code) => {
                status.restart_count > 0 && ended.is_some_and(|end| end.exit_code == *code)
            }
        };
        if !as_told {
            wrong.push(format!(
                "is to end as {:?}, is {state:?} after {last:?}",
                self.ends
            ));
        }
        let mut printed = Vec::new();
        for previous in [false, true] {
            let lines = simulation.log(&key, "c0", previous).unwrap_or_default();
            printed.extend(lines.into_iter().map(|(_, line)| line));
        }
        if let Some(says) = &self.says
            && !printed.iter().any(|line| line.starts_with(says.as_str()))
        {
            wrong.push(format!("is to say {says}, says {printed:?}"));
        }
        for (command, output) in &self.exec {
            let command: Vec<Rc<str>> = command.iter().map(|word| word.as_str().into()).collect();
            let answer = simulation.would_answer(&key, "c0", &command);
            let answered = answer.map(|answer| answer.output);
            if !answered
                .as_ref()
                .is_some_and(|said| said.starts_with(output.as_str()))
            {
                wrong.push(format!(
                    "{command:?} is to print {output}, prints {answered:?}"
                ));
            }
        }
        wrong
    }

    /// What is only assumed of it.
    fn assumption(&self) -> Option<Rc<str>> {
        let simulation = self.play();
        let key = ObjectKey::pod("default", "alone");
        let pod = simulation.world().store.get(&key)?.pod()?;
        let container = pod.spec.containers.first()?;
        catalogue::assumption(pod, container)
    }
}

fn cases(text: &str) -> Vec<Case> {
    serde_yaml::from_str(text).expect("the table is readable")
}

fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        for mistake in case.mistakes() {
            wrong.push(format!("{} {:?}: {mistake}", case.lesson, case.container));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_images_that_are_used_most_end_where_a_real_cluster_puts_them() {
    let cases = cases(include_str!("images.yaml"));
    let name = |image: &str| {
        let from = image.rfind('/').unwrap_or(0);
        let end = image[from..].find(':').map_or(image.len(), |at| from + at);
        image[..end].to_string()
    };
    let told: BTreeSet<String> = cases.iter().map(|case| name(case.image())).collect();
    let wanted: BTreeSet<String> = MOST_USED.split_whitespace().map(String::from).collect();
    assert_eq!(wanted.len(), 40);
    assert_eq!(told, wanted);
    for case in &cases {
        let source = &case.source;
        assert!(
            source.starts_with("https://") || source.starts_with("assumed: "),
            "{source}"
        );
    }
    check(&cases);
}

#[test]
fn every_program_of_the_lessons_truly_runs() {
    let cases = cases(include_str!("lessons.yaml"));
    check(&cases);
    for case in &cases {
        assert_eq!(
            case.assumption(),
            None,
            "{:?} is not only assumed",
            case.container
        );
    }
}
