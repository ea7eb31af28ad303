//! The addresses at which browsers can reach this host.

use std::net::IpAddr;

use crate::config::Config;

/// The addresses to announce: as configured, else the one to listen on, else all of the host's.
#[must_use]
pub fn announced(config: &Config) -> Vec<IpAddr> {
    if !config.announce.is_empty() {
        return config.announce.clone();
    }
    if !config.bind.is_unspecified() {
        return vec![config.bind];
    }
    let mut own = own_addresses();
    own.retain(|address| config.bind.is_ipv6() || address.is_ipv4());
    // A loopback address is of use only to a browser on the same host that has no other.
    if own.iter().any(|address| !address.is_loopback()) {
        own.retain(|address| !address.is_loopback());
    }
    own
}

/// All addresses of the host's interfaces that are up, IPv4 before IPv6, loopback last. Without
/// link-local ones: they mean something only together with an interface.
#[must_use]
pub fn own_addresses() -> Vec<IpAddr> {
    let mut addresses = interface_addresses();
    addresses.retain(|address| !is_link_local(*address) && !address.is_unspecified());
    addresses.sort_by_key(|address| (address.is_loopback(), address.is_ipv6(), *address));
    addresses.dedup();
    addresses
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(unix)]
fn interface_addresses() -> Vec<IpAddr> {
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: the list is written to a local pointer, and only if the call succeeds.
    if unsafe { libc::getifaddrs(&raw mut list) } != 0 {
        return Vec::new();
    }
    let mut addresses = Vec::new();
    let mut next = list;
    // SAFETY: the list is linked by `ifa_next` and ends with null; every entry and the address it
    // points to live until `freeifaddrs`, and nothing of them is kept beyond it.
    unsafe {
        while let Some(interface) = next.as_ref() {
            if interface.ifa_flags & libc::IFF_UP as libc::c_uint != 0 {
                addresses.extend(read_address(interface.ifa_addr));
            }
            next = interface.ifa_next;
        }
        libc::freeifaddrs(list);
    }
    addresses
}

/// Reads an IP address of either family.
///
/// # Safety
/// `address` is null or points to a socket address that is as long as its family says.
#[cfg(unix)]
unsafe fn read_address(address: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: as the caller promises; the family says which structure it is. Reads are unaligned
    // since a general socket address has a lower alignment.
    unsafe {
        match libc::c_int::from(address.as_ref()?.sa_family) {
            libc::AF_INET => {
                let v4 = address.cast::<libc::sockaddr_in>().read_unaligned();
                Some(IpAddr::V4(u32::from_be(v4.sin_addr.s_addr).into()))
            }
            libc::AF_INET6 => {
                let v6 = address.cast::<libc::sockaddr_in6>().read_unaligned();
                Some(IpAddr::V6(v6.sin6_addr.s6_addr.into()))
            }
            _ => None,
        }
    }
}

/// Unknown here: `media.announce` has to say it.
#[cfg(not(unix))]
fn interface_addresses() -> Vec<IpAddr> {
    vec![IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)]
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_host_knows_its_loopback_address_and_puts_it_last() {
        let own = own_addresses();
        assert!(own.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)), "{own:?}");
        let loopbacks = own.iter().skip_while(|address| !address.is_loopback());
        assert!(loopbacks.clone().count() > 0 && loopbacks.clone().all(IpAddr::is_loopback));
    }

    #[test]
    fn configured_addresses_come_first_then_the_one_to_listen_on() {
        let public = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5));
        let config = Config {
            announce: vec![public],
            ..Config::default()
        };
        assert_eq!(announced(&config), [public]);
        let config = Config {
            bind: Ipv4Addr::LOCALHOST.into(),
            ..Config::default()
        };
        assert_eq!(announced(&config), [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        let config = Config {
            bind: Ipv4Addr::UNSPECIFIED.into(),
            ..Config::default()
        };
        assert!(!announced(&config).is_empty());
        assert!(announced(&config).iter().all(IpAddr::is_ipv4));
    }
}
