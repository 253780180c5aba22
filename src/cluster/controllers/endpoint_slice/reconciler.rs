//! What is to be in a Service's slices, and the fewest writes that bring it there. Models
//! `staging/src/k8s.io/endpointslice/reconciler.go`, `utils.go` and `trafficdist`.
//! Where upstream takes one of several in Go's random order, here it is the first by name.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::wanted::{Entry, Wanted, go_print, kept, ports_of, zone_of};
use super::{CONTROLLER_NAME, MANAGED_BY, SERVICE_NAME, actor};
use crate::api::meta::Labels;
use crate::api::pod::Pod;
use crate::api::service::Service;
use crate::api::{Object, Value};
use crate::cluster::controllers::endpoint_util as util;
use crate::cluster::controllers::endpoint_util::Port;
use crate::cluster::{SimTime, World};
use crate::{fields, order};

/// `--max-endpoints-per-slice`.
const MAX_ENDPOINTS: usize = 100;

/// `v1.IsHeadlessService`.
const HEADLESS: &str = "service.kubernetes.io/headless";

/// Of old, hints were asked for by annotations; who does gets none here. Models `hintsEnabled`.
const TOPOLOGY_MODE: [&str; 2] = [
    "service.kubernetes.io/topology-aware-hints",
    "service.kubernetes.io/topology-mode",
];

/// Brings the slices of a Service to what they should be; tells what went wrong. Models `Reconcile`.
pub(super) fn reconcile(
    world: &mut World,
    object: &Object,
    service: &Service,
    pods: &[Rc<Pod>],
    existing: Vec<Rc<Object>>,
    trigger: Option<SimTime>,
) -> Vec<String> {
    let kind = |slice: &Rc<Object>| slice.endpoint_slice().map(|view| view.address_type.clone());
    let families = address_types(service);
    let mut errors = Vec::new();
    for family in &families {
        let of_family = existing
            .iter()
            .filter(|slice| kind(slice).as_deref() == Some(*family));
        let context = Context {
            object,
            service,
            family,
            trigger,
        };
        let plan = context.plan(world, pods, of_family.cloned().collect(), &mut errors);
        context.finalize(world, plan, &mut errors);
    }
    for slice in &existing {
        if kind(slice).is_none_or(|kind| !families.contains(&&*kind)) {
            let _ = world.delete(actor(), &slice.key(), None);
        }
    }
    errors
}

/// Models `getAddressTypesForService`.
fn address_types(service: &Service) -> Vec<&'static str> {
    let spec = &service.spec;
    let named = ["IPv4", "IPv6"].into_iter();
    let named: Vec<&str> = named
        .filter(|family| spec.ip_families.iter().any(|one| &**one == *family))
        .collect();
    match named.is_empty() {
        false => named,
        true if !service.has_ip() => vec!["IPv4", "IPv6"],
        true if spec.cluster_ip.contains(':') => vec!["IPv6"],
        true => vec!["IPv4"],
    }
}

/// A Service, as far as one family of addresses goes.
pub(super) struct Context<'a> {
    pub(super) object: &'a Object,
    pub(super) service: &'a Service,
    pub(super) family: &'static str,
    pub(super) trigger: Option<SimTime>,
}

/// What is to be written.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) create: Vec<Draft<'a>>,
    pub(super) update: Vec<Draft<'a>>,
    pub(super) delete: Vec<Rc<Object>>,
}

/// A slice as it is to be.
pub(super) struct Draft<'a> {
    /// As it is, if it is there.
    pub(super) slice: Option<Rc<Object>>,
    pub(super) ports: Value,
    /// `None`: it keeps its own.
    pub(super) labels: Option<Labels>,
    pub(super) entries: Vec<Entry<'a>>,
}

