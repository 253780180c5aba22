//! What is done to a world: the steps of a start state, of a run that settles a prediction, of a solution and of a wrong
//! answer. Each is what a person could do in the page, as one [`Input`].
//! Left out: what is done with the mouse alone, such as opening a view.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{Mistake, line_of, yaml};
use crate::api::ObjectKey;
use crate::cluster::kubelet::ProbeKind;
use crate::cluster::network::destination;
use crate::cluster::{Fault, Input};
use crate::kubectl::{go_duration, resources};

/// A person takes so long from one step to the next, in virtual time.
pub const STEP: Duration = Duration::from_millis(200);

/// A length of virtual time, written as Go does: `5s`, `7m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub Duration);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let micros = go_duration::parse(&text).ok().map(u64::try_from);
        let Some(Ok(micros)) = micros else {
            let why = format!("\"{text}\" is no length of time: write 5s, 90s or 7m");
            return Err(serde::de::Error::custom(why));
        };
        Ok(Length(Duration::from_micros(micros)))
    }
}

/// Objects as an author names them: `pod/web`, `pod/shop/web` of another namespace, `pods`, `pods app=web`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// As in [`ObjectKey`].
    pub kind: Rc<str>,
    /// Empty for kinds without.
    pub namespace: Rc<str>,
    /// One of them; none: all.
    pub name: Option<Rc<str>>,
    /// Of all, those whose labels fit.
    pub selector: Rc<str>,
}

impl Name {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (path, selector) = text.split_once(' ').unwrap_or((text, ""));
        let mut parts = path.split('/');
        let kind = resources::mapping(parts.next().unwrap_or_default())
            .map_err(|_| format!("\"{text}\" names no kind: write pod/NAME, or pods app=web"))?;
        let rest: Vec<&str> = parts.collect();
        let (namespace, name) = match rest[..] {
            [] => ("default", None),
            [name] => ("default", Some(name)),
            [namespace, name] => (namespace, Some(name)),
            _ => {
                return Err(format!(
                    "\"{text}\" has too many parts: write pod/NAMESPACE/NAME"
                ));
            }
        };
        Ok(Name {
            kind: resources::key_kind(kind).into(),
            namespace: if kind.is_namespaced() { namespace } else { "" }.into(),
            name: name.map(Into::into),
            selector: selector.trim().into(),
        })
    }

    /// Its key, if it is one object.
    pub fn key(&self) -> Option<ObjectKey> {
        let name = self.name.as_ref()?;
        Some(ObjectKey::new(&self.kind, &self.namespace, name))
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Name::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A container of a Pod: `web/nginx` in namespace default, `shop/web/nginx`; `outside` is somebody beyond the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The Pod; none: outside.
    pub pod: Option<ObjectKey>,
    /// The container; empty: the only one, or any.
    pub container: Rc<str>,
}

/// `web/nginx`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pod {
            None => f.write_str("somebody outside"),
            Some(pod) if self.container.is_empty() => f.write_str(&pod.name),
            Some(pod) => write!(f, "{}/{}", pod.name, self.container),
        }
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parts: Vec<&str> = text.split('/').collect();
        let (namespace, pod, container) = match parts[..] {
            ["outside"] => {
                return Ok(Place {
                    pod: None,
                    container: "".into(),
                });
            }
            [pod] => ("default", pod, ""),
            [pod, container] => ("default", pod, container),
            [namespace, pod, container] => (namespace, pod, container),
            _ => {
                let why = format!("\"{text}\" is no place: write POD/CONTAINER, or outside");
                return Err(serde::de::Error::custom(why));
            }
        };
        Ok(Place {
            pod: Some(ObjectKey::pod(namespace, pod)),
            container: container.into(),
        })
    }
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// The editor's Apply.
    Apply(String),
    /// The editor's Replace.
    Replace(String),
    /// A line of the terminal.
    Command(String),
    /// Time goes on.
    Wait(Length),
    /// A machine goes off.
    PowerOff(String),
    /// A machine comes on.
    PowerOn(String),
    /// A machine is cut off.
    Partition(String),
    /// A machine is no longer cut off.
    Heal(String),
    /// A container's process is killed.
    Kill(Place),
    /// A container's readiness probe fails from now on.
    FailReadiness(Place),
    /// A request is sent.
    Send(Send),
    /// A puzzle is answered: its name, and what is chosen for each item; one word for all of them.
    Answer(BTreeMap<String, Answer>),
}

