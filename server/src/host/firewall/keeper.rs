//! Who keeps a rule: front ends are known by the names that they give their tables, chains and sets.

use super::Rule;

/// The front end that made a rule; `None` for a rule of somebody's own.
pub fn keeper(rule: &Rule) -> Option<&'static str> {
    let (table, chain) = (rule.table.as_str(), rule.chain.as_str());
    let set = rule.set.as_deref().unwrap_or_default();
    let text = rule.text.as_str();
    let begins = |starts: &[&str]| starts.iter().any(|start| chain.starts_with(start));
    if table == "f2b-table" || begins(&["f2b-"]) || set.starts_with("addr-set-") || set.starts_with("f2b-") {
        Some("fail2ban")
    } else if table.starts_with("crowdsec") || begins(&["crowdsec", "CROWDSEC"]) || set.starts_with("crowdsec") {
        Some("crowdsec")
    } else if begins(&["DENYIN", "DENYOUT", "LOCALINPUT", "GDENYIN", "LOGDROPIN"]) || set.starts_with("chain_DENY") {
        Some("csf")
    } else if begins(&["ufw-", "ufw6-"]) {
        Some("ufw")
    } else if table == "firewalld" || begins(&["IN_public", "FWDI_", "IN_drop", "IN_block"]) {
        Some("firewalld")
    } else if begins(&["KUBE-NWPLCY", "KUBE-POD-FW", "cali-", "CILIUM_", "WEAVE-NPC", "KUBE-ROUTER"])
        || table == "kube-network-policies"
    {
        Some("network policy")
    } else if begins(&["KUBE-"]) {
        Some("kubernetes")
    } else if begins(&["DOCKER"]) || text.contains("docker0") {
        Some("docker")
    } else if begins(&["LIBVIRT_"]) {
        Some("libvirt")
    } else {
        None
    }
}
