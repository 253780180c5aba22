//! What a terminal showed, with the names that the recordings of kubectl give to what is drawn at random
//! or read off a clock. Follows `golden/kubectl/README.md`, "Normalisation".

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fancy_regex::{Captures, Regex};

use crate::api::Value;
use crate::cluster::{Simulation, World};

/// What is replaced.
pub(super) struct Names {
    /// Hashes and node ports.
    drawn: BTreeSet<(String, &'static str)>,
    /// Five random characters, or what stands in their place.
    ends: BTreeSet<String>,
    hides_nodes: bool,
    replaces_ages: bool,
    /// What a person wrote: numbers in it weren't drawn.
    written: String,
}

static FIXED: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(fixed);
static IMAGES: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?m)(?<=ID:)[ ]+(?:containerd://|docker.io/library/\S+@sha256:)[0-9a-f]{64}$|^ +PodReadyToStartContainers +True *\n",
    )
});
static AGE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?<!for )(?<!after )(?<=[\s(])(?:\d+[ydhm])?\d+[ydhms](?![\w/.-])"));

impl Names {
    /// What is known of a world after `line` was run. `written`: whatever the case itself says.
    pub fn of(simulation: &Simulation, line: &str, written: &str) -> Self {
        let world = simulation.world();
        let is_told =
            line.contains("--help") || line.contains("explain") || line.contains("options");
        Names {
            drawn: drawn(world),
            ends: ends(world),
            hides_nodes: !line.contains("node"),
            replaces_ages: !is_told,
            written: written.to_string(),
        }
    }

    /// The text with the names.
    pub fn replace(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (rule, name) in FIXED.iter() {
            let named = |found: &Captures<'_>| {
                let is_written = *name == "<clusterip>" && self.written.contains(&found[0]);
                if is_written {
                    found[0].into()
                } else {
                    name.to_string()
                }
            };
            text = rule.replace_all(&text, named).into_owned();
        }
        text = self.as_simulated_nodes_tell(&text);
        if self.hides_nodes {
            for node in ["node-1", "node-2", "node-3"] {
                text = words_replaced(&text, node, "<node>");
            }
            for zone in ["zone-a", "zone-b"] {
                text = words_replaced(&text, zone, "<zone>");
            }
        }
        for (drawn, name) in &self.drawn {
            if *name == "<nodeport>" && self.written.contains(drawn) {
                continue;
            }
            text = words_replaced(&text, drawn, name);
        }
        if self.replaces_ages {
            text = AGE.replace_all(&text, "<age>").into_owned();
        }
        for end in &self.ends {
            text = words_replaced(&text, end, "<rand>");
        }
        text
    }
}

impl Names {
    /// The recordings' nodes run no containers: they tell of no image and no sandbox. Their addresses are
    /// others.
    fn as_simulated_nodes_tell(&self, text: &str) -> String {
        let text = words_replaced(text, "192.168.0.1", "172.18.0.2");
        let mut text = IMAGES.replace_all(&text, "").into_owned();
        for (ours, number) in [(2, 11), (3, 12), (4, 13)] {
            let theirs = match self.hides_nodes {
                true => "<hostip>".to_string(),
                false => format!("172.18.0.{number}"),
            };
            text = words_replaced(&text, &format!("192.168.0.{ours}"), &theirs);
        }
        text
    }
}

/// The text with `name` in each place where `word` stands as a word of its own.
fn words_replaced(text: &str, word: &str, name: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let end = at + word.len();
        let before = rest[..at].chars().next_back().or(out.chars().next_back());
        let after = rest[end..].chars().next();
        let is_whole = !before.is_some_and(|c| is_word(c) || c == '<')
            && !after.is_some_and(|c| is_word(c) || c == '>');
        out += &rest[..at];
        out += if is_whole { name } else { word };
        rest = &rest[end..];
    }
    out + rest
}

