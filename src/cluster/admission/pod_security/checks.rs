//! What the levels `baseline` and `restricted` forbid, in upstream's order and words. Models the
//! latest version of each `check_….go` of `k8s.io/pod-security-admission/policy`.
//! Left out: AppArmor annotations and Windows.

use crate::api::Value;
use crate::api::validation::Paths;
use crate::api::validation::at::At;
use crate::collections::Set;

/// One check: what it forbids in this Pod, if anything.
type Check = fn(&Pod) -> Option<String>;

/// By upstream's ids, sorted; with `false` those that `restricted` replaces by stricter ones.
const BASELINE: &[(Check, bool)] = &[
    (app_armor_profile, true),
    (capabilities_baseline, false),
    (host_namespaces, true),
    (host_path_volumes, false),
    (host_ports, true),
    (host_probes_and_host_lifecycle, true),
    (privileged, true),
    (proc_mount_baseline, false),
    (se_linux_options, true),
    (seccomp_profile_baseline, false),
    (sysctls, true),
];

const RESTRICTED: &[Check] = &[
    allow_privilege_escalation,
    capabilities_restricted,
    proc_mount_restricted,
    restricted_volumes,
    run_as_non_root,
    run_as_user,
    seccomp_profile_restricted,
];

/// A Pod as the checks look at it.
struct Pod<'a> {
    metadata: At<'a>,
    spec: At<'a>,
    /// Init containers first, as upstream visits them.
    containers: Vec<At<'a>>,
}

/// Everything that a Pod, or a template of Pods, does and the level forbids.
pub(super) fn violations(pod: &Value, restricted: bool) -> Vec<String> {
    let paths = Paths::default();
    let pod = At::root(pod, &paths);
    let (metadata, spec) = (pod.field("metadata"), pod.field("spec"));
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let pod = Pod {
        containers: lists.iter().flat_map(|list| spec.list(list)).collect(),
        metadata,
        spec,
    };
    let baseline = BASELINE.iter().filter(|(_, stays)| *stays || !restricted);
    let restrictions = RESTRICTED.iter().filter(|_| restricted);
    let checks = baseline.map(|(check, _)| check).chain(restrictions);
    checks.filter_map(|check| check(&pod)).collect()
}

impl<'a> Pod<'a> {
    /// Names of the containers of which `bad` is true.
    fn named(&self, bad: impl FnMut(&&At<'a>) -> bool) -> Vec<String> {
        let bad = self.containers.iter().filter(bad);
        bad.map(|container| container.text("name").to_string())
            .collect()
    }

    /// Does the Pod have users of its own, so that root in it is nobody outside?
    fn has_own_users(&self) -> bool {
        self.spec.value.get("hostUsers") == Some(&Value::Bool(false))
    }

    /// On Windows there is nothing to restrict.
    fn is_windows(&self) -> bool {
        self.spec.field("os").text("name") == "windows"
    }

    fn context(&self) -> At<'a> {
        self.spec.field("securityContext")
    }
}

fn context<'a>(container: &At<'a>) -> At<'a> {
    container.field("securityContext")
}

/// `"a", "b"`
fn quoted<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items
        .into_iter()
        .map(|it| format!("\"{}\"", it.as_ref()))
        .collect();
    items.join(", ")
}

/// `container "a"`, `containers "a", "b"`
fn containers(names: &[String]) -> String {
    let many = if names.len() == 1 { "" } else { "s" };
    format!("container{many} {}", quoted(names))
}

fn plural(word: &str, count: usize) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{word}{many}")
}

fn uses(count: usize) -> &'static str {
    if count == 1 { "uses" } else { "use" }
}

/// Who set it: the Pod, containers, or both.
fn setters(pod: bool, names: &[String]) -> Option<String> {
    let containers = (!names.is_empty()).then(|| containers(names));
    let setters: Vec<String> = pod
        .then(|| "pod".to_string())
        .into_iter()
        .chain(containers)
        .collect();
    (!setters.is_empty()).then(|| setters.join(" and "))
}

