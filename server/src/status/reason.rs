//! What visitors are told of a failure: a phrase from a closed list, never a detail.

use app::model::{Fault, FaultKind};

/// The public phrase of a fault. Hosts, addresses and texts of the peer stay with the admins.
pub fn public_reason(fault: &Fault) -> String {
    if fault.kind == FaultKind::Status
        && let Some(status) = fault.status
    {
        return format!("status {status}");
    }
    match fault.kind {
        FaultKind::NameNotFound => "name not found",
        FaultKind::NameServerSilent => "name server does not answer",
        FaultKind::Refused => "connection refused",
        FaultKind::NoRoute => "no route",
        FaultKind::ConnectTimeout => "connection timed out",
        FaultKind::TlsHandshake => "TLS handshake failed",
        FaultKind::Certificate => "certificate not valid",
        FaultKind::Reset => "connection reset",
        FaultKind::ClosedEarly => "connection closed early",
        FaultKind::ReadTimeout => "no answer in time",
        FaultKind::BadHttp => "invalid answer",
        FaultKind::Status => "unexpected status",
        FaultKind::Body => "unexpected content",
        FaultKind::Blocked | FaultKind::Internal => "could not be measured",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::Origin;

    #[test]
    fn no_detail_reaches_visitors() {
        for &kind in FaultKind::ALL {
            let fault = Fault { kind, origin: Origin::Here, status: Some(502), detail: "10.20.0.5:8080".to_owned() };
            let reason = public_reason(&fault);
            assert!(!reason.is_empty() && !reason.contains("10.20"), "{reason}");
        }
        let fault = Fault { kind: FaultKind::Status, origin: Origin::Edge, status: Some(502), detail: String::new() };
        assert_eq!(public_reason(&fault), "status 502");
    }
}
