//! Volumes of Pods and of PersistentVolumes. Models `describeVolumes` and `print…VolumeSource`.

use super::page::{Page, or_unset};
use crate::api::Value;
use crate::api::quantity::Quantity;
use crate::kubectl::look::{Look, joined};

/// A kind of source: its field, what it is, and its lines: a label and a field, which counts as false
/// behind `?`, as 0 behind `#`, as `<none>` behind `!`, where it isn't set; `*` is a list, `&` a
/// joined one, `@` a reference.
type Source = (&'static str, &'static str, &'static str);

/// In upstream's order. `projected`, `downwardAPI`, `ephemeral` and `csi` have more to say.
const SOURCES: [Source; 31] = [
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        "Path=path,HostPathType=!type",
    ),
    (
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        "Medium=medium",
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        "PDName=pdName,FSType=fsType,Partition=#partition,ReadOnly=?readOnly",
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        "VolumeID=volumeID,FSType=fsType,Partition=#partition,ReadOnly=?readOnly",
    ),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        "Repository=repository,Revision=revision",
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        "SecretName=secretName,Optional=?optional",
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        "Name=name,Optional=?optional",
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        "Server=server,Path=path,ReadOnly=?readOnly",
    ),
    (
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to \
         the pod)",
        "TargetPortal=targetPortal,IQN=iqn,Lun=#lun,ISCSIInterface=iscsiInterface,FSType=fsType,\
         ReadOnly=?readOnly,Portals=*portals,DiscoveryCHAPAuth=?chapAuthDiscovery,\
         SessionCHAPAuth=?chapAuthSession,SecretRef=@secretRef,InitiatorName=!initiatorName",
    ),
    (
        "glusterfs",
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        "EndpointsName=endpoints,Path=path,ReadOnly=?readOnly",
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        "ClaimName=claimName,ReadOnly=?readOnly",
    ),
    (
        "ephemeral",
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        "",
    ),
    (
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        "CephMonitors=*monitors,RBDImage=image,FSType=fsType,RBDPool=pool,RadosUser=user,\
         Keyring=keyring,SecretRef=@secretRef,ReadOnly=?readOnly",
    ),
    (
        "quobyte",
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        "Registry=registry,Volume=volume,ReadOnly=?readOnly",
    ),
    (
        "downwardAPI",
        "DownwardAPI (a volume populated by information about the pod)",
        "",
    ),
    (
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        "DiskName=diskName,DiskURI=diskURI,Kind=kind,FSType=fsType,CachingMode=cachingMode,\
         ReadOnly=?readOnly",
    ),
    (
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        "VolumePath=volumePath,FSType=fsType,StoragePolicyName=storagePolicyName",
    ),
    (
        "cinder",
        "Cinder (a Persistent Disk resource in OpenStack)",
        "VolumeID=volumeID,FSType=fsType,ReadOnly=?readOnly,SecretRef=@secretRef",
    ),
    (
        "photonPersistentDisk",
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        "PdID=pdID,FSType=fsType",
    ),
    (
        "portworxVolume",
        "PortworxVolume (a Portworx Volume resource)",
        "VolumeID=volumeID",
    ),
    (
        "scaleIO",
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        "Gateway=gateway,System=system,Protection Domain=protectionDomain,Storage Pool=storagePool,\
         Storage Mode=storageMode,VolumeName=volumeName,FSType=fsType,ReadOnly=?readOnly",
    ),
    (
        "local",
        "LocalVolume (a persistent volume backed by local storage on a node)",
        "Path=path",
    ),
    (
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        "Monitors=*monitors,Path=path,User=user,SecretFile=secretFile,SecretRef=@secretRef,\
         ReadOnly=?readOnly",
    ),
    (
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        "VolumeName=volumeName,VolumeNamespace=volumeNamespace,FSType=fsType,ReadOnly=?readOnly",
    ),
    (
        "fc",
        "FC (a Fibre Channel disk)",
        "TargetWWNs=&targetWWNs,LUN=!lun,FSType=fsType,ReadOnly=?readOnly",
    ),
    (
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        "SecretName=secretName,ShareName=shareName,ReadOnly=?readOnly",
    ),
    (
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        "Driver=driver,FSType=fsType,SecretRef=@secretRef,ReadOnly=?readOnly,Options=*options",
    ),
    (
        "flocker",
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        "DatasetName=datasetName,DatasetUUID=datasetUUID",
    ),
    (
        "projected",
        "Projected (a volume that contains injected data from multiple sources)",
        "",
    ),
    (
        "csi",
        "CSI (a Container Storage Interface (CSI) volume source)",
        "Driver=driver,FSType=fsType,ReadOnly=?readOnly",
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        "Reference=reference,PullPolicy=pullPolicy",
    ),
];