/// Models `check_appArmorProfile.go`.
fn app_armor_profile(pod: &Pod) -> Option<String> {
    let mut values = Set::new();
    let mut bad = |context: At| {
        let profile = context.field("appArmorProfile");
        let bad =
            profile.is_set() && !["RuntimeDefault", "Localhost"].contains(&profile.text("type"));
        if bad {
            values.insert(profile.text("type").to_string());
        }
        bad
    };
    let by_pod = bad(pod.context());
    let names = pod.named(|container| bad(context(container)));
    let mut values: Vec<String> = values.iter().cloned().collect();
    let annotations = app_armor_annotations(pod);
    let count = annotations.len();
    let by_annotation = (count > 0).then(|| plural("annotation", count));
    values.extend(annotations);
    let setters = setters(by_pod, &names).into_iter().chain(by_annotation);
    let setters: Vec<String> = setters.collect();
    let what = plural("forbidden AppArmor profile", values.len());
    let setters = (!setters.is_empty()).then(|| setters.join(" and "))?;
    Some(format!(
        "{what} ({setters} must not set AppArmor profile type to {})",
        quoted(&values)
    ))
}

/// Annotations of old that set a bad profile: `…/app="unconfined"`
fn app_armor_annotations(pod: &Pod) -> Vec<String> {
    const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
    let is_good = |profile: &str| {
        profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/")
    };
    let annotations = pod.metadata.field("annotations");
    let profiles = annotations
        .entries()
        .filter(|(key, profile)| key.starts_with(PREFIX) && !is_good(profile.str()));
    profiles
        .map(|(key, profile)| format!("{key}={:?}", profile.str()))
        .collect()
}

/// Models `check_capabilities_baseline.go`.
fn capabilities_baseline(pod: &Pod) -> Option<String> {
    const ALLOWED: &[&str] = &[
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];
    let (names, added) = adding(pod, ALLOWED);
    if names.is_empty() {
        return None;
    }
    let (names, added) = (containers(&names), quoted(&added));
    Some(format!(
        "non-default capabilities ({names} must not include {added} in securityContext.capabilities.add)"
    ))
}

/// Containers that add capabilities beyond `allowed`, and which these are.
fn adding<'a>(pod: &Pod<'a>, allowed: &[&str]) -> (Vec<String>, Set<&'a str>) {
    let mut added = Set::new();
    let names = pod.named(|container| {
        let capabilities = context(container).field("capabilities");
        let before = added.len();
        let all = capabilities.list("add").map(|capability| capability.str());
        let bad: Vec<&str> = all
            .filter(|capability| !allowed.contains(capability))
            .collect();
        let found = !bad.is_empty();
        added.extend(bad);
        found || added.len() > before
    });
    (names, added)
}

/// Models `check_hostNamespaces.go`.
fn host_namespaces(pod: &Pod) -> Option<String> {
    let names = ["hostNetwork", "hostPID", "hostIPC"];
    let shared: Vec<String> = names
        .iter()
        .filter(|name| pod.spec.flag(name))
        .map(|name| format!("{name}=true"))
        .collect();
    (!shared.is_empty()).then(|| format!("host namespaces ({})", shared.join(", ")))
}

/// Models `check_hostPathVolumes.go`.
fn host_path_volumes(pod: &Pod) -> Option<String> {
    let volumes = pod.spec.list("volumes");
    let bad = volumes.filter(|volume| volume.set("hostPath").is_some());
    let names: Vec<&str> = bad.map(|volume| volume.text("name")).collect();
    let volumes = plural("volume", names.len());
    (!names.is_empty()).then(|| format!("hostPath volumes ({volumes} {})", quoted(&names)))
}

/// Models `check_hostPorts.go`.
fn host_ports(pod: &Pod) -> Option<String> {
    let mut ports = Set::new();
    let names = pod.named(|container| {
        let all = container
            .list("ports")
            .filter_map(|port| port.int("hostPort"));
        let bad: Vec<i64> = all.filter(|port| *port != 0).collect();
        ports.extend(bad.iter().map(i64::to_string));
        !bad.is_empty()
    });
    if names.is_empty() {
        return None;
    }
    let what = plural("hostPort", ports.len());
    let ports: Vec<String> = ports.iter().cloned().collect();
    let (uses, names) = (uses(names.len()), containers(&names));
    Some(format!(
        "hostPort ({names} {uses} {what} {})",
        ports.join(", ")
    ))
}

