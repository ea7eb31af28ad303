//! Chinese codes, numbers, calendars and lists, as rules without I/O.
