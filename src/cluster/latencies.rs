//! How long the cluster's parts take, in virtual time. What programs in containers take stands with them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Every duration that the world obeys, with its default and where that is from.
/// A saved world may be older than one of them: that has its default then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Latencies {
    /// From one kubectl of a line in the terminal until the next: it starts and connects. Default
    /// 100 ms, ours.
    pub kubectl_command: Duration,
    /// From a write until a component that watches sees it. Default 10 ms, ours: upstream promises
    /// nothing.
    pub watch_delivery: Duration,
    /// From a Pod's entering the active queue until its scheduling attempt; the next Pod's begins
    /// after it. Default 2 ms: upstream's benchmark asks for 680 Pods a second of 5,000 nodes
    /// (`SchedulingBasic` in `test/integration/scheduler_perf`). The picture stretches what is too
    /// short to see. Left out: the client's limit of 50 writes a second after a burst of 100.
    pub scheduling_cycle: Duration,
    /// From the decision until the binding is written, beside the next Pods' cycles. Default
    /// 10 ms, ours: the API server answers when etcd has the write on its disk.
    pub binding_cycle: Duration,
    /// First pause of an unschedulable Pod. Default 1 s, `DefaultPodInitialBackoffDuration` in
    /// `pkg/scheduler/backend/queue`.
    pub scheduler_back_off_initial: Duration,
    /// Longest such pause. Default 10 s, `DefaultPodMaxBackoffDuration`.
    pub scheduler_back_off_max: Duration,
    /// Pauses end together in steps of this, so that the most important Pod goes first. Default 1 s,
    /// `backoffQOrderingWindowDuration`.
    pub scheduler_back_off_window: Duration,
    /// How long a Pod stays unschedulable before it is tried again whatever happened. Default
    /// 5 min, `DefaultPodMaxInUnschedulablePodsDuration`.
    pub scheduler_flush: Duration,
    /// From a Pod's acceptance by the kubelet until its sandbox has an address. Default 700 ms,
    /// ours: a CNI plugin and a pause container take about that long.
    pub sandbox_creation: Duration,
    /// What a pull takes besides its bytes (resolving, unpacking). Default 300 ms, ours.
    pub pull_base: Duration,
    /// Bytes per second of a pull. Default 30 MB, ours: a fair home or cloud line.
    pub pull_bytes_per_second: u64,
    /// CreateContainer. Default 100 ms, ours.
    pub container_creation: Duration,
    /// StartContainer. Default 100 ms, ours.
    pub container_start: Duration,
    /// UpdateContainerResources. Default 20 ms, ours.
    pub container_update: Duration,
    /// From a container's exit until the kubelet notices, at most; it looks this often. Default
    /// 1 s, `plegRelistPeriod` in `pkg/kubelet/kubelet.go` (generic PLEG).
    pub pleg_relist: Duration,
    /// First pause before a crashed container restarts; each crash doubles it. Default 10 s,
    /// `initialCrashLoopBackOff`… `backOffPeriod` in `pkg/kubelet/kubelet.go`.
    pub crash_loop_back_off_initial: Duration,
    /// Longest such pause, and for images too. Default 5 min, `MaxCrashLoopBackOff`.
    pub crash_loop_back_off_max: Duration,
    /// First pause before an image is pulled again; each failure doubles it. Default 10 s,
    /// `imageBackOffPeriod`.
    pub image_back_off_initial: Duration,
    /// How long a container that runs well must run until its pauses are forgotten. Default 10 min,
    /// twice `MaxCrashLoopBackOff`.
    pub back_off_reset: Duration,
    /// From a status's being set until the API server has it; a newer one may overtake it. Default
    /// 5 ms, ours: a read and a patch take about that long.
    pub status_update: Duration,
    /// From a controller's write until it has the answer, where it waits for that. Default 5 ms, ours:
    /// the API server answers when etcd has the write on its disk.
    pub api_write: Duration,
    /// How often a kubelet looks whether a Pod is due for a sync. Default 1 s, `syncTicker` in
    /// `pkg/kubelet/kubelet.go`.
    pub kubelet_sync_tick: Duration,
    /// From a sync without an error to the next one if nothing happens, up to half as long again.
    /// Default 60 s, `SyncFrequency` in `KubeletConfiguration`.
    pub kubelet_resync: Duration,
    /// The same after an error that names no time. Default 10 s, `backOffPeriod` in
    /// `pkg/kubelet/kubelet.go`.
    pub kubelet_retry: Duration,
    /// By how much a kubelet stretches its pauses, in thousandths of the half that it may at most; drawn
    /// anew each time where nothing is said. Default nothing, as upstream.
    pub kubelet_stretch: Option<u32>,
    /// How often a kubelet looks whether a Pod's volumes are mounted. Default 300 ms,
    /// `podAttachAndMountRetryInterval` in `pkg/kubelet/volumemanager`.
    pub volume_poll: Duration,
    /// How often a kubelet looks whether its node runs short of memory or disk. Default 10 s,
    /// `evictionMonitoringPeriod` in `pkg/kubelet/kubelet.go`.
    pub eviction_monitoring: Duration,
    /// How long a Node says after it that it ran short. Default 5 min, `EvictionPressureTransitionPeriod`
    /// in `KubeletConfiguration`.
    pub eviction_pressure_transition: Duration,
    /// How often the control plane looks which kubelets live. Default 5 s, `NodeMonitorPeriod` in
    /// `pkg/controller/nodelifecycle`.
    pub node_monitor: Duration,
    /// For how long a kubelet may be silent. Default 50 s, `NodeMonitorGracePeriod` there.
    pub node_monitor_grace: Duration,
    /// From the mending of a machine's network until its kubelet's watches stand again. Default 1 s, ours: upstream's
    /// reflector tries again after 0.8 s at first, and after up to a minute when it has tried for long.
    pub watch_reconnect: Duration,
    /// How often a kubelet says that it lives. Default 10 s: `NodeLeaseRenewInterval`, a quarter of
    /// `NodeLeaseDurationSeconds` (40), and `NodeStatusUpdateFrequency`.
    pub node_heartbeat: Duration,
    /// How often a kubelet compares the volumes that are there with those that are to be. Default 100 ms,
    /// `reconcilerLoopSleepPeriod` and `desiredStateOfWorldPopulatorLoopSleepPeriod` in
    /// `pkg/kubelet/volumemanager`.
    pub volume_reconcile: Duration,
    /// How long a sync waits for a Pod's volumes. Default 123 s, `podAttachAndMountTimeout` in
    /// `pkg/kubelet/volumemanager`.
    pub volume_mount_timeout: Duration,
    /// First pause after a volume couldn't be set up; each failure doubles it. Default 500 ms,
    /// `initialDurationBeforeRetry` in `pkg/util/goroutinemap/exponentialbackoff`.
    pub volume_retry_initial: Duration,
    /// Longest such pause. Default 122 s, `maxDurationBeforeRetry`.
    pub volume_retry_max: Duration,
    /// How often Pods are looked at that nobody else would delete. Default 20 s, `gcCheckPeriod` in
    /// `pkg/controller/podgc`.
    pub pod_gc_check: Duration,
    /// From the look that misses a Pod's Node until the one that gives it up, at least. Default 40 s,
    /// `quarantineTime` in `pkg/controller/podgc`.
    pub pod_gc_quarantine: Duration,
    /// From a Namespace's deletion, or another change of it, until its contents are deleted. Default
    /// 5 s, `namespaceDeletionGracePeriod` in `pkg/controller/namespace`.
    pub namespace_deletion_grace: Duration,
    /// How long finalizers are thought to take that hold something in a Namespace. Default 15 s,
    /// `finalizerEstimateSeconds` in `pkg/controller/namespace/deletion`.
    pub namespace_finalizer_estimate: Duration,
    /// First pause after a Namespace's contents outlived their time; each doubles it. Default 5 ms,
    /// `nsControllerRateLimiter` in `pkg/controller/namespace`.
    pub namespace_retry_initial: Duration,
    /// Longest such pause. Default 60 s, `nsControllerRateLimiter` too.
    pub namespace_retry_max: Duration,
    /// How often a Replace looks whether the old object is gone. Default 100 ms, ours: kubectl watches.
    pub replace_look_again: Duration,
    /// From power-on until a machine's kubelet has registered its Node. Default 0, ours.
    pub node_registration: Duration,
    /// From one change of a node's Service rules to the next, at least. Default 1 s, `iptables.minSyncPeriod` in
    /// `KubeProxyConfiguration`.
    pub proxy_sync_period: Duration,
    /// From a change of a Service's endpoints until nodes hear of it, beside `watch_delivery`. Default 0; a lesson makes
    /// it longer, as in a cluster that has much to do.
    #[serde(default)]
    pub proxy_delay: Duration,
    /// A packet's way from one place within a machine to the next. Default 20 µs, ours.
    pub network_hop: Duration,
    /// Its way between a machine and its host. Default 50 µs, ours.
    pub network_machine: Duration,
    /// Its way between two hosts. Default 200 µs, ours.
    pub network_host: Duration,
    /// Its way to somebody outside the cluster. Default 10 ms, ours.
    pub network_outside: Duration,
    /// How long a node looks for the neighbour that has an address. Default 3 s: Linux asks three times, a second
    /// each (`mcast_solicit`, `retrans_time_ms`).
    pub neighbour_solicitation: Duration,
    /// How long a program waits for a name server, and how often it asks again. Default 5 s, twice: `timeout` and
    /// `attempts` of resolv.conf.
    pub resolver_timeout: Duration,
}

