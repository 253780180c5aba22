//! Flags that several commands share. Models `k8s.io/cli-runtime/pkg/genericclioptions` and
//! `k8s.io/kubectl/pkg/cmd/util/helpers.go`.

use super::Flag;
use crate::kubectl::config::CACHE;

/// What every command has.
pub const GLOBAL: &[Flag] = &[
    Flag::text("as"),
    Flag::array("as-group"),
    Flag::text("as-uid"),
    Flag::array("as-user-extra"),
    Flag::text("cache-dir").default(CACHE),
    Flag::text("certificate-authority"),
    Flag::text("client-certificate"),
    Flag::text("client-key"),
    Flag::text("cluster").not_here(),
    Flag::text("context"),
    Flag::truth("disable-compression"),
    Flag::truth("insecure-skip-tls-verify"),
    Flag::text("kubeconfig"),
    Flag::text("kuberc").not_here(),
    Flag::duration("log-flush-frequency", "5s"),
    Flag::truth("match-server-version"),
    Flag::text("namespace").short("n"),
    Flag::text("password"),
    Flag::text("profile").default("none"),
    Flag::text("profile-output").default("profile.pprof"),
    Flag::text("request-timeout").default("0"),
    Flag::text("server").short("s").not_here(),
    Flag::text("tls-server-name"),
    Flag::text("token"),
    Flag::text("user").not_here(),
    Flag::text("username"),
    Flag::int32("v", "0").short("v"),
    Flag::text("vmodule"),
    Flag::truth("warnings-as-errors"),
];

/// How an object is printed.
pub const PRINT: &[Flag] = &[
    Flag::truth("allow-missing-template-keys").default("true"),
    Flag::text("output").short("o"),
    Flag::truth("show-managed-fields"),
    Flag::text("template"),
];

/// Where objects are read from.
pub const FILENAME: &[Flag] = &[
    Flag::slice("filename").short("f"),
    Flag::text("kustomize").short("k"),
    Flag::truth("recursive").short("R"),
];

/// Is anything written?
pub const DRY_RUN: &[Flag] = &[Flag::text("dry-run").default("none").alone("unchanged")];

/// Who is said to own what is written.
pub const FIELD_MANAGER: &[Flag] = &[Flag::text("field-manager")];

/// Which objects, by their labels.
pub const SELECTOR: &[Flag] = &[Flag::text("selector").short("l")];

/// What becomes of unknown fields.
pub const VALIDATE: &[Flag] = &[Flag::text("validate").default("strict").alone("strict")];

/// Does the object remember what it was created as?
pub const SAVE_CONFIG: &[Flag] = &[Flag::truth("save-config")];

/// All objects of a type.
pub const ALL: &[Flag] = &[Flag::truth("all")];

/// In every namespace.
pub const ALL_NAMESPACES: &[Flag] = &[Flag::truth("all-namespaces").short("A")];

/// Nothing is asked of the server.
pub const LOCAL: &[Flag] = &[Flag::truth("local")];