impl<'a> Context<'a> {
    /// Models `reconcileByAddressType`.
    fn plan(
        &self,
        world: &World,
        pods: &'a [Rc<Pod>],
        existing: Vec<Rc<Object>>,
        errors: &mut Vec<String>,
    ) -> Plan<'a> {
        let mut plan = Plan::default();
        let before = existing.len();
        let mut by_ports: BTreeMap<Vec<Port>, Vec<Rc<Object>>> = BTreeMap::new();
        for slice in existing {
            match slice.endpoint_slice() {
                Some(view) if self.owns(&slice) => {
                    by_ports.entry(ports_of(view)).or_default().push(slice);
                }
                _ => plan.delete.push(slice),
            }
        }
        let mut unchanged = Vec::new();
        for (ports, wanted) in self.wanted(world, pods, errors) {
            let slices = by_ports.remove(&ports).unwrap_or_default();
            self.plan_group(&ports, wanted, slices, &mut plan, &mut unchanged);
        }
        plan.delete.extend(by_ports.into_values().flatten());
        if before == plan.delete.len() && plan.create.is_empty() {
            match &plan.delete[..] {
                [only] if self.is_placeholder(only) => plan.delete.clear(),
                _ => plan.create.push(self.draft(&[])),
            }
        }
        let hinted = unchanged
            .into_iter()
            .filter(|draft| self.lacks_hints(draft));
        plan.update.extend(hinted);
        plan
    }

    /// The endpoints that there should be, by their ports.
    fn wanted(
        &self,
        world: &World,
        pods: &'a [Rc<Pod>],
        errors: &mut Vec<String>,
    ) -> BTreeMap<Vec<Port>, Vec<Wanted<'a>>> {
        let meta = &self.service.metadata;
        let mut zones: BTreeMap<&str, Option<Rc<str>>> = BTreeMap::new();
        let mut groups: BTreeMap<Vec<Port>, Vec<Wanted>> = BTreeMap::new();
        for pod in pods.iter().filter(|pod| util::is_endpoint(pod, true)) {
            let group = groups.entry(self.ports_at(pod)).or_default();
            let node = &*pod.spec.node_name;
            let zone = zones.entry(node).or_insert_with(|| zone_of(world, node));
            if zone.is_none() && !self.service.spec.publish_not_ready_addresses {
                errors.push(format!(
                    "skipping Pod {} for Service {}/{}: Node {node} Not Found",
                    pod.metadata.name, meta.namespace, meta.name
                ));
                continue;
            }
            let zone = zone.clone().filter(|zone| !zone.is_empty());
            group.extend(Wanted::of(pod, self.service, self.family, zone));
        }
        groups
    }

    /// Models `getEndpointPorts`.
    fn ports_at(&self, pod: &Pod) -> Vec<Port> {
        let ports = self.service.spec.ports.iter();
        let mut ports: Vec<Port> = ports.filter_map(|port| Port::of(pod, port)).collect();
        util::sort_ports(&mut ports, go_print);
        ports
    }

    /// Models `reconcileByPortMapping`; what needs no write is put with `unchanged`.
    fn plan_group(
        &self,
        ports: &[Port],
        wanted: Vec<Wanted<'a>>,
        slices: Vec<Rc<Object>>,
        plan: &mut Plan<'a>,
        unchanged: &mut Vec<Draft<'a>>,
    ) {
        let named = wanted.into_iter().map(|one| (&*one.pod.metadata.name, one));
        let mut left: BTreeMap<&str, Wanted> = named.collect();
        let (mut changed, mut same) = (Vec::new(), Vec::new());
        for slice in slices {
            let (entries, differs) = kept(&slice, &mut left);
            if entries.is_empty() && differs {
                plan.delete.push(slice);
                continue;
            }
            // Labels of a slice's own making alone are no reason to write it.
            let theirs = plain(&self.service.metadata.labels);
            let is_changed = differs || !plain(&slice.meta.labels).eq(theirs);
            let into = if is_changed { &mut changed } else { &mut same };
            into.push(Draft {
                ports: slice.value.get("ports").cloned().unwrap_or_default(),
                slice: Some(slice),
                labels: is_changed.then(|| labels(self.service)),
                entries,
            });
        }
        order::sort_by_key(&mut changed, |draft| {
            MAX_ENDPOINTS.saturating_sub(draft.entries.len())
        });
        for draft in &mut changed {
            draft.fill(&mut left);
        }
        while !left.is_empty() {
            let room = |draft: &Draft| {
                let room = MAX_ENDPOINTS.checked_sub(draft.entries.len() + left.len());
                room.filter(|room| *room < MAX_ENDPOINTS)
            };
            let fullest = same.iter().enumerate();
            let fullest = fullest
                .filter_map(|(at, draft)| Some((room(draft)?, at)))
                .min();
            match fullest.filter(|_| left.len() < MAX_ENDPOINTS) {
                Some((_, at)) => {
                    let mut draft = same.remove(at);
                    draft.fill(&mut left);
                    changed.push(draft);
                }
                None => {
                    let mut draft = self.draft(ports);
                    draft.fill(&mut left);
                    plan.create.push(draft);
                }
            }
        }
        plan.update.append(&mut changed);
        unchanged.append(&mut same);
    }

    /// A new slice with nothing in it. Models `newEndpointSlice`.
    fn draft(&self, ports: &[Port]) -> Draft<'a> {
        let port = |port: &Port| {
            let mut value =
                fields! { "name" => port.name.clone(), "protocol" => port.protocol.clone() };
            value.set(&["port"], port.number.map_or(Value::Null, Value::from));
            if let Some(protocol) = &port.app_protocol {
                value.set(&["appProtocol"], protocol.clone());
            }
            value
        };
        Draft {
            slice: None,
            ports: or_null(ports.iter().map(port).collect()),
            labels: Some(labels(self.service)),
            entries: Vec::new(),
        }
    }

    /// Models `ownedBy`.
    pub(super) fn owns(&self, slice: &Object) -> bool {
        let mut owners = slice.meta.owner_references.iter();
        owners.any(|owner| {
            owner.uid == self.object.meta.uid
                && &*owner.kind == "Service"
                && &*owner.api_version == "v1"
        })
    }

    /// Is it what stands for a Service that nobody is behind? Models `placeholderSliceCompare`.
    fn is_placeholder(&self, slice: &Object) -> bool {
        slice.endpoint_slice().is_some_and(|view| {
            view.ports.is_empty()
                && view.endpoints.is_empty()
                && slice.meta.labels == labels(self.service)
        })
    }

    fn lacks_hints(&self, draft: &Draft) -> bool {
        let mut entries = draft.entries.iter();
        entries.any(|entry| {
            let has = entry.same.as_ref().and_then(|same| same.get("hints"));
            self.hints(entry).as_ref() != has
        })
    }

    /// Models `trafficdist.ReconcileHints`: those of an endpoint that isn't ready stay as they are.
    pub(super) fn hints(&self, entry: &Entry) -> Option<Value> {
        let wanted = &entry.wanted;
        let for_nodes = match &*self.service.spec.traffic_distribution {
            "PreferSameNode" => true,
            "PreferClose" | "PreferSameZone" => false,
            _ => return None,
        };
        let annotations = &self.service.metadata.annotations;
        let mut asked = TOPOLOGY_MODE
            .iter()
            .filter_map(|name| annotations.get(*name));
        if asked
            .next()
            .is_some_and(|mode| matches!(&**mode, "Auto" | "auto"))
        {
            return None;
        }
        if !wanted.ready {
            return entry.same.as_ref()?.get("hints").cloned();
        }
        let named = |name: &Rc<str>| Value::from_iter([fields! { "name" => name.clone() }]);
        let mut hints = Value::map();
        if let Some(zone) = &wanted.zone {
            hints.set(&["forZones"], named(zone));
        }
        if for_nodes {
            hints.set(&["forNodes"], named(&wanted.pod.spec.node_name));
        }
        (!hints.is_empty()).then_some(hints)
    }
}