/// A text without the moments in it: they are read off a clock.
pub(super) fn without_times(text: &str) -> String {
    let times = FIXED.iter().filter(|(_, name)| *name == "<time>");
    times.fold(text.to_string(), |text, (time, name)| {
        time.replace_all(&text, *name).into_owned()
    })
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("our own pattern")
}

fn fixed() -> Vec<(Regex, &'static str)> {
    let day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
    let rules = [
        (
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z".to_string(),
            "<time>",
        ),
        (
            format!(r"{day}, \d\d [A-Z][a-z][a-z] \d{{4}} \d\d:\d\d:\d\d \+0000"),
            "<time>",
        ),
        (
            r"(?m)^[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+".to_string(),
            "<klog>",
        ),
        (
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b".to_string(),
            "<uid>",
        ),
        (
            r#"(?<=resourceVersion: )"\d+"|(?<="resourceVersion": )"\d+""#.to_string(),
            "\"<rv>\"",
        ),
        (r"\b10\.244\.\d+\.0/24\b".to_string(), "<cidr>"),
        (r"\b10\.244\.\d+\.\d+\b".to_string(), "<ip>"),
        (r"\b10\.96\.(?!0\.1\b)\d+\.\d+\b".to_string(), "<clusterip>"),
        (r"\b172\.18\.0\.\d+\b".to_string(), "<hostip>"),
        (r"(?<=[a-z0-9]\.)[0-9a-f]{16}\b".to_string(), "<eventid>"),
        (r"/root/\.kube/config\b".to_string(), "<kubeconfig>"),
        (r"/root(?=/)".to_string(), "<home>"),
        (r"(?<=\(x)\d+(?= over )".to_string(), "<n>"),
        (r"(?<=/LIVE-)\d+".to_string(), "<n>"),
        (r"(?<=/MERGED-)\d+".to_string(), "<n>"),
        (r"\bpodarium\b".to_string(), "<token>"),
    ];
    rules
        .into_iter()
        .map(|(rule, name)| (regex(&rule), name))
        .collect()
}

/// Hashes and node ports that objects have or had.
fn drawn(world: &World) -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    for change in world.store.changes().iter() {
        let Some(object) = &change.after else {
            continue;
        };
        let labels = object.value.at(&["metadata", "labels"]);
        for label in ["pod-template-hash", "controller-revision-hash"] {
            let hash = labels.map_or("", |labels| labels.text_at(&[label]));
            let hash = hash.rsplit('-').next().unwrap_or_default();
            if !hash.is_empty() {
                found.insert((hash.to_string(), "<hash>"));
            }
        }
        let ports = object.value.at(&["spec", "ports"]);
        for port in ports.map_or(&[][..], Value::items) {
            if let Some(number) = port.get("nodePort").and_then(Value::as_i64) {
                found.insert((number.to_string(), "<nodeport>"));
            }
        }
    }
    found
}

/// What stands behind the prefix of a generated name.
fn ends(world: &World) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for change in world.store.changes().iter() {
        let Some(object) = &change.after else {
            continue;
        };
        let text = |field: &str| object.value.text_at(&["metadata", field]);
        let prefix = text("generateName");
        if let Some(end) = text("name")
            .strip_prefix(prefix)
            .filter(|_| !prefix.is_empty())
        {
            found.insert(end.to_string());
        }
        found.extend(refused_end(&object.value));
        let volumes = object.value.at(&["spec", "volumes"]);
        for volume in volumes.map_or(&[][..], Value::items) {
            if let Some(end) = volume.text_at(&["name"]).strip_prefix("kube-api-access-") {
                found.insert(end.to_string());
            }
        }
    }
    found
}

/// The same of a Pod that was refused, as an Event tells of it.
fn refused_end(event: &Value) -> Option<String> {
    let owner = event.text_at(&["involvedObject", "name"]);
    let name = event.text_at(&["message"]).split('"').nth(1)?;
    let end = name.strip_prefix(owner)?.strip_prefix('-')?;
    (!owner.is_empty() && end.len() == 5).then(|| end.to_string())
}
