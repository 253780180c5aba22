//! What containers see of ConfigMaps, Secrets and their Pod's fields, and how long: volumes are set up,
//! kept as their sources are, and gone with their Pod; environments stay as they were.

use podarium::api::ObjectKey;
use podarium::cluster::kubelet::container_files::Listed;
use podarium::cluster::{Actor, Budget, Input, Setup, SimTime, Simulation};

fn world() -> Simulation {
    Simulation::new(Setup::default(), 0)
}

fn apply(simulation: &mut Simulation, at: f64, manifest: &str) {
    run(simulation, at);
    let manifest = manifest.into();
    simulation.apply(Input::Apply { manifest });
}

fn run(simulation: &mut Simulation, until: f64) {
    simulation.run_until(SimTime::from_seconds(until), Budget::ENDLESS);
}

/// A Pod `p` on node-1 with one container `a` that sleeps.
fn pod(volumes: &str, container: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: p, labels: {{app: web}}}}, spec: {{nodeName: node-1, \
         automountServiceAccountToken: false, volumes: [{volumes}], containers: [{{name: a, \
         image: busybox, command: [sleep, '9999'], {container}}}]}}}}"
    )
}

fn config_map(more: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c}}, {more}}}")
}

/// What a file of the container holds.
fn read(simulation: &Simulation, path: &str) -> Option<String> {
    let files = simulation.container_files(&ObjectKey::pod("default", "p"), "a")?;
    let file = files.read(path)?;
    Some(String::from_utf8_lossy(&file.bytes).into())
}

fn list(simulation: &Simulation, path: &str) -> Vec<Listed> {
    let files = simulation.container_files(&ObjectKey::pod("default", "p"), "a");
    files.map(|files| files.list(path)).unwrap_or_default()
}

fn names(simulation: &Simulation, path: &str) -> Vec<String> {
    let names = list(simulation, path)
        .into_iter()
        .map(|one| one.name.to_string());
    names.collect()
}

/// Messages of the Pod's Warnings, with how often each was told.
fn warnings(simulation: &Simulation) -> Vec<(String, i64)> {
    let events = simulation.world().store.list("Event");
    let told = events.filter(|(_, event)| event.value.text_at(&["type"]) == "Warning");
    told.map(|(_, event)| {
        let count = event.value.get("count").and_then(|count| count.as_i64());
        (
            event.value.text_at(&["message"]).into(),
            count.unwrap_or_default(),
        )
    })
    .collect()
}

/// Why container `a` waits.
fn waiting(simulation: &Simulation) -> Option<(String, String)> {
    let object = simulation
        .world()
        .store
        .get(&ObjectKey::pod("default", "p"))?;
    let status = object.pod()?.status.container_statuses.first()?.clone();
    let waiting = status.state.waiting?;
    Some((waiting.reason.to_string(), waiting.message.to_string()))
}

fn runs(simulation: &Simulation) -> bool {
    let object = simulation
        .world()
        .store
        .get(&ObjectKey::pod("default", "p"));
    object
        .and_then(|object| object.pod())
        .is_some_and(|pod| pod.is_ready())
}

/// The container's command sees its environment: it exits with a number from there.
fn exit_code(simulation: &Simulation) -> Option<i64> {
    let object = simulation
        .world()
        .store
        .get(&ObjectKey::pod("default", "p"))?;
    let status = object.pod()?.status.container_statuses.first()?.clone();
    Some(status.state.terminated?.exit_code)
}

#[test]
fn a_config_map_is_files_and_a_change_of_it_is_seen_with_the_next_sync() {
    let mut simulation = world();
    apply(&mut simulation, 1.0, &config_map("data: {a: '1', b: '2'}"));
    let volumes = "{name: v, configMap: {name: c, defaultMode: 0400}}";
    let mounts = "volumeMounts: [{name: v, mountPath: /etc/c}, \
                  {name: v, mountPath: /one, subPath: a}]";
    apply(&mut simulation, 2.0, &pod(volumes, mounts));
    run(&mut simulation, 10.0);
    assert_eq!(names(&simulation, "/etc/c"), ["a", "b"]);
    assert_eq!(list(&simulation, "/etc/c")[0].mode, 0o400);
    assert_eq!(read(&simulation, "/etc/c/a").as_deref(), Some("1"));

    apply(&mut simulation, 20.0, &config_map("data: {a: new, c: '3'}"));
    run(&mut simulation, 21.0);
    assert_eq!(
        read(&simulation, "/etc/c/a").as_deref(),
        Some("1"),
        "not at once"
    );
    run(&mut simulation, 120.0);
    assert_eq!(read(&simulation, "/etc/c/a").as_deref(), Some("new"));
    assert_eq!(names(&simulation, "/etc/c"), ["a", "c"]);
    assert_eq!(
        read(&simulation, "/one").as_deref(),
        Some("1"),
        "a subPath stays as it was"
    );
}