impl Default for Latencies {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Latencies {
            kubectl_command: ms(100),
            watch_delivery: ms(10),
            scheduling_cycle: ms(2),
            binding_cycle: ms(10),
            scheduler_back_off_initial: ms(1_000),
            scheduler_back_off_max: ms(10_000),
            scheduler_back_off_window: ms(1_000),
            scheduler_flush: ms(300_000),
            sandbox_creation: ms(700),
            pull_base: ms(300),
            pull_bytes_per_second: 30_000_000,
            container_creation: ms(100),
            container_start: ms(100),
            container_update: ms(20),
            pleg_relist: ms(1_000),
            crash_loop_back_off_initial: ms(10_000),
            crash_loop_back_off_max: ms(300_000),
            image_back_off_initial: ms(10_000),
            back_off_reset: ms(600_000),
            status_update: ms(5),
            api_write: ms(5),
            kubelet_sync_tick: ms(1_000),
            kubelet_resync: ms(60_000),
            kubelet_retry: ms(10_000),
            kubelet_stretch: None,
            volume_poll: ms(300),
            eviction_monitoring: ms(10_000),
            eviction_pressure_transition: ms(300_000),
            node_monitor: ms(5_000),
            node_monitor_grace: ms(50_000),
            watch_reconnect: ms(1_000),
            node_heartbeat: ms(10_000),
            volume_reconcile: ms(100),
            volume_mount_timeout: ms(123_000),
            volume_retry_initial: ms(500),
            volume_retry_max: ms(122_000),
            pod_gc_check: ms(20_000),
            pod_gc_quarantine: ms(40_000),
            namespace_deletion_grace: ms(5_000),
            namespace_finalizer_estimate: ms(15_000),
            namespace_retry_initial: ms(5),
            namespace_retry_max: ms(60_000),
            replace_look_again: ms(100),
            node_registration: ms(0),
            proxy_sync_period: ms(1_000),
            proxy_delay: ms(0),
            network_hop: Duration::from_micros(20),
            network_machine: Duration::from_micros(50),
            network_host: Duration::from_micros(200),
            network_outside: ms(10),
            neighbour_solicitation: ms(3_000),
            resolver_timeout: ms(5_000),
        }
    }
}

impl Latencies {
    /// What the recorded kubelet cases were recorded with: a scripted runtime that pulls in 200 ms,
    /// creates and starts in 20 ms, and sandboxes that are there at once. The kubelet's pauses were drawn;
    /// here all of them are stretched alike.
    pub fn scripted() -> Self {
        let ms = Duration::from_millis;
        Latencies {
            watch_delivery: ms(5),
            sandbox_creation: ms(50),
            pull_base: ms(200),
            pull_bytes_per_second: u64::MAX,
            container_creation: ms(20),
            container_start: ms(20),
            kubelet_stretch: Some(750),
            ..Latencies::default()
        }
    }
}
