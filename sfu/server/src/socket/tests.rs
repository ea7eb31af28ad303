//! The Linux and the portable socket, tried alike.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use super::*;

/// Receives until `count` datagrams are there.
macro_rules! collect {
    ($socket:expr, $count:expr) => {{
        let mut slots = vec![vec![0_u8; 2_048]; RECEIVE_BATCH];
        let mut received = Vec::new();
        let mut all: Vec<(Received, Vec<u8>)> = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(10);
        while all.len() < $count {
            assert!(
                Instant::now() < deadline,
                "only {} datagrams came",
                all.len()
            );
            $socket
                .receive(slots.iter_mut().map(Vec::as_mut_slice), &mut received)
                .unwrap();
            for (at, datagram) in received.iter().enumerate() {
                all.push((*datagram, slots[at][..datagram.length].to_vec()));
            }
            std::thread::yield_now();
        }
        all
    }};
}

macro_rules! socket_tests {
    ($name:ident, $socket:path) => {
        mod $name {
            use super::*;
            use $socket as Socket;

            fn open(ip: IpAddr) -> Socket {
                Socket::bind((ip, 0).into(), SocketOptions::default()).unwrap()
            }

            #[test]
            fn a_run_arrives_as_its_datagrams() {
                let mut from = open(Ipv4Addr::LOCALHOST.into());
                let mut to = open(Ipv4Addr::LOCALHOST.into());
                let bytes: Vec<u8> = (0..1_200 * 4 + 300).map(|i| (i / 1_200) as u8).collect();
                let run = Outgoing {
                    remote: to.local_addr(),
                    local: 0,
                    segment_size: Some(1_200),
                    bytes: &bytes,
                };
                let single = Outgoing {
                    segment_size: None,
                    bytes: &bytes[..10],
                    ..run
                };
                from.send([run, single].into_iter());
                let all = collect!(to, 6);
                let lengths: Vec<usize> = all.iter().map(|(datagram, _)| datagram.length).collect();
                assert_eq!(lengths, [1_200, 1_200, 1_200, 1_200, 300, 10]);
                for (at, (datagram, payload)) in all[..5].iter().enumerate() {
                    assert_eq!(datagram.remote, from.local_addr());
                    assert!(payload.iter().all(|byte| usize::from(*byte) == at));
                }
                assert_eq!(from.counters().sent, 6);
                assert_eq!(from.counters().sent_bytes, 5_110);
                assert_eq!(to.counters().received, 6);
            }

            #[test]
            fn more_than_a_batch_comes_in_several() {
                let mut from = open(Ipv4Addr::LOCALHOST.into());
                let mut to = open(Ipv4Addr::LOCALHOST.into());
                let bytes = [7_u8; 100];
                let message = Outgoing {
                    remote: to.local_addr(),
                    local: 0,
                    segment_size: None,
                    bytes: &bytes,
                };
                // Fits the receive buffer of the socket that cannot ask for a larger one.
                from.send(std::iter::repeat_n(message, 150));
                assert_eq!(collect!(to, 150).len(), 150);
                assert_eq!(from.counters().sent, 150);
            }

            #[test]
            fn a_dual_stack_socket_talks_to_ipv4_and_ipv6() {
                let mut server = open(Ipv6Addr::UNSPECIFIED.into());
                let port = server.local_addr().port();
                for ip in [
                    IpAddr::V4(Ipv4Addr::LOCALHOST),
                    IpAddr::V6(Ipv6Addr::LOCALHOST),
                ] {
                    let mut client = open(ip);
                    let hello = Outgoing {
                        remote: (ip, port).into(),
                        local: 0,
                        segment_size: None,
                        bytes: b"hello",
                    };
                    client.send(std::iter::once(hello));
                    let (asked, payload) = collect!(server, 1).remove(0);
                    assert_eq!(
                        (payload.as_slice(), asked.remote),
                        (&b"hello"[..], client.local_addr())
                    );
                    let answer = Outgoing {
                        remote: asked.remote,
                        local: asked.local,
                        segment_size: None,
                        bytes: b"answer",
                    };
                    server.send(std::iter::once(answer));
                    let (answered, _) = collect!(client, 1).remove(0);
                    assert_eq!(answered.remote, SocketAddr::from((ip, port)));
                }
            }

            #[test]
            fn what_cannot_be_sent_is_counted_and_the_rest_goes_on() {
                let mut from = open(Ipv4Addr::LOCALHOST.into());
                let mut to = open(Ipv4Addr::LOCALHOST.into());
                let impossible = Outgoing {
                    remote: (Ipv4Addr::LOCALHOST, 0).into(),
                    local: 0,
                    segment_size: None,
                    bytes: b"nowhere",
                };
                let message = Outgoing {
                    remote: to.local_addr(),
                    ..impossible
                };
                from.send([message, impossible, message].into_iter());
                assert_eq!(collect!(to, 2).len(), 2);
                assert_eq!(from.counters().send_refused, 1);
                assert_eq!(from.counters().sent, 2);
            }
        }
    };
}

