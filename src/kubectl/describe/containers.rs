//! Containers in descriptions. Models `describeContainers` and what it calls.

use super::page::{Page, moment};
use crate::api::Value;
use crate::api::quantity::Quantity;
use crate::kubectl::look::{Look, capital, or};
use crate::order;

/// Containers of a Pod with their statuses, or of a template (`pod` is none) without.
pub fn containers(
    page: &mut Page,
    label: &str,
    containers: &[Value],
    statuses: &[Value],
    pod: Option<&Value>,
) {
    let space = if pod.is_some() { "" } else { "  " };
    let none = if containers.is_empty() { " <none>" } else { "" };
    page.line(0, &[space, label, ":", none].concat());
    for container in containers {
        let name = container.text("name");
        let status = statuses.iter().find(|status| status.text("name") == name);
        let indent = if pod.is_some() { "" } else { " " };
        page.line(1, &[indent, name, ":"].concat());
        basics(page, container, status);
        lines(page, "Command", container.list("command"));
        lines(page, "Args", container.list("args"));
        if let Some(status) = status {
            states(page, status);
        }
        resources(page, 2, container);
        for (label, field) in [
            ("Liveness", "livenessProbe"),
            ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if let Some(of) = container.look(field) {
                page.field(2, label, &probe(of));
            }
        }
        environment_from(page, container);
        environment(page, container, pod);
        mounts(page, container);
    }
}

fn basics(page: &mut Page, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        page.field(2, "Container ID", status.text("containerID"));
    }
    page.field(2, "Image", container.text("image"));
    if let Some(status) = status {
        page.field(2, "Image ID", status.text("imageID"));
    }
    for (label, field) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports = container.list("ports").iter().map(|port| {
            let text = format!("{}/{}", port.int(field), port.text("protocol"));
            match port.text("name") {
                "" => text,
                name => [&text, " (", name, ")"].concat(),
            }
        });
        let ports = ports.collect::<Vec<_>>().join(", ");
        let many = if ports.contains(',') { "s" } else { "" };
        page.field(2, &[label, many].concat(), or(&ports, "<none>"));
    }
    seccomp(page, 2, container, "securityContext.seccompProfile");
}

/// The profile at `path`, if there is one.
pub fn seccomp(page: &mut Page, level: usize, object: &Value, path: &str) {
    let Some(profile) = object.look(path) else {
        return;
    };
    page.field(level, "SeccompProfile", profile.text("type"));
    if profile.text("type") == "Localhost" {
        let inner = if level == 0 { 0 } else { level + 1 };
        page.field(inner, "LocalhostProfile", profile.text("localhostProfile"));
    }
}

fn lines(page: &mut Page, label: &str, words: &[Value]) {
    if words.is_empty() {
        return;
    }
    page.line(2, &[label, ":"].concat());
    for line in words.iter().flat_map(|word| word.text("").split('\n')) {
        page.line(3, line);
    }
}

fn states(page: &mut Page, status: &Value) {
    state(page, "State", status.look("state"));
    if status.look("lastState.terminated").is_some() {
        state(page, "Last State", status.look("lastState"));
    }
    page.field(2, "Ready", capital(status.truth("ready")));
    page.field(2, "Restart Count", &status.int("restartCount").to_string());
}

fn state(page: &mut Page, label: &str, state: Option<&Value>) {
    let of = |name: &str| state.and_then(|state| state.look(name));
    let reason = |page: &mut Page, of: &Value| {
        for (label, field) in [("Reason", "reason"), ("Message", "message")] {
            if !of.text(field).is_empty() {
                page.field(3, label, of.text(field));
            }
        }
    };
    if let Some(running) = of("running") {
        page.field(2, label, "Running");
        page.field(3, "Started", &moment(running, "startedAt"));
    } else if let Some(terminated) = of("terminated").filter(|_| of("waiting").is_none()) {
        page.field(2, label, "Terminated");
        reason(page, terminated);
        page.field(3, "Exit Code", &terminated.int("exitCode").to_string());
        if terminated.int("signal") > 0 {
            page.field(3, "Signal", &terminated.print("signal"));
        }
        page.field(3, "Started", &moment(terminated, "startedAt"));
        page.field(3, "Finished", &moment(terminated, "finishedAt"));
    } else {
        page.field(2, label, "Waiting");
        let waiting = of("waiting").map_or("", |waiting| waiting.text("reason"));
        if !waiting.is_empty() {
            page.field(3, "Reason", waiting);
        }
    }
}