/// Models `check_hostProbesAndhostLifecycle.go`.
fn host_probes_and_host_lifecycle(pod: &Pod) -> Option<String> {
    let mut hosts = Set::new();
    let names = pod.named(|container| {
        let lifecycle = container.field("lifecycle");
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
        let hooks = ["postStart", "preStop"].map(|name| lifecycle.field(name));
        let handlers = probes
            .map(|name| container.field(name))
            .into_iter()
            .chain(hooks);
        let actions = handlers.flat_map(|it| [it.field("httpGet"), it.field("tcpSocket")]);
        let bad: Vec<&str> = actions
            .map(|action| action.text("host"))
            .filter(|host| !host.is_empty())
            .collect();
        let found = !bad.is_empty();
        hosts.extend(bad);
        found
    });
    if names.is_empty() {
        return None;
    }
    let names: Set<String> = names.into_iter().collect();
    let names: Vec<String> = names.iter().cloned().collect();
    let (uses, what) = (
        uses(names.len()),
        plural("probe or lifecycle host", hosts.len()),
    );
    let (names, hosts) = (containers(&names), quoted(&hosts));
    Some(format!(
        "probe or lifecycle host ({names} {uses} {what} {hosts})"
    ))
}

/// Models `check_privileged.go`.
fn privileged(pod: &Pod) -> Option<String> {
    let names = pod.named(|container| context(container).flag("privileged"));
    (!names.is_empty()).then(|| {
        let names = containers(&names);
        format!("privileged ({names} must not set securityContext.privileged=true)")
    })
}

/// Models `check_procMount_baseline.go`.
fn proc_mount_baseline(pod: &Pod) -> Option<String> {
    proc_mount_restricted(pod).filter(|_| !pod.has_own_users())
}

/// Models `check_procMount_restricted.go`.
fn proc_mount_restricted(pod: &Pod) -> Option<String> {
    let mut values = Set::new();
    let names = pod.named(|container| {
        let mount = context(container).text("procMount");
        let bad = !["", "Default"].contains(&mount);
        if bad {
            values.insert(mount);
        }
        bad
    });
    (!names.is_empty()).then(|| {
        let (names, values) = (containers(&names), quoted(&values));
        format!("procMount ({names} must not set securityContext.procMount to {values})")
    })
}

/// Models `check_seLinuxOptions.go`.
fn se_linux_options(pod: &Pod) -> Option<String> {
    const TYPES: &[&str] = &[
        "",
        "container_t",
        "container_init_t",
        "container_kvm_t",
        "container_engine_t",
    ];
    let (mut types, mut user, mut role) = (Set::new(), false, false);
    let mut bad = |context: At| {
        let options = context.field("seLinuxOptions");
        let bad_type = !TYPES.contains(&options.text("type"));
        if bad_type {
            types.insert(options.text("type").to_string());
        }
        let (sets_user, sets_role) = (!options.lacks("user"), !options.lacks("role"));
        user |= sets_user;
        role |= sets_role;
        bad_type || sets_user || sets_role
    };
    let by_pod = bad(pod.context());
    let names = pod.named(|container| bad(context(container)));
    let setters = setters(by_pod, &names)?;
    let mut data = Vec::new();
    if !types.is_empty() {
        data.push(format!(
            "{} {}",
            plural("type", types.len()),
            quoted(&types)
        ));
    }
    data.extend(user.then(|| "user may not be set".to_string()));
    data.extend(role.then(|| "role may not be set".to_string()));
    let data = data.join("; ");
    Some(format!(
        "seLinuxOptions ({setters} set forbidden securityContext.seLinuxOptions: {data})"
    ))
}

/// Who sets a seccomp profile that isn't allowed. Models `check_seccompProfile_baseline.go`.
fn seccomp_profile_baseline(pod: &Pod) -> Option<String> {
    let mut values = Set::new();
    let mut bad = |context: At| {
        let profile = context.field("seccompProfile");
        let bad =
            profile.is_set() && !["RuntimeDefault", "Localhost"].contains(&profile.text("type"));
        if bad {
            values.insert(profile.text("type").to_string());
        }
        bad
    };
    let by_pod = bad(pod.context());
    let names = pod.named(|container| bad(context(container)));
    let (setters, values) = (setters(by_pod, &names)?, quoted(&values));
    Some(format!(
        "seccompProfile ({setters} must not set securityContext.seccompProfile.type to {values})"
    ))
}