#[test]
fn an_immutable_config_map_stays_for_the_pods_that_have_it() {
    let mut simulation = world();
    apply(
        &mut simulation,
        1.0,
        &config_map("immutable: true, data: {a: '1'}"),
    );
    let volumes = "{name: v, configMap: {name: c}}";
    apply(
        &mut simulation,
        2.0,
        &pod(volumes, "volumeMounts: [{name: v, mountPath: /c}]"),
    );
    run(&mut simulation, 10.0);
    let key = ObjectKey::new("ConfigMap", "default", "c");
    simulation
        .act(|world| world.delete(Actor::You, &key, None))
        .expect("it is there");
    apply(&mut simulation, 11.0, &config_map("data: {a: other}"));
    run(&mut simulation, 200.0);
    assert_eq!(read(&simulation, "/c/a").as_deref(), Some("1"));
    assert_eq!(warnings(&simulation), []);
}

#[test]
fn labels_are_seen_in_files_as_soon_as_they_change() {
    let mut simulation = world();
    let volumes = "{name: v, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: \
                   \"metadata.labels['app']\"}}, {path: in/cpu, resourceFieldRef: {containerName: a, \
                   resource: limits.cpu, divisor: 1m}}]}}";
    let written = pod(volumes, "volumeMounts: [{name: v, mountPath: /info}]");
    apply(&mut simulation, 1.0, &written);
    run(&mut simulation, 10.0);
    assert_eq!(read(&simulation, "/info/labels").as_deref(), Some("web"));
    assert_eq!(read(&simulation, "/info/in/cpu").as_deref(), Some("2000"));
    apply(
        &mut simulation,
        20.0,
        &written.replace("app: web", "app: db"),
    );
    run(&mut simulation, 22.0);
    assert_eq!(read(&simulation, "/info/labels").as_deref(), Some("db"));
}

#[test]
fn every_pod_finds_its_token_where_programs_look_for_it() {
    let mut simulation = world();
    let written = pod("", "").replace("automountServiceAccountToken: false, ", "");
    apply(&mut simulation, 1.0, &written);
    run(&mut simulation, 10.0);
    let folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    assert_eq!(names(&simulation, folder), ["ca.crt", "namespace", "token"]);
    let namespace = read(&simulation, &format!("{folder}/namespace"));
    assert_eq!(namespace.as_deref(), Some("default"));
    let token = read(&simulation, &format!("{folder}/token")).unwrap_or_default();
    assert!(
        token.contains("system:serviceaccount:default:default"),
        "{token}"
    );
}

#[test]
fn a_volume_that_cant_be_set_up_is_tried_again_ever_more_rarely() {
    let mut simulation = world();
    let volumes = "{name: v, secret: {secretName: s, items: [{key: k, path: f}]}}, \
                   {name: unused, secret: {secretName: none}}";
    apply(
        &mut simulation,
        1.0,
        &pod(volumes, "volumeMounts: [{name: v, mountPath: /s}]"),
    );
    run(&mut simulation, 10.0);
    let missing = "MountVolume.SetUp failed for volume \"v\" : secret \"s\" not found";
    assert_eq!(warnings(&simulation), [(missing.to_string(), 5)]);
    assert_eq!(
        waiting(&simulation),
        Some(("ContainerCreating".into(), "".into()))
    );
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {other: x}}";
    apply(&mut simulation, 12.0, secret);
    run(&mut simulation, 20.0);
    let lacks = "MountVolume.SetUp failed for volume \"v\" : references non-existent secret key: k";
    assert!(warnings(&simulation).contains(&(lacks.to_string(), 1)));
    apply(&mut simulation, 21.0, &secret.replace("other", "k"));
    run(&mut simulation, 60.0);
    assert_eq!(read(&simulation, "/s/f").as_deref(), Some("x"));
    assert!(runs(&simulation));
}

