//! What happens between Pods. Models what `pkg/proxy` and network plugins do.

/// Which connections NetworkPolicies allow.
pub mod policy;
