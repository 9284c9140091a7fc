import Testing

/// Real daemons against a real server. One test at a time: they wait for leases, and the machine is small.
@Suite(.serialized) enum DaemonTests {}
