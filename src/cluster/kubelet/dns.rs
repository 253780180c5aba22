//! Whom a Pod's programs ask for names. Models `pkg/kubelet/network/dns/dns.go`, and `parseDNSOptions` of
//! containerd, which writes the file.
//! Left out: a kubelet that isn't told of a DNS server, a domain or a file of its node's; the complaint about a
//! node's file that is too long. Options come in the order in which they are said first: upstream's is random.

use std::rc::Rc;

use super::Turn;
use crate::api::Object;
use crate::api::pod_config::{DnsOption, DnsSpec, PodDns};
use crate::api::view;
use crate::cluster::network::{CLUSTER_DOMAIN, DNS_SERVICE, OUTSIDE_DNS};

/// Models `MaxDNSNameservers`, `MaxDNSSearchPaths` and `MaxDNSSearchListChars` of `pkg/apis/core/validation`, and
/// `DNS1123SubdomainMaxLength`.
const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCH_PATHS: usize = 32;
const MAX_SEARCH_LIST_CHARS: usize = 2048;
const MAX_SEARCH_PATH_CHARS: usize = 253;

/// The reason of its Events.
pub const REASON: &str = "DNSConfigForming";

/// What is in a `resolv.conf`. Models `runtimeapi.DNSConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsConfig {
    /// Servers, the first first.
    pub servers: Vec<String>,
    /// Ends of names, the first first.
    pub searches: Vec<String>,
    /// `ndots:5`
    pub options: Vec<String>,
}

impl DnsConfig {
    /// The Pod's, and what the kubelet warns of on the way. `node` is the node's file. Models `GetPodDNS`.
    pub fn of_pod(namespace: &str, spec: &DnsSpec, node: &str) -> (Self, Vec<String>) {
        let host = DnsConfig::parse(node);
        let mut config = match (&*spec.dns_policy, spec.host_network) {
            ("None", _) => DnsConfig::default(),
            ("Default", _) | ("ClusterFirst", true) => host,
            _ => DnsConfig {
                servers: vec![DNS_SERVICE.into()],
                searches: cluster_searches(namespace, host.searches),
                options: vec!["ndots:5".into()],
            },
        };
        if let Some(own) = &spec.dns_config {
            config.append(&own.nameservers, &own.searches, &own.options);
        }
        let warnings = [config.cut_servers(), config.cut_searches()];
        (config, warnings.into_iter().flatten().collect())
    }

    /// Models `parseResolvConf`.
    fn parse(text: &str) -> Self {
        let mut config = DnsConfig::default();
        for line in text.split('\n').map(str::trim) {
            let mut words = line.split_whitespace();
            match words.next().filter(|_| !line.starts_with('#')) {
                Some("nameserver") => config.servers.extend(words.next().map(String::from)),
                Some("search") => {
                    let ends = words.filter(|end| *end != ".");
                    let ends = ends.map(|end| end.strip_suffix('.').unwrap_or(end).into());
                    config.searches = ends.collect();
                }
                Some("options") => {
                    words.for_each(|option| put(&mut config.options, option));
                }
                _ => {}
            }
        }
        config
    }

    /// Models `appendDNSConfig`.
    fn append(&mut self, servers: &[Rc<str>], searches: &[Rc<str>], options: &[DnsOption]) {
        let texts = |texts: &[Rc<str>]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        self.servers.extend(texts(servers));
        self.searches.extend(texts(searches));
        omit_duplicates(&mut self.servers);
        omit_duplicates(&mut self.searches);
        self.options = merge_options(&self.options, options);
    }

    /// Models `formDNSNameserversFitsLimits`.
    fn cut_servers(&mut self) -> Option<String> {
        if self.servers.len() <= MAX_NAMESERVERS {
            return None;
        }
        self.servers.truncate(MAX_NAMESERVERS);
        Some(format!(
            "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: {}",
            self.servers.join(" ")
        ))
    }

    /// Models `formDNSSearchFitsLimits`.
    fn cut_searches(&mut self) -> Option<String> {
        let all = self.searches.len();
        self.searches.truncate(MAX_SEARCH_PATHS);
        self.searches
            .retain(|end| end.len() <= MAX_SEARCH_PATH_CHARS);
        while self.searches.join(" ").len() > MAX_SEARCH_LIST_CHARS {
            self.searches.pop();
        }
        (self.searches.len() < all).then(|| {
            format!(
                "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: {}",
                self.searches.join(" ")
            )
        })
    }

    /// The file: as containerd writes it, which takes the node's where nothing is to be said.
    pub fn file(&self, node: &str) -> String {
        let mut text = String::new();
        if !self.searches.is_empty() {
            text += &format!("search {}\n", self.searches.join(" "));
        }
        for server in &self.servers {
            text += &format!("nameserver {server}\n");
        }
        if !self.options.is_empty() {
            text += &format!("options {}\n", self.options.join(" "));
        }
        match text.is_empty() {
            true => node.into(),
            false => text,
        }
    }
}