/// Limits and requests of a container or a Pod.
pub fn resources(page: &mut Page, level: usize, owner: &Value) {
    for (label, path) in [
        ("Limits", "resources.limits"),
        ("Requests", "resources.requests"),
    ] {
        let amounts = owner.texts(path);
        if !amounts.is_empty() {
            page.line(level, &[label, ":"].concat());
        }
        for (name, amount) in amounts {
            page.field(level + 1, name, amount);
        }
    }
}

/// Models `DescribeProbe`.
fn probe(probe: &Value) -> String {
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        probe.int("initialDelaySeconds"),
        probe.int("timeoutSeconds"),
        probe.int("periodSeconds"),
        probe.int("successThreshold"),
        probe.int("failureThreshold")
    );
    let how = if let Some(exec) = probe.look("exec") {
        let words: Vec<&str> = exec.list("command").iter().map(|it| it.text("")).collect();
        ["exec [", &words.join(" "), "]"].concat()
    } else if let Some(get) = probe.look("httpGet") {
        let host = crate::kubectl::printers::host_port(get.text("host"), &get.print("port"));
        let path = get.text("path");
        let slash = if path.is_empty() || path.starts_with('/') {
            ""
        } else {
            "/"
        };
        let scheme = get.text("scheme").to_lowercase();
        ["http-get ", &scheme, "://", &host, slash, path].concat()
    } else if let Some(socket) = probe.look("tcpSocket") {
        let port = socket.print("port");
        ["tcp-socket ", socket.text("host"), ":", &port].concat()
    } else if let Some(grpc) = probe.look("grpc") {
        [
            "grpc <pod>:",
            &grpc.print("port"),
            " ",
            grpc.text("service"),
        ]
        .concat()
    } else {
        "unknown".into()
    };
    [&how, " ", &attributes].concat()
}

fn environment_from(page: &mut Page, container: &Value) {
    let sources = container.list("envFrom");
    if sources.is_empty() {
        return;
    }
    page.line(2, "Environment Variables from:");
    for source in sources {
        let (kind, of) = match source.look("configMapRef") {
            Some(of) => ("ConfigMap", Some(of)),
            None => ("Secret", source.look("secretRef")),
        };
        let name = of.map_or("", |of| of.text("name"));
        let optional = of.is_some_and(|of| of.truth("optional"));
        let kind = match source.text("prefix") {
            "" => kind.into(),
            prefix => [kind, " with prefix '", prefix, "'"].concat(),
        };
        page.row(3, &[name, &kind, &format!("Optional: {optional}")]);
    }
}

