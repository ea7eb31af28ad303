//! Addresses as the kernel wants them, and the small table of the host's own addresses.

use std::net::IpAddr;
#[cfg(any(test, not(target_os = "linux")))]
use std::net::SocketAddr;

/// The host's own addresses that datagrams came in on, numbered from 1.
///
/// A socket bound to the wildcard address has to answer from the address that was asked: ICE
/// takes an answer from elsewhere for another pair (RFC 8445, 7.2.5.2.1). The number is what
/// travels with a peer's path; 0 means that the kernel may choose.
#[derive(Clone, Debug, Default)]
pub struct LocalAddresses {
    known: Vec<IpAddr>,
}

impl LocalAddresses {
    /// The number of `address`, given out at its first use. 0 once 255 addresses are known.
    pub fn number(&mut self, address: IpAddr) -> u8 {
        if let Some(at) = self.known.iter().position(|known| *known == address) {
            return u8::try_from(at + 1).unwrap_or(0);
        }
        match u8::try_from(self.known.len() + 1) {
            Ok(number) => {
                self.known.push(address);
                number
            }
            Err(_) => 0,
        }
    }

    /// The address behind a number; `None` for 0 and numbers never given out.
    #[must_use]
    pub fn address(&self, number: u8) -> Option<IpAddr> {
        self.known.get(usize::from(number).checked_sub(1)?).copied()
    }
}

#[cfg(target_os = "linux")]
pub(super) use raw::RawAddress;

#[cfg(target_os = "linux")]
mod raw {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    /// A socket address in the kernel's layout, of either family.
    #[derive(Clone, Copy)]
    #[repr(C)]
    pub union RawAddress {
        family: libc::sa_family_t,
        v4: libc::sockaddr_in,
        v6: libc::sockaddr_in6,
    }

    impl RawAddress {
        /// Bytes that the kernel may write.
        pub const CAPACITY: libc::socklen_t = size_of::<RawAddress>() as libc::socklen_t;

        /// An address of no family, to be written by the kernel.
        pub fn empty() -> Self {
            // SAFETY: both socket address structures are plain integers; all zeroes is a value.
            unsafe { std::mem::zeroed() }
        }

        /// `address` for a socket of the given family, with its length. On an IPv6 socket an
        /// IPv4 address becomes an IPv4-mapped one (RFC 4291, 2.5.5.2).
        pub fn new(address: SocketAddr, on_ipv6_socket: bool) -> (Self, libc::socklen_t) {
            match address {
                SocketAddr::V4(v4) if !on_ipv6_socket => {
                    let raw = libc::sockaddr_in {
                        sin_family: libc::AF_INET as libc::sa_family_t,
                        sin_port: v4.port().to_be(),
                        sin_addr: libc::in_addr {
                            s_addr: u32::from(*v4.ip()).to_be(),
                        },
                        sin_zero: [0; 8],
                    };
                    (
                        Self { v4: raw },
                        size_of::<libc::sockaddr_in>() as libc::socklen_t,
                    )
                }
                SocketAddr::V4(v4) => Self::v6(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0),
                SocketAddr::V6(v6) => Self::v6(*v6.ip(), v6.port(), v6.flowinfo(), v6.scope_id()),
            }
        }

        fn v6(ip: Ipv6Addr, port: u16, flow: u32, scope: u32) -> (Self, libc::socklen_t) {
            let raw = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: port.to_be(),
                sin6_flowinfo: flow,
                sin6_addr: libc::in6_addr {
                    s6_addr: ip.octets(),
                },
                sin6_scope_id: scope,
            };
            (
                Self { v6: raw },
                size_of::<libc::sockaddr_in6>() as libc::socklen_t,
            )
        }

        /// The address that the kernel wrote; IPv4-mapped ones as IPv4. `None` if it is of
        /// another family.
        pub fn read(&self) -> Option<SocketAddr> {
            // SAFETY: the family is the first field of both variants, and every bit pattern is a
            // valid value of each field that is read; the family says which variant was written.
            unsafe {
                match libc::c_int::from(self.family) {
                    libc::AF_INET => Some(SocketAddr::new(
                        IpAddr::V4(Ipv4Addr::from(u32::from_be(self.v4.sin_addr.s_addr))),
                        u16::from_be(self.v4.sin_port),
                    )),
                    libc::AF_INET6 => {
                        let ip = Ipv6Addr::from(self.v6.sin6_addr.s6_addr);
                        let port = u16::from_be(self.v6.sin6_port);
                        Some(match ip.to_ipv4_mapped() {
                            Some(v4) => SocketAddr::new(IpAddr::V4(v4), port),
                            // Link-local peers need their scope to be answered.
                            None => std::net::SocketAddrV6::new(ip, port, 0, self.v6.sin6_scope_id)
                                .into(),
                        })
                    }
                    _ => None,
                }
            }
        }
    }
}

/// `address` with an IPv4-mapped IPv6 address as IPv4.
#[cfg(any(test, not(target_os = "linux")))]
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