#[test]
fn a_deleted_config_map_leaves_its_files_and_warnings_come() {
    let mut simulation = world();
    apply(&mut simulation, 1.0, &config_map("data: {a: '1'}"));
    let volumes = "{name: v, configMap: {name: c}}";
    apply(
        &mut simulation,
        2.0,
        &pod(volumes, "volumeMounts: [{name: v, mountPath: /c}]"),
    );
    run(&mut simulation, 10.0);
    let key = ObjectKey::new("ConfigMap", "default", "c");
    simulation
        .act(|world| world.delete(Actor::You, &key, None))
        .expect("it is there");
    run(&mut simulation, 120.0);
    assert_eq!(read(&simulation, "/c/a").as_deref(), Some("1"));
    assert!(runs(&simulation));
    let told = warnings(&simulation);
    let missing = "MountVolume.SetUp failed for volume \"v\" : configmap \"c\" not found";
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, missing);
}

#[test]
fn a_claim_without_a_volume_is_said_and_waited_for() {
    let mut simulation = world();
    let volumes = "{name: v, persistentVolumeClaim: {claimName: c}}";
    apply(
        &mut simulation,
        1.0,
        &pod(volumes, "volumeMounts: [{name: v, mountPath: /d}]"),
    );
    run(&mut simulation, 5.0);
    let why = "Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed \
               to process volumes=[v]: error processing PVC default/c: failed to fetch PVC from API \
               server: persistentvolumeclaims \"c\" not found";
    assert_eq!(warnings(&simulation), [(why.to_string(), 1)]);
    let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: \
                 {accessModes: [ReadWriteOnce], storageClassName: '', \
                 resources: {requests: {storage: 1Gi}}}}";
    apply(&mut simulation, 6.0, claim);
    run(&mut simulation, 30.0);
    let unbound = warnings(&simulation);
    assert!(
        unbound
            .iter()
            .any(|(message, _)| message.ends_with("PVC is not bound")),
        "{unbound:?}"
    );
    assert!(!runs(&simulation));
}

#[test]
fn a_host_path_must_be_what_it_is_said_to_be() {
    for (path, kind, wrong) in [
        ("/var/log", "Directory", None),
        ("/run/containerd/containerd.sock", "Socket", None),
        ("/data", "DirectoryOrCreate", None),
        ("/data", "", None),
        (
            "/data",
            "Directory",
            Some("hostPath type check failed: /data is not a directory"),
        ),
        (
            "/data/f",
            "FileOrCreate",
            Some("open /data/f: no such file or directory"),
        ),
        (
            "/etc/hostname",
            "Directory",
            Some("hostPath type check failed: /etc/hostname is not a directory"),
        ),
        (
            "/var/log",
            "Socket",
            Some("hostPath type check failed: /var/log is not a socket file"),
        ),
    ] {
        let mut simulation = world();
        let volumes = format!("{{name: v, hostPath: {{path: {path}, type: '{kind}'}}}}");
        apply(
            &mut simulation,
            1.0,
            &pod(&volumes, "volumeMounts: [{name: v, mountPath: /d}]"),
        );
        run(&mut simulation, 10.0);
        let told = warnings(&simulation)
            .into_iter()
            .map(|(message, _)| message)
            .next();
        let said = wrong.map(|why| format!("MountVolume.SetUp failed for volume \"v\" : {why}"));
        assert_eq!(told, said, "{path} {kind}");
        assert_eq!(runs(&simulation), wrong.is_none(), "{path} {kind}");
    }
}

#[test]
fn a_folder_that_a_pod_made_on_its_node_stays_there() {
    let mut simulation = world();
    let mounts = "volumeMounts: [{name: v, mountPath: /d}, {name: v, mountPath: /in, subPath: in}]";
    let made = pod(
        "{name: v, hostPath: {path: /data/, type: DirectoryOrCreate}}",
        mounts,
    );
    apply(&mut simulation, 1.0, &made);
    run(&mut simulation, 10.0);
    let key = ObjectKey::pod("default", "p");
    simulation
        .act(|world| world.delete(Actor::You, &key, Some(1)))
        .expect("it is there");
    let later = "volumeMounts: [{name: v, mountPath: /d}]";
    let later = pod("{name: v, hostPath: {path: /data, type: Directory}}", later);
    apply(&mut simulation, 20.0, &later);
    run(&mut simulation, 30.0);
    assert!(runs(&simulation));
    assert_eq!(names(&simulation, "/d"), ["in"]);
}

