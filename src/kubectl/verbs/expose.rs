//! `kubectl expose`. Models `k8s.io/kubectl/pkg/cmd/expose/expose.go` and `pkg/polymorphichelpers`
//! (`canbeexposed.go`, `mapbasedselectorforobject.go`, `portsforobject.go`, `protocolsforobject.go`).

use super::run::{labels_of, made, overridden};
use crate::api::Value;
use crate::fields;
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::manifest::stream::quoted;

/// `kubectl expose`
pub const COMMAND: Command = Command::new(
    "expose",
    "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    run,
)
.flags(&[
    shared::FILENAME,
    shared::PRINT,
    shared::DRY_RUN,
    shared::SAVE_CONFIG,
    &[
        Flag::text("cluster-ip"),
        Flag::text("external-ip"),
        Flag::text("field-manager").default("kubectl-expose"),
        Flag::text("labels").short("l"),
        Flag::text("load-balancer-ip"),
        Flag::text("name"),
        Flag::text("override-type").default("merge"),
        Flag::text("overrides"),
        Flag::text("port"),
        Flag::text("protocol"),
        Flag::text("selector"),
        Flag::text("session-affinity"),
        Flag::text("target-port"),
        Flag::text("type"),
    ],
]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let mut asked = Asked::of(session.cx, given);
    asked.selector.clear();
    let found = asked.find(session.cx)?;
    let mut errors = Vec::new();
    for item in found.items {
        errors.extend(item.and_then(|info| one(&mut session, given, &info)).err());
    }
    Error::gathered(errors)?;
    Ok(Process::Ended(0))
}

fn one(session: &mut Session<'_, '_>, given: &Given, info: &Info) -> Result<(), Error> {
    const MOST: usize = 63;
    let kind = info.kind.kind();
    let can = [
        "ReplicationController",
        "Service",
        "Pod",
        "Deployment",
        "ReplicaSet",
    ];
    if !can.contains(&kind) {
        let group = match info.kind.group() {
            "" => kind.to_string(),
            group => format!("{kind}.{group}"),
        };
        return plain(format!("cannot expose a {group}"));
    }
    let selector = match given.text("selector") {
        "" => selector_of(info)?,
        text => labels_of(text)?,
    };
    let mut ports: Vec<String> = given.text("port").split(',').map(str::to_string).collect();
    if given.text("port").is_empty() {
        ports = ports_of(info);
        if ports.is_empty() && given.text("cluster-ip") != "None" {
            return plain("couldn't find port via --port flag or introspection");
        }
    }
    let name = match given.text("name") {
        "" => info.name.get(..MOST).unwrap_or(&info.name),
        name => name,
    };
    let mut metadata = fields! { "name" => name };
    let labels = match given.text("labels") {
        "" => info
            .value
            .at(&["metadata", "labels"])
            .cloned()
            .unwrap_or_default(),
        text => labels_of(text)?,
    };
    if !labels.is_empty() {
        metadata.set(&["labels"], labels);
    }
    let mut spec = fields! { "selector" => selector };
    let ports = service_ports(given, info, &ports)?;
    if !ports.is_empty() {
        spec.set(&["ports"], ports.into_iter().collect::<Value>());
    }
    for (flag, field) in [
        ("type", "type"),
        ("session-affinity", "sessionAffinity"),
        ("cluster-ip", "clusterIP"),
    ] {
        if !given.text(flag).is_empty() {
            spec.set(&[field], given.text(flag));
        }
    }
    if !given.text("external-ip").is_empty() {
        let ips: Value = std::iter::once(Value::from(given.text("external-ip"))).collect();
        spec.set(&["externalIPs"], ips);
    }
    let affinity = given.text("session-affinity");
    if !["", "None", "ClientIP"].contains(&affinity) {
        return plain(format!("unknown session affinity: {affinity}"));
    }
    if given.text("type") == "LoadBalancer" && given.has("load-balancer-ip") {
        spec.set(&["loadBalancerIP"], given.text("load-balancer-ip"));
    }
    let service = fields! {
        "apiVersion" => "v1", "kind" => "Service", "metadata" => metadata, "spec" => spec,
        "status" => fields! { "loadBalancer" => Value::map() },
    };
    let service = overridden(service, given)?;
    let service = made(session, given, &service)?;
    session.print(&service, "exposed");
    Ok(())
}