/// A request that is sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Send {
    /// Who asks.
    pub from: Place,
    /// `http://web:8080/healthz`
    pub to: String,
    /// Each second from now on.
    #[serde(default)]
    pub every_second: bool,
}

/// What a puzzle is answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// `right`: all as they should be; another word: this for each item.
    All(String),
    /// For each item by its words.
    Each(BTreeMap<String, String>),
}

impl Step {
    /// What is done to the world; nothing where time passes, or a puzzle is answered.
    pub fn input(&self) -> Option<Input> {
        Some(match self {
            Step::Apply(manifest) => Input::Apply {
                manifest: manifest.as_str().into(),
            },
            Step::Replace(manifest) => Input::Replace {
                manifest: manifest.as_str().into(),
            },
            Step::Command(line) => Input::Command {
                line: line.trim_end().into(),
                files: Rc::default(),
                stdin: None,
            },
            Step::PowerOff(node) => Input::PowerOff {
                node: node.as_str().into(),
            },
            Step::PowerOn(node) => Input::PowerOn {
                node: node.as_str().into(),
            },
            Step::Partition(node) => Input::Partition {
                node: node.as_str().into(),
            },
            Step::Heal(node) => Input::Heal {
                node: node.as_str().into(),
            },
            Step::Kill(Place {
                pod: Some(pod),
                container,
            }) => Input::Fault(Fault::KillContainer {
                pod: pod.clone(),
                container: container.clone(),
            }),
            Step::FailReadiness(Place {
                pod: Some(pod),
                container,
            }) => Input::Fault(Fault::FailProbe {
                pod: pod.clone(),
                container: container.clone(),
                probe: ProbeKind::Readiness,
                fails: true,
            }),
            Step::Send(send) => send.input()?,
            Step::Kill(_) | Step::FailReadiness(_) | Step::Wait(_) | Step::Answer(_) => {
                return None;
            }
        })
    }

    /// How much time passes.
    pub fn wait(&self) -> Duration {
        match self {
            Step::Wait(length) => length.0,
            _ => Duration::ZERO,
        }
    }

    /// Is it something that can be done at all?
    fn mistake(&self) -> Option<&'static str> {
        match self {
            Step::Kill(place) | Step::FailReadiness(place) if place.pod.is_none() => {
                Some("nothing outside can be killed: name POD/CONTAINER")
            }
            Step::Send(send) if send.input().is_none() => {
                Some("no request can go there: write `to: http://NAME:PORT/PATH`")
            }
            _ => None,
        }
    }
}

impl Send {
    /// As an input.
    pub fn input(&self) -> Option<Input> {
        let goal = destination::read(&self.to, "80", "/").ok()?;
        Some(Input::Send {
            from: self
                .from
                .pod
                .clone()
                .map(|pod| (pod, self.from.container.clone())),
            to: goal.host,
            port: goal.port,
            path: goal.path,
            every_second: self.every_second,
        })
    }
}

/// `solution*.yaml` or `wrong*.yaml`: what somebody does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Way {
    /// In a sentence.
    pub why: String,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Of a wrong answer: which goal refuses it, by its words.
    pub refused_by: Option<String>,
    /// Of a wrong answer: the feedback that it gets, by its name in goal.yaml.
    pub feedback: Option<String>,
}

impl Way {
    pub(super) fn read(file: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let way: Way = yaml(file, text)?;
        let mut mistakes = mistakes(file, text, &way.steps);
        let is_wrong = file.starts_with("wrong");
        let says = way.refused_by.is_some() && way.feedback.is_some();
        if is_wrong && !says {
            let what = "a wrong answer names `refused-by`, the words of a goal, and `feedback`, a name in goal.yaml";
            mistakes.push(Mistake::new(file, 0, what));
        }
        if !is_wrong && (way.refused_by.is_some() || way.feedback.is_some()) {
            let what =
                "a solution is refused by nothing and gets no feedback: take these fields out";
            mistakes.push(Mistake::new(file, 0, what));
        }
        if mistakes.is_empty() {
            Ok(way)
        } else {
            Err(mistakes)
        }
    }
}

/// Steps that nobody could do.
pub(super) fn mistakes(file: &str, text: &str, steps: &[Step]) -> Vec<Mistake> {
    let wrong = steps.iter().filter_map(|step| {
        let what = step.mistake()?;
        let named = match step {
            Step::Send(send) => line_of(text, &send.to),
            _ => 0,
        };
        Some(Mistake::new(file, named, what))
    });
    wrong.collect()
}
