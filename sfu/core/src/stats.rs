//! Plain counters of one worker, read by the shell between two inputs.

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counters since the worker's start (and three gauges, named so).
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Stats {
            /// Every counter with its name, for a metrics registry.
            pub fn each(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Gauge: peers now.
    peers,
    /// Gauge: tracks (sources known here, local or crossing) now.
    tracks,
    /// Gauge: routes now.
    routes,
    /// Datagrams received.
    datagrams,
    /// Bytes received.
    received_bytes,
    /// RTP packets opened and accepted.
    media_packets,
    /// RTP packets sealed for a receiver, without retransmissions.
    forwarded_packets,
    /// Bytes sealed for receivers.
    forwarded_bytes,
    /// RTCP datagrams opened.
    rtcp_packets,
    /// RTCP datagrams sent.
    rtcp_sent,
    /// Datagrams of no known protocol.
    drop_unknown_protocol,
    /// Datagrams, not STUN, from an address that belongs to no peer.
    drop_unknown_path,
    /// STUN messages that name no peer, do not authenticate or do not parse.
    drop_bad_stun,
    /// STUN messages that failed, over the rate of their source prefix: not even answered.
    drop_stranger_rate,
    /// STUN checks over the peer's rate.
    drop_check_rate,
    /// STUN checks seen before that came over another path.
    drop_check_copied,
    /// STUN checks over a path that carries another peer's media.
    drop_path_held,
    /// RTP over what its peer may send.
    drop_sender_rate,
    /// DTLS datagrams that were refused.
    drop_bad_dtls,
    /// Media before the handshake's end.
    drop_before_keys,
    /// SRTP or SRTCP that did not authenticate, was replayed, or came over the SSRC cap.
    drop_unauthentic,
    /// RTP or RTCP that did not parse after opening.
    drop_malformed,
    /// RTP whose source is not negotiated.
    drop_unknown_source,
    /// RTP of a source that a moderator muted.
    drop_muted,
    /// The same packet twice (by retransmission and late arrival).
    drop_duplicate,
    /// Packets too old for the windows of their source or slot.
    drop_too_old,
    /// Guard: a second payload for one sequence number of a slot, never sent.
    drop_reused_sequence,
    /// RTCP over the peer's rate.
    drop_rtcp_rate,
    /// Packets from another worker for a track that is gone.
    drop_crossing_unknown,
    /// Packets to another worker that found the batch queue full.
    drop_crossing_full,
    /// Events dropped since the shell did not poll.
    drop_events,
    /// Packets that a closed path or a peer without keys could not get.
    drop_unsendable,
    /// Connects refused since the worker is full.
    limit_peers,
    /// Routes refused since the source has its full number.
    limit_routes,
    /// New paths refused since the peer has its full number.
    limit_paths,
    /// Retransmissions refused over the peer's rate.
    limit_retransmissions,
    /// Peers closed for flooding.
    limit_floods,
    /// Offers refused.
    refused_offers,
    /// Routes that wait since the slot lacks the source's codec.
    unsupported_codec,
    /// Commands for peers, sources or slots that do not exist.
    unknown_targets,
    /// Packets asked of publishers again.
    nacks_sent,
    /// Lost packets given up.
    nacks_given_up,
    /// Packets that receivers asked for again.
    nacks_received,
    /// Retransmissions sealed.
    retransmissions,
    /// Packets asked for again that no ring holds any more.
    retransmissions_missing,
    /// Lost packets that a publisher sent again.
    recovered_packets,
    /// Keyframe requests from receivers.
    keyframe_requests_received,
    /// Keyframe requests sent to publishers.
    keyframe_requests_sent,
    /// Keyframe starts seen.
    keyframes,
    /// Transport-wide feedback messages sent.
    twcc_sent,
    /// Routes that changed layer.
    layer_switches,
    /// Packets sent to other workers.
    crossing_packets_sent,
    /// Packets taken from other workers.
    crossing_packets_received,
    /// Peers connected.
    connected,
    /// Peers closed.
    closed,
}