/// Models `check_seccompProfile_restricted.go`.
fn seccomp_profile_restricted(pod: &Pod) -> Option<String> {
    if pod.is_windows() {
        return None;
    }
    if let Some(bad) = seccomp_profile_baseline(pod) {
        return Some(bad);
    }
    if pod.context().set("seccompProfile").is_some() {
        return None;
    }
    let names = pod.named(|container| context(container).set("seccompProfile").is_none());
    (!names.is_empty()).then(|| {
        let names = containers(&names);
        format!(
            "seccompProfile (pod or {names} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        )
    })
}

/// Models `check_sysctls.go`.
fn sysctls(pod: &Pod) -> Option<String> {
    const ALLOWED: &[&str] = &[
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    ];
    let context = pod.context();
    let names = context.list("sysctls").map(|sysctl| sysctl.text("name"));
    let bad: Vec<&str> = names.filter(|name| !ALLOWED.contains(name)).collect();
    (!bad.is_empty()).then(|| format!("forbidden sysctls ({})", bad.join(", ")))
}

/// Models `check_allowPrivilegeEscalation.go`.
fn allow_privilege_escalation(pod: &Pod) -> Option<String> {
    if pod.is_windows() {
        return None;
    }
    let names = pod.named(|container| {
        context(container).value.get("allowPrivilegeEscalation") != Some(&Value::Bool(false))
    });
    (!names.is_empty()).then(|| {
        let names = containers(&names);
        format!(
            "allowPrivilegeEscalation != false ({names} must set securityContext.allowPrivilegeEscalation=false)"
        )
    })
}

/// Models `check_capabilities_restricted.go`.
fn capabilities_restricted(pod: &Pod) -> Option<String> {
    if pod.is_windows() {
        return None;
    }
    let mut details = Vec::new();
    let keeping = pod.named(|container| {
        let mut dropped = context(container).field("capabilities").list("drop");
        !dropped.any(|capability| capability.str() == "ALL")
    });
    if !keeping.is_empty() {
        let names = containers(&keeping);
        details.push(format!(
            "{names} must set securityContext.capabilities.drop=[\"ALL\"]"
        ));
    }
    let (names, added) = adding(pod, &["NET_BIND_SERVICE"]);
    if !names.is_empty() {
        let (names, added) = (containers(&names), quoted(&added));
        details.push(format!(
            "{names} must not include {added} in securityContext.capabilities.add"
        ));
    }
    (!details.is_empty()).then(|| format!("unrestricted capabilities ({})", details.join("; ")))
}

/// Models `check_restrictedVolumes.go`.
fn restricted_volumes(pod: &Pod) -> Option<String> {
    const ALLOWED: &[&str] = &[
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    let (mut names, mut types) = (Vec::new(), Set::new());
    for volume in pod.spec.list("volumes") {
        if ALLOWED.iter().any(|source| volume.set(source).is_some()) {
            continue;
        }
        names.push(volume.text("name"));
        let fields = volume.value.as_map().into_iter().flatten();
        let mut sources = fields
            .map(|(name, _)| &**name)
            .filter(|name| *name != "name");
        types.insert(sources.next().unwrap_or("unknown"));
    }
    if names.is_empty() {
        return None;
    }
    let (volumes, uses) = (plural("volume", names.len()), uses(names.len()));
    let what = plural("restricted volume type", types.len());
    let (names, types) = (quoted(&names), quoted(&types));
    Some(format!(
        "restricted volume types ({volumes} {names} {uses} {what} {types})"
    ))
}

/// Models `check_runAsNonRoot.go`.
fn run_as_non_root(pod: &Pod) -> Option<String> {
    if pod.has_own_users() {
        return None;
    }
    let says = |context: &At| context.value.get("runAsNonRoot").and_then(Value::as_bool);
    let by_pod = says(&pod.context());
    let explicit = pod.named(|container| says(&context(container)) == Some(false));
    if let Some(setters) = setters(by_pod == Some(false), &explicit) {
        return Some(format!(
            "runAsNonRoot != true ({setters} must not set securityContext.runAsNonRoot=false)"
        ));
    }
    let silent = pod.named(|container| says(&context(container)).is_none());
    (by_pod != Some(true) && !silent.is_empty()).then(|| {
        let names = containers(&silent);
        format!("runAsNonRoot != true (pod or {names} must set securityContext.runAsNonRoot=true)")
    })
}

/// Models `check_runAsUser.go`.
fn run_as_user(pod: &Pod) -> Option<String> {
    if pod.has_own_users() {
        return None;
    }
    let is_root = |context: &At| context.int("runAsUser") == Some(0);
    let names = pod.named(|container| is_root(&context(container)));
    let setters = setters(is_root(&pod.context()), &names)?;
    Some(format!("runAsUser=0 ({setters} must not set runAsUser=0)"))
}