/// Models `MapBasedSelectorForObject`.
fn selector_of(info: &Info) -> Result<Value, Error> {
    let fail = |why: &str| {
        plain(format!(
            "couldn't retrieve selectors via --selector flag or introspection: {why}"
        ))
    };
    let (path, missing): (&[&str], &str) = match info.kind.kind() {
        "Pod" => (
            &["metadata", "labels"],
            "the pod has no labels and cannot be exposed",
        ),
        "ReplicationController" => (
            &["spec", "selector"],
            "the replication controller has no pod selector set",
        ),
        "Service" => (&["spec", "selector"], "the service has no pod selector set"),
        "Deployment" => (
            &["spec", "selector", "matchLabels"],
            "invalid deployment: no selectors, therefore cannot be exposed",
        ),
        _ => (
            &["spec", "selector", "matchLabels"],
            "invalid replicaset: no selectors, therefore cannot be exposed",
        ),
    };
    let expressions = info.value.at(&["spec", "selector", "matchExpressions"]);
    if let Some(expressions) = expressions.filter(|all| !all.is_empty()) {
        return fail(&format!(
            "couldn't convert expressions - {} to map-based selector format",
            crate::kubectl::go_map::dump(expressions)
        ));
    }
    match info.value.at(path).filter(|labels| !labels.is_empty()) {
        Some(labels) => Ok(labels.clone()),
        None => fail(missing),
    }
}

/// Each port of a Service, or of the containers.
fn declared(info: &Info) -> Vec<(String, String)> {
    let of = |port: &Value, field: &str| {
        let number = port.get(field).and_then(Value::as_i64).unwrap_or_default();
        let protocol = match port.text_at(&["protocol"]) {
            "" => "TCP",
            protocol => protocol,
        };
        (number.to_string(), protocol.to_string())
    };
    let items = |path: &[&str]| info.value.at(path).map_or(&[][..], Value::items);
    let containers: &[&str] = match info.kind.kind() {
        "Service" => {
            let ports = items(&["spec", "ports"]).iter();
            return ports.map(|port| of(port, "port")).collect();
        }
        "Pod" => &["spec", "containers"],
        _ => &["spec", "template", "spec", "containers"],
    };
    let mut ports = Vec::new();
    for container in items(containers) {
        let own = container.get("ports").map_or(&[][..], Value::items);
        ports.extend(own.iter().map(|port| of(port, "containerPort")));
    }
    ports
}

fn ports_of(info: &Info) -> Vec<String> {
    let mut ports: Vec<String> = Vec::new();
    for (port, _) in declared(info) {
        if !ports.contains(&port) || info.kind.kind() != "Service" {
            ports.push(port);
        }
    }
    ports.dedup();
    ports
}

fn service_ports(given: &Given, info: &Info, ports: &[String]) -> Result<Vec<Value>, Error> {
    let protocols = declared(info);
    let target = given.text("target-port");
    let mut all = Vec::new();
    for (at, text) in ports.iter().enumerate() {
        let Ok(number) = text.parse::<i64>() else {
            let text = quoted(text);
            return plain(format!("strconv.Atoi: parsing {text}: invalid syntax"));
        };
        let target = match target {
            "" => Value::Int(number),
            text => text.parse::<i64>().map_or(Value::from(text), Value::Int),
        };
        let port = |name: &str, protocol: &str| {
            let mut port = fields! {
                "port" => number, "protocol" => protocol, "targetPort" => target.clone(),
            };
            if !name.is_empty() {
                port.set(&["name"], name);
            }
            port
        };
        let name = match ports.len() {
            1 => String::new(),
            _ => format!("port-{}", at + 1),
        };
        let own = protocols.iter().filter(|(of, _)| of == text);
        let own: Vec<&str> = own.map(|(_, protocol)| &**protocol).collect();
        match (given.text("protocol"), &own[..]) {
            ("", []) => all.push(port(&name, "TCP")),
            ("", [one]) => all.push(port(&name, one)),
            ("", several) => {
                for protocol in several {
                    let name = format!("port-{}-{}", at + 1, protocol.to_lowercase());
                    all.push(port(&name, protocol));
                }
            }
            (protocol, _) => all.push(port(&name, protocol)),
        }
    }
    Ok(all)
}
