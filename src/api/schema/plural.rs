//! The plural of a kind, as its URLs have it. Models `UnsafeGuessKindToResource` in
//! `k8s.io/apimachinery/pkg/api/meta/restmapper.go`; the build checks that it fits every kind.

/// `networkpolicies` for `NetworkPolicy`.
pub fn plural(kind: &str) -> String {
    let singular = kind.to_lowercase();
    if singular.ends_with("endpoints") {
        singular
    } else if singular.ends_with('s') {
        singular + "es"
    } else if let Some(stem) = singular.strip_suffix('y') {
        format!("{stem}ies")
    } else {
        singular + "s"
    }
}
