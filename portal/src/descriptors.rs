//! How many files and sockets the process may open, and who gets how many of them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// Kept for files, the database and media over TCP, at most …
const KEPT: u64 = 4_096;
/// … and of few files, this part.
const KEPT_PART: u64 = 4;

/// Raises the limit as far as the system lets us, and tells it.
pub fn raise() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return maximum.unwrap_or(u64::MAX);
    }
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => maximum.unwrap_or(u64::MAX),
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            current.unwrap_or(u64::MAX)
        }
    }
}

/// Lowers the numbers of connections and sockets, each by the same part, until all of them fit into
/// what the process may open: places that nobody can be given keep nobody's turn.
pub fn fit(config: &mut Config, descriptors: u64) {
    let left = descriptors - KEPT.min(descriptors / KEPT_PART);
    let (http, live) = (&mut config.http.limits, &mut config.live);
    let wanted = http.connections + live.max_sockets + live.max_strangers;
    let wanted = (wanted + config.operator.connections) as u64;
    if wanted <= left {
        return;
    }
    tracing::warn!(
        descriptors,
        wanted,
        "the process may open too few files for all connections and sockets that are configured: \
         fewer are taken (LimitNOFILE, ulimit -n)"
    );
    for number in [
        &mut http.connections,
        &mut http.connections_per_address,
        &mut live.max_sockets,
        &mut live.max_strangers,
        &mut live.max_strangers_per_address,
        &mut config.operator.connections,
    ] {
        let part = u128::from(left) * (*number as u128) / u128::from(wanted);
        *number = usize::try_from(part).unwrap_or(*number).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_configured_fits_into_what_the_unit_allows() {
        let mut config = Config::default();
        fit(&mut config, 65_536);
        assert_eq!(config, Config::default());
    }

    #[test]
    fn with_few_files_all_give_up_the_same_part() {
        let mut config = Config::default();
        fit(&mut config, 1_024);
        let (http, live) = (&config.http.limits, &config.live);
        let given = http.connections + live.max_sockets + live.max_strangers;
        assert!(given + config.operator.connections <= 768);
        assert!(http.connections > 200 && live.max_sockets > 300 && live.max_strangers > 100);
        assert_eq!(http.connections_per_address, http.connections / 2);
        let mut none = Config::default();
        fit(&mut none, 0);
        let mut faults = Vec::new();
        none.http.limits.faults(&mut faults);
        none.live.faults(&mut faults);
        assert!(faults.is_empty(), "{faults:?}");
    }
}
