//! What the server calls its resources: names, short names, categories, verbs. Models the discovery
//! documents (`api/discovery/`), `client-go/restmapper` (shortcuts, categories, priorities) and
//! `mappingFor` of `k8s.io/cli-runtime/pkg/resource/builder.go`. Left out: custom resources.

use crate::api::schema::{self, Kind};
use crate::manifest::stream::quoted;
use crate::order;

/// Groups in the order of the discovery documents; those that aren't here come behind.
const GROUPS: &str = " apiregistration.k8s.io apps events.k8s.io authentication.k8s.io \
     authorization.k8s.io autoscaling batch certificates.k8s.io networking.k8s.io policy \
     rbac.authorization.k8s.io storage.k8s.io admissionregistration.k8s.io apiextensions.k8s.io \
     scheduling.k8s.io coordination.k8s.io node.k8s.io discovery.k8s.io resource.k8s.io \
     flowcontrol.apiserver.k8s.io";

/// Kinds that have short names: each storage's `ShortNames` in `pkg/registry`.
const SHORT_NAMES: &str = "ComponentStatus=cs ConfigMap=cm Endpoints=ep Event=ev LimitRange=limits \
     Namespace=ns Node=no PersistentVolumeClaim=pvc PersistentVolume=pv Pod=po \
     ReplicationController=rc ResourceQuota=quota ServiceAccount=sa Service=svc DaemonSet=ds \
     Deployment=deploy ReplicaSet=rs StatefulSet=sts HorizontalPodAutoscaler=hpa CronJob=cj \
     CertificateSigningRequest=csr Ingress=ing IPAddress=ip NetworkPolicy=netpol \
     PodDisruptionBudget=pdb StorageClass=sc VolumeAttributesClass=vac PriorityClass=pc \
     CustomResourceDefinition=crd,crds";

/// Kinds of the category `all`: each storage's `Categories` in `pkg/registry`.
const ALL: &str = "Pod ReplicationController Service DaemonSet Deployment ReplicaSet StatefulSet \
     HorizontalPodAutoscaler CronJob Job";

/// Groups whose every kind is of the category `api-extensions`.
const API_EXTENSIONS: [&str; 3] = [
    "apiregistration.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
];

/// All resources in the order of the discovery documents; of a group, the preferred version first.
pub fn resources() -> Vec<Kind> {
    let place = |kind: &Kind| {
        let mut groups = GROUPS.split(' ');
        let group = groups.position(|group| group == kind.group());
        group.unwrap_or(usize::MAX)
    };
    let mut kinds: Vec<Kind> = schema::kinds().collect();
    order::sort_by(&mut kinds, |a, b| {
        let of_group = place(a).cmp(&place(b)).then(a.group().cmp(b.group()));
        // All served versions are stable: the higher the better.
        of_group
            .then(b.version().cmp(a.version()))
            .then_with(|| a.plural().cmp(&b.plural()))
    });
    kinds
}

/// The version that is preferred where nobody names one.
pub fn preferred(group: &str, kind: &str) -> Option<Kind> {
    let all = resources();
    let mut of_group = all.into_iter().filter(|known| known.group() == group);
    of_group.find(|known| known.kind() == kind)
}

/// `po`; several, or none.
pub fn short_names(kind: Kind) -> impl Iterator<Item = &'static str> {
    let names = SHORT_NAMES.split(' ').find_map(|entry| {
        let (name, short) = entry.split_once('=')?;
        (name == kind.kind()).then_some(short)
    });
    names.into_iter().flat_map(|names| names.split(','))
}

/// `all`, `api-extensions`, or none.
pub fn category(kind: Kind) -> Option<&'static str> {
    if ALL.split(' ').any(|name| name == kind.kind()) {
        Some("all")
    } else {
        let is_extension = API_EXTENSIONS.contains(&kind.group());
        is_extension.then_some("api-extensions")
    }
}

/// What can be done with its objects.
pub fn verbs(kind: Kind) -> &'static [&'static str] {
    const EVERYTHING: [&str; 8] = [
        "create",
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "update",
        "watch",
    ];
    match kind.kind() {
        "Namespace" => &[
            "create", "delete", "get", "list", "patch", "update", "watch",
        ],
        "ComponentStatus" => &["get", "list"],
        "Binding" => &["create"],
        _ if matches!(
            kind.group(),
            "authentication.k8s.io" | "authorization.k8s.io"
        ) =>
        {
            &["create"]
        }
        _ => &EVERYTHING,
    }
}

/// `pods`, `deployments.apps`
pub fn resource_and_group(kind: Kind) -> String {
    match kind.group() {
        "" => kind.plural(),
        group => [&kind.plural(), ".", group].concat(),
    }
}

/// `pod`, `deployment.apps`: as names are prefixed.
pub fn kind_and_group(kind: Kind) -> String {
    let name = kind.kind().to_lowercase();
    match kind.group() {
        "" => name,
        group => [&name, ".", group].concat(),
    }
}

/// The kind of the keys of its objects in the store. Both groups of Events are one.
pub fn key_kind(kind: Kind) -> String {
    match kind.group() {
        "" | "events.k8s.io" => kind.kind().into(),
        group => [kind.kind(), ".", group].concat(),
    }
}