/// The volumes of a Pod or a template.
pub fn volumes(page: &mut Page, volumes: &[Value], space: &str) {
    if volumes.is_empty() {
        page.line(0, &[space, "Volumes:\t<none>"].concat());
        return;
    }
    page.line(0, &[space, "Volumes:"].concat());
    let indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        page.line(1, &[indent, volume.text("name"), ":"].concat());
        source(page, volume, false);
    }
}

/// The source of a volume, or of a PersistentVolume's spec.
pub fn source(page: &mut Page, owner: &Value, is_persistent: bool) {
    let found = SOURCES
        .iter()
        .find_map(|(field, what, lines)| Some((*field, *what, *lines, owner.look(field)?)));
    let Some((field, what, lines, of)) = found else {
        page.line(1, "<unknown>");
        return;
    };
    page.field(2, "Type", what);
    for line in lines.split(',').filter(|line| !line.is_empty()) {
        if let Some((label, path)) = line.split_once('=') {
            page.field(2, label, &told(of, path));
        }
        if is_persistent && field == "csi" && line.starts_with("FSType") {
            page.field(2, "VolumeHandle", of.text("volumeHandle"));
        }
    }
    match field {
        "emptyDir" => {
            let limit = of.text("sizeLimit");
            let is_set = Quantity::parse(limit).is_some_and(|limit| limit.nano > 0);
            page.field(2, "SizeLimit", if is_set { limit } else { "<unset>" });
        }
        "projected" => projected(page, of),
        "downwardAPI" => downward(page, of),
        "ephemeral" => ephemeral(page, of),
        "csi" => {
            let attributes = of.texts("volumeAttributes").into_iter();
            let pairs = attributes.map(|(key, value)| [key, "=", value].concat());
            let pairs: Vec<String> = pairs.collect();
            page.multi("    ", "VolumeAttributes", &pairs);
        }
        _ => {}
    }
}

fn told(of: &Value, path: &str) -> String {
    let (mark, name) = path.split_at(1);
    match mark {
        "?" => of.truth(name).to_string(),
        "#" => of.int(name).to_string(),
        "!" => match of.look(name) {
            Some(_) => of.print(name),
            None => "<none>".into(),
        },
        "&" => joined(of.list(name), "", ", "),
        "*" => match of.look(name) {
            Some(list) => crate::kubectl::go_map::dump(list),
            None if name == "options" => "map[]".into(),
            None => "[]".into(),
        },
        "@" => match of.look(name) {
            Some(reference) => {
                ["&LocalObjectReference{Name:", reference.text("name"), ",}"].concat()
            }
            None => "nil".into(),
        },
        _ => of.print(path),
    }
}

fn projected(page: &mut Page, of: &Value) {
    for source in of.list("sources") {
        let optional = |of: &Value| of.truth("optional").to_string();
        if let Some(secret) = source.look("secret") {
            page.field(2, "SecretName", secret.text("name"));
            page.field(2, "Optional", &optional(secret));
        } else if source.look("downwardAPI").is_some() {
            page.field(2, "DownwardAPI", "true");
        } else if let Some(map) = source.look("configMap") {
            page.field(2, "ConfigMapName", map.text("name"));
            page.field(2, "Optional", &optional(map));
        } else if let Some(token) = source.look("serviceAccountToken") {
            page.field(
                2,
                "TokenExpirationSeconds",
                &token.print("expirationSeconds"),
            );
        }
    }
}

fn downward(page: &mut Page, of: &Value) {
    page.line(2, "Items:");
    for item in of.list("items") {
        let path = item.text("path");
        for from in ["fieldRef.fieldPath", "resourceFieldRef.resource"] {
            if !item.text(from).is_empty() {
                page.line(3, &[item.text(from), " -> ", path].concat());
            }
        }
    }
}

/// Models `printPersistentVolumeClaim` for a claim that is only a template.
fn ephemeral(page: &mut Page, of: &Value) {
    let Some(claim) = of.look("volumeClaimTemplate") else {
        return;
    };
    let class = crate::kubectl::printers::storage_class_of(claim);
    page.field(2, "StorageClass", class);
    page.field(2, "Volume", claim.text("spec.volumeName"));
    page.pairs("    ", "Labels", claim, "metadata.labels");
    page.annotations("    Annotations", claim, "metadata.annotations");
    page.field(2, "Capacity", "");
    page.field(2, "Access Modes", "");
    if claim.look("spec.volumeMode").is_some() {
        page.field(2, "VolumeMode", &or_unset(claim, "spec.volumeMode"));
    }
}
