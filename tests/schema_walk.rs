//! Every path of the schemas of what is simulated is obeyed or marked "not simulated": never
//! neither, never both. Each is written into a manifest of its own and decoded.

use podarium::api::Value;
use podarium::api::schema::{self, Shape, TypeId};
use podarium::manifest::decode;
use podarium::manifest::simulated::{Simulated, acts_on};
use podarium::manifest::stream::Stream;
use podarium::manifest::{Severity, check as check_text};

/// Schemas of a Pod are not recursive; this only bounds a mistake.
const DEEPEST: usize = 18;

/// A value that the type takes.
fn neutral(of: TypeId) -> Value {
    let item = || of.item().map(neutral).unwrap_or_default();
    match of.shape() {
        Shape::Any | Shape::Struct => Value::map(),
        Shape::String => "x".into(),
        Shape::Bytes => "eA==".into(),
        Shape::Time | Shape::MicroTime => "2026-01-01T00:00:00Z".into(),
        Shape::Quantity => "1".into(),
        Shape::IntOrString | Shape::Int32 | Shape::Int64 | Shape::Number => 1.into(),
        Shape::Bool => true.into(),
        Shape::List => [item()].into_iter().collect(),
        Shape::Map => [("key".into(), item())].into_iter().collect(),
    }
}

