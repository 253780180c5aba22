//! Domain names as text. Models the helpers of `github.com/miekg/dns` (`labels.go`, `defaults.go`) and CoreDNS's
//! `plugin/pkg/dnsutil`. A backslash takes a dot its meaning; what else it could say (`\046`) isn't read.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const IP4_ARPA: &str = ".in-addr.arpa.";
const IP6_ARPA: &str = ".ip6.arpa.";

/// The labels, without the closing dot; none of the root. Models `dns.SplitDomainName`.
pub fn labels(name: &str) -> Vec<&str> {
    if name.is_empty() || name == "." {
        return Vec::new();
    }
    let (mut found, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, byte) in name.bytes().enumerate() {
        if byte == b'.' && !escaped {
            found.push(&name[start..at]);
            start = at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    if start < name.len() {
        found.push(&name[start..]);
    }
    found
}

/// The name with its closing dot. Models `dns.Fqdn`.
pub fn fqdn(name: &str) -> String {
    let is_closed = name.ends_with('.') && labels(name).concat().len() < name.len();
    format!("{name}{}", if is_closed { "" } else { "." })
}

/// Is `child` in the zone `parent`, or its apex? Models `dns.IsSubDomain`.
pub fn is_in_zone(child: &str, parent: &str) -> bool {
    let (child, parent) = (labels(child), labels(parent));
    let apart = child.len().checked_sub(parent.len());
    apart.is_some_and(|apart| {
        let same = |(a, b): (&&str, &&str)| a.eq_ignore_ascii_case(b);
        child[apart..].iter().zip(&parent).all(same)
    })
}

/// Is it a name that an address may have? Models `dnsutil.IsReverse`.
pub fn is_reverse(name: &str) -> bool {
    name.ends_with(IP4_ARPA) || name.ends_with(IP6_ARPA)
}

/// The address that a name in small letters is of: `1.0.96.10.in-addr.arpa.` is `10.96.0.1`'s. Models
/// `dnsutil.ExtractAddressFromReverse`.
pub fn address_of(name: &str) -> Option<IpAddr> {
    if let Some(numbers) = name.strip_suffix(IP4_ARPA) {
        let numbers: Vec<&str> = numbers.split('.').rev().collect();
        let address: Ipv4Addr = numbers.join(".").parse().ok()?;
        return Some(IpAddr::V4(address));
    }
    let digits: Vec<&str> = name.strip_suffix(IP6_ARPA)?.split('.').rev().collect();
    let groups = digits.chunks_exact(4).map(<[&str]>::concat);
    let groups: Vec<String> = groups.collect();
    let address: Ipv6Addr = groups.join(":").parse().ok()?;
    Some(as_go(IpAddr::V6(address)))
}

/// The name that an address has: what a PTR is asked for.
pub fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}{IP4_ARPA}")
        }
        IpAddr::V6(address) => {
            let digits = format!("{:032x}", address.to_bits());
            let digits: Vec<&str> = digits.split("").filter(|digit| !digit.is_empty()).collect();
            let digits: Vec<&str> = digits.into_iter().rev().collect();
            format!("{}{IP6_ARPA}", digits.join("."))
        }
    }
}

/// The address, if it is one. Models `net.ParseIP`, to which `::ffff:10.0.0.1` is `10.0.0.1`.
pub fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(as_go)
}

fn as_go(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Can it be sent? Models what `packDomainName` refuses.
pub fn is_packable(name: &str) -> bool {
    let labels = labels(name);
    let fits = |label: &&str| (1..=63).contains(&label.len());
    labels.iter().all(fits) && name.len() <= 254
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_end_at_dots_that_mean_one() {
        assert_eq!(labels("web.shop."), ["web", "shop"]);
        assert_eq!(labels("web.shop"), ["web", "shop"]);
        assert_eq!(labels("a\\.b.shop."), ["a\\.b", "shop"]);
        assert_eq!(labels("."), [""; 0]);
        assert_eq!(fqdn("web"), "web.");
        assert_eq!(fqdn("web."), "web.");
        assert_eq!(fqdn("web\\."), "web\\..");
        assert_eq!(fqdn("."), ".");
    }

    #[test]
    fn a_zone_holds_itself_and_what_is_below() {
        assert!(is_in_zone("cluster.local.", "cluster.local."));
        assert!(is_in_zone("a.Cluster.LOCAL.", "cluster.local."));
        assert!(!is_in_zone("acluster.local.", "cluster.local."));
        assert!(!is_in_zone("local.", "cluster.local."));
        assert!(is_in_zone("local.", "."));
    }

    #[test]
    fn an_address_has_a_name_and_the_name_tells_the_address() {
        for text in ["10.96.0.1", "fd00:10:96::2410"] {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(address_of(&reverse(address)), Some(address));
        }
        assert_eq!(address_of("1.0.0.in-addr.arpa."), None);
        assert_eq!(address_of("web.shop.svc.cluster.local."), None);
        assert_eq!(address_of("01.0.96.10.in-addr.arpa."), None);
    }

    #[test]
    fn what_has_an_empty_or_long_label_cannot_be_sent() {
        assert!(is_packable("10-0-0-1.web.shop.svc.cluster.local."));
        assert!(!is_packable("10-0-0-1..shop.svc.cluster.local."));
        assert!(!is_packable(&format!("{}.local.", "a".repeat(64))));
    }
}
