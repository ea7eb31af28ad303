//! Waiting for sockets, wake-ups and deadlines: epoll on Linux, short naps elsewhere.

/// What became ready. TCP connections are named by the key that they were added with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// The UDP socket can be read.
    Udp,
    /// Another thread woke the worker.
    Woken,
    /// A TCP connection can be read or written, or has ended.
    Stream(u64),
}

#[cfg(target_os = "linux")]
pub use linux::Poller;
#[cfg(not(target_os = "linux"))]
pub use portable::Poller;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
    use std::time::Duration;

    use std::net::TcpStream;

    use super::Ready;
    use crate::socket::UdpSocket;
    use crate::worker::waker::Waker;

    const UDP: u64 = u64::MAX;
    const WAKER: u64 = u64::MAX - 1;
    const EVENTS: usize = 64;

    /// One epoll instance.
    pub struct Poller {
        epoll: OwnedFd,
        events: Box<[libc::epoll_event; EVENTS]>,
    }

    impl Poller {
        /// Waits on a UDP socket and a waker.
        ///
        /// # Errors
        /// No descriptor is free.
        pub fn new(udp: &UdpSocket, waker: &Waker) -> io::Result<Self> {
            // SAFETY: the call takes no pointers; what it returns is checked before it is used.
            let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
            if epoll < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor is new, open, and owned by nobody else.
            let epoll = unsafe { OwnedFd::from_raw_fd(epoll) };
            let empty = libc::epoll_event { events: 0, u64: 0 };
            let poller = Self {
                epoll,
                events: Box::new([empty; EVENTS]),
            };
            poller.control(libc::EPOLL_CTL_ADD, udp.as_raw_fd(), libc::EPOLLIN, UDP)?;
            poller.control(libc::EPOLL_CTL_ADD, waker.as_raw_fd(), libc::EPOLLIN, WAKER)?;
            Ok(poller)
        }

        /// Waits on a TCP connection too, until it is closed. `writable`: also for room to write.
        ///
        /// # Errors
        /// No memory for it.
        pub fn add_stream(&mut self, stream: &TcpStream, key: u64) -> io::Result<()> {
            let events = libc::EPOLLIN | libc::EPOLLRDHUP;
            self.control(libc::EPOLL_CTL_ADD, stream.as_raw_fd(), events, key)
        }

        /// Forgets a TCP connection that is about to be closed.
        pub fn remove_stream(&mut self, stream: &TcpStream, key: u64) {
            // Closing the descriptor would do the same; a fault here is one there too.
            let _ = self.control(libc::EPOLL_CTL_DEL, stream.as_raw_fd(), 0, key);
        }

        /// Whether room to write on a TCP connection is of interest.
        ///
        /// # Errors
        /// The connection was never added.
        pub fn want_writable(
            &mut self,
            stream: &TcpStream,
            key: u64,
            writable: bool,
        ) -> io::Result<()> {
            let write = if writable { libc::EPOLLOUT } else { 0 };
            let events = libc::EPOLLIN | libc::EPOLLRDHUP | write;
            self.control(libc::EPOLL_CTL_MOD, stream.as_raw_fd(), events, key)
        }

        fn control(&self, operation: i32, fd: RawFd, events: i32, key: u64) -> io::Result<()> {
            let mut event = libc::epoll_event {
                events: events as u32,
                u64: key,
            };
            // SAFETY: the event is a local that the kernel copies before the call returns.
            let result =
                unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), operation, fd, &raw mut event) };
            if result == 0 {
                Ok(())
            } else {
                Err(io::Error::last_os_error())
            }
        }

        /// Waits until something is ready or `timeout` is over (rounded up to whole
        /// milliseconds), and appends what is ready to `ready`, emptied first.
        ///
        /// # Errors
        /// The kernel refused to wait.
        pub fn wait(&mut self, timeout: Duration, ready: &mut Vec<Ready>) -> io::Result<()> {
            ready.clear();
            let timeout = i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX);
            // SAFETY: the kernel writes at most `EVENTS` events to a box of that many.
            let result = unsafe {
                libc::epoll_wait(
                    self.epoll.as_raw_fd(),
                    self.events.as_mut_ptr(),
                    EVENTS as i32,
                    timeout,
                )
            };
            let Ok(count) = usize::try_from(result) else {
                let error = io::Error::last_os_error();
                return match error.kind() {
                    io::ErrorKind::Interrupted => Ok(()),
                    _ => Err(error),
                };
            };
            ready.extend(self.events[..count].iter().map(|event| match event.u64 {
                UDP => Ready::Udp,
                WAKER => Ready::Woken,
                key => Ready::Stream(key),
            }));
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod portable {
    use std::io;
    use std::net::TcpStream;
    use std::time::Duration;

    use super::Ready;
    use crate::socket::UdpSocket;
    use crate::worker::waker::Waker;

    const NAP: Duration = Duration::from_millis(1);

    /// Says after a short nap that everything may be ready; the sockets do not block.
    pub struct Poller {
        streams: Vec<u64>,
    }

    impl Poller {
        /// Looks after a UDP socket and a waker.
        ///
        /// # Errors
        /// None here.
        pub fn new(_udp: &UdpSocket, _waker: &Waker) -> io::Result<Self> {
            Ok(Self {
                streams: Vec::new(),
            })
        }

        /// Looks after a TCP connection too.
        ///
        /// # Errors
        /// The connection cannot be made non-blocking.
        pub fn add_stream(&mut self, stream: &TcpStream, key: u64) -> io::Result<()> {
            stream.set_nonblocking(true)?;
            self.streams.push(key);
            Ok(())
        }

        /// Forgets a TCP connection.
        pub fn remove_stream(&mut self, _stream: &TcpStream, key: u64) {
            self.streams.retain(|known| *known != key);
        }

        /// Nothing to do: every connection is tried after each nap.
        ///
        /// # Errors
        /// None here.
        pub fn want_writable(&mut self, _: &TcpStream, _: u64, _: bool) -> io::Result<()> {
            Ok(())
        }

        /// Naps until woken, at most a millisecond.
        ///
        /// # Errors
        /// None here.
        pub fn wait(&mut self, timeout: Duration, ready: &mut Vec<Ready>) -> io::Result<()> {
            ready.clear();
            std::thread::park_timeout(timeout.min(NAP));
            ready.push(Ready::Udp);
            ready.extend(self.streams.iter().map(|key| Ready::Stream(*key)));
            Ok(())
        }
    }
}
