//! Security contexts of Pods and containers. Models `validatePodSpecSecurityContext` and
//! `ValidateSecurityContext` of `pkg/apis/core/validation/validation.go`.
//! Left out: Windows options.

use crate::collections::Set;

use super::at::{At, Errors, go_struct};
use super::{mounts, names};

/// Models `ValidateSecurityContext`.
pub fn container(context: &At, host_users: bool, errors: &mut Errors) {
    for name in ["runAsUser", "runAsGroup"] {
        let id = context.field(name);
        errors.invalid_each(&id.path, id.number(), names::unix_id(id.number()));
    }
    let proc_mount = context.field("procMount");
    if proc_mount.is_set() {
        let known = &["Default", "Unmasked"];
        if !known.contains(&proc_mount.str()) {
            errors.not_supported(&proc_mount.path, proc_mount.str(), known);
        }
        if host_users && proc_mount.str() == "Unmasked" {
            let what = "`hostUsers` must be false to use `Unmasked`";
            errors.invalid(&proc_mount.path, proc_mount.str(), what);
        }
    }
    seccomp_profile(&context.field("seccompProfile"), errors);
    privilege_escalation(context, errors);
    app_armor_profile(&context.field("appArmorProfile"), errors);
}

fn privilege_escalation(context: &At, errors: &mut Errors) {
    let escalation = context.field("allowPrivilegeEscalation");
    if escalation.value.as_bool() != Some(false) {
        return;
    }
    if context.flag("privileged") {
        let what = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        errors.invalid(&context.path, printed(context), what);
    }
    let mut added = context.field("capabilities").list("add");
    if added.any(|capability| capability.str() == "CAP_SYS_ADMIN") {
        let what =
            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
        errors.invalid(&context.path, printed(context), what);
    }
}

/// The context as Go prints its internal struct. Nested structs print in the API's words.
fn printed(context: &At) -> String {
    go_struct(
        context.value,
        &[
            ("Capabilities", "capabilities"),
            ("Privileged", "privileged"),
            ("SELinuxOptions", "seLinuxOptions"),
            ("WindowsOptions", "windowsOptions"),
            ("RunAsUser", "runAsUser"),
            ("RunAsGroup", "runAsGroup"),
            ("RunAsNonRoot", "runAsNonRoot"),
            ("ReadOnlyRootFilesystem", "readOnlyRootFilesystem"),
            ("AllowPrivilegeEscalation", "allowPrivilegeEscalation"),
            ("ProcMount", "procMount"),
            ("SeccompProfile", "seccompProfile"),
            ("AppArmorProfile", "appArmorProfile"),
        ],
    )
}

/// Models `validateSeccompProfileField`.
fn seccomp_profile(profile: &At, errors: &mut Errors) {
    if !profile.is_set() {
        return;
    }
    let (kind, local) = (profile.field("type"), profile.field("localhostProfile"));
    let known = &["Localhost", "RuntimeDefault", "Unconfined"];
    match kind.str() {
        "" => errors.required(&kind.path, "type is required when seccompProfile is set"),
        text if known.contains(&text) => {}
        text => errors.not_supported(&kind.path, text, known),
    }
    if kind.str() == "Localhost" {
        if local.is_set() {
            mounts::local_descending_path(&local, local.str(), errors);
        } else {
            errors.required(&local.path, "must be set when seccomp type is Localhost");
        }
    } else if local.is_set() {
        let bad = go_struct(
            profile.value,
            &[("Type", "type"), ("LocalhostProfile", "localhostProfile")],
        );
        let what = "can only be set when seccomp type is Localhost";
        errors.invalid(&local.path, bad, what);
    }
}

/// Models `ValidateAppArmorProfileField`.
fn app_armor_profile(profile: &At, errors: &mut Errors) {
    const MAX_LENGTH: usize = 4095;
    if !profile.is_set() {
        return;
    }
    let (kind, local) = (profile.field("type"), profile.field("localhostProfile"));
    match kind.str() {
        "Localhost" if local.str().trim().is_empty() && local.str().trim() == local.str() => {
            errors.required(&local.path, "must be set when AppArmor type is Localhost");
        }
        "Localhost" => {
            if local.str().trim() != local.str() {
                errors.invalid(
                    &local.path,
                    local.str(),
                    "must not be padded with whitespace",
                );
            }
            if local.str().len() > MAX_LENGTH {
                errors.too_long(&local.path, MAX_LENGTH);
            }
        }
        "RuntimeDefault" | "Unconfined" => {
            if local.is_set() {
                let what = "can only be set when AppArmor type is Localhost";
                errors.invalid(&local.path, local.value, what);
            }
        }
        "" => errors.required(&kind.path, "type is required when appArmorProfile is set"),
        other => {
            let known = &["Localhost", "RuntimeDefault", "Unconfined"];
            errors.not_supported(&kind.path, other, known);
        }
    }
}

/// Models `validatePodSpecSecurityContext`.
pub fn pod(spec: &At, errors: &mut Errors) {
    let context = spec.field("securityContext");
    for name in ["fsGroup", "runAsUser", "runAsGroup"] {
        let id = context.field(name);
        errors.invalid_each(&id.path, id.number(), names::unix_id(id.number()));
    }
    for id in context.list("supplementalGroups") {
        errors.invalid_each(&id.path, id.number(), names::unix_id(id.number()));
    }
    if spec.flag("shareProcessNamespace") && spec.flag("hostPID") {
        let what = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&context.field("shareProcessNamespace").path, true, what);
    }
    sysctls(&context.field("sysctls"), spec, errors);
    word(
        &context,
        "fsGroupChangePolicy",
        &["Always", "OnRootMismatch"],
        errors,
    );
    seccomp_profile(&context.field("seccompProfile"), errors);
    app_armor_profile(&context.field("appArmorProfile"), errors);
    word(
        &context,
        "supplementalGroupsPolicy",
        &["Merge", "Strict"],
        errors,
    );
    // MountOption needs the feature gate SELinuxMount, which is off.
    word(&context, "seLinuxChangePolicy", &["Recursive"], errors);
}

fn word(context: &At, name: &str, known: &[&str], errors: &mut Errors) {
    let word = context.field(name);
    if word.is_set() && !known.contains(&word.str()) {
        errors.not_supported(&word.path, word.str(), known);
    }
}

/// Models `validateSysctls`.
fn sysctls(list: &At, spec: &At, errors: &mut Errors) {
    let mut seen = Set::new();
    for sysctl in list.items() {
        let name = sysctl.field("name");
        if name.str().is_empty() {
            errors.required(&name.path, "");
        } else if !is_sysctl_name(name.str()) {
            let what = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            errors.invalid(&name.path, name.str(), what);
        } else if !seen.insert(name.str()) {
            errors.duplicate(&name.path, name.str());
        }
        let dotted = name.str().replace('/', ".");
        let ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."];
        if spec.flag("hostNetwork") && dotted.starts_with("net.") {
            let what = "may not be specified when 'hostNetwork' is true";
            errors.invalid(&name.path, name.str(), what);
        } else if spec.flag("hostIPC")
            && (dotted == "kernel.sem" || ipc.iter().any(|prefix| dotted.starts_with(prefix)))
        {
            let what = "may not be specified when 'hostIPC' is true";
            errors.invalid(&name.path, name.str(), what);
        }
    }
}

fn is_sysctl_name(name: &str) -> bool {
    let alnum = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| {
        part.starts_with(alnum)
            && part.ends_with(alnum)
            && part.chars().all(|c| alnum(c) || c == '-' || c == '_')
    };
    name.len() <= 253 && name.split(['.', '/']).all(part)
}