/// The resource that `word` means: `po`, `pods`, `Pod`, `deployments.apps`, `deployments.v1.apps`.
///
/// # Errors
/// kubectl's sentence.
pub fn mapping(word: &str) -> Result<Kind, String> {
    let all = resources();
    find(&all, word).ok_or_else(|| {
        let resource = word.split('.').next().unwrap_or_default();
        [
            "the server doesn't have a resource type ",
            &quoted(resource),
        ]
        .concat()
    })
}

fn find(all: &[Kind], word: &str) -> Option<Kind> {
    let (resource, group) = word.split_once('.').unwrap_or((word, ""));
    if let Some((version, group)) = group.split_once('.') {
        // A short name stands for the group's preferred version, whichever is named.
        let versioned = |kind: &Kind| kind.version() == version && kind.group() == group;
        let found = full(all, resource, versioned)
            .or_else(|| short(all, resource, |kind| kind.group() == group));
        if found.is_some() {
            return found;
        }
    }
    let named = |is_meant: fn(&str, &str) -> bool| {
        let is_meant = |kind: &Kind| is_meant(kind.group(), group);
        full(all, resource, is_meant).or_else(|| short(all, resource, is_meant))
    };
    if group.is_empty() {
        return named(|_, _| true);
    }
    // The beginning of a group is enough.
    named(|known, group| known == group).or_else(|| named(|known, group| known.starts_with(group)))
}

/// By its full name, in any case.
fn full(all: &[Kind], resource: &str, is_meant: impl Fn(&Kind) -> bool) -> Option<Kind> {
    let lower = resource.to_lowercase();
    let is_named = |kind: &Kind| kind.plural() == lower || kind.kind().to_lowercase() == lower;
    let mut meant = all.iter().filter(|kind| is_meant(kind));
    meant.find(|kind| is_named(kind)).copied()
}

/// By its short name, as it is written.
fn short(all: &[Kind], resource: &str, is_meant: impl Fn(&Kind) -> bool) -> Option<Kind> {
    let mut meant = all.iter().filter(|kind| is_meant(kind));
    meant
        .find(|kind| short_names(**kind).any(|short| short == resource))
        .copied()
}

/// `pods,svc,all` with categories replaced by what they mean, each once. Models `ReplaceAliases` and
/// `SplitResourceArgument`.
pub fn expand(argument: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut add = |word: String| {
        if !words.contains(&word) {
            words.push(word);
        }
    };
    for word in argument.split(',') {
        if !matches!(word, "all" | "api-extensions") {
            add(word.into());
            continue;
        }
        let all = resources();
        let meant = all.into_iter().filter(|kind| category(*kind) == Some(word));
        meant.for_each(|kind| add(resource_and_group(kind)));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{expand, mapping, preferred, resources};

    #[test]
    fn a_resource_has_many_names() {
        for (word, expected) in [
            ("po", "v1 Pod"),
            ("pods", "v1 Pod"),
            ("PODS", "v1 Pod"),
            ("Pod", "v1 Pod"),
            ("pods.v1.", "v1 Pod"),
            ("deploy.apps", "apps/v1 Deployment"),
            ("deployments.v1.apps", "apps/v1 Deployment"),
            ("Deployment.apps", "apps/v1 Deployment"),
            ("ing.networking", "networking.k8s.io/v1 Ingress"),
            ("ev", "v1 Event"),
            ("events.events.k8s.io", "events.k8s.io/v1 Event"),
            ("hpa", "autoscaling/v2 HorizontalPodAutoscaler"),
            (
                "hpa.v1.autoscaling",
                "autoscaling/v2 HorizontalPodAutoscaler",
            ),
            (
                "horizontalpodautoscalers.v1.autoscaling",
                "autoscaling/v1 HorizontalPodAutoscaler",
            ),
            ("crds", "apiextensions.k8s.io/v1 CustomResourceDefinition"),
        ] {
            assert_eq!(
                format!("{:?}", mapping(word).expect(word)),
                expected,
                "{word}"
            );
        }
        let wrong = mapping("foos.example.com").expect_err("no such resource");
        assert_eq!(wrong, "the server doesn't have a resource type \"foos\"");
        assert!(mapping("endpoint").is_err() && mapping("PO").is_err());
    }

    #[test]
    fn all_is_pods_and_workloads_in_the_order_of_discovery() {
        assert_eq!(
            expand("all,po").join(" "),
            "pods replicationcontrollers services daemonsets.apps deployments.apps \
             replicasets.apps statefulsets.apps horizontalpodautoscalers.autoscaling \
             cronjobs.batch jobs.batch po"
        );
    }

    #[test]
    fn the_core_group_comes_first_and_every_group_has_its_place() {
        let all = resources();
        assert_eq!(all[0].group(), "");
        let place = |group: &str| super::GROUPS.split(' ').any(|known| known == group);
        assert!(all.iter().all(|kind| place(kind.group())));
        let hpa = preferred("autoscaling", "HorizontalPodAutoscaler").expect("served");
        assert_eq!(hpa.version(), "v2");
    }
}