fn environment(page: &mut Page, container: &Value, pod: Option<&Value>) {
    let variables = container.list("env");
    let none = if variables.is_empty() { "\t<none>" } else { "" };
    page.line(2, &["Environment:", none].concat());
    for variable in variables {
        let name = variable.text("name");
        let Some(from) = variable.look("valueFrom") else {
            let mut label = [name, ":"].concat();
            for line in variable.text("value").split('\n') {
                page.row(3, &[&std::mem::take(&mut label), line]);
            }
            continue;
        };
        if let Some(of) = from.look("fieldRef") {
            let path = of.text("fieldPath");
            let value = pod.map_or(String::new(), |pod| field(pod, path));
            let value = format!("{value} ({}:{path})", of.text("apiVersion"));
            page.field(3, name, &value);
        } else if let Some(of) = from.look("resourceFieldRef") {
            let resource = of.text("resource");
            let mut value = container_resource(container, resource, of.text("divisor"));
            if value == "0" && matches!(resource, "limits.cpu" | "limits.memory") {
                value = "node allocatable".into();
            }
            page.field(3, name, &[&value, " (", resource, ")"].concat());
        } else {
            let key = |of: &Value, words: &str| {
                let (key, owner) = (of.text("key"), of.text("name"));
                let optional = of.truth("optional");
                format!("<set to the key '{key}' {words} '{owner}'>\tOptional: {optional}")
            };
            if let Some(of) = from.look("secretKeyRef") {
                page.field(3, name, &key(of, "in secret"));
            } else if let Some(of) = from.look("configMapKeyRef") {
                page.field(3, name, &key(of, "of config map"));
            }
        }
    }
}

/// Models `ExtractFieldPathAsString` of `kubectl/pkg/util/fieldpath`: metadata alone.
fn field(pod: &Value, path: &str) -> String {
    let map = |path: &str| {
        let pairs = pod.texts(path).into_iter();
        let lines = pairs.map(|(key, value)| {
            let value = crate::manifest::stream::quoted(value);
            [key, "=", &value].concat()
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    if let Some((map, key)) = path.split_once("['") {
        let key = key.trim_end_matches("']");
        let pairs = pod.texts(map).into_iter();
        let mut found = pairs.filter(|(known, _)| *known == key);
        return found
            .next()
            .map_or(String::new(), |(_, value)| value.into());
    }
    match path {
        "metadata.labels" | "metadata.annotations" => map(path),
        "metadata.name" | "metadata.namespace" | "metadata.uid" => pod.text(path).into(),
        _ => String::new(),
    }
}

/// Models `ExtractContainerResourceValue` of `kubectl/pkg/util/resource`.
fn container_resource(container: &Value, resource: &str, divisor: &str) -> String {
    let (list, name) = resource.split_once('.').unwrap_or((resource, ""));
    let amounts = container.texts(&["resources.", list].concat());
    let amount = amounts.iter().find(|(known, _)| *known == name);
    let amount = amount.and_then(|(_, amount)| Quantity::parse(amount));
    let amount = amount.unwrap_or_default().nano;
    let divisor = Quantity::parse(divisor).filter(|divisor| divisor.nano > 0);
    let one = Quantity::parse("1").unwrap_or_default();
    let divisor = divisor.unwrap_or(one).nano.max(1);
    let whole = amount.div_euclid(divisor) + i128::from(amount.rem_euclid(divisor) != 0);
    Quantity {
        nano: whole.saturating_mul(one.nano),
    }
    .value()
    .to_string()
}

fn mounts(page: &mut Page, container: &Value) {
    let mut mounts: Vec<&Value> = container.list("volumeMounts").iter().collect();
    order::sort_by_key(&mut mounts, |mount| mount.text("mountPath").to_string());
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    page.line(2, &["Mounts:", none].concat());
    for mount in mounts {
        let access = if mount.truth("readOnly") { "ro" } else { "rw" };
        let mut flags = access.to_string();
        let sub_path = mount.text("subPath");
        if !sub_path.is_empty() {
            flags += &[",path=", &crate::manifest::stream::quoted(sub_path)].concat();
        }
        let (path, name) = (mount.text("mountPath"), mount.text("name"));
        page.line(3, &[path, " from ", name, " (", &flags, ")"].concat());
    }
    let mut devices: Vec<&Value> = container.list("volumeDevices").iter().collect();
    if devices.is_empty() {
        return;
    }
    order::sort_by_key(&mut devices, |device| device.text("devicePath").to_string());
    page.line(2, &["Devices:", none].concat());
    for device in devices {
        page.line(
            3,
            &[device.text("devicePath"), " from ", device.text("name")].concat(),
        );
    }
}
