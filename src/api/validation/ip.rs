//! IP addresses and ranges. Models `apimachinery/pkg/util/validation/ip.go`, strict as of 1.36.

use std::net::IpAddr;

use super::at::{At, Errors};

/// An address as upstream's sloppy parser reads it: zeros may lead the parts of an IPv4 address.
pub fn parse_sloppy(text: &str) -> Option<IpAddr> {
    text.parse()
        .ok()
        .or_else(|| without_zeros(text).parse().ok())
}

/// The range, and its prefix length.
pub fn parse_cidr(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let address = parse_sloppy(address)?;
    let digits = !length.is_empty() && length.bytes().all(|c| c.is_ascii_digit());
    let length: u32 = length.parse().ok().filter(|_| digits)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (length <= most).then_some((address, length))
}

/// Is the first range in the second, and not the whole of it?
pub fn is_strict_subset(inner: (IpAddr, u32), outer: (IpAddr, u32)) -> bool {
    inner.1 > outer.1 && contains(outer, inner.0)
}

/// Is the address in the range? Never if one is of IPv4 and the other of IPv6.
pub fn contains((base, length): (IpAddr, u32), address: IpAddr) -> bool {
    base.is_ipv4() == address.is_ipv4() && masked(base, length) == masked(address, length)
}

/// Models `IsValidIPForLegacyField`.
pub fn address(at: &At, errors: &mut Errors) {
    let text = at.str();
    match parse_sloppy(text) {
        None => {
            let what = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            errors.invalid(&at.path, text, what);
        }
        Some(_) if text.parse::<IpAddr>().is_err() => {
            errors.invalid(&at.path, text, "must not have leading 0s");
        }
        Some(address) if is_mapped(address) => {
            errors.invalid(&at.path, text, "must not be an IPv4-mapped IPv6 address");
        }
        Some(_) => {}
    }
}

/// Models `IsValidCIDRForLegacyField`.
pub fn cidr(at: &At, errors: &mut Errors) {
    let text = at.str();
    let Some((address, length)) = parse_cidr(text) else {
        let what = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        return errors.invalid(&at.path, text, what);
    };
    let (strict, length_text) = text.split_once('/').unwrap_or_default();
    let has_zeros = length_text.len() > 1 && length_text.starts_with('0');
    let what = if strict.parse::<IpAddr>().is_err() || has_zeros {
        "must not have leading 0s in IP or prefix length"
    } else if is_mapped(address) {
        "must not have an IPv4-mapped IPv6 address"
    } else if masked(address, length) != bits(address) {
        "must not have bits set beyond the prefix length"
    } else {
        return;
    };
    errors.invalid(&at.path, text, what);
}

/// Models `ValidateEndpointIP`: addresses that no traffic from outside can come to.
pub fn endpoint_address(at: &At, errors: &mut Errors) {
    let Some(address) = parse_sloppy(at.str()) else {
        return errors.invalid(&at.path, at.str(), "must be a valid IP address");
    };
    let (link_local, local_multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(v6) => (
            v6.is_unicast_link_local(),
            v6.segments()[0] & 0xff0f == 0xff02,
        ),
    };
    if address.is_unspecified() {
        let what = format!("may not be unspecified ({})", at.str());
        errors.invalid(&at.path, at.str(), what);
    }
    if address.is_loopback() {
        let what = "may not be in the loopback range (127.0.0.0/8, ::1/128)";
        errors.invalid(&at.path, at.str(), what);
    }
    if link_local {
        let what = "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
        errors.invalid(&at.path, at.str(), what);
    }
    if local_multicast {
        let what = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
        errors.invalid(&at.path, at.str(), what);
    }
}

fn without_zeros(text: &str) -> String {
    let part = |part: &str| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0".to_string(),
        part => part.to_string(),
    };
    let parts: Vec<String> = text.split('.').map(part).collect();
    parts.join(".")
}

fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn masked(address: IpAddr, length: u32) -> u128 {
    bits(address) & u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_length_0_holds_every_address_of_its_family() {
        let all = parse_cidr("0.0.0.0/0").expect("a range");
        assert!(contains(all, IpAddr::from([203, 0, 113, 7])));
        assert!(!contains(all, IpAddr::from([0; 8])));
    }

    #[test]
    fn a_range_holds_its_strict_subsets_only() {
        let range = |text| parse_cidr(text).expect(text);
        assert!(is_strict_subset(range("10.1.0.0/16"), range("10.0.0.0/8")));
        assert!(!is_strict_subset(range("10.0.0.0/8"), range("10.0.0.0/8")));
        assert!(!is_strict_subset(
            range("192.168.0.0/16"),
            range("10.0.0.0/8")
        ));
        assert!(!is_strict_subset(range("a00::/16"), range("10.0.0.0/8")));
        assert_eq!(parse_cidr("10.0.0.0/33"), None);
        assert_eq!(parse_cidr("10.0.0.0"), None);
    }
}
