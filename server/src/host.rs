//! What this host says of itself: load, memory, disks, sockets, units, firewall.
