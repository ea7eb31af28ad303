//! Pinhui: the web platform and the one binary.
