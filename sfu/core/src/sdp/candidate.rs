//! The server's own candidates, as they stand in every answer.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// How a candidate is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CandidateTransport {
    /// UDP, the first choice.
    Udp,
    /// TCP, where the peer connects to us (RFC 6544, `tcptype passive`).
    TcpPassive,
}

/// One address at which this worker can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// UDP or TCP.
    pub transport: CandidateTransport,
    /// The announced address and port.
    pub address: SocketAddr,
}

/// Type preference of host candidates (RFC 8445 §5.1.2.2).
const HOST_PREFERENCE: u32 = 126;
/// Direction preference of passive TCP candidates (RFC 6544 §4.2).
const TCP_PASSIVE_PREFERENCE: u32 = 4;

impl Candidate {
    /// A UDP candidate.
    #[must_use]
    pub fn udp(address: SocketAddr) -> Self {
        Self {
            transport: CandidateTransport::Udp,
            address,
        }
    }

    /// A passive TCP candidate.
    #[must_use]
    pub fn tcp(address: SocketAddr) -> Self {
        Self {
            transport: CandidateTransport::TcpPassive,
            address,
        }
    }

    /// The value of an `a=candidate` line (RFC 8839 §5.1) for the candidate at `position` in the
    /// answer's list: earlier ones get a higher priority, and UDP always ranks above TCP.
    pub(super) fn line(&self, position: usize) -> impl fmt::Display {
        let order = u32::try_from(position).unwrap_or(u32::MAX).min(8_000);
        let foundation = position + 1;
        let (protocol, local_preference, suffix) = match self.transport {
            CandidateTransport::Udp => ("udp", 65_535 - order, ""),
            CandidateTransport::TcpPassive => (
                "tcp",
                (TCP_PASSIVE_PREFERENCE << 13) | (8_191 - order),
                " tcptype passive",
            ),
        };
        let priority = match self.transport {
            CandidateTransport::Udp => (HOST_PREFERENCE << 24) | (local_preference << 8) | 255,
            // A lower type preference keeps every TCP candidate below every UDP one.
            CandidateTransport::TcpPassive => (90 << 24) | (local_preference << 8) | 255,
        };
        let (ip, port) = (unmapped(self.address.ip()), self.address.port());
        format!("{foundation} 1 {protocol} {priority} {ip} {port} typ host{suffix}")
    }
}

/// An IPv4 address written as IPv6 (`::ffff:…`) is announced as IPv4.
fn unmapped(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn priority(line: &str) -> u32 {
        line.split(' ').nth(3).unwrap().parse().unwrap()
    }

    #[test]
    fn lines_name_transport_address_and_type() {
        let udp = Candidate::udp("192.0.2.2:5000".parse().unwrap())
            .line(0)
            .to_string();
        assert_eq!(udp, "1 1 udp 2130706431 192.0.2.2 5000 typ host");
        let tcp = Candidate::tcp("[2001:db8::1]:443".parse().unwrap())
            .line(1)
            .to_string();
        assert!(
            tcp.ends_with("2001:db8::1 443 typ host tcptype passive"),
            "{tcp}"
        );
    }

    #[test]
    fn order_gives_priority_and_tcp_ranks_below_udp() {
        let address = "[::ffff:192.0.2.2]:5000".parse().unwrap();
        let first = Candidate::udp(address).line(0).to_string();
        assert!(first.contains(" 192.0.2.2 "));
        let last = Candidate::udp(address).line(20).to_string();
        let tcp = Candidate::tcp(address).line(0).to_string();
        assert!(priority(&first) > priority(&last));
        assert!(priority(&last) > priority(&tcp));
    }
}
