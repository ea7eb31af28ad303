//! Waking a worker that waits, at no cost while it does not.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};

#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Wakes one worker. Cheap to clone; used by other workers and by the control plane.
///
/// The protocol has the shape of a mutual check: the other side puts its message in a queue, then
/// looks whether the worker is parked; the worker says that it is parked, then looks at its
/// queues. With a full fence in the middle of both, at least one of them sees the other.
#[derive(Clone)]
pub struct Waker {
    shared: Arc<Shared>,
}

struct Shared {
    parked: AtomicBool,
    #[cfg(target_os = "linux")]
    event: OwnedFd,
    #[cfg(not(target_os = "linux"))]
    thread: std::sync::Mutex<Option<std::thread::Thread>>,
}

impl Waker {
    /// Has anything that was put in a queue before this call noticed by the worker.
    pub fn wake(&self) {
        fence(Ordering::SeqCst);
        if self.shared.parked.load(Ordering::Relaxed)
            && self.shared.parked.swap(false, Ordering::AcqRel)
        {
            self.signal();
        }
    }

    /// Says that the worker is about to wait. It has to look at its queues after this call and
    /// before it waits.
    pub fn park(&self) {
        self.shared.parked.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Says that the worker no longer waits.
    pub fn unpark(&self) {
        self.shared.parked.store(false, Ordering::Release);
    }
}

#[cfg(target_os = "linux")]
impl Waker {
    /// A waker whose descriptor becomes readable when it wakes.
    ///
    /// # Errors
    /// No descriptor is free.
    pub fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointers; what it returns is checked before it is used.
        let event = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if event < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, open, and owned by nobody else.
        let event = unsafe { OwnedFd::from_raw_fd(event) };
        Ok(Self {
            shared: Arc::new(Shared {
                parked: AtomicBool::new(false),
                event,
            }),
        })
    }

    /// Says that the calling thread is the one to wake; here the descriptor says it.
    pub fn bind(&self) {}

    fn signal(&self) {
        let one = 1_u64;
        // SAFETY: eight bytes of a local integer are read. It fails only when the counter is
        // full, and then the descriptor is readable already.
        unsafe { libc::write(self.shared.event.as_raw_fd(), (&raw const one).cast(), 8) };
    }

    /// Takes the signal back, so that the descriptor is no longer readable.
    pub fn clear(&self) {
        let mut count = 0_u64;
        // SAFETY: eight bytes of a local integer are written. Nothing to read is no fault.
        unsafe { libc::read(self.shared.event.as_raw_fd(), (&raw mut count).cast(), 8) };
    }
}

#[cfg(target_os = "linux")]
impl AsRawFd for Waker {
    fn as_raw_fd(&self) -> RawFd {
        self.shared.event.as_raw_fd()
    }
}

#[cfg(not(target_os = "linux"))]
impl Waker {
    /// A waker of a thread that waits by parking; see [`Waker::bind`].
    ///
    /// # Errors
    /// None here.
    pub fn new() -> io::Result<Self> {
        let thread = std::sync::Mutex::new(None);
        Ok(Self {
            shared: Arc::new(Shared {
                parked: AtomicBool::new(false),
                thread,
            }),
        })
    }

    /// Says that the calling thread is the one to wake.
    pub fn bind(&self) {
        if let Ok(mut thread) = self.shared.thread.lock() {
            *thread = Some(std::thread::current());
        }
    }

    fn signal(&self) {
        if let Ok(thread) = self.shared.thread.lock()
            && let Some(thread) = thread.as_ref()
        {
            thread.unpark();
        }
    }

    /// Nothing to take back.
    pub fn clear(&self) {}
}
