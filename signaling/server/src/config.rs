//! Section `[live]`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The live server's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Name of this node, unique among the nodes on one database. It owns the leases on fairs: a
    /// node that restarts under its name goes on at once.
    pub node: String,
    /// File of the key that signs join tokens; made at the first start, readable by its owner only.
    pub key_file: PathBuf,
    /// Origins whose pages may open a live socket, such as `https://fair.example`, besides the
    /// origin that the socket itself is on.
    pub origins: Vec<String>,
    /// Lets clients in that send no `Origin`, which no browser is: for the load test. They need a
    /// join token like all others.
    pub missing_origin: bool,
    /// Sockets in all, of those that have said a good hello.
    pub max_sockets: usize,
    /// Sockets in all that have not. Who comes when they are all there takes the place of the one
    /// that keeps still longest.
    pub max_strangers: usize,
    /// Of them, those from one IPv4 address or IPv6 /64. After a restart a whole campus behind one
    /// address comes back at once.
    pub max_strangers_per_address: usize,
    /// Messages of clients that may wait for a fair's owner task; beyond it they are refused.
    pub inbox: usize,
    /// The longest life of a join token that is accepted, seconds.
    pub token_life_s: i64,
    /// What a person without a socket has missed is kept for so long, seconds.
    pub resume_s: u64,
    /// A page may come back without a new join token for so long after its last welcome, seconds; a
    /// restart of the server in between makes no difference.
    pub resume_life_s: i64,
    /// Media connections of a tab that is gone are kept for its return for so long, seconds. In a
    /// call they are kept as long as the call waits for the tab.
    pub media_grace_s: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            node: "pinhui-1".to_owned(),
            key_file: "data/join-token.key".into(),
            origins: Vec::new(),
            missing_origin: false,
            max_sockets: 20_000,
            max_strangers: 6_000,
            max_strangers_per_address: 4_000,
            inbox: 8_192,
            token_life_s: 300,
            resume_s: 600,
            resume_life_s: 12 * 3_600,
            media_grace_s: 30,
        }
    }
}

impl Config {
    /// Adds what is wrong with it.
    pub fn faults(&self, faults: &mut Vec<String>) {
        if self.node.trim().is_empty() {
            faults.push("live.node must not be empty".to_owned());
        }
        if self.max_sockets == 0 || self.inbox == 0 {
            faults.push("live.max_sockets and live.inbox must be at least 1".to_owned());
        }
        if self.max_strangers_per_address == 0
            || self.max_strangers < self.max_strangers_per_address
        {
            faults.push(
                "live.max_strangers_per_address must be at least 1, and live.max_strangers not \
                 below it"
                    .to_owned(),
            );
        }
        if self.token_life_s <= 0 || self.resume_life_s <= 0 {
            faults.push("live.token_life_s and live.resume_life_s must be at least 1".to_owned());
        }
    }
}
