//! Sans-IO media server: ICE-lite, DTLS-SRTP, routing table, no socket, no clock, no task.