#[test]
fn an_environment_is_resolved_in_upstreams_order() {
    for (env, expected) in [
        // Single variables go before whole ConfigMaps, and the later ConfigMap before the earlier one.
        (
            "envFrom: [{configMapRef: {name: c}}, {prefix: P_, configMapRef: {name: c}}], \
          env: [{name: CODE, value: $(X)$(P_Z)}]",
            12,
        ),
        (
            "env: [{name: CODE, valueFrom: {configMapKeyRef: {name: c, key: X}}}]",
            1,
        ),
        (
            "env: [{name: CODE, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
            7,
        ),
        // A container without a limit may use what its Pod may. (The container ends here, so that its Pod can
        // say something.)
        (
            "env: [{name: CODE, valueFrom: {resourceFieldRef: {resource: limits.memory, \
             divisor: 1Mi}}}]}], resources: {limits: {memory: 33Mi}, requests: {memory: 33Mi}}, \
             hostAliases: [{ip: 10.0.0.1",
            33,
        ),
        // A Service of the namespace becomes variables.
        ("env: [{name: CODE, value: $(DB_SERVICE_PORT)}]", 54),
        // What is optional and missing isn't set: what was there before stays.
        (
            "envFrom: [{secretRef: {name: s}}], env: [{name: k, valueFrom: {secretKeyRef: \
          {name: none, key: k, optional: true}}}, {name: CODE, value: $(k)}]",
            7,
        ),
        (
            "env: [{name: CODE, valueFrom: {resourceFieldRef: {resource: requests.cpu, \
          divisor: 1m}}}], resources: {requests: {cpu: 25m}}",
            25,
        ),
        (
            "env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['nine']\"}}}, \
          {name: CODE, value: 1$(A)}]",
            19,
        ),
    ] {
        let mut simulation = world();
        apply(&mut simulation, 1.0, &config_map("data: {X: '1', Z: '2'}"));
        let secret = "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {k: '7'}}";
        apply(&mut simulation, 1.5, secret);
        let service =
            "{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {ports: [{port: 54}]}}";
        apply(&mut simulation, 1.6, service);
        let written = pod("", env)
            .replace("[sleep, '9999']", "[sh, -c, exit $CODE]")
            .replace("labels: {app: web}", "annotations: {nine: '9'}")
            .replace("spec: {", "spec: {restartPolicy: Never, ");
        apply(&mut simulation, 2.0, &written);
        run(&mut simulation, 20.0);
        assert_eq!(exit_code(&simulation), Some(expected), "{env}");
    }
}

#[test]
fn what_an_environment_needs_is_said_and_waited_for() {
    for (env, why) in [
        (
            "env: [{name: A, valueFrom: {configMapKeyRef: {name: none, key: k}}}]",
            "configmap \"none\" not found",
        ),
        (
            "env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}]",
            "couldn't find key k in ConfigMap default/c",
        ),
        (
            "envFrom: [{secretRef: {name: none}}]",
            "secret \"none\" not found",
        ),
        (
            "volumeMounts: [{name: v, mountPath: /v, subPathExpr: $(NONE)/x}]",
            "missing value for NONE",
        ),
        (
            "env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: f, key: A}}}], \
          volumeMounts: [{name: v, mountPath: /v}]",
            "couldn't parse env file",
        ),
    ] {
        let mut simulation = world();
        apply(&mut simulation, 1.0, &config_map("data: {X: '1'}"));
        apply(&mut simulation, 2.0, &pod("{name: v, emptyDir: {}}", env));
        run(&mut simulation, 20.0);
        let expected = ("CreateContainerConfigError".to_string(), why.to_string());
        assert_eq!(waiting(&simulation), Some(expected), "{env}");
        let told = warnings(&simulation);
        assert!(
            told.iter()
                .any(|(message, _)| *message == format!("Error: {why}")),
            "{told:?}"
        );
    }
}

#[test]
fn containers_of_a_pod_share_a_volume_and_each_has_its_part() {
    let mut simulation = world();
    let volumes = "{name: v, emptyDir: {medium: Memory, sizeLimit: 1Mi}}";
    let mounts = "env: [{name: WHO, value: me}], volumeMounts: [{name: v, mountPath: /all}, \
                  {name: v, mountPath: /mine, subPathExpr: of/$(WHO)}]";
    apply(&mut simulation, 1.0, &pod(volumes, mounts));
    run(&mut simulation, 10.0);
    assert_eq!(names(&simulation, "/all"), ["of"]);
    assert_eq!(names(&simulation, "/all/of"), ["me"]);
    assert_eq!(names(&simulation, "/mine"), [""; 0]);
}
