//! Gateways' configurations as one common model; one parser file each.
