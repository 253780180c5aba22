//! `kubectl create service`, `ingress`. Models `create_{service,ingress}.go`.

use super::generator::{FLAGS, finish, name, object, one};
use crate::api::Value;
use crate::api::validation::names;
use crate::fields;
use crate::kubectl::command::{Act, Command};
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::process::Process;
use crate::manifest::stream::quoted;

/// `kubectl create service`
pub const SERVICE: Command = Command {
    aliases: &["svc"],
    act: Act::Group(true, 1),
    ..Command::group(
        "service",
        "Create a service using a specified subcommand",
        &[&CLUSTER_IP, &EXTERNAL_NAME, &LOAD_BALANCER, &NODE_PORT],
    )
};

const TCP: &[Flag] = &[Flag::slice("tcp")];

const CLUSTER_IP: Command = Command::new("clusterip", "Create a ClusterIP service", |cx, given| {
    service(cx, given, "ClusterIP")
})
.flags(&[FLAGS, TCP, &[Flag::text("clusterip")]]);

const EXTERNAL_NAME: Command = Command::new(
    "externalname",
    "Create an ExternalName service",
    |cx, given| service(cx, given, "ExternalName"),
)
.flags(&[FLAGS, TCP, &[Flag::text("external-name")]])
.required(&["external-name"]);

const LOAD_BALANCER: Command = Command::new(
    "loadbalancer",
    "Create a LoadBalancer service",
    |cx, given| service(cx, given, "LoadBalancer"),
)
.flags(&[FLAGS, TCP]);

const NODE_PORT: Command = Command::new("nodeport", "Create a NodePort service", |cx, given| {
    service(cx, given, "NodePort")
})
.flags(&[FLAGS, TCP, &[Flag::int("node-port", "0")]]);

/// `kubectl create ingress`
pub const INGRESS: Command = Command::new(
    "ingress",
    "Create an ingress with the specified name",
    ingress,
)
.aliases(&["ing"])
.flags(&[
    FLAGS,
    &[
        Flag::array("annotation"),
        Flag::text("class"),
        Flag::text("default-backend"),
        Flag::array("rule"),
    ],
]);

fn service(cx: &mut Cx<'_>, given: &Given, of: &str) -> Result<Process, Error> {
    let name = name(given)?;
    let (tcp, cluster_ip) = (given.list("tcp"), given.text("clusterip"));
    if cluster_ip != "None" && tcp.is_empty() && of != "ExternalName" {
        return plain("at least one tcp port specifier must be provided");
    }
    let external = given.text("external-name");
    if of == "ExternalName" && !names::dns1123_subdomain(external).is_empty() {
        return plain(format!("invalid service external name {external}"));
    }
    let mut ports = Vec::new();
    for pair in tcp {
        let (number, target) = ports_of(pair)?;
        let mut port = fields! {
            "name" => pair.replace(':', "-"), "port" => number, "protocol" => "TCP",
            "targetPort" => target,
        };
        if given.int("node-port") != 0 {
            port.set(&["nodePort"], given.int("node-port"));
        }
        ports.push(port);
    }
    let labels = fields! { "app" => &*name };
    let mut spec = fields! { "selector" => labels.clone(), "type" => of };
    if !ports.is_empty() {
        spec.set(&["ports"], ports.into_iter().collect::<Value>());
    }
    for (field, text) in [("externalName", external), ("clusterIP", cluster_ip)] {
        if !text.is_empty() {
            spec.set(&[field], text);
        }
    }
    let mut value = object("v1", "Service", &name);
    value.set(&["metadata", "labels"], labels);
    value.set(&["spec"], spec);
    value.set(&["status", "loadBalancer"], Value::map());
    finish(
        cx,
        given,
        value,
        &format!("failed to create {of} service: "),
    )
}

/// Models `parsePorts`.
fn ports_of(pair: &str) -> Result<(i64, Value), Error> {
    let (port, target) = match pair.split_once(':') {
        Some((port, target)) => (port, Some(target)),
        None => (pair, None),
    };
    let number = port_number(port).map_err(Error::Plain)?;
    let target = match target {
        None => return Ok((number, Value::Int(number))),
        Some(target) => target.split(':').next().unwrap_or_default(),
    };
    let (wrong, target) = match target.parse::<i64>() {
        Ok(number) => (names::port_number(number), Value::Int(number)),
        Err(_) => (names::port_name(target), Value::from(target)),
    };
    match wrong.is_empty() {
        true => Ok((number, target)),
        false => plain(wrong.join(",")),
    }
}

/// Models `ParsePort` of `k8s.io/utils/net`.
///
/// # Errors
/// Go's sentence.
pub fn port_number(text: &str) -> Result<i64, String> {
    let parsing = |why: &str| format!("strconv.ParseUint: parsing {}: {why}", quoted(text));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(parsing("invalid syntax"));
    }
    let number = text
        .parse::<u16>()
        .map_err(|_| parsing("value out of range"))?;
    Ok(number.into())
}