#[cfg(target_os = "linux")]
socket_tests!(linux_socket, super::super::linux::UdpSocket);
socket_tests!(portable_socket, super::super::portable::UdpSocket);

/// Only Linux tells the own address, so only there an answer can leave from it.
#[cfg(target_os = "linux")]
#[test]
fn an_answer_leaves_from_the_address_that_was_asked() {
    for wildcard in [
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    ] {
        let mut server = UdpSocket::bind((wildcard, 0).into(), SocketOptions::default()).unwrap();
        let port = server.local_addr().port();
        let mut client =
            UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), SocketOptions::default()).unwrap();
        let asked_at = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 77), port));
        let hello = Outgoing {
            remote: asked_at,
            local: 0,
            segment_size: None,
            bytes: b"hello",
        };
        client.send(std::iter::once(hello));
        let (asked, _) = collect!(server, 1).remove(0);
        assert_eq!(server.local_address(asked.local), Some(asked_at.ip()));
        let bytes = [1_u8; 2_500];
        let run = Outgoing {
            remote: asked.remote,
            local: asked.local,
            segment_size: Some(1_000),
            bytes: &bytes,
        };
        server.send(std::iter::once(run));
        for (answered, _) in collect!(client, 3) {
            assert_eq!(answered.remote, asked_at);
        }
        assert_eq!(
            server.counters().segmented_messages,
            u64::from(server.segmentation())
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_datagram_longer_than_its_slot_is_dropped_and_counted() {
    let mut from =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), SocketOptions::default()).unwrap();
    let mut to =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), SocketOptions::default()).unwrap();
    let long = Outgoing {
        remote: to.local_addr(),
        local: 0,
        segment_size: None,
        bytes: &[0; 4_000],
    };
    from.send(std::iter::once(long));
    let (dropped, _) = collect!(to, 1).remove(0);
    assert_eq!(dropped.length, 0);
    assert_eq!(to.counters().truncated, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_round_longer_than_one_send_call_takes_several() {
    let mut from =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), SocketOptions::default()).unwrap();
    let mut to =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), SocketOptions::default()).unwrap();
    let message = Outgoing {
        remote: to.local_addr(),
        local: 0,
        segment_size: None,
        bytes: &[7; 100],
    };
    from.send(std::iter::repeat_n(message, 600));
    assert_eq!(collect!(to, 600).len(), 600);
    assert_eq!((from.counters().sent, from.counters().send_calls), (600, 3));
}

#[cfg(target_os = "linux")]
#[test]
fn without_segmentation_a_run_leaves_datagram_by_datagram() {
    let options = SocketOptions {
        segmentation: false,
        ..SocketOptions::default()
    };
    let mut from = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), options).unwrap();
    let mut to = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), options).unwrap();
    let bytes = [3_u8; 2_500];
    let run = Outgoing {
        remote: to.local_addr(),
        local: 0,
        segment_size: Some(1_000),
        bytes: &bytes,
    };
    from.send(std::iter::once(run));
    let lengths: Vec<usize> = collect!(to, 3)
        .iter()
        .map(|(datagram, _)| datagram.length)
        .collect();
    assert_eq!(lengths, [1_000, 1_000, 500]);
    assert_eq!(
        (from.counters().messages, from.counters().segmented_messages),
        (3, 0)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_overflowing_receive_buffer_is_told() {
    let small = SocketOptions {
        buffer_bytes: 4_096,
        ..SocketOptions::default()
    };
    let mut from =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), SocketOptions::default()).unwrap();
    let to = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into(), small).unwrap();
    let message = Outgoing {
        remote: to.local_addr(),
        local: 0,
        segment_size: None,
        bytes: &[0; 1_000],
    };
    from.send(std::iter::repeat_n(message, 100));
    assert!(
        to.overflow_drops() > 0,
        "100 kB fitted into a buffer of 4 kB"
    );
}