/// Models `generateSearchesForDNSClusterFirst`.
fn cluster_searches(namespace: &str, host: Vec<String>) -> Vec<String> {
    let mut searches = vec![
        format!("{namespace}.svc.{CLUSTER_DOMAIN}"),
        format!("svc.{CLUSTER_DOMAIN}"),
        CLUSTER_DOMAIN.into(),
    ];
    searches.extend(host);
    omit_duplicates(&mut searches);
    searches
}

fn omit_duplicates(texts: &mut Vec<String>) {
    let mut seen: Vec<String> = Vec::new();
    texts.retain(|text| {
        let is_new = !seen.contains(text);
        if is_new {
            seen.push(text.clone());
        }
        is_new
    });
}

/// The last of each name counts. Models `appendOptions`.
fn put(options: &mut Vec<String>, option: &str) {
    let name = |option: &str| option.split(':').next().map(String::from);
    let known = options.iter_mut().find(|known| name(known) == name(option));
    match known {
        Some(known) => *known = option.into(),
        None => options.push(option.into()),
    }
}

/// Models `mergeDNSOptions`.
fn merge_options(existing: &[String], own: &[DnsOption]) -> Vec<String> {
    let mut merged: Vec<(&str, &str)> = Vec::new();
    let existing = existing
        .iter()
        .map(|option| option.split_once(':').unwrap_or((option, "")));
    let own = own.iter().map(|option| (&*option.name, &*option.value));
    for (name, value) in existing.chain(own) {
        match merged.iter_mut().find(|known| known.0 == name) {
            Some(known) => known.1 = value,
            None => merged.push((name, value)),
        }
    }
    let written = merged.into_iter().map(|(name, value)| match value {
        "" => name.into(),
        value => format!("{name}:{value}"),
    });
    written.collect()
}

/// The node's own `/etc/resolv.conf`.
fn node_file() -> String {
    format!("nameserver {OUTSIDE_DNS}\n")
}

/// `/etc/resolv.conf` in this Pod's containers, and what the kubelet warns of as it makes it.
pub(super) fn resolv_conf(pod: &Object) -> (String, Vec<String>) {
    // A Pod is validated before it is stored, so that it fits.
    let view: PodDns = view::read(&pod.value).unwrap_or_default();
    let node = node_file();
    let (config, warnings) = DnsConfig::of_pod(&pod.meta.namespace, &view.spec, &node);
    (config.file(&node), warnings)
}

impl Turn<'_> {
    /// Warns of what doesn't fit into the Pod's `/etc/resolv.conf`, as its sandbox is about to be made.
    pub(super) fn warn_of_dns(&mut self) {
        let (_, warnings) = resolv_conf(&self.pod_object());
        for warning in warnings {
            self.event("Warning", REASON, warning, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::pod_config::DnsConfigSpec;

    const NODE: &str = "nameserver 192.0.2.53\nsearch corp.example\noptions ndots:2 rotate\n";

    fn of(policy: &str, host_network: bool, own: Option<DnsConfigSpec>) -> String {
        let spec = DnsSpec {
            dns_policy: policy.into(),
            host_network,
            dns_config: own,
        };
        let (config, warnings) = DnsConfig::of_pod("shop", &spec, NODE);
        assert_eq!(warnings, [""; 0]);
        config.file(NODE)
    }

    #[test]
    fn the_policy_says_whose_servers_are_asked() {
        let cluster = "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example\n\
                       nameserver 10.96.0.10\noptions ndots:5\n";
        let node = "search corp.example\nnameserver 192.0.2.53\noptions ndots:2 rotate\n";
        assert_eq!(of("ClusterFirst", false, None), cluster);
        assert_eq!(of("ClusterFirst", true, None), node);
        assert_eq!(of("ClusterFirstWithHostNet", true, None), cluster);
        assert_eq!(of("Default", false, None), node);
    }

    #[test]
    fn own_options_go_before_by_name_and_nothing_said_leaves_the_node_s_file() {
        let option = |name: &str, value: &str| DnsOption {
            name: name.into(),
            value: value.into(),
        };
        let own = DnsConfigSpec {
            nameservers: vec!["203.0.113.1".into()],
            searches: vec!["a.example".into()],
            options: vec![option("ndots", "1"), option("edns0", "")],
        };
        let none = "search a.example\nnameserver 203.0.113.1\noptions ndots:1 edns0\n";
        assert_eq!(of("None", false, Some(own.clone())), none);
        let default = "search corp.example a.example\nnameserver 192.0.2.53\nnameserver 203.0.113.1\n\
                       options ndots:1 rotate edns0\n";
        assert_eq!(of("Default", false, Some(own)), default);
        assert_eq!(of("None", false, None), NODE);
    }
}
