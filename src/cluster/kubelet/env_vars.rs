//! Services as environment variables. Models `pkg/kubelet/envvars` and `getServiceEnvVarMap`,
//! `pkg/kubelet/kubelet_pods.go`.

use std::rc::Rc;

use super::config::Variable;
use crate::api::Value;
use crate::cluster::Store;

/// The variables of the Services that a Pod of this namespace sees, by name: that of the API server,
/// and, if `links`, those of the namespace.
pub(super) fn of_services(store: &Store, namespace: &str, links: bool) -> Vec<Variable> {
    let mut all: Vec<Variable> = Vec::new();
    let mut seen: Vec<&Rc<str>> = Vec::new();
    let is_master =
        |key: &crate::api::ObjectKey| &*key.namespace == "default" && &*key.name == "kubernetes";
    let master = store.list("Service").filter(|(key, _)| is_master(key));
    let own = store
        .list("Service")
        .filter(|(key, _)| links && *key.namespace == *namespace);
    // A namespace's own `kubernetes` goes before the API server's.
    for (key, service) in own.chain(master) {
        let address = service.value.text_at(&["spec", "clusterIP"]);
        if !address.is_empty() && address != "None" && !seen.contains(&&key.name) {
            seen.push(&key.name);
            of_service(&key.name, address, &service.value, &mut all);
        }
    }
    crate::order::sort_by(&mut all, |a, b| a.0.cmp(&b.0));
    all
}

/// Models `FromServices` and `makeLinkVariables`.
fn of_service(name: &str, address: &str, service: &Value, all: &mut Vec<Variable>) {
    let prefix = name.replace('-', "_").to_uppercase();
    let mut say = |name: String, value: String| all.push((name.into(), value.into()));
    say(format!("{prefix}_SERVICE_HOST"), address.to_string());
    let ports = service.at(&["spec", "ports"]).map_or(&[][..], Value::items);
    let host = match address.contains(':') {
        true => format!("[{address}]"),
        false => address.to_string(),
    };
    for (index, port) in ports.iter().enumerate() {
        let number = port.get("port").and_then(Value::as_i64).unwrap_or_default();
        let protocol = match port.text_at(&["protocol"]) {
            "" => "TCP",
            protocol => protocol,
        };
        let lower = protocol.to_lowercase();
        let url = format!("{lower}://{host}:{number}");
        if index == 0 {
            say(format!("{prefix}_SERVICE_PORT"), number.to_string());
            say(format!("{prefix}_PORT"), url.clone());
        }
        let named = port.text_at(&["name"]);
        if !named.is_empty() {
            let named = named.replace('-', "_").to_uppercase();
            say(format!("{prefix}_SERVICE_PORT_{named}"), number.to_string());
        }
        let of_port = format!("{prefix}_PORT_{number}_{}", protocol.to_uppercase());
        say(of_port.clone(), url);
        say(format!("{of_port}_PROTO"), lower);
        say(format!("{of_port}_PORT"), number.to_string());
        say(format!("{of_port}_ADDR"), address.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;

    #[test]
    fn a_service_is_said_as_kubernetes_and_as_docker_did() {
        let port = |name: &str, port: i64| fields! { "name" => name, "port" => port };
        let ports: Value = [port("http", 80), port("m-s", 9090)].into_iter().collect();
        let service = fields! { "spec" => fields! { "ports" => ports } };
        let mut all = Vec::new();
        of_service("my-db", "10.96.0.7", &service, &mut all);
        let said: Vec<String> = all
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            said,
            [
                "MY_DB_SERVICE_HOST=10.96.0.7",
                "MY_DB_SERVICE_PORT=80",
                "MY_DB_PORT=tcp://10.96.0.7:80",
                "MY_DB_SERVICE_PORT_HTTP=80",
                "MY_DB_PORT_80_TCP=tcp://10.96.0.7:80",
                "MY_DB_PORT_80_TCP_PROTO=tcp",
                "MY_DB_PORT_80_TCP_PORT=80",
                "MY_DB_PORT_80_TCP_ADDR=10.96.0.7",
                "MY_DB_SERVICE_PORT_M_S=9090",
                "MY_DB_PORT_9090_TCP=tcp://10.96.0.7:9090",
                "MY_DB_PORT_9090_TCP_PROTO=tcp",
                "MY_DB_PORT_9090_TCP_PORT=9090",
                "MY_DB_PORT_9090_TCP_ADDR=10.96.0.7",
            ]
        );
    }
}