/// A field on the way from the root, and whether it is a list's item that goes on.
type Way = Vec<(&'static str, bool)>;

/// Every path below `of`, with the type at its end.
fn paths(of: TypeId, way: &mut Way, found: &mut Vec<(Way, TypeId)>) {
    assert!(way.len() < DEEPEST, "{way:?} is deeper than any schema");
    for field in of.fields() {
        let inner = field.of();
        let item = inner.item().filter(|_| inner.shape() == Shape::List);
        way.push((field.name(), item.is_some()));
        found.push((way.clone(), inner));
        paths(item.unwrap_or(inner), way, found);
        way.pop();
    }
}

/// The object that has `leaf` at the end of the way, and nothing beside it.
fn object(way: &Way, leaf: Value) -> Value {
    let (last, before) = way.split_last().expect("no path is empty");
    let wrap = |inner: Value, name: &str| [(name.into(), inner)].into_iter().collect::<Value>();
    before
        .iter()
        .rev()
        .fold(wrap(leaf, last.0), |inner, (name, is_list)| {
            let inner = if *is_list {
                [inner].into_iter().collect()
            } else {
                inner
            };
            wrap(inner, name)
        })
}

fn written(way: &Way, item: &str) -> String {
    let mut text = String::new();
    for (number, (name, is_list)) in way.iter().enumerate() {
        let dot = if number == 0 { "" } else { "." };
        let index = if *is_list && number + 1 < way.len() {
            item
        } else {
            ""
        };
        text.push_str(&format!("{dot}{name}{index}"));
    }
    text
}

fn check(api_version: &str, kind: &str) -> usize {
    let known = schema::kind(api_version, kind).expect("it is served");
    let simulated = Simulated::of(api_version, kind).expect("it is simulated");
    let mut found = Vec::new();
    paths(known.of(), &mut Vec::new(), &mut found);
    for (way, of) in &found {
        let mut manifest = object(way, neutral(*of));
        let (pattern, path) = (written(way, "[]"), written(way, "[0]"));
        if path != "apiVersion" && path != "kind" {
            manifest.set(&["apiVersion"], api_version);
            manifest.set(&["kind"], kind);
        }
        let text = manifest.to_json().to_string();
        let document = Stream::of(&text).next_document(&text).expect("a document");
        let root = document.expect("it is JSON").root;
        let decoded = decode::decode(&root, known.of(), Some(&simulated));
        assert_eq!(
            (decoded.fatal, decoded.strict),
            (Vec::new(), Vec::new()),
            "{kind} {path}"
        );
        let notes: Vec<&str> = decoded
            .notes
            .iter()
            .map(|note| note.path.as_str())
            .collect();
        let of_this = |noted: &&str| {
            path == **noted
                || path.starts_with(&format!("{noted}."))
                || path.starts_with(&format!("{noted}["))
        };
        assert!(notes.iter().all(of_this), "{kind} {path}: {notes:?}");
        match simulated.obeys(&pattern) {
            true => assert!(
                notes.is_empty(),
                "{kind} {path} is obeyed and marked: {notes:?}"
            ),
            false => assert_eq!(notes.len(), 1, "{kind} {path} is neither obeyed nor marked"),
        }
    }
    for obeyed in simulated.paths() {
        let obeyed = obeyed.trim_end_matches('*');
        let there = found
            .iter()
            .any(|(way, _)| written(way, "[]") == obeyed.trim_end_matches("[]"));
        assert!(
            there,
            "{kind} has no {obeyed}, which something claims to obey"
        );
    }
    found.len()
}

/// Kinds that something acts on, with their versions. Events aren't written by people.
const SIMULATED: [(&str, &str); 26] = [
    ("v1", "ResourceQuota"),
    ("policy/v1", "PodDisruptionBudget"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("v1", "Pod"),
    ("v1", "Node"),
    ("v1", "Namespace"),
    ("v1", "Service"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("v1", "LimitRange"),
    ("v1", "ServiceAccount"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Binding"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "PersistentVolume"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "ReplicationController"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ControllerRevision"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
];

#[test]
fn every_path_is_obeyed_or_marked_and_never_neither() {
    let walked: usize = SIMULATED.iter().map(|(of, kind)| check(of, kind)).sum();
    assert!(walked > 1500, "only {walked} paths were walked");
}

#[test]
fn the_tree_and_the_editor_mark_the_same_kinds() {
    let key = |version: &str, kind: &str| match version.split_once('/') {
        Some((group, _)) => format!("{kind}.{group}"),
        None => kind.to_string(),
    };
    let simulated: Vec<String> = SIMULATED.iter().map(|(of, kind)| key(of, kind)).collect();
    for kind in schema::kinds() {
        let (version, name) = (kind.api_version(), kind.kind());
        let is_known = SIMULATED.contains(&(version, name));
        assert_eq!(
            Simulated::of(version, name).is_some(),
            is_known,
            "{version} {name}"
        );
        let key = key(version, name);
        let is_marked = !acts_on(&key) || key == "Event";
        assert_eq!(is_marked, !simulated.contains(&key), "{key}");
    }
}

/// What the editor says of fields of a manifest that are valid.
fn notes(text: &str) -> Vec<String> {
    let found = check_text(text).diagnostics.into_iter();
    let notes = found.filter(|found| found.severity == Severity::Note);
    notes.map(|note| note.message).collect()
}

#[test]
fn what_only_one_of_two_obeys_is_said() {
    let partly = "is valid, but only partly simulated here:";
    let service = |of: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: s}}, spec: {{type: {of}, ports: [{{port: 80}}]}}}}"
        )
    };
    assert_eq!(notes(&service("NodePort")), [""; 0]);
    assert_eq!(
        notes(&service("LoadBalancer")),
        [format!(
            "spec.type {partly} nobody outside gives it an address; its node port works"
        )]
    );
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, ownerReferences: \
               [{apiVersion: v1, kind: Pod, name: o, uid: u}]}, spec: {volumes: \
               [{name: v, persistentVolumeClaim: {claimName: c}}], \
               containers: [{name: a, image: i}]}}";
    assert_eq!(
        notes(pod),
        [format!(
            "spec.volumes[0].persistentVolumeClaim.claimName {partly} containers wait until the \
                 claim is bound, but what is mounted then is an empty folder of the Pod's own"
        ),]
    );
    let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: \
                 {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}";
    assert_eq!(notes(claim), [""; 0]);
    let class =
        "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: c}, provisioner: p}";
    assert_eq!(
        notes(class),
        [format!(
            "provisioner {partly} claims are told to wait for it, but nothing makes volumes here"
        )]
    );
}

#[test]
fn what_is_obeyed_is_not_marked() {
    let account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}, \
                   automountServiceAccountToken: false, imagePullSecrets: [{name: s}]}";
    let binding = "{apiVersion: v1, kind: Binding, metadata: {name: p}, \
                   target: {kind: Node, name: n}}";
    for text in [account, binding] {
        assert_eq!(notes(text), [""; 0], "{text}");
    }
    let secrets = account.replace("imagePullSecrets", "secrets");
    assert_eq!(
        notes(&secrets),
        ["secrets is valid, but not simulated here"]
    );
}