fn ingress(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let name = name(given)?;
    let (rules, backend) = (given.list("rule"), given.text("default-backend"));
    if rules.is_empty() && backend.is_empty() {
        return plain(
            "not enough information provided: every ingress has to either specify a \
             default-backend (which catches all traffic) or a list of rules (which catch specific \
             paths)",
        );
    }
    let mut read = Vec::new();
    for rule in rules {
        let Some(rule) = Rule::read(rule) else {
            return plain(format!(
                "rule {rule} is invalid and should be in format \
                 host/path=svcname:svcport[,tls[=secret]]"
            ));
        };
        read.push(rule);
    }
    let mut value = object("networking.k8s.io/v1", "Ingress", &name);
    for annotation in given.list("annotation") {
        let Some((key, text)) = annotation.split_once('=') else {
            return plain(format!(
                "annotation {annotation} is invalid and should be in format key=[value]"
            ));
        };
        value.set(&["metadata", "annotations", key], text);
    }
    if !backend.is_empty() && backend.matches(':').count() != 1 {
        return plain("default-backend should be in format servicename:serviceport");
    }
    if given.has("class") {
        value.set(&["spec", "ingressClassName"], given.text("class"));
    }
    if let Some((service, port)) = backend.split_once(':') {
        value.set(&["spec", "defaultBackend"], backend_of(service, port));
    }
    let tls = tls_of(&read);
    if !tls.is_empty() {
        value.set(&["spec", "tls"], tls.into_iter().collect::<Value>());
    }
    let rules = rules_of(&read);
    if !rules.is_empty() {
        value.set(&["spec", "rules"], rules.into_iter().collect::<Value>());
    }
    value.set(&["status", "loadBalancer"], Value::map());
    finish(cx, given, value, "failed to create ingress: ")
}

/// `host/path=service:port,tls=secret`
struct Rule<'r> {
    host: &'r str,
    path: &'r str,
    service: &'r str,
    port: &'r str,
    /// The Secret, which may be empty.
    tls: Option<&'r str>,
}

impl<'r> Rule<'r> {
    /// Models `ruleRegex` of `create_ingress.go`.
    fn read(rule: &'r str) -> Option<Self> {
        let (host, rest) = rule.split_once('/')?;
        let (path, rest) = rest.split_once('=')?;
        let (service, rest) = rest.split_once(':')?;
        let (port, tls) = match rest.split_once(',') {
            Some((port, tls)) => (port, Some(tls)),
            None => (rest, None),
        };
        let tls = match tls {
            None => None,
            Some("tls") => Some(""),
            Some(tls) => Some(tls.strip_prefix("tls=")?),
        };
        let is_word = |text: &str, more: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            text.chars().all(fits)
        };
        let fits = is_word(host, "-_.*")
            && !service.is_empty()
            && is_word(service, "-_.")
            && !port.is_empty()
            && is_word(port, "-");
        fits.then_some(Rule {
            host,
            path,
            service,
            port,
            tls,
        })
    }
}

fn backend_of(service: &str, port: &str) -> Value {
    let port = match port.parse::<i64>() {
        Ok(number) => fields! { "number" => number },
        Err(_) => fields! { "name" => port },
    };
    fields! { "service" => fields! { "name" => service, "port" => port } }
}

/// Models `buildTLSRules`: each host is in it once.
fn tls_of(rules: &[Rule<'_>]) -> Vec<Value> {
    let (mut seen, mut all): (Vec<&str>, Vec<Value>) = Default::default();
    for rule in rules {
        let Some(secret) = rule.tls.filter(|_| !seen.contains(&rule.host)) else {
            continue;
        };
        seen.push(rule.host);
        let of_secret = |tls: &&mut Value| tls.text_at(&["secretName"]) == secret;
        if let Some(tls) = all.iter_mut().find(of_secret) {
            tls.at_mut(&["hosts"]).items_mut().push(rule.host.into());
            continue;
        }
        let mut tls = Value::map();
        if !rule.host.is_empty() {
            tls.set(&["hosts"], one(rule.host.into()));
        }
        if !secret.is_empty() {
            tls.set(&["secretName"], secret);
        }
        if !tls.is_empty() {
            all.push(tls);
        }
    }
    all
}

/// Models `buildIngressRules`: paths of one host are one rule.
fn rules_of(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for rule in rules {
        let whole = format!("/{}", rule.path);
        let (path, of) = match whole.strip_suffix('*') {
            Some(path) => (path, "Prefix"),
            None => (&*whole, "Exact"),
        };
        let path = fields! {
            "backend" => backend_of(rule.service, rule.port), "path" => path, "pathType" => of,
        };
        let of_host = |known: &&mut Value| known.text_at(&["host"]) == rule.host;
        if let Some(known) = all.iter_mut().find(of_host) {
            known.at_mut(&["http", "paths"]).items_mut().push(path);
            continue;
        }
        let mut new = fields! { "http" => fields! { "paths" => one(path) } };
        if !rule.host.is_empty() {
            new.set(&["host"], rule.host);
        }
        all.push(new);
    }
    all
}
