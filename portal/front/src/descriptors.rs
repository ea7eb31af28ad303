//! How many files and sockets the process may open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Limits;

/// Raises the limit as far as the system lets us, and tells it.
pub fn raise_descriptors() -> u64 {
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

impl Limits {
    /// These limits where the process may open so many descriptors: connections take half of them
    /// at most, the other half is for sockets, the database and files.
    #[must_use]
    pub fn within_descriptors(&self, descriptors: u64) -> Self {
        let most = usize::try_from(descriptors / 2).unwrap_or(usize::MAX);
        if self.connections <= most {
            return self.clone();
        }
        tracing::warn!(
            descriptors,
            connections = most,
            configured = self.connections,
            "the process may open few files: fewer connections are taken (LimitNOFILE, ulimit -n)"
        );
        Self {
            connections: most,
            connections_per_address: self.connections_per_address.min(most.div_ceil(2)),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_half_of_the_descriptors() {
        let limits = Limits::default();
        assert_eq!(limits.within_descriptors(65_536), limits);
        let few = limits.within_descriptors(1_024);
        assert_eq!((few.connections, few.connections_per_address), (512, 256));
    }
}