impl<'a> Draft<'a> {
    /// Takes of what is left as many as there is room for.
    fn fill(&mut self, left: &mut BTreeMap<&str, Wanted<'a>>) {
        while self.entries.len() < MAX_ENDPOINTS
            && let Some((_, wanted)) = left.pop_first()
        {
            self.entries.push(Entry { wanted, same: None });
        }
    }
}

/// Labels that aren't a slice's own.
fn plain(labels: &Labels) -> impl Iterator<Item = (&Rc<str>, &Rc<str>)> {
    let reserved = |name: &str| [HEADLESS, SERVICE_NAME, MANAGED_BY].contains(&name);
    labels.iter().filter(move |(name, _)| !reserved(name))
}

/// The labels that a slice is to have. Models `setEndpointSliceLabels`.
fn labels(service: &Service) -> Labels {
    let plain = plain(&service.metadata.labels);
    let mut labels: Labels = plain
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    labels.insert(SERVICE_NAME.into(), service.metadata.name.clone());
    labels.insert(MANAGED_BY.into(), CONTROLLER_NAME.into());
    if !service.has_ip() {
        labels.insert(HEADLESS.into(), "".into());
    }
    labels
}

/// Go writes a list with nothing in it as `null` here.
pub(super) fn or_null(items: Vec<Value>) -> Value {
    if items.is_empty() {
        Value::Null
    } else {
        Value::from_iter(items)
    }
}
