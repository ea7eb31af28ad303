//! Sans-IO live fair: booths, queues, seats, calls, presence, waiting time.
